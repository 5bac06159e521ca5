#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "core/base/result.h"

namespace lathe {

/// How much to prune: a share of the entries from 0 to 1, or a number of them. As in PyTorch 1.0 is all and 1 is one.
using Amount = std::variant<double, std::int64_t>;

/// "0.3" and "1e-1" are shares, "3" is a number. InvalidArgument where it is neither, negative, or a share over 1.
Result<Amount> amountFromText(std::string_view text);

/// As it is read: "0.3", "1.0", "3".
std::string toString(const Amount& amount);

/// Entries of `size` that are to go: shares to the nearest number, halves to the even one, as Python's round().
/// `what`: those entries, for the error where a number exceeds them ("conv1.weight").
Result<std::int64_t> entriesToPrune(const Amount& amount, std::int64_t size, const std::string& what);

} // namespace lathe

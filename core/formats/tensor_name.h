#pragma once

#include <cstddef>

namespace lathe {

/// Characters of a tensor's name in a file; one with a longer is refused, for no network names its tensors so, and
/// what goes through the names may take time and memory for each character.
constexpr std::size_t kLongestTensorName = 1024;

/// Characters of a name or key out of a file that a message quotes.
constexpr std::size_t kLongestQuotedName = 120;

} // namespace lathe

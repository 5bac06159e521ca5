#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lathe {

/// Levenshtein's distance: the fewest insertions, deletions and replacements of one character.
std::size_t editDistance(std::string_view a, std::string_view b);

/// Up to three of `names` that someone who wrote `name` may have meant, nearest first: those that hold it, then
/// those a few characters off. Only letters and digits count, and not their case.
std::vector<std::string> nearNames(std::string_view name, const std::vector<std::string>& names);

} // namespace lathe

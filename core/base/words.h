#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace lathe {

/// "a", "a and b", "a, b and c"; with `most` above 0 no more than those are named: "a, b and 3 others".
std::string listText(const std::vector<std::string>& words, std::size_t most = 0);

} // namespace lathe

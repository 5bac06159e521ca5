#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lathe {

/// "a", "a and b", "a, b and c"; with `most` above 0 no more than those are named: "a, b and 3 others".
std::string listText(const std::vector<std::string>& words, std::size_t most = 0);

/// The middle gives way to an ellipsis where UTF-8 `text` takes more than `most` bytes; what is left takes no more.
std::string shortened(std::string_view text, std::size_t most);

/// One line that does nothing to a terminal: control characters and bytes that are not UTF-8 become question marks,
/// line breaks and tabs spaces.
std::string printable(std::string_view text);

} // namespace lathe

#include "core/base/words.h"

#include <fmt/format.h>

namespace lathe {

std::string listText(const std::vector<std::string>& words, std::size_t most)
{
    if (words.empty())
        return {};
    std::vector<std::string> named = words;
    if (most > 0 && words.size() > most + 1) {
        named.resize(most);
        named.push_back(fmt::format("{} others", words.size() - most));
    }
    const std::string last = named.back();
    named.pop_back();
    return named.empty() ? last : fmt::format("{} and {}", fmt::join(named, ", "), last);
}

} // namespace lathe

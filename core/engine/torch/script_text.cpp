#include "core/engine/torch/script_text.h"

#include <algorithm>
#include <cctype>

namespace lathe::engine {

namespace {

bool isWordCharacter(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool reaches(std::string_view word, std::string_view after)
{
    if (word == "save" || word == "from_file")
        return true;
    return word == "classes" && !after.starts_with(".quantized.");
}

} // namespace

std::string_view reachingWordIn(std::string_view text)
{
    std::size_t begin = 0;
    while (begin < text.size()) {
        const auto* const from = std::find_if(text.begin() + begin, text.end(), isWordCharacter);
        const auto* const to = std::find_if_not(from, text.end(), isWordCharacter);
        const std::string_view word(from, static_cast<std::size_t>(to - from));
        begin = static_cast<std::size_t>(to - text.begin());
        if (reaches(word, text.substr(begin)))
            return word;
    }
    return {};
}

} // namespace lathe::engine

#include "core/base/words.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace lathe {

namespace {

constexpr std::string_view kEllipsis = "…";

std::uint8_t byteAt(std::string_view text, std::size_t i)
{
    return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0;
}

bool isContinuation(std::uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

/// Of the character that begins there; 0 where none does. (Overlong ones are not told apart: none is a control.)
std::size_t characterLength(std::string_view text, std::size_t at)
{
    const std::uint8_t first = byteAt(text, at);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xC2 ? 0
                               : first < 0xE0 ? 2
                               : first < 0xF0 ? 3
                               : first < 0xF5 ? 4
                                              : 0;
    for (std::size_t i = 1; i < length; ++i)
        if (!isContinuation(byteAt(text, at + i)))
            return 0;
    return length;
}

/// Of the C0 and C1 sets, of which terminals obey both.
bool isControl(std::string_view character)
{
    const std::uint8_t first = byteAt(character, 0);
    return first < 0x20 || first == 0x7F || (first == 0xC2 && byteAt(character, 1) < 0xA0);
}

std::string_view shown(std::string_view character)
{
    if (character == "\n" || character == "\r" || character == "\t")
        return " ";
    return isControl(character) ? "?" : character;
}

} // namespace

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

std::string shortened(std::string_view text, std::size_t most)
{
    if (text.size() <= most)
        return std::string(text);
    const std::size_t kept = most - std::min(most, kEllipsis.size());
    std::size_t head = kept / 2;
    while (head > 0 && isContinuation(byteAt(text, head)))
        --head;
    std::size_t tail = text.size() - kept / 2;
    while (tail < text.size() && isContinuation(byteAt(text, tail)))
        ++tail;
    return fmt::format("{}{}{}", text.substr(0, head), kEllipsis, text.substr(tail));
}

std::string printable(std::string_view text)
{
    std::string line;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = characterLength(text, at);
        line += length == 0 ? "?" : shown(text.substr(at, length));
        at += std::max<std::size_t>(length, 1);
    }
    return line;
}

} // namespace lathe

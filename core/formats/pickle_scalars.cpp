#include <charconv>
#include <limits>

#include "core/formats/pickle_p.h"

namespace lathe::pickle {

namespace {

double bigEndianDouble(std::string_view bytes)
{
    std::uint64_t bits = 0;
    for (const char byte : bytes)
        bits = bits << 8 | static_cast<std::uint8_t>(byte);
    return std::bit_cast<double>(bits);
}

/// Little-endian two's complement of any length; what is longer than 64 bits is a seed or the like, and no weight.
Value wholeNumber(std::string_view bytes)
{
    if (bytes.size() > sizeof(std::int64_t))
        return None{};
    std::uint64_t value = !bytes.empty() && (bytes.back() & 0x80) != 0 ? ~std::uint64_t{0} : 0;
    for (std::size_t i = bytes.size(); i > 0; --i)
        value = value << 8 | static_cast<std::uint8_t>(bytes[i - 1]);
    return static_cast<std::int64_t>(value);
}

template <class T> T parsed(std::string_view text)
{
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        refuse("A number in it is none.");
    return value;
}

/// "01" and "00" are how protocols 0 and 1 write True and False.
Value wholeNumberLine(std::string_view line)
{
    if (line == "01" || line == "00")
        return line == "01";
    if (line.ends_with('L'))
        line.remove_suffix(1);
    return parsed<std::int64_t>(line);
}

/// As protocols 0 and 1 write it; names and keys need no escapes.
std::string_view plainText(std::string_view text)
{
    if (text.find('\\') != std::string_view::npos)
        refuse("It has texts with escapes, as protocols 0 and 1 write them; save it again with protocol 2.");
    return text;
}

std::string_view unquoted(std::string_view line)
{
    if (line.size() < 2 || line.front() != line.back())
        refuse("A text in it has no end.");
    return plainText(line.substr(1, line.size() - 2));
}

std::optional<Value> readNumber(std::uint8_t opcode, Bytes& bytes)
{
    switch (opcode) {
    case 'J':
        return std::int64_t{bytes.number<std::int32_t>()};
    case 'K':
        return std::int64_t{bytes.number<std::uint8_t>()};
    case 'M':
        return std::int64_t{bytes.number<std::uint16_t>()};
    case 0x8a:
        return wholeNumber(bytes.take(bytes.number<std::uint8_t>()));
    case 0x8b:
        return wholeNumber(bytes.take(bytes.number<std::uint32_t>()));
    case 'G':
        return bigEndianDouble(bytes.take(sizeof(double)));
    case 'I':
    case 'L':
        return wholeNumberLine(bytes.line());
    case 'F':
        return parsed<double>(bytes.line());
    default:
        return std::nullopt;
    }
}

std::optional<Value> readText(std::uint8_t opcode, Bytes& bytes)
{
    switch (opcode) {
    case 0x8c:
    case 'U':
    case 'C':
        return bytes.take(bytes.number<std::uint8_t>());
    case 'X':
    case 'T':
    case 'B':
        return bytes.take(bytes.number<std::uint32_t>());
    case 0x8d:
    case 0x8e:
    case 0x96:
        return bytes.take(bytes.number<std::uint64_t>());
    case 'V':
        return plainText(bytes.line());
    case 'S':
        return unquoted(bytes.line());
    default:
        return std::nullopt;
    }
}

} // namespace

std::optional<Value> readScalar(std::uint8_t opcode, Bytes& bytes)
{
    if (opcode == 'N')
        return None{};
    if (opcode == 0x88 || opcode == 0x89)
        return opcode == 0x88;
    std::optional<Value> number = readNumber(opcode, bytes);
    return number ? number : readText(opcode, bytes);
}

std::uint64_t readPlace(Bytes& bytes)
{
    return parsed<std::uint64_t>(bytes.line());
}

} // namespace lathe::pickle

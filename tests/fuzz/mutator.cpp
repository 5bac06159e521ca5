#include "tests/fuzz/mutator.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace lathe::fuzz {

namespace {

constexpr std::size_t kLongest = 1 << 18; ///< bytes a file may grow to
constexpr std::size_t kMostChanges = 8;
constexpr std::size_t kMostRepeats = 64;

constexpr std::array<std::uint64_t, 16> kEdges{0,
                                               1,
                                               2,
                                               0x7F,
                                               0x80,
                                               0xFF,
                                               0x7FFF,
                                               0x8000,
                                               0xFFFF,
                                               0x10000,
                                               0x7FFFFFFF,
                                               0x80000000,
                                               0xFFFFFFFF,
                                               0x100000000,
                                               0x7FFFFFFFFFFFFFFF,
                                               0xFFFFFFFFFFFFFFFF};

constexpr std::array<std::string_view, 18> kTexts{"0",
                                                  "-1",
                                                  "1e999",
                                                  "-1e-999",
                                                  "9223372036854775807",
                                                  "18446744073709551616",
                                                  "4294967296",
                                                  "0.5",
                                                  "NaN",
                                                  "null",
                                                  "[]",
                                                  "{}",
                                                  "\"\"",
                                                  "true",
                                                  "\\u0000",
                                                  "\xff\xfe",
                                                  "[[[[[[[[",
                                                  "{\"a\":"};

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

class Mutation {
public:
    Mutation(std::string bytes, const std::vector<std::string>& seeds, Random& random)
        : m_bytes(std::move(bytes)), m_seeds(seeds), m_random(random)
    {
    }

    void change()
    {
        using Change = void (Mutation::*)();
        constexpr std::array<Change, 13> kChanges{
            &Mutation::flipBit,     &Mutation::setByte,  &Mutation::setEdge, &Mutation::setEdge, &Mutation::addToNumber,
            &Mutation::replaceText, &Mutation::truncate, &Mutation::remove,  &Mutation::insert,  &Mutation::repeat,
            &Mutation::overwrite,   &Mutation::splice,   &Mutation::swap};
        (this->*kChanges[m_random.below(kChanges.size())])();
        m_bytes.resize(std::min(m_bytes.size(), kLongest));
    }

    std::string take() && { return std::move(m_bytes); }

private:
    struct Block {
        std::size_t at, length;
    };
    std::size_t place() { return m_random.below(m_bytes.size() + 1); }

    /// Mostly short.
    Block block()
    {
        const std::size_t at = place();
        const std::size_t longest = m_random.below(4) == 0 ? m_bytes.size() : 32;
        return {at, std::min(m_random.below(longest + 1), m_bytes.size() - at)};
    }

    void flipBit()
    {
        if (!m_bytes.empty())
            m_bytes[m_random.below(m_bytes.size())] ^= static_cast<char>(1 << m_random.below(8));
    }
    void setByte()
    {
        if (!m_bytes.empty())
            m_bytes[m_random.below(m_bytes.size())] = static_cast<char>(m_random.next());
    }
    /// As a little-endian number of 1, 2, 4 or 8 bytes.
    void put(std::size_t at, std::size_t width, std::uint64_t value)
    {
        if (at < m_bytes.size())
            std::memcpy(m_bytes.data() + at, &value, std::min(width, m_bytes.size() - at));
    }
    void setEdge() { put(place(), std::size_t{1} << m_random.below(4), kEdges[m_random.below(kEdges.size())]); }
    void addToNumber()
    {
        const std::size_t at = place();
        const std::size_t width = std::min(std::size_t{1} << m_random.below(4), m_bytes.size() - at);
        std::uint64_t value = 0;
        std::memcpy(&value, m_bytes.data() + at, width);
        put(at, width, value + m_random.below(33) - 16);
    }
    /// A number in text, or what stands at any place, becomes another.
    void replaceText()
    {
        const std::size_t from = place();
        const auto digit = std::find_if(m_bytes.begin() + static_cast<std::ptrdiff_t>(from), m_bytes.end(), isDigit);
        const auto end = std::find_if_not(digit, m_bytes.end(), isDigit);
        const std::string_view text = kTexts[m_random.below(kTexts.size())];
        if (m_random.below(4) == 0)
            m_bytes.insert(from, text);
        else
            m_bytes.replace(digit, end, text);
    }
    void truncate() { m_bytes.resize(place()); }
    void remove()
    {
        const Block b = block();
        m_bytes.erase(b.at, b.length);
    }
    void insert()
    {
        std::string made(m_random.below(16), '\0');
        for (char& c : made)
            c = static_cast<char>(m_random.next());
        m_bytes.insert(place(), made);
    }
    void repeat()
    {
        const Block b = block();
        const std::string piece = m_bytes.substr(b.at, b.length);
        for (std::size_t i = m_random.below(kMostRepeats); i > 0 && m_bytes.size() < kLongest; --i)
            m_bytes.insert(b.at, piece);
    }
    void overwrite()
    {
        const Block b = block();
        const std::string piece = m_bytes.substr(b.at, b.length);
        const std::size_t to = place();
        m_bytes.replace(to, std::min(piece.size(), m_bytes.size() - to), piece);
    }
    void swap()
    {
        if (m_bytes.size() > 1)
            std::swap(m_bytes[m_random.below(m_bytes.size())], m_bytes[m_random.below(m_bytes.size())]);
    }
    void splice()
    {
        const std::string& other = m_seeds[m_random.below(m_seeds.size())];
        const std::size_t from = m_random.below(other.size() + 1);
        if (m_random.below(2) == 0)
            m_bytes = m_bytes.substr(0, place()) + other.substr(from);
        else
            m_bytes.insert(place(), other.substr(from, m_random.below(64)));
    }

    std::string m_bytes;
    const std::vector<std::string>& m_seeds;
    Random& m_random;
};

} // namespace

std::uint64_t Random::next()
{
    std::uint64_t z = m_state += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

std::size_t Random::below(std::size_t bound)
{
    return bound == 0 ? 0 : next() % bound;
}

std::string mutated(const std::vector<std::string>& seeds, Random& random)
{
    Mutation mutation(seeds[random.below(seeds.size())], seeds, random);
    std::size_t changes = 1; // half of the files have one, a quarter two: many would all be refused at the beginning
    while (changes < kMostChanges && random.below(2) == 0)
        ++changes;
    for (; changes > 0; --changes)
        mutation.change();
    return std::move(mutation).take();
}

} // namespace lathe::fuzz

#include "core/architectures/names.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <tuple>
#include <utility>

namespace lathe {

namespace {

constexpr std::size_t kMostSuggestions = 3;
constexpr std::size_t kShortestPart = 2;

/// What is left when nobody remembers the case and where the underscores were.
std::string letters(std::string_view name)
{
    std::string out;
    for (const char c : name)
        if (std::isalnum(static_cast<unsigned char>(c)))
            out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return out;
}

/// One character off is near for short names, a third of the name for long ones.
std::size_t furthest(std::size_t length)
{
    return std::max<std::size_t>(1, length / 3);
}

} // namespace

std::size_t editDistance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

std::vector<std::string> nearNames(std::string_view name, const std::vector<std::string>& names)
{
    struct Candidate {
        bool other; ///< does not hold the name
        std::size_t distance;
        std::string name;
    };
    const std::string wanted = letters(name);
    std::vector<Candidate> near;
    for (const std::string& candidate : names) {
        const std::string own = letters(candidate);
        const bool holds = wanted.size() >= kShortestPart && own.find(wanted) != std::string::npos;
        const std::size_t distance = editDistance(wanted, own);
        if (holds || distance <= furthest(wanted.size()))
            near.push_back({!holds, distance, candidate});
    }
    std::stable_sort(near.begin(), near.end(), [](const Candidate& a, const Candidate& b) {
        return std::tie(a.other, a.distance) < std::tie(b.other, b.distance);
    });

    std::vector<std::string> out;
    for (std::size_t i = 0; i < std::min(near.size(), kMostSuggestions); ++i)
        out.push_back(near[i].name);
    return out;
}

} // namespace lathe

#include "core/formats/graph_json_values_p.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/architectures/names.h"

namespace lathe::graphjson {

namespace {

constexpr std::size_t kLongestName = 200;
constexpr std::size_t kLongestQuote = 40;
constexpr std::size_t kMostCandidates = 10'000; ///< to compare with before one gives up

constexpr std::array<std::pair<op::Attention::Kind, std::string_view>, 2> kAttentionKinds{
    {{op::Attention::Kind::ScaledDotProduct, "scaled_dot_product"}, {op::Attention::Kind::Cosine, "cosine"}}};

using InitialisationKind = Initialisation::Kind;
constexpr std::array<std::pair<InitialisationKind, std::string_view>, 7> kInitialisations{
    {{InitialisationKind::Constant, "constant"},
     {InitialisationKind::Normal, "normal"},
     {InitialisationKind::TruncatedNormal, "truncated_normal"},
     {InitialisationKind::NormalWithinTwoDeviations, "normal_within_two_deviations"},
     {InitialisationKind::Uniform, "uniform"},
     {InitialisationKind::RelativePositionIndex, "relative_position_index"},
     {InitialisationKind::RelativeCoordsTable, "relative_coords_table"}}};

template <class Names> std::string_view nameIn(const Names& names, typename Names::value_type::first_type value)
{
    return std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.first == value; })->second;
}

template <class Names> std::string alternatives(const Names& names)
{
    std::string all;
    for (const auto& [value, name] : names)
        all += fmt::format("{}\"{}\"", all.empty() ? "" : " or ", name);
    return all;
}

/// Whole, and so that nothing made of it overflows.
bool isWhole(const Json& json, std::int64_t least, std::int64_t most)
{
    if (json.is_number_unsigned())
        return json.get<std::uint64_t>() <= static_cast<std::uint64_t>(most) && json.get<std::int64_t>() >= least;
    return json.is_number_integer() && json.get<std::int64_t>() >= least && json.get<std::int64_t>() <= most;
}

bool isSize(const Json& json, std::int64_t least)
{
    return isWhole(json, least, kLargestSize);
}

bool isWindow(const InitialisationKind kind)
{
    return kind == InitialisationKind::RelativePositionIndex || kind == InitialisationKind::RelativeCoordsTable;
}

/// Of two forms: a number, or [height, width] of a window.
std::string decodeDraw(const Json& json, Initialisation& value)
{
    if (isWindow(value.kind)) {
        op::Size2 window{};
        const std::string wrong = decode(json, window, 1);
        value.a = static_cast<double>(window[0]);
        value.b = static_cast<double>(window[1]);
        return wrong;
    }
    if (!json.is_number())
        return "a number";
    value.a = json.get<double>();
    const bool random = value.kind != InitialisationKind::Constant;
    const double least = value.kind == InitialisationKind::TruncatedNormal ? 1e-6 : 0.0;
    return random && value.a < least ? fmt::format("a number from {} on", least) : "";
}

} // namespace

std::optional<std::int64_t> countWithinLimits(const Shape& shape)
{
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) {
        if (extent < 1 || extent > kMostElements / count)
            return std::nullopt;
        count *= extent;
    }
    return count;
}

std::optional<std::int64_t> countAtLeast(Shape shape)
{
    for (std::int64_t& extent : shape)
        extent = std::max<std::int64_t>(extent, 1);
    return countWithinLimits(shape);
}

Json encode(std::int64_t value)
{
    return value;
}

Json encode(double value)
{
    return value;
}

Json encode(bool value)
{
    return value;
}

Json encode(const op::Size2& value)
{
    return value[0] == value[1] ? Json(value[0]) : Json(value);
}

Json encode(const Shape& value)
{
    return value;
}

Json encode(op::Attention::Kind value)
{
    return nameIn(kAttentionKinds, value);
}

std::string decode(const Json& json, std::int64_t& value, std::int64_t least)
{
    if (!isWhole(json, least, kLargestNumber))
        return fmt::format("a whole number from {} to {}", least, kLargestNumber);
    value = json.get<std::int64_t>();
    return {};
}

std::string decode(const Json& json, double& value, std::int64_t)
{
    if (!json.is_number() || json.get<double>() < 0.0)
        return "a number from 0 on";
    value = json.get<double>();
    return {};
}

std::string decode(const Json& json, bool& value, std::int64_t)
{
    if (!json.is_boolean())
        return "true or false";
    value = json.get<bool>();
    return {};
}

std::string decode(const Json& json, op::Size2& value, std::int64_t least)
{
    const auto fits = [&](const Json& j) { return isSize(j, least); };
    if (fits(json))
        value = {json.get<std::int64_t>(), json.get<std::int64_t>()};
    else if (json.is_array() && json.size() == 2 && std::all_of(json.begin(), json.end(), fits))
        value = json.get<op::Size2>();
    else
        return fmt::format("a whole number from {} to {}, or a list of two (height and width)", least, kLargestSize);
    return {};
}

std::string decode(const Json& json, Shape& value, std::int64_t least)
{
    const auto fits = [&](const Json& j) { return isWhole(j, least, kLargestNumber); };
    if (!json.is_array() || json.size() > kLargestRank || !std::all_of(json.begin(), json.end(), fits))
        return fmt::format("a list of at most {} whole numbers from {} to {}", kLargestRank, least, kLargestNumber);
    value = json.get<Shape>();
    return countAtLeast(value) ? "" : fmt::format("of at most {} elements in all", kMostElements);
}

std::string decode(const Json& json, op::Attention::Kind& value, std::int64_t)
{
    for (const auto& [kind, name] : kAttentionKinds)
        if (json == name) {
            value = kind;
            return {};
        }
    return alternatives(kAttentionKinds);
}

Json encode(const Initialisation& value)
{
    const std::string name(nameIn(kInitialisations, value.kind));
    if (isWindow(value.kind))
        return {{name, op::Size2{static_cast<std::int64_t>(value.a), static_cast<std::int64_t>(value.b)}}};
    return {{name, value.a}};
}

std::string decode(const Json& json, Initialisation& value)
{
    if (json.is_object() && json.size() == 1)
        for (const auto& [kind, name] : kInitialisations)
            if (json.begin().key() == name) {
                value.kind = kind;
                const std::string wrong = decodeDraw(json.begin().value(), value);
                return wrong.empty() ? "" : fmt::format("{{\"{}\": {}}}", name, wrong);
            }
    return "an object of one entry, such as {\"normal\": 0.02}, named " + alternatives(kInitialisations);
}

std::string decodeName(const Json& json, std::string& value)
{
    const auto isControl = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    const auto* text = json.get_ptr<const std::string*>();
    if (text == nullptr || text->empty() || text->size() > kLongestName ||
        std::any_of(text->begin(), text->end(), isControl))
        return fmt::format("a text of 1 to {} characters on one line", kLongestName);
    value = *text;
    return {};
}

std::string quoted(const Json& json)
{
    std::string text = json.is_structured() && json.size() > kLongestQuote ? "too long a list" : json.dump();
    if (text.size() <= kLongestQuote)
        return text;
    std::size_t end = kLongestQuote;
    while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) // not within a character
        --end;
    return text.substr(0, end) + "…";
}

std::string suggestion(const std::string& name, const std::vector<std::string>& names, const std::string& otherwise)
{
    if (name.size() > kLongestName || names.size() > kMostCandidates)
        return otherwise;
    const std::vector<std::string> near = nearNames(name, names);
    return near.empty() ? otherwise : fmt::format("; did you mean \"{}\"?", near.front());
}

} // namespace lathe::graphjson

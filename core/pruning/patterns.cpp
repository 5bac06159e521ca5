#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "core/pruning/masks.h"
#include "core/pruning/masks_p.h"

// Masks whose zeros lie in an order: N of each M, and whole channels.

namespace lathe {

namespace {

constexpr int kWidestPattern = 64;

/// A tensor seen along one axis: entry c of a line is `inner` entries behind entry c - 1.
struct Along {
    std::int64_t outer = 1;
    std::int64_t extent = 1;
    std::int64_t inner = 1;

    std::int64_t at(std::int64_t o, std::int64_t c, std::int64_t i) const { return (o * extent + c) * inner + i; }
};

Along along(const Shape& shape, std::size_t axis)
{
    const auto middle = shape.begin() + static_cast<std::ptrdiff_t>(axis);
    return {elementCount(Shape(shape.begin(), middle)), *middle, elementCount(Shape(middle + 1, shape.end()))};
}

/// The entries of one group that go: all but the largest few of those left.
void pruneGroup(const Prunable& tensor, std::vector<std::int64_t>& group, const NOfM& pattern, GrowingMask& mask)
{
    const float* values = tensor.values.floats();
    const std::uint8_t* keep = maskBytes(tensor.keep);
    std::stable_sort(group.begin(), group.end(), [&](std::int64_t a, std::int64_t b) {
        return keep[a] != keep[b] ? keep[a] > keep[b] : magnitude(values[a]) > magnitude(values[b]);
    });
    std::for_each(group.begin() + pattern.kept, group.end(), [&](std::int64_t i) { mask.prune(i); });
}

/// Of the values of one channel.
double normOf(const Prunable& tensor, const Along& view, std::int64_t channel, double n)
{
    const float* values = tensor.values.floats();
    double sum = 0.0;
    for (std::int64_t o = 0; o < view.outer; ++o)
        for (std::int64_t i = 0; i < view.inner; ++i) {
            const double magnitude = std::abs(static_cast<double>(values[view.at(o, channel, i)]));
            sum = std::isinf(n) ? std::max(sum, magnitude) : sum + std::pow(magnitude, n);
        }
    // The root would change no order; what is not a number goes last.
    return std::isnan(sum) ? std::numeric_limits<double>::infinity() : sum;
}

bool isLeft(const Prunable& tensor, const Along& view, std::int64_t channel)
{
    const std::uint8_t* keep = maskBytes(tensor.keep);
    for (std::int64_t o = 0; o < view.outer; ++o)
        for (std::int64_t i = 0; i < view.inner; ++i)
            if (keep[view.at(o, channel, i)] != 0)
                return true;
    return false;
}

struct Channel {
    std::int64_t index = 0;
    double norm = 0.0;
};

/// Those with an entry left, the smallest norm first.
std::vector<Channel> channelsLeft(const Prunable& tensor, const Along& view, double n)
{
    std::vector<Channel> channels;
    for (std::int64_t c = 0; c < view.extent; ++c)
        if (isLeft(tensor, view, c))
            channels.push_back({c, normOf(tensor, view, c, n)});
    std::stable_sort(channels.begin(), channels.end(),
                     [](const Channel& a, const Channel& b) { return a.norm < b.norm; });
    return channels;
}

std::optional<int> wholeNumber(std::string_view text)
{
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

tl::unexpected<Error> tooFlat(const std::string& name, const std::string& what)
{
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{} has one axis alone: {} need weights of two axes or more.", name, what));
}

/// Counted from the front.
Result<std::size_t> axisOf(const Prunable& tensor, std::int64_t axis)
{
    const auto axes = static_cast<std::int64_t>(tensor.values.shape.size());
    if (axis < -axes || axis >= axes)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} has no axis {}: its {} axes count from 0.", tensor.name, axis, axes));
    return static_cast<std::size_t>(axis < 0 ? axis + axes : axis);
}

} // namespace

std::string toString(const NOfM& pattern)
{
    return fmt::format("{}:{}", pattern.kept, pattern.of);
}

Result<NOfM> nOfMFromText(const std::string& text)
{
    const std::size_t colon = std::min(text.find(':'), text.size());
    const std::optional<int> kept = wholeNumber(std::string_view(text).substr(0, colon));
    const std::optional<int> of = wholeNumber(std::string_view(text).substr(std::min(colon + 1, text.size())));
    if (!kept || !of || *kept < 1 || *of <= *kept || *of > kWidestPattern)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("\"{}\" is no pattern: write how many entries stay of how many, like 2:4; at least one "
                                "stays, at least one goes, and at most {} make a group.",
                                text, kWidestPattern));
    return NOfM{*kept, *of};
}

Result<HostTensor> nOfMMask(const Prunable& tensor, const NOfM& pattern)
{
    if (tensor.values.shape.size() < 2)
        return tooFlat(tensor.name, "patterns like " + toString(pattern));
    const Along inputs = along(tensor.values.shape, 1);
    GrowingMask mask(tensor.keep);
    std::vector<std::int64_t> group(static_cast<std::size_t>(pattern.of));
    for (std::int64_t o = 0; o < inputs.outer; ++o)
        for (std::int64_t first = 0; first + pattern.of <= inputs.extent; first += pattern.of)
            for (std::int64_t i = 0; i < inputs.inner; ++i) {
                for (int g = 0; g < pattern.of; ++g)
                    group[static_cast<std::size_t>(g)] = inputs.at(o, first + g, i);
                pruneGroup(tensor, group, pattern, mask);
            }
    return mask.tensor();
}

Result<HostTensor> channelMask(const Prunable& tensor, const Amount& amount, const ChannelNorm& norm)
{
    if (tensor.values.shape.size() < 2)
        return tooFlat(tensor.name, "channels");
    const Result<std::size_t> axis = axisOf(tensor, norm.axis);
    if (!axis)
        return tl::unexpected(axis.error());
    const Along view = along(tensor.values.shape, *axis);
    const std::vector<Channel> channels = channelsLeft(tensor, view, norm.n);
    return entriesToPrune(amount, static_cast<std::int64_t>(channels.size()), "channels of " + tensor.name)
        .map([&](std::int64_t count) {
            GrowingMask mask(tensor.keep);
            for (std::int64_t c = 0; c < count; ++c)
                for (std::int64_t o = 0; o < view.outer; ++o)
                    for (std::int64_t i = 0; i < view.inner; ++i)
                        mask.prune(view.at(o, channels[static_cast<std::size_t>(c)].index, i));
            return mask.tensor();
        });
}

} // namespace lathe

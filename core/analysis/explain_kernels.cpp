#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "core/analysis/explain_p.h"
#include "core/analysis/significant.h"
#include "core/base/words.h"
#include "core/benchmark/machine.h"

namespace lathe::explaining {

namespace {

constexpr double kSlower = 0.9;            ///< of another rate: below it a kernel is slower, not just noisier
constexpr std::size_t kFewestPeers = 3;    ///< layers that make a rate to compare with
constexpr std::size_t kMostOperations = 4; ///< in a sentence

const op::Conv2d* convolution(const TimedLayer& layer)
{
    return std::get_if<op::Conv2d>(layer.operation);
}

bool isDepthwise(const TimedLayer& layer)
{
    const op::Conv2d* conv = convolution(layer);
    return conv != nullptr && conv->groups > 1 && conv->groups == conv->inChannels;
}

bool isDense(const TimedLayer& layer)
{
    const op::Conv2d* conv = convolution(layer);
    return conv != nullptr ? conv->groups == 1 : std::holds_alternative<op::Linear>(*layer.operation);
}

std::vector<TimedLayer> computing(bool (*is)(const TimedLayer&), std::vector<TimedLayer> layers)
{
    std::erase_if(layers, [&](const TimedLayer& layer) { return !is(layer) || layer.flops <= 0.0; });
    return layers;
}

/// FLOPs a second of their multiply-accumulates.
double rateOf(const std::vector<TimedLayer>& layers)
{
    return sumOf(flopsOf, layers) / (sumOf(timeOf, layers) * 1e-3);
}

std::string rateText(double rate)
{
    return formatSi(rate, "FLOP/s");
}

/// Of their time, what is beyond the same FLOPs at another rate.
double excessMsOver(double rate, const std::vector<TimedLayer>& layers)
{
    return sumOf(timeOf, layers) - sumOf(flopsOf, layers) / rate * 1e3;
}

struct Channels {
    std::int64_t in = 0;
    std::int64_t out = 0;
};

Channels channelsOf(const TimedLayer& layer)
{
    if (const op::Conv2d* conv = convolution(layer))
        return {conv->inChannels, conv->outChannels};
    const auto& linear = std::get<op::Linear>(*layer.operation);
    return {linear.inFeatures, linear.outFeatures};
}

/// The network's own input has the channels that it has, and kernels of their own exist for images'.
bool fitsVectors(const TimedLayer& layer, int floats)
{
    const Channels channels = channelsOf(layer);
    return channels.out % floats == 0 && (layer.readsInput || channels.in % floats == 0);
}

struct ByFit {
    std::vector<TimedLayer> odd;
    std::vector<TimedLayer> even;
};

/// Layers of one kind whose speed is not that of memory.
ByFit splitByFit(const Case& subject, bool convolutions, int floats)
{
    ByFit split;
    for (const TimedLayer& layer : computing(isDense, subject.layers)) {
        const bool byMemory = layer.point && layer.point->bound == Bound::Memory;
        if (byMemory || (convolution(layer) != nullptr) != convolutions)
            continue;
        (fitsVectors(layer, floats) ? split.even : split.odd).push_back(layer);
    }
    return split;
}

bool isSlowerThanPeers(const ByFit& split)
{
    return !split.odd.empty() && split.even.size() >= kFewestPeers && rateOf(split.odd) < kSlower * rateOf(split.even);
}

std::string channelsText(const TimedLayer& layer)
{
    const Channels channels = channelsOf(layer);
    return fmt::format("{} ({} to {} channels)", layer.name, channels.in, channels.out);
}

std::string channelsTexts(const std::vector<TimedLayer>& layers)
{
    std::vector<std::string> texts;
    for (const TimedLayer& layer : layers)
        texts.push_back(channelsText(layer));
    return listText(texts, 2);
}

std::optional<Explanation> oddCounts(const Case& subject, bool convolutions, const machine::VectorWidth& width)
{
    const ByFit split = splitByFit(subject, convolutions, width.floats);
    if (!isSlowerThanPeers(split))
        return std::nullopt;
    const double excess = excessMsOver(rateOf(split.even), split.odd);
    if (excess < kWorthSaying * subject.totalMs)
        return std::nullopt;
    const std::vector<TimedLayer> odd = sortedBy(timeOf, split.odd);
    return Explanation{
        "channel_counts",
        fmt::format("{} {} channels in numbers that are no multiple of {} (the float32 values of a vector of {}): they "
                    "reach {}, the {} that fit {}. {} of the time is beyond that: {}. lathe widths shows whether the "
                    "width is why.",
                    countText(odd.size(), convolutions ? "dense convolution" : "linear layer"),
                    verbFor(odd.size(), "has", "have"), width.floats, width.set, rateText(rateOf(odd)),
                    split.even.size(), rateText(rateOf(split.even)), percent(excess / subject.totalMs),
                    channelsTexts(odd)),
        excess / subject.totalMs, namesOf(odd)};
}

bool isMovement(const TimedLayer& layer)
{
    return kindOf(*layer.operation) == OperationKind::Movement;
}

/// "Permute 1.2 ms, Concat 0.4 ms": by operation, most first.
std::string operationsText(const std::vector<TimedLayer>& layers)
{
    std::map<std::string, double, std::less<>> times;
    for (const TimedLayer& layer : layers)
        times[std::string(operationName(*layer.operation))] += layer.milliseconds;
    std::vector<std::pair<std::string, double>> sorted(times.begin(), times.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    std::vector<std::string> texts;
    for (const auto& [name, time] : sorted)
        texts.push_back(fmt::format("{} {}", name, milliseconds(time)));
    return listText(texts, kMostOperations);
}

} // namespace

std::optional<Explanation> depthwise(const Case& subject)
{
    const std::vector<TimedLayer> slow = sortedBy(timeOf, computing(isDepthwise, subject.layers));
    const std::vector<TimedLayer> dense = computing(isDense, subject.layers);
    if (slow.empty() || dense.empty() || rateOf(slow) >= kSlower * rateOf(dense))
        return std::nullopt;
    const double excess = excessMsOver(rateOf(dense), slow);
    if (excess < kWorthSaying * subject.totalMs)
        return std::nullopt;
    const double allFlops = sumOf(flopsOf, subject.layers);
    return Explanation{"depthwise",
                       fmt::format("{} {} {} of the multiply-accumulates in {} of the time ({}): {}, where the "
                                   "network's dense layers reach {}. Slowest: {}.",
                                   countText(slow.size(), "depthwise convolution"), verbFor(slow.size(), "does", "do"),
                                   percent(sumOf(flopsOf, slow) / allFlops),
                                   percent(sumOf(timeOf, slow) / subject.totalMs), milliseconds(sumOf(timeOf, slow)),
                                   rateText(rateOf(slow)), rateText(rateOf(dense)), namesText(slow)),
                       excess / subject.totalMs, namesOf(slow)};
}

std::vector<Explanation> channelCounts(const Case& subject)
{
    const machine::VectorWidth width = machine::vectorWidth(subject.record.environment.instructionSets);
    std::vector<Explanation> found;
    if (width.floats > 1)
        for (const bool convolutions : {true, false})
            if (auto counts = oddCounts(subject, convolutions, width))
                found.push_back(std::move(*counts));
    return found;
}

std::optional<Explanation> dataMovement(const Case& subject)
{
    std::vector<TimedLayer> moving = sortedBy(timeOf, subject.layers);
    std::erase_if(moving, [](const TimedLayer& layer) { return !isMovement(layer); });
    const double time = sumOf(timeOf, moving);
    if (moving.empty() || time < kWorthSaying * subject.totalMs)
        return std::nullopt;
    return Explanation{
        "data_movement",
        fmt::format(
            "{} of the layers' time ({} of {}) is in {} without arithmetic, which only {} data: {}. Slowest: {}.",
            percent(time / subject.totalMs), milliseconds(time), milliseconds(subject.totalMs),
            countText(moving.size(), "layer"), verbFor(moving.size(), "makes or moves", "make or move"),
            operationsText(moving), namesText(moving)),
        time / subject.totalMs, namesOf(moving)};
}

} // namespace lathe::explaining

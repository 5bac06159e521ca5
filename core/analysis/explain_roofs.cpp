#include <algorithm>

#include <fmt/format.h>

#include "core/analysis/explain_p.h"
#include "core/analysis/significant.h"

namespace lathe::explaining {

namespace {

constexpr double kAbove = 1.05;        ///< of the measured time, that no error of measurement explains
constexpr double kShortMs = 0.05;      ///< layers so short are what calling them can dominate
constexpr double kFarOver = 2.0;       ///< times the least time
constexpr std::size_t kManyLayers = 5; ///< that it takes for calling them to be a cause

struct Expected {
    double leastMs = 0.0;
    std::string from; ///< how it was found
};

/// Layer by layer where each of them was timed: the sum knows where each layer's data lie.
Expected expectedOf(const Case& subject)
{
    if (subject.layers.empty()) {
        const RooflinePoint whole = recordPoint(subject.record, *subject.graph, *subject.peaks);
        return {whole.leastMilliseconds(),
                fmt::format("for its {} and {}", formatSi(whole.flops, "FLOPs"), formatBytes(whole.bytes))};
    }
    Expected expected{0.0, fmt::format("over its {}", countText(subject.layers.size(), "layer"))};
    for (const TimedLayer& layer : subject.layers)
        expected.leastMs += layer.point ? layer.point->leastMilliseconds() : 0.0;
    return expected;
}

std::vector<TimedLayer> beyondTheirRoof(const Case& subject)
{
    std::vector<TimedLayer> layers = subject.layers;
    std::erase_if(layers, [](const TimedLayer& layer) { return layer.excessMs() <= 0.0; });
    return sortedBy(excessOf, std::move(layers));
}

std::string farthestText(const std::vector<TimedLayer>& layers)
{
    if (layers.empty())
        return {};
    const std::vector<TimedLayer> farthest(layers.begin(),
                                           layers.begin() + std::min<std::ptrdiff_t>(3, std::ssize(layers)));
    return fmt::format(" Farthest from it: {} ({} over between them).", namesText(farthest),
                       milliseconds(sumOf(excessOf, farthest)));
}

bool isMemoryBound(const TimedLayer& layer)
{
    return layer.point && layer.point->bound == Bound::Memory;
}

double bandwidthShare(const TimedLayer& layer)
{
    return layer.point->share;
}

/// What of the bandwidth they reach, which is more than all of it where a nearer cache held their data.
std::string bandwidthText(const std::vector<TimedLayer>& layers)
{
    const std::vector<TimedLayer> byShare = sortedBy(bandwidthShare, layers);
    const double least = bandwidthShare(byShare.back());
    const double most = bandwidthShare(byShare.front());
    const std::string shares =
        byShare.size() == 1 ? percent(most) : fmt::format("{} to {}", percent(least), percent(most));
    return fmt::format("{} of the bandwidth of where their data are taken to lie{}", shares,
                       most > kAbove ? " (over 100 %: they came from a nearer cache)" : "");
}

bool isMostlyCalling(const TimedLayer& layer)
{
    return layer.point && layer.milliseconds < kShortMs &&
           layer.milliseconds > kFarOver * layer.point->leastMilliseconds();
}

std::vector<TimedLayer> only(bool (*is)(const TimedLayer&), std::vector<TimedLayer> layers)
{
    std::erase_if(layers, [&](const TimedLayer& layer) { return !is(layer); });
    return layers;
}

} // namespace

std::optional<Explanation> roofline(const Case& subject)
{
    if (subject.peaks == nullptr)
        return std::nullopt;
    const Expected expected = expectedOf(subject);
    const double measured = subject.record.latency.median;
    if (expected.leastMs <= 0.0)
        return std::nullopt;
    if (expected.leastMs > kAbove * measured)
        return Explanation{"roofline",
                           fmt::format("It took {}, less than the {} that the roofs allow {}: data came from a nearer "
                                       "cache, or the machine was busy when its roofs were measured.",
                                       latencyText(subject.record), milliseconds(expected.leastMs), expected.from),
                           std::nullopt,
                           {}};
    const std::vector<TimedLayer> over = beyondTheirRoof(subject);
    return Explanation{"roofline",
                       fmt::format("It took {}, {} times the {} that the roofs allow at least {}.{}",
                                   latencyText(subject.record), formatSignificant(measured / expected.leastMs, 2),
                                   milliseconds(expected.leastMs), expected.from, farthestText(over)),
                       std::max(0.0, 1.0 - expected.leastMs / measured), namesOf(over)};
}

std::optional<Explanation> memoryBound(const Case& subject)
{
    const std::vector<TimedLayer> bound = sortedBy(timeOf, only(isMemoryBound, subject.layers));
    const double time = sumOf(timeOf, bound);
    if (bound.empty() || time < kWorthSaying * subject.totalMs)
        return std::nullopt;
    return Explanation{"memory_bound",
                       fmt::format("{} of the layers' time ({} of {}) is in {} bound by memory, at {}: {}.",
                                   percent(time / subject.totalMs), milliseconds(time), milliseconds(subject.totalMs),
                                   countText(bound.size(), "layer"), bandwidthText(bound), namesText(bound)),
                       time / subject.totalMs, namesOf(bound)};
}

std::optional<Explanation> dispatch(const Case& subject)
{
    const std::vector<TimedLayer> called = sortedBy(excessOf, only(isMostlyCalling, subject.layers));
    const double excess = sumOf(excessOf, called);
    if (called.size() < kManyLayers || excess < kWorthSaying * subject.totalMs)
        return std::nullopt;
    return Explanation{
        "dispatch",
        fmt::format("{} take under {} each and over {} times what the roofs allow: {} of their {} ({} of the layers' "
                    "time) are beyond their arithmetic and bytes, which is what calling short operations costs at "
                    "batch {}. Most: {}.",
                    countText(called.size(), "layer"), milliseconds(kShortMs), kFarOver, milliseconds(excess),
                    milliseconds(sumOf(timeOf, called)), percent(excess / subject.totalMs),
                    subject.record.configuration.batch, namesText(called)),
        excess / subject.totalMs, namesOf(called)};
}

} // namespace lathe::explaining

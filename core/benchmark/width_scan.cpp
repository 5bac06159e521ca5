#include "core/benchmark/width_scan.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/benchmark/environment.h"
#include "core/benchmark/task.h"
#include "core/graph/cost.h"

namespace lathe {

namespace {

constexpr std::int64_t kMostWidths = 1000;
constexpr double kLeastJump = 0.05; ///< of a time, for a cliff

Result<void> checkOptions(const WidthScanOptions& options)
{
    if (options.first < 1 || options.last < options.first || options.step < 1)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("Channels from {} to {} in steps of {} cannot be scanned; give a first, a greater last "
                                "and a step of 1 or more.",
                                options.first, options.last, options.step));
    const std::int64_t widths = (options.last - options.first) / options.step + 1;
    if (widths > kMostWidths)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("That would be {} widths, and a scan takes {} at most; take larger steps.", widths,
                                kMostWidths));
    return {};
}

/// Milliseconds a multiply-accumulate, so that widths of unlike work compare.
double byTheMac(double milliseconds, const WidthPoint& point)
{
    return milliseconds / static_cast<double>(point.macs);
}

std::optional<WidthCliff> cliffBetween(const WidthPoint& narrow, const WidthPoint& wide, std::size_t before)
{
    using Kind = WidthCliff::Kind;
    const double faster = narrow.median / wide.median;
    if (wide.high < narrow.low && faster > 1.0 + kLeastJump)
        return WidthCliff{Kind::FasterThoughWider, before, faster};
    const double dearer = byTheMac(wide.median, wide) / byTheMac(narrow.median, narrow);
    if (byTheMac(wide.low, wide) > byTheMac(narrow.high, narrow) && dearer > 1.0 + kLeastJump)
        return WidthCliff{Kind::DearerByTheMac, before, dearer};
    return std::nullopt;
}

bool isKnown(const WidthPoint& point)
{
    return point.macs > 0 && point.isKnown();
}

/// One a width, without times.
Result<std::vector<LayerCandidate>> candidatesOf(WidthScan& scan)
{
    std::vector<LayerCandidate> candidates;
    const WidthScanOptions& options = scan.options;
    for (std::int64_t channels = options.first; channels <= options.last; channels += options.step) {
        auto graph = graphOfWidth(scan.layer, options.axis, channels);
        if (!graph)
            return tl::unexpected(graph.error());
        scan.points.push_back({{}, channels, cost(*graph).macs * options.batch});
        candidates.push_back({std::move(*graph), options.mode, {}});
    }
    return candidates;
}

Result<WidthScan> scan(Backend& backend, const ScannedLayer& layer, const WidthScanOptions& options, const Probe& probe,
                       const std::stop_token& stop, const ProgressSink& progress)
{
    WidthScan scan;
    scan.layer = layer;
    scan.options = options;
    scan.environment = currentEnvironment(backend.info());
    const auto candidates = candidatesOf(scan);
    if (!candidates)
        return tl::unexpected(candidates.error());
    const LayerRoundsOptions rounds{options.batch, options.threads, options.precisionTarget, options.maxSeconds,
                                    options.seed};
    auto timed = timeInRounds(backend, layer.name, *candidates, rounds, probe, stop, progress);
    if (!timed)
        return tl::unexpected(timed.error());
    for (std::size_t i = 0; i < scan.points.size(); ++i)
        static_cast<LayerTiming&>(scan.points[i]) = std::move(timed->timings[i]);
    scan.rounds = timed->rounds;
    scan.stopReason = std::move(timed->stopReason);
    scan.flags = std::move(timed->flags);
    scan.cliffs = cliffsOf(scan.points);
    return scan;
}

} // namespace

std::vector<WidthCliff> cliffsOf(const std::vector<WidthPoint>& points)
{
    std::vector<WidthCliff> cliffs;
    for (std::size_t i = 1; i < points.size(); ++i)
        if (isKnown(points[i - 1]) && isKnown(points[i]))
            if (const auto cliff = cliffBetween(points[i - 1], points[i], i - 1))
                cliffs.push_back(*cliff);
    return cliffs;
}

Result<WidthScan> scanWidths(Backend& backend, const ScannedLayer& layer, const WidthScanOptions& options,
                             const Probe& probe, std::stop_token stop, const ProgressSink& progress)
{
    if (auto sound = checkOptions(options); !sound)
        return tl::unexpected(sound.error());
    return guarded(fmt::format("Scanning the widths of {}", layer.name),
                   [&] { return scan(backend, layer, options, probe, stop, progress); });
}

} // namespace lathe

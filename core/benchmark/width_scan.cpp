#include "core/benchmark/width_scan.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <random>

#include <fmt/format.h>

#include "core/base/statistics.h"
#include "core/benchmark/environment.h"
#include "core/benchmark/judge.h"
#include "core/benchmark/measure.h"
#include "core/benchmark/task.h"
#include "core/benchmark/warmup.h"
#include "core/graph/cost.h"

namespace lathe {

namespace {

constexpr std::int64_t kMostWidths = 1000;
constexpr double kVisitSeconds = 2e-3; ///< that a width is timed for in a round, about
constexpr int kFewestRepeats = 3;
constexpr int kMostRepeats = 50;
constexpr int kRoundsAlive = 5; ///< of networks; where memory lies can make one of two equal ones faster
constexpr int kFewestRounds = 3 * kRoundsAlive;
constexpr double kRenewShare = 0.3; ///< of the time, for making networks anew
constexpr double kLeastJump = 0.05; ///< of a time, for a cliff

/// One width's network, and the inferences that make a sample of it.
struct Width {
    LoadedModel model;
    std::unique_ptr<Network> network;
    int repeats = kFewestRepeats;
};

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
    if (!(options.maxSeconds > 0.0) || !(options.precisionTarget > 0.0))
        return fail(ErrorCode::InvalidArgument, "A scan takes a time limit and a precision above 0.");
    return {};
}

double relativeHalfWidth(const WidthPoint& point)
{
    return point.median > 0.0 ? (point.high - point.low) / 2.0 / point.median : INFINITY;
}

class Scan {
public:
    Scan(Backend& backend, const WidthScanOptions& options, const Probe& probe, const std::stop_token& stop,
         const ProgressSink& progress)
        : m_backend(backend), m_options(options), m_probe(probe), m_stop(stop), m_progress(progress),
          m_begin(probe.seconds()), m_random(options.seed)
    {
    }

    Result<WidthScan> run(const ScannedLayer& layer)
    {
        m_scan.layer = layer;
        m_scan.options = m_options;
        m_scan.environment = currentEnvironment(m_backend.info());
        if (auto ready = makeWidths(); !ready)
            return tl::unexpected(ready.error());
        const Probe::Usage before = m_probe.usage();
        const double start = m_probe.seconds();
        if (auto done = takeRounds(); !done)
            return tl::unexpected(done.error());
        conclude(difference(m_probe.usage(), before), m_probe.seconds() - start);
        return std::move(m_scan);
    }

private:
    double elapsed() const { return m_probe.seconds() - m_begin; }
    bool isStopped() const { return m_stop.stop_requested(); }
    bool hasIntervals() const { return m_scan.rounds >= stats::fewestForInterval(); }

    Result<void> makeWidths()
    {
        for (std::int64_t channels = m_options.first; channels <= m_options.last; channels += m_options.step) {
            auto graph = graphOfWidth(m_scan.layer, m_options.axis, channels);
            if (!graph)
                return tl::unexpected(graph.error());
            m_scan.points.push_back({channels, cost(*graph).macs * m_options.batch, 0.0, 0.0, 0.0, {}});
            Width& width = m_widths.emplace_back();
            width.model.name = m_scan.layer.name;
            width.model.graph = std::move(*graph);
        }
        return renew();
    }

    /// The new ones are warm, and known well enough to say how many inferences make a sample.
    Result<void> renew()
    {
        const double begin = m_probe.seconds();
        const Configuration configuration{
            m_scan.layer.name, std::string(name(m_options.mode)), m_options.batch, m_options.threads, {}, "cpu"};
        for (Width& width : m_widths) {
            if (isStopped())
                return stoppedTooEarly();
            width.network.reset();
            auto network = runnable(m_backend, width.model, configuration).and_then([&](const LoadedModel& ready) {
                return prepareNetwork(m_backend, ready, configuration);
            });
            if (!network)
                return tl::unexpected(network.error());
            width.network = std::move(*network);
            if (auto typical = settle(width); !typical)
                return typical;
        }
        m_renewing += m_probe.seconds() - begin;
        return {};
    }

    Result<void> settle(Width& width)
    {
        if (auto first = layerSeconds(width); !first)
            return tl::unexpected(first.error());
        return layerSeconds(width).map([&](double seconds) {
            const double repeats = seconds > 0.0 ? std::ceil(kVisitSeconds / seconds) : kMostRepeats;
            width.repeats = static_cast<int>(std::clamp<double>(repeats, kFewestRepeats, kMostRepeats));
        });
    }

    /// Of the layer alone: a mode may have to bring its input into another layout first.
    Result<double> layerSeconds(Width& width)
    {
        return width.network->runTimed().map([](const std::vector<double>& seconds) { return seconds.back(); });
    }

    Result<void> takeRounds()
    {
        while (m_scan.stopReason.empty()) {
            const bool isDue = m_scan.rounds > 0 && m_scan.rounds % kRoundsAlive == 0;
            if (isDue && m_renewing <= kRenewShare * elapsed())
                if (auto ready = renew(); !ready)
                    return keepWhatThereIs(ready);
            if (auto taken = takeRound(); !taken)
                return keepWhatThereIs(taken);
            summarise();
            report();
            m_scan.stopReason = reasonToEnd();
        }
        return {};
    }

    /// A stop between rounds leaves the whole ones.
    Result<void> keepWhatThereIs(const Result<void>& ended)
    {
        if (ended.error().code != ErrorCode::Cancelled || !hasIntervals())
            return ended;
        summarise();
        m_scan.stopReason = "stopped";
        return {};
    }

    Result<void> takeRound()
    {
        std::vector<std::size_t> order(m_widths.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::shuffle(order.begin(), order.end(), m_random);
        std::vector<double> samples(m_widths.size(), 0.0);
        for (const std::size_t i : order) {
            const Result<double> sample = visit(m_widths[i]);
            if (!sample)
                return tl::unexpected(sample.error());
            samples[i] = *sample;
        }
        for (std::size_t i = 0; i < samples.size(); ++i)
            m_scan.points[i].samples.push_back(samples[i]);
        ++m_scan.rounds;
        return {};
    }

    /// Milliseconds; the first inference brings its data back into the caches and is not timed.
    Result<double> visit(Width& width)
    {
        std::vector<double> milliseconds;
        for (int i = 0; i <= width.repeats; ++i) {
            if (isStopped())
                return stoppedTooEarly();
            const Result<double> seconds = layerSeconds(width);
            if (!seconds)
                return seconds;
            if (i > 0)
                milliseconds.push_back(*seconds * 1e3);
        }
        return stats::median(std::move(milliseconds));
    }

    void summarise()
    {
        for (WidthPoint& point : m_scan.points) {
            const stats::Interval interval = stats::medianInterval(point.samples);
            point.median = stats::median(point.samples);
            point.low = interval.low;
            point.high = interval.high;
        }
    }

    double widest() const
    {
        double widest = 0.0;
        for (const WidthPoint& point : m_scan.points)
            widest = std::max(widest, relativeHalfWidth(point));
        return widest;
    }

    std::string reasonToEnd() const
    {
        if (m_scan.rounds >= kFewestRounds && widest() <= m_options.precisionTarget)
            return "precise";
        return elapsed() >= m_options.maxSeconds ? "time" : "";
    }

    void report() const
    {
        if (m_progress)
            m_progress({std::min(1.0, elapsed() / m_options.maxSeconds),
                        fmt::format("round {}, ±{:.1f} %", m_scan.rounds, 100.0 * widest())});
    }

    void conclude(const Probe::Usage& usage, double wallSeconds)
    {
        m_scan.flags = judgeContention(usage, wallSeconds, m_options.threads, usableCores());
        if (!hasIntervals())
            m_scan.flags.push_back(
                {"few_samples", fmt::format("Only {} of at least {} rounds fitted into {:.3g} s, so no "
                                            "cliff can be told; allow more time or scan fewer "
                                            "widths.",
                                            m_scan.rounds, stats::fewestForInterval(), m_options.maxSeconds)});
        else if (widest() > m_options.precisionTarget)
            m_scan.flags.push_back(
                {"imprecise", fmt::format("The widest interval is ±{:.1f} % of its median, not the "
                                          "±{:.1f} % asked for, after {} rounds.",
                                          100.0 * widest(), 100.0 * m_options.precisionTarget, m_scan.rounds)});
        m_scan.cliffs = cliffsOf(m_scan.points);
    }

    Backend& m_backend;
    const WidthScanOptions& m_options;
    const Probe& m_probe;
    const std::stop_token& m_stop;
    const ProgressSink& m_progress;
    double m_begin = 0.0;
    double m_renewing = 0.0; ///< seconds
    std::mt19937_64 m_random;
    std::vector<Width> m_widths;
    WidthScan m_scan;
};

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
    return point.median > 0.0 && point.macs > 0 &&
           point.samples.size() >= static_cast<std::size_t>(stats::fewestForInterval());
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
                   [&] { return Scan(backend, options, probe, stop, progress).run(layer); });
}

} // namespace lathe

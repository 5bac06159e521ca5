#include "core/benchmark/judge.h"

#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/statistics.h"
#include "core/base/wander.h"

namespace lathe {

namespace {

constexpr double kOthersShare = 0.05;       ///< of the cores' time
constexpr double kOthersLeastSeconds = 0.1; ///< /proc/stat counts in hundredths, core by core
constexpr double kWaitedShare = 0.02;       ///< of the threads' time
constexpr double kStolenShare = 0.01;       ///< of the cores' time
constexpr double kSwitchesASecond = 30.0;   ///< a quiet machine's housekeeping makes some five to ten
constexpr double kDriftShare = 0.02;        ///< of the median

std::vector<std::string> contentionEvidence(const Probe::Usage& usage, double wall, int threads, int cores)
{
    std::vector<std::string> evidence;
    const double others = usage.othersSeconds / wall;
    if (others > kOthersShare * cores && usage.othersSeconds > kOthersLeastSeconds)
        evidence.push_back(fmt::format("other processes used {:.2f} of {} cores", others, cores));
    const double stolen = usage.stolenSeconds / (wall * cores);
    if (stolen > kStolenShare)
        evidence.push_back(fmt::format("the hypervisor took {:.1f} % of the cores' time", 100.0 * stolen));
    if (threads > cores)
        return evidence; // the network's own threads make each other wait
    const double waited = usage.waitedSeconds / (wall * threads);
    if (waited > kWaitedShare)
        evidence.push_back(fmt::format("threads stood in the run queue for {:.1f} % of the time", 100.0 * waited));
    const double switches = static_cast<double>(usage.involuntarySwitches) / wall;
    if (switches > kSwitchesASecond)
        evidence.push_back(fmt::format("{:.0f} involuntary context switches a second", switches));
    return evidence;
}

std::optional<Flag> judgeDrift(const std::vector<double>& samples)
{
    const auto third = static_cast<std::ptrdiff_t>(samples.size() / 3);
    if (third < 3)
        return std::nullopt;
    const double first = stats::median({samples.begin(), samples.begin() + third});
    const double last = stats::median({samples.end() - third, samples.end()});
    const double change = last / first - 1.0;
    const stats::Trend trend = stats::mannKendall(samples);
    if (!trend.significant || std::abs(change) < kDriftShare)
        return std::nullopt;
    return Flag{"drift",
                fmt::format("Latency {} by {:.1f} % from the first third of the samples to the last (Mann-Kendall "
                            "tau {:.2f}): clocks, heat or another load changed.",
                            change > 0.0 ? "rose" : "fell", 100.0 * std::abs(change), trend.tau)};
}

std::optional<Flag> judgePrecision(const Samples& samples, const Latency& latency, const MeasureOptions& options)
{
    const std::size_t n = samples.milliseconds.size();
    const int fewest = stats::fewestForInterval();
    if (n < static_cast<std::size_t>(fewest))
        return Flag{"imprecise",
                    fmt::format("{} of about {:.3g} ms: an interval of the median needs {} samples; allow more "
                                "time.",
                                n == 1 ? "1 sample" : fmt::format("{} samples", n), latency.median, fewest)};
    const double halfWidth = (latency.ciHigh - latency.ciLow) / 2.0 / latency.median;
    if (!(halfWidth > options.precisionTarget))
        return std::nullopt;
    const stats::Wander wander = stats::wanderOf(samples.milliseconds);
    const std::string advice =
        wander.flicker > wander.white
            ? fmt::format("the machine's speed wanders by {:.1f} % from one stretch of the samples to the next, which "
                          "more time does not cure; quieten the machine, or compare in pairs.",
                          100.0 * std::sqrt(2.0 * wander.flicker))
            : "allow more time or quieten the machine.";
    return Flag{"imprecise",
                fmt::format("The median is known to ±{:.1f} %, not to the ±{:.1f} % asked for, after {:.3g} s; {}",
                            100.0 * halfWidth, 100.0 * options.precisionTarget, samples.wallSeconds, advice)};
}

std::optional<Flag> judgeCount(const Samples& samples, const MeasureOptions& options)
{
    const std::size_t n = samples.milliseconds.size();
    if (n >= static_cast<std::size_t>(options.minSamples))
        return std::nullopt;
    return Flag{"few_samples",
                fmt::format("Only {} of at least {} samples fitted into {:.3g} s; allow more time or take a "
                            "smaller batch.",
                            n, options.minSamples, options.maxSeconds)};
}

std::optional<Flag> judgeStop(const Samples& samples)
{
    if (samples.stopReason != "stopped")
        return std::nullopt;
    return Flag{"stopped", fmt::format("Stopped by hand after {} samples.", samples.milliseconds.size())};
}

std::optional<Flag> judgeThreads(int threads, int cores)
{
    if (threads <= cores)
        return std::nullopt;
    return Flag{"oversubscribed", fmt::format("{} threads share {} usable {}, so they take turns.", threads, cores,
                                              cores == 1 ? "core" : "cores")};
}

} // namespace

std::vector<Flag> judgeContention(const Probe::Usage& usage, double wallSeconds, int threads, int cores)
{
    if (wallSeconds <= 0.0)
        return {};
    const auto evidence = contentionEvidence(usage, wallSeconds, threads, cores);
    if (evidence.empty())
        return {};
    return {{"contention",
             fmt::format("The machine was busy: {}. Measure again when it is quiet.", fmt::join(evidence, ", "))}};
}

std::vector<Flag> judge(const Samples& samples, const Latency& latency, const MeasureOptions& options, int threads,
                        int cores)
{
    std::vector<Flag> flags = judgeContention(samples.usage, samples.wallSeconds, threads, cores);
    for (const std::optional<Flag>& flag :
         {judgeDrift(samples.milliseconds), judgePrecision(samples, latency, options), judgeCount(samples, options),
          judgeStop(samples), judgeThreads(threads, cores)})
        if (flag)
            flags.push_back(*flag);
    return flags;
}

} // namespace lathe

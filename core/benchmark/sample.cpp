#include "core/benchmark/sample.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/base/statistics.h"
#include "core/base/wander.h"
#include "core/benchmark/warmup.h"

namespace lathe {

namespace {

constexpr double kWarmUpShare = 0.25; ///< of the time, at most
constexpr double kSpanShare = 0.2;    ///< of the time, that the samples cover at least
constexpr double kReportEvery = 0.1;  ///< seconds

/// Half width of the median's interval as a share of it.
double relativeHalfWidth(const std::vector<double>& values, double seconds)
{
    const double median = stats::median(values);
    const stats::Interval interval = stats::longRunInterval(values, seconds);
    return median > 0.0 ? (interval.high - interval.low) / 2.0 / median : INFINITY;
}

class Sampler {
public:
    Sampler(const std::function<Result<void>()>& inference, const MeasureOptions& options, const Probe& probe,
            const std::stop_token& stop, const ProgressSink& progress)
        : m_inference(inference), m_options(options), m_probe(probe), m_stop(stop), m_progress(progress),
          m_begin(probe.seconds()), m_lastReport(m_begin), m_nextLook(static_cast<std::size_t>(options.minSamples))
    {
    }

    Result<Samples> run()
    {
        report(0.0, "warming up");
        const auto warm = warmUp(m_inference, kWarmUpShare * m_options.maxSeconds, m_probe, m_stop);
        if (!warm)
            return tl::unexpected(warm.error());
        m_samples.warmups = warm->inferences;
        m_stride = strideFor(warm->typicalSeconds);
        return collect();
    }

private:
    double elapsed() const { return m_probe.seconds() - m_begin; }
    double span() const { return m_probe.seconds() - m_firstSample; }
    std::size_t count() const { return m_samples.milliseconds.size(); }

    /// One inference in how many is timed, for half of the greatest number of samples to cover the span.
    int strideFor(double typicalSeconds) const
    {
        if (typicalSeconds <= 0.0)
            return 1;
        const double inferences = kSpanShare * m_options.maxSeconds / typicalSeconds;
        return std::max(1, static_cast<int>(std::ceil(2.0 * inferences / m_options.maxSamples)));
    }

    Result<Samples> collect()
    {
        const Probe::Usage before = m_probe.usage();
        m_firstSample = m_probe.seconds();
        while (m_samples.stopReason.empty()) {
            if (auto taken = takeOne(); !taken)
                return tl::unexpected(taken.error());
            m_samples.stopReason = reasonToEnd();
        }
        m_samples.wallSeconds = span();
        m_samples.usage = difference(m_probe.usage(), before);
        if (m_samples.stopReason == "stopped" && count() < static_cast<std::size_t>(m_options.minSamples))
            return stoppedTooEarly();
        return std::move(m_samples);
    }

    /// Runs a stride of inferences and times the last; takes none if stopped on the way.
    Result<void> takeOne()
    {
        double start = 0.0;
        for (int i = 0; i < m_stride; ++i) {
            if (m_stop.stop_requested())
                return {};
            start = m_probe.seconds();
            if (auto done = m_inference(); !done)
                return done;
            ++m_samples.inferences;
        }
        m_samples.milliseconds.push_back((m_probe.seconds() - start) * 1e3);
        return {};
    }

    std::string reasonToEnd()
    {
        if (m_stop.stop_requested())
            return "stopped";
        if (count() >= m_nextLook && isPrecise())
            return "precise";
        if (count() >= static_cast<std::size_t>(m_options.maxSamples))
            return "samples";
        return elapsed() >= m_options.maxSeconds ? "time" : "";
    }

    /// Looked at more and more rarely: each look is a chance to end on an interval that is narrow by luck.
    bool isPrecise()
    {
        m_nextLook = count() + std::max<std::size_t>(1, count() / 10);
        const double halfWidth = relativeHalfWidth(m_samples.milliseconds, span());
        report(share(halfWidth), fmt::format("{} samples, ±{:.1f} %", count(), 100.0 * halfWidth));
        return halfWidth <= m_options.precisionTarget && span() >= kSpanShare * m_options.maxSeconds;
    }

    /// How far: towards the end of the time, or towards the samples that the interval seems to need.
    double share(double halfWidth) const
    {
        const double bySpan = span() / (kSpanShare * m_options.maxSeconds);
        const double byWidth = std::pow(m_options.precisionTarget / halfWidth, 2.0);
        return std::clamp(std::max(elapsed() / m_options.maxSeconds, std::min(bySpan, byWidth)), 0.0, 1.0);
    }

    void report(double fraction, const std::string& what)
    {
        const double now = m_probe.seconds();
        if (!m_progress || (fraction > 0.0 && now - m_lastReport < kReportEvery))
            return;
        m_lastReport = now;
        m_progress({fraction, what});
    }

    const std::function<Result<void>()>& m_inference;
    const MeasureOptions& m_options;
    const Probe& m_probe;
    const std::stop_token& m_stop;
    const ProgressSink& m_progress;
    double m_begin = 0.0;
    double m_firstSample = 0.0;
    double m_lastReport = 0.0;
    std::size_t m_nextLook = 0;
    int m_stride = 1;
    Samples m_samples;
};

} // namespace

Result<Samples> sample(const std::function<Result<void>()>& inference, const MeasureOptions& options,
                       const Probe& probe, std::stop_token stop, const ProgressSink& progress)
{
    return Sampler(inference, options, probe, stop, progress).run();
}

Latency summarise(const std::vector<double>& milliseconds, double seconds)
{
    const stats::Interval interval = stats::longRunInterval(milliseconds, seconds);
    Latency latency;
    latency.median = stats::median(milliseconds);
    latency.ciLow = interval.low;
    latency.ciHigh = interval.high;
    latency.p5 = stats::percentile(milliseconds, 5.0);
    latency.p95 = stats::percentile(milliseconds, 95.0);
    latency.p99 = stats::percentile(milliseconds, 99.0);
    latency.outliers = stats::countOutliers(milliseconds);
    latency.samples = milliseconds;
    return latency;
}

} // namespace lathe

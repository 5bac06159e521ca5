#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/benchmark/probe.h"
#include "core/session/record.h"

namespace lathe {

struct MeasureOptions {
    double precisionTarget = 0.02; ///< half width of the median's 95 % interval, as a share of the median
    double maxSeconds = 20.0;      ///< warm-up included
    int minSamples = 10;
    int maxSamples = 2000;
    bool layers = false; ///< time each node too
};

/// Samples of one thing timed over and over.
struct Samples {
    std::vector<double> milliseconds; ///< in the order they were taken
    int warmups = 0;
    std::int64_t inferences = 0; ///< run while sampling; more than the samples if only one in so many was timed
    std::string stopReason;      ///< "precise", "time", "samples" (their greatest number), "stopped"
    Probe::Usage usage;          ///< difference over the samples
    double wallSeconds = 0.0;    ///< of the samples
};

/// Warms up until steady, then repeats until the interval is within target or time runs out, and for a fifth of the
/// time at least: samples that are close in time are alike, and an interval from a short burst would not hold the
/// median of the next. Of a network so fast that `maxSamples` would not last that long, one inference in so many is
/// timed. However slow an inference is, there is one warm-up and one sample.
/// A stop takes effect before the next inference; fewer than `minSamples` by then are dropped (Cancelled).
Result<Samples> sample(const std::function<Result<void>()>& inference, const MeasureOptions& options,
                       const Probe& probe, std::stop_token stop, const ProgressSink& progress);

/// Median, percentiles, outliers, and the interval of the long-run median (`stats::longRunInterval`); `seconds` is the
/// time from the first sample to the last.
Latency summarise(const std::vector<double>& milliseconds, double seconds);

} // namespace lathe

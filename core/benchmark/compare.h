#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/benchmark/measure.h"

namespace lathe {

enum class Verdict { FirstFaster, SecondFaster, NoDifferenceShown };

/// Level of a comparison's interval. A verdict is a claim: at 99 % one in a hundred would be false.
inline constexpr double kComparisonConfidence = 0.99;

/// B's time over A's, from interleaved pairs.
struct Comparison {
    double ratio = 1.0; ///< median of the pairs' ratios
    double ciLow = 1.0; ///< interval of the ratio at kComparisonConfidence
    double ciHigh = 1.0;
    Verdict verdict = Verdict::NoDifferenceShown;
    std::string sentence; ///< "B is 1.32 times as fast as A (99 % interval 1.29 to 1.35).", ...
    std::string aMode;    ///< of configurations: that they ran in
    std::string bMode;
    std::vector<double> aMilliseconds;
    std::vector<double> bMilliseconds;
    std::vector<Flag> flags;
};

struct CompareOptions {
    double maxSeconds = 20.0;
    int minPairs = 20;
    int maxPairs = 1000;
    std::uint64_t seed = 1; ///< of the order within pairs
};

/// Runs a and b in pairs, the order within each pair at random, and compares. How many pairs is settled after the
/// warm-up from the time they take, never from what they show: looking again and again would find differences by
/// chance. A stop takes effect before the next inference.
Result<Comparison> compareInterleaved(const std::string& aName, const std::function<Result<void>()>& a,
                                      const std::string& bName, const std::function<Result<void>()>& b,
                                      const CompareOptions& options, const Probe& probe, std::stop_token stop,
                                      const ProgressSink& progress);

/// The verdict from paired times alone (a pure function), in the order they were taken.
///
/// Where A and B are alike, the random order within pairs makes the sign of each pair's log ratio a fair coin,
/// independent of all others however the machine drifts or is disturbed. The interval is that of the sign test
/// (order statistics of the log ratios), so its level holds under any load. Signs that stick together all the same
/// (two networks that differ by where their memory happens to lie) widen it: see stats::medianIntervalOfSeries.
Comparison comparePairs(const std::string& aName, const std::string& bName, const std::vector<double>& a,
                        const std::vector<double>& b);

/// Two configurations on one backend, their networks alive side by side. They are made anew several times on the
/// way, as far as time allows: where their memory lies can make one of two equal networks faster.
Result<Comparison> compareConfigurations(Backend& backend, const Configuration& a, const Configuration& b,
                                         const CompareOptions& options, std::stop_token stop,
                                         const ProgressSink& progress);

/// The same of models that are loaded already.
Result<Comparison> compareModels(Backend& backend, const LoadedModel& aModel, const Configuration& a,
                                 const LoadedModel& bModel, const Configuration& b, const CompareOptions& options,
                                 std::stop_token stop, const ProgressSink& progress);

} // namespace lathe

#pragma once

#include <cstdint>
#include <vector>

#include "core/base/statistics.h"

/// Accuracies and their differences: counts of yes and no.
namespace lathe::stats {

/// The standard normal's value below which lies a share `p`, strictly between 0 and 1.
double normalQuantile(double p);

/// Interval of a proportion (Wilson, 1927), which stays between 0 and 1 for any count; 0 to 1 for no trials.
Interval wilsonInterval(std::int64_t successes, std::int64_t trials, double confidence = 0.95);

/// Two classifiers on the same samples.
struct PairedCounts {
    std::int64_t bothRight = 0;
    std::int64_t onlyFirst = 0;
    std::int64_t onlySecond = 0;
    std::int64_t bothWrong = 0;

    std::int64_t samples() const { return bothRight + onlyFirst + onlySecond + bothWrong; }
    double difference() const; ///< accuracy of the second less that of the first
};

/// All three of one length: a class for each sample.
PairedCounts countPairs(const std::vector<std::int64_t>& first, const std::vector<std::int64_t>& second,
                        const std::vector<std::int64_t>& truth);

/// McNemar's exact test, two-sided: how likely a difference as large as this is where the two are equally good.
double mcNemarExact(const PairedCounts& counts);

/// Percentile bootstrap over the samples of the difference in accuracy (Efron, 1979); the same for the same seed.
Interval bootstrapDifference(const PairedCounts& counts, std::uint64_t seed, double confidence = 0.95,
                             int resamples = 2000);

} // namespace lathe::stats

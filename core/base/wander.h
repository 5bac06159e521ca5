#pragma once

#include <vector>

#include "core/base/statistics.h"

/// How well a short record knows the level of a series whose level wanders, as the speed of real machines does.
///
/// Averaging does not help against all noise: beyond some seconds the Allan deviation of a machine's speed stays level
/// instead of falling with the square root of time (flicker noise; D. W. Allan, "Statistics of atomic frequency
/// standards", 1966). An interval from the scatter within a record alone then misses the long-run median most of the
/// time: measured on a virtual machine here, that of 0.8 s records held it in 28 % of the records.
namespace lathe::stats {

/// Variances of the logarithm, so squares of relative errors.
struct Wander {
    double white = 0.0;   ///< of the whole series' level, that which averaging reduces
    double flicker = 0.0; ///< Allan variance that stays however long the stretches are
    int blocks = 0;       ///< stretches compared; 0: too few values, or not all positive, and nothing is known
};

/// The series is cut into up to 32 stretches of equal length, and the Haar wavelet coefficients of the logarithms of
/// their medians are split into the two parts by likelihood, averaged over their ratio. `values` in the order they
/// were taken; at least 12.
Wander wanderOf(const std::vector<double>& values);

/// The series' median and where the median of an hour of the same would lie with `confidence`: the white part, and the
/// flicker part going on as in the `seconds` that the series took,
/// variance = white + flicker (1 + ln(3600 / seconds)) / (2 ln 2), with Student's t for what either is known from.
/// Never narrower than `medianInterval`, which two speeds in turns can make wide, and equal to it for too few values.
Interval longRunInterval(const std::vector<double>& values, double seconds, double confidence = 0.95);

} // namespace lathe::stats

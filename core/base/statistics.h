#pragma once

#include <cstdint>
#include <vector>

/// Pure functions on samples. None of them expects sorted input; empty input gives zeros.
namespace lathe::stats {

struct Interval {
    double low = 0.0;
    double high = 0.0;
};

double median(std::vector<double> values);

/// Linear interpolation between order statistics (Hyndman and Fan's type 7, NumPy's default); p from 0 to 100.
double percentile(std::vector<double> values, double p);

/// Distribution-free interval of the median from order statistics (binomial(n, 1/2)), conservative: covers with
/// at least `confidence`. For n too small for that (n < 6 at 0.95), the whole range.
Interval medianInterval(std::vector<double> values, double confidence = 0.95);

/// Median absolute deviation, scaled by 1.4826 to estimate a normal's standard deviation.
double scaledMad(const std::vector<double>& values);

/// Values farther than `threshold` scaled MADs from the median (Iglewicz and Hoaglin use 3.5).
int countOutliers(const std::vector<double>& values, double threshold = 3.5);

/// Kendall's tau of value against order, from -1 to 1, and whether it is beyond chance at `alpha`
/// (Mann-Kendall, normal approximation).
struct Trend {
    double tau = 0.0;
    bool significant = false;
};
Trend mannKendall(const std::vector<double>& values, double alpha = 0.01);

/// Lag-1 autocorrelation; 0 for fewer than 3 values.
double autocorrelation(const std::vector<double>& values);

/// How many times larger the variance of the median is than for independent values, at least 1: the integrated
/// autocorrelation of the signs about the median, summed to the end of Geyer's initial positive sequence
/// ("Practical Markov chain Monte Carlo", 1992). `values` in the order they were taken.
double varianceInflation(const std::vector<double>& values);

/// `medianInterval` for values that depend on their neighbours: its ranks, moved outwards by the square root of
/// `varianceInflation`, and a little more the fewer independent values that leaves. Equal to it for independent ones.
Interval medianIntervalOfSeries(const std::vector<double>& values, double confidence = 0.95);

/// The fewest values whose whole range covers the median with `confidence`: 6 at 0.95, 8 at 0.99.
int fewestForInterval(double confidence = 0.95);

} // namespace lathe::stats

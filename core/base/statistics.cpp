#include "core/base/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace lathe::stats {

namespace {

/// An inflation found from few independent stretches is uncertain itself, and underrated as often as not. As Student's
/// t is wider than a normal: (1 + z^2) / (2 nu) of the variance with z = 1.96, nu half the independent stretches.
constexpr double kUncertainty = 4.84;

double percentileOfSorted(const std::vector<double>& sorted, double p)
{
    if (sorted.empty())
        return 0.0;
    const double position = std::clamp(p, 0.0, 100.0) / 100.0 * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return std::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

/// The largest rank k (from 1) for which [X(k), X(n + 1 - k)] covers the median with `confidence`; 0 if none does.
std::size_t coveringRank(std::size_t n, double confidence)
{
    const double count = static_cast<double>(n);
    const double tail = (1.0 - confidence) / 2.0;
    double cumulative = 0.0; // P(Binomial(n, 1/2) <= k - 1)
    for (std::size_t k = 1; k <= n / 2; ++k) {
        const double successes = static_cast<double>(k - 1);
        cumulative += std::exp(std::lgamma(count + 1) - std::lgamma(successes + 1) -
                               std::lgamma(count - successes + 1) - count * std::log(2.0));
        if (cumulative > tail)
            return k - 1;
    }
    return n / 2;
}

Interval intervalFromRank(const std::vector<double>& sorted, std::size_t rank)
{
    if (sorted.empty())
        return {};
    const std::size_t index = rank == 0 ? 0 : rank - 1;
    return {sorted[index], sorted[sorted.size() - 1 - index]};
}

std::vector<double> signsAbout(const std::vector<double>& values, double centre)
{
    std::vector<double> signs;
    signs.reserve(values.size());
    for (const double value : values)
        signs.push_back(value > centre ? 1.0 : value < centre ? -1.0 : 0.0);
    return signs;
}

/// Sum of products at distance `lag`; `values` are centred.
double productsAtLag(const std::vector<double>& values, std::size_t lag)
{
    double sum = 0.0;
    for (std::size_t i = lag; i < values.size(); ++i)
        sum += values[i] * values[i - lag];
    return sum;
}

int sign(double value)
{
    return (value > 0.0) - (value < 0.0);
}

/// Sum over groups of equal values of t (t - 1) (2 t + 5), the correction of Mann-Kendall's variance.
double tieCorrection(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    double correction = 0.0;
    for (auto first = values.begin(); first != values.end();) {
        const auto last = std::upper_bound(first, values.end(), *first);
        const auto t = static_cast<double>(last - first);
        correction += t * (t - 1.0) * (2.0 * t + 5.0);
        first = last;
    }
    return correction;
}

} // namespace

double median(std::vector<double> values)
{
    return percentile(std::move(values), 50.0);
}

double percentile(std::vector<double> values, double p)
{
    std::sort(values.begin(), values.end());
    return percentileOfSorted(values, p);
}

Interval medianInterval(std::vector<double> values, double confidence)
{
    std::sort(values.begin(), values.end());
    return intervalFromRank(values, coveringRank(values.size(), confidence));
}

double scaledMad(const std::vector<double>& values)
{
    const double centre = median(values);
    std::vector<double> deviations;
    deviations.reserve(values.size());
    for (const double value : values)
        deviations.push_back(std::abs(value - centre));
    return 1.4826 * median(std::move(deviations));
}

int countOutliers(const std::vector<double>& values, double threshold)
{
    const double centre = median(values);
    const double limit = threshold * scaledMad(values);
    return static_cast<int>(
        std::count_if(values.begin(), values.end(), [&](double value) { return std::abs(value - centre) > limit; }));
}

Trend mannKendall(const std::vector<double>& values, double alpha)
{
    const std::size_t n = values.size();
    if (n < 3)
        return {};
    double score = 0.0;
    for (std::size_t later = 1; later < n; ++later)
        for (std::size_t earlier = 0; earlier < later; ++earlier)
            score += sign(values[later] - values[earlier]);
    const auto count = static_cast<double>(n);
    const double variance = (count * (count - 1.0) * (2.0 * count + 5.0) - tieCorrection(values)) / 18.0;
    if (variance <= 0.0)
        return {};
    const double z = std::max(std::abs(score) - 1.0, 0.0) / std::sqrt(variance);
    return {score / (count * (count - 1.0) / 2.0), std::erfc(z / std::sqrt(2.0)) < alpha};
}

double autocorrelation(const std::vector<double>& values)
{
    if (values.size() < 3)
        return 0.0;
    double mean = 0.0;
    for (const double value : values)
        mean += value / static_cast<double>(values.size());
    std::vector<double> centred;
    for (const double value : values)
        centred.push_back(value - mean);
    const double variance = productsAtLag(centred, 0);
    return variance > 0.0 ? productsAtLag(centred, 1) / variance : 0.0;
}

double varianceInflation(const std::vector<double>& values)
{
    const std::vector<double> signs = signsAbout(values, median(values));
    const double variance = productsAtLag(signs, 0);
    if (values.size() < 3 || variance <= 0.0)
        return 1.0;
    // Correlations far out are noise about zero; the sum ends where a pair of them is no longer positive.
    double inflation = -1.0;
    for (std::size_t lag = 0; lag + 1 < values.size(); lag += 2) {
        const double pair = (productsAtLag(signs, lag) + productsAtLag(signs, lag + 1)) / variance;
        if (pair <= 0.0)
            break;
        inflation += 2.0 * pair;
    }
    return std::max(1.0, inflation);
}

Interval medianIntervalOfSeries(const std::vector<double>& values, double confidence)
{
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const std::size_t rank = coveringRank(values.size(), confidence);
    const double middle = (static_cast<double>(values.size()) + 1.0) / 2.0;
    const double inflation = varianceInflation(values);
    const double widened = inflation * (1.0 + kUncertainty * (inflation - 1.0) / static_cast<double>(values.size()));
    const double reach = (middle - static_cast<double>(rank)) * std::sqrt(widened);
    return intervalFromRank(sorted, static_cast<std::size_t>(std::max(0.0, std::floor(middle - reach))));
}

int fewestForInterval(double confidence)
{
    int n = 2;
    while (1.0 - std::exp2(1 - n) < confidence)
        ++n;
    return n;
}

} // namespace lathe::stats

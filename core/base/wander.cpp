#include "core/base/wander.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "core/base/student_t.h"

namespace lathe::stats {

namespace {

constexpr std::size_t kFewestValues = 12;
constexpr std::size_t kMostBlocks = 32;
constexpr std::size_t kFewestBlocks = 4;
constexpr std::size_t kValuesInBlock = 3; ///< at least, where there are more than the fewest blocks
constexpr double kFlickerFreedom = 5.0;   ///< few coefficients, those of the coarsest scales, tell it from white noise
constexpr double kLongRunSeconds = 3600.0;

/// Sums of squares of the coefficients of one scale.
struct Scale {
    double coefficients = 0.0; ///< their number
    double squares = 0.0;
    double averaging = 1.0; ///< white variance at this scale, as a share of that of the finest
};

std::size_t blocksFor(std::size_t values)
{
    std::size_t blocks = kMostBlocks;
    while (blocks > kFewestBlocks && kValuesInBlock * blocks > values)
        blocks /= 2;
    return blocks;
}

std::vector<double> logMediansOfBlocks(const std::vector<double>& values, std::size_t blocks)
{
    std::vector<double> logs;
    for (std::size_t i = 0; i < blocks; ++i) {
        const auto begin = values.begin() + static_cast<std::ptrdiff_t>(i * values.size() / blocks);
        const auto end = values.begin() + static_cast<std::ptrdiff_t>((i + 1) * values.size() / blocks);
        logs.push_back(std::log(median({begin, end})));
    }
    return logs;
}

/// From the finest scale to the coarsest; `levels` has a power of two of them.
std::vector<Scale> haarScales(std::vector<double> levels)
{
    std::vector<Scale> scales;
    for (double averaging = 1.0; levels.size() > 1; averaging /= 2.0) {
        Scale scale;
        scale.averaging = averaging;
        std::vector<double> coarser;
        for (std::size_t i = 0; i + 1 < levels.size(); i += 2) {
            scale.squares += std::pow(levels[i] - levels[i + 1], 2.0) / 2.0;
            scale.coefficients += 1.0;
            coarser.push_back((levels[i] + levels[i + 1]) / 2.0);
        }
        scales.push_back(scale);
        levels = std::move(coarser);
    }
    return scales;
}

/// Flicker as a multiple of the finest scale's white variance: none, and a thousandth to a thousandfold.
const std::vector<double>& flickerShares()
{
    static const std::vector<double> shares = [] {
        constexpr int kSteps = 30;
        std::vector<double> all{0.0};
        for (int i = 0; i <= kSteps; ++i)
            all.push_back(std::pow(10.0, -3.0 + 6.0 * i / kSteps));
        return all;
    }();
    return shares;
}

/// The likeliest white variance at the finest scale, given the share, and the logarithm of its likelihood.
struct Fit {
    double white = 0.0;
    double logLikelihood = 0.0;
};

Fit fit(const std::vector<Scale>& scales, double flickerShare)
{
    Fit fit;
    double coefficients = 0.0;
    double logs = 0.0;
    for (const Scale& scale : scales) {
        const double variance = scale.averaging + flickerShare;
        coefficients += scale.coefficients;
        fit.white += scale.squares / variance;
        logs += scale.coefficients * std::log(variance);
    }
    fit.white /= coefficients;
    fit.logLikelihood = -0.5 * (coefficients * std::log(fit.white) + logs);
    return fit;
}

/// Averaged over the shares with their likelihoods: the likeliest alone is none half of the time though there is some.
Wander average(const std::vector<Scale>& scales)
{
    std::vector<Fit> fits;
    for (const double share : flickerShares())
        fits.push_back(fit(scales, share));
    const auto less = [](const Fit& a, const Fit& b) { return a.logLikelihood < b.logLikelihood; };
    const double best = std::max_element(fits.begin(), fits.end(), less)->logLikelihood;
    Wander mean;
    double total = 0.0;
    for (std::size_t i = 0; i < fits.size(); ++i) {
        const double weight = std::exp(fits[i].logLikelihood - best);
        total += weight;
        mean.white += weight * fits[i].white;
        mean.flicker += weight * fits[i].white * flickerShares()[i];
    }
    mean.white /= total;
    mean.flicker /= total;
    return mean;
}

/// Welch and Satterthwaite's, of a sum of two variances.
double degreesOfFreedom(double white, double whiteFreedom, double flicker)
{
    const double sum = white + flicker;
    if (sum <= 0.0)
        return whiteFreedom;
    return sum * sum / (white * white / whiteFreedom + flicker * flicker / std::min(kFlickerFreedom, whiteFreedom));
}

} // namespace

Wander wanderOf(const std::vector<double>& values)
{
    if (values.size() < kFewestValues || std::any_of(values.begin(), values.end(), [](double v) { return !(v > 0.0); }))
        return {};
    const std::size_t blocks = blocksFor(values.size());
    const std::vector<Scale> scales = haarScales(logMediansOfBlocks(values, blocks));
    Wander wander;
    if (std::any_of(scales.begin(), scales.end(), [](const Scale& scale) { return scale.squares > 0.0; }))
        wander = average(scales);
    wander.white /= static_cast<double>(blocks);
    wander.blocks = static_cast<int>(blocks);
    return wander;
}

Interval longRunInterval(const std::vector<double>& values, double seconds, double confidence)
{
    const Interval ofOrder = medianInterval(values, confidence);
    const Wander wander = wanderOf(values);
    if (wander.blocks == 0)
        return ofOrder;
    const double octaves = 1.0 + std::log(std::max(1.0, kLongRunSeconds / std::max(seconds, 1e-3)));
    const double flicker = wander.flicker * octaves / (2.0 * std::log(2.0));
    const double freedom = degreesOfFreedom(wander.white, wander.blocks - 1.0, flicker);
    const double reach = studentQuantile(0.5 + confidence / 2.0, freedom) * std::sqrt(wander.white + flicker);
    const double centre = median(values);
    return {std::min(ofOrder.low, centre * std::exp(-reach)), std::max(ofOrder.high, centre * std::exp(reach))};
}

} // namespace lathe::stats

#include <cmath>

#include <fmt/format.h>

#include "core/analysis/significant.h"
#include "core/quantization/error_growth.h"
#include "core/quantization/quantization_text.h"

namespace lathe {

namespace {

constexpr double kUniformWithin = 0.05; // of single errors' root mean square from s / sqrt(12)
constexpr double kMuchClipped = 1e-3;
constexpr double kNoticed = 0.2;     // mean, of the predicted standard deviation
constexpr double kMuchSteeper = 0.6; // exponent

std::string verdict(const ErrorGrowth& growth)
{
    const ErrorGrowthPoint& last = growth.longest();
    const std::string measured = fmt::format(
        "over {} values the {} have a standard deviation of {}, {} times the predicted {}", last.length,
        growth.options.weighted ? "errors of the dot products" : "summed errors", figureText(last.deviation, 3),
        formatWithInterval(growth.ratio, growth.ratioInterval.low, growth.ratioInterval.high),
        figureText(last.predicted, 3));
    return growth.holds()
               ? fmt::format("The prediction holds: {}.", measured)
               : fmt::format("The prediction fails: {}, and a mean of {}.", measured, figureText(last.mean, 2));
}

std::string growthText(const ErrorGrowth& growth)
{
    const ErrorGrowthPoint& last = growth.longest();
    return fmt::format(
        "Their root mean square, {}, grows with n^{} (n^0.5 is predicted); errors of half a step each, all "
        "of one sign, would have made {}, {} times as much.",
        figureText(last.rootMeanSquare, 3), formatFixed(growth.exponent, 2), figureText(last.naive, 3),
        figureText(last.naive / last.rootMeanSquare, 3));
}

std::string formulaText(const ErrorGrowth& growth)
{
    const double step = std::sqrt(growth.meanSquaredStep);
    return fmt::format(
        "One error: uniform over a step s = {}, so a variance of s² / 12 = {}. A sum of n = {}: σ = s √(n / "
        "12) = {}.",
        figureText(step), figureText(growth.meanSquaredStep / 12.0, 3), growth.longest().length,
        figureText(growth.longest().predicted));
}

std::string shapeText(const ErrorGrowth& growth)
{
    const bool normal = growth.distance <= growth.distanceByChance;
    return fmt::format(
        "Shape: apart from their mean of {}, the distribution is at most {} away from the predicted "
        "normal one (Kolmogorov and Smirnov; "
        "chance alone reaches {} 5 times in 100), so {}. Excess kurtosis {}.",
        figureText(growth.longest().mean, 2), figureText(growth.distance, 2), figureText(growth.distanceByChance, 2),
        normal ? "nothing speaks against it" : "it is another distribution", formatFixed(growth.excessKurtosis, 2));
}

/// A mean that chance explains.
std::string finiteText(const ErrorGrowth& growth)
{
    return fmt::format(
        "The sums' mean of {} is no more than chance leaves of so few values' mean error, which counts n "
        "times.",
        figureText(growth.longest().mean, 2));
}

/// What of its conditions is not met.
std::vector<std::string> reasons(const ErrorGrowth& growth)
{
    std::vector<std::string> said;
    if (growth.clippedShare > kMuchClipped)
        said.push_back(
            fmt::format("Clipping: {} % of the values are clipped, and such an error may be larger than half a "
                        "step and always points inwards.",
                        figureText(100.0 * growth.clippedShare, 2)));
    else if (std::abs(growth.singleRatio - 1.0) > kUniformWithin)
        said.push_back(
            fmt::format("Few levels: single errors are {} times as large (root mean square) as if they were "
                        "spread evenly over a step, so that s² / 12 does not describe them; too few integers "
                        "lie where the values are, or many values lie on the grid, as zeros do.",
                        figureText(growth.singleRatio, 3)));
    if (growth.exponent > kMuchSteeper)
        said.push_back(
            fmt::format("Correlated errors: they grow with n^{}, because errors within a vector are alike and "
                        "do not cancel.",
                        formatFixed(growth.exponent, 2)));
    if (const ErrorGrowthPoint& last = growth.longest(); growth.isBiased())
        said.push_back(
            fmt::format("Bias: the mean of the sums is {}, {} times the predicted standard deviation, and a mean "
                        "grows with n.",
                        figureText(last.mean, 3), figureText(std::abs(last.mean) / last.predicted, 2)));
    return said;
}

} // namespace

std::vector<std::string> errorGrowthSentences(const ErrorGrowth& growth)
{
    std::vector<std::string> sentences{verdict(growth)};
    if (!growth.holds())
        for (std::string& reason : reasons(growth))
            sentences.push_back(std::move(reason));
    if (const ErrorGrowthPoint& last = growth.longest();
        !growth.isBiased() && std::abs(last.mean) > kNoticed * last.predicted)
        sentences.push_back(finiteText(growth));
    for (std::string sentence : {growthText(growth), formulaText(growth), shapeText(growth)})
        sentences.push_back(std::move(sentence));
    return sentences;
}

} // namespace lathe

#pragma once

#include <optional>
#include <vector>

#include "core/analysis/pareto.h"

namespace lathe {

/// y = factor * x^exponent, fitted by least squares on the logarithms.
struct PowerLaw {
    double exponent = 0.0;
    double exponentLow = 0.0; ///< 95 % interval, Student's t
    double exponentHigh = 0.0;
    double factor = 0.0;
    double rSquared = 0.0; ///< on the logarithms
    int points = 0;
    double residualDeviation = 0.0; ///< of ln y
    double meanLogX = 0.0;
    double sumSquaresLogX = 0.0;
    double studentT = 0.0; ///< 97.5 % quantile with points - 2 degrees of freedom

    double at(double x) const;
    /// Half width of the 95 % band of the fitted line at x, as a factor (>= 1).
    double bandFactor(double x) const;
};

/// None for fewer than 3 usable points or all at one x. Points that are not positive and finite are passed over.
std::optional<PowerLaw> fitPowerLaw(const std::vector<Point2>& points);

} // namespace lathe

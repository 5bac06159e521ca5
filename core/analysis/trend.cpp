#include "core/analysis/trend.h"

#include <algorithm>
#include <cmath>

#include "core/base/student_t.h"

namespace lathe {

namespace {

std::vector<Point2> logarithms(const std::vector<Point2>& points)
{
    std::vector<Point2> logs;
    for (const Point2& point : points)
        if (point.x > 0.0 && point.y > 0.0 && std::isfinite(point.x) && std::isfinite(point.y))
            logs.push_back({std::log(point.x), std::log(point.y)});
    return logs;
}

Point2 meanOf(const std::vector<Point2>& points)
{
    Point2 sum;
    for (const Point2& point : points) {
        sum.x += point.x;
        sum.y += point.y;
    }
    const auto count = static_cast<double>(points.size());
    return {sum.x / count, sum.y / count};
}

bool allAlike(const std::vector<Point2>& points, double Point2::*coordinate)
{
    return std::all_of(points.begin(), points.end(), [&](const Point2& point) {
        return std::abs(point.*coordinate - points.front().*coordinate) < 1e-12;
    });
}

} // namespace

double PowerLaw::at(double x) const
{
    return factor * std::pow(x, exponent);
}

double PowerLaw::bandFactor(double x) const
{
    const double distance = std::log(x) - meanLogX;
    return std::exp(studentT * residualDeviation * std::sqrt(1.0 / points + distance * distance / sumSquaresLogX));
}

std::optional<PowerLaw> fitPowerLaw(const std::vector<Point2>& points)
{
    const std::vector<Point2> logs = logarithms(points);
    if (logs.size() < 3 || allAlike(logs, &Point2::x))
        return std::nullopt;

    const Point2 mean = meanOf(logs);
    double sxx = 0.0, sxy = 0.0, syy = 0.0;
    for (const Point2& p : logs) {
        sxx += (p.x - mean.x) * (p.x - mean.x);
        sxy += (p.x - mean.x) * (p.y - mean.y);
        syy += (p.y - mean.y) * (p.y - mean.y);
    }
    PowerLaw law;
    law.points = static_cast<int>(logs.size());
    law.meanLogX = mean.x;
    law.sumSquaresLogX = sxx;
    law.exponent = sxy / sxx;
    law.factor = std::exp(mean.y - law.exponent * mean.x);

    double residuals = 0.0;
    for (const Point2& p : logs) {
        const double residual = p.y - mean.y - law.exponent * (p.x - mean.x);
        residuals += residual * residual;
    }
    const int freedom = law.points - 2;
    // A level line is explained wholly by its level.
    law.rSquared = allAlike(logs, &Point2::y) ? 1.0 : std::clamp(1.0 - residuals / syy, 0.0, 1.0);
    law.residualDeviation = std::sqrt(residuals / freedom);
    law.studentT = stats::studentQuantile(0.975, freedom);
    const double halfWidth = law.studentT * law.residualDeviation / std::sqrt(sxx);
    law.exponentLow = law.exponent - halfWidth;
    law.exponentHigh = law.exponent + halfWidth;
    return law;
}

} // namespace lathe

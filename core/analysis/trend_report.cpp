#include "core/analysis/trend_report.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/analysis/series.h"
#include "core/analysis/timm_join.h"
#include "core/architectures/catalogue.h"
#include "core/base/student_t.h"

namespace lathe {

namespace {

constexpr double kLevel = 0.05;
constexpr int kFewest = 5; ///< networks that tell what is usual: three others may lie on a line by chance

/// Variance of the logarithm of the fitted line.
double lineVariance(const PowerLaw& law, double x)
{
    const double distance = std::log(x) - law.meanLogX;
    return law.residualDeviation * law.residualDeviation *
           (1.0 / law.points + distance * distance / law.sumSquaresLogX);
}

/// Two significant digits: a size that can be said.
double rounded(double value)
{
    const double unit = std::pow(10.0, std::floor(std::log10(value)) - 1.0);
    return std::round(value / unit) * unit;
}

/// How far from the law, on the logarithm, chance takes the farthest of `law.points` networks.
double usualDistance(const PowerLaw& law, double residual, double leverage)
{
    constexpr double kNone = 1e-9; // what rounding leaves of an exact law
    const int freedom = law.points - 3;
    if (law.points < kFewest || leverage >= 1.0 - kNone)
        return std::numeric_limits<double>::infinity();
    const double own = residual * residual / (1.0 - leverage);
    const double all = law.residualDeviation * law.residualDeviation * (law.points - 2);
    const double others = std::sqrt(std::max(all - own, 0.0) / freedom);
    const double limit = stats::studentQuantile(1.0 - kLevel / (2.0 * law.points), freedom);
    return std::max(limit * others * std::sqrt(1.0 - leverage), kNone);
}

Residual residualOf(const PowerLaw& law, const Point2& point, std::size_t index)
{
    const double distance = std::log(point.x) - law.meanLogX;
    const double leverage = 1.0 / law.points + distance * distance / law.sumSquaresLogX;
    Residual residual{.point = index};
    residual.factor = point.y / law.at(point.x);
    const double limit = usualDistance(law, std::log(residual.factor), leverage);
    residual.usual = std::exp(limit);
    residual.unusual = std::abs(std::log(residual.factor)) > limit;
    return residual;
}

/// What was measured may lie on the law after all.
bool reaches(const TrendPoint& point, const PowerLaw& law)
{
    return point.lowY <= law.at(point.x) && law.at(point.x) <= point.highY;
}

bool canBeDrawn(const TrendPoint& point)
{
    return point.x > 0.0 && point.y > 0.0 && std::isfinite(point.x) && std::isfinite(point.y);
}

std::optional<TypeLaw> lawOf(const std::string& type, const std::vector<std::size_t>& members,
                             const std::vector<TrendPoint>& points)
{
    std::vector<Point2> fitted;
    for (const std::size_t i : members)
        fitted.push_back({points[i].x, points[i].y});
    const auto law = fitPowerLaw(fitted);
    if (!law)
        return std::nullopt;
    const auto [least, most] =
        std::minmax_element(fitted.begin(), fitted.end(), [](const Point2& a, const Point2& b) { return a.x < b.x; });
    TypeLaw result{type, *law, least->x, most->x, residualsOf(*law, fitted)};
    for (Residual& residual : result.residuals) {
        residual.point = members[residual.point];
        residual.unusual = residual.unusual && !reaches(points[residual.point], *law);
    }
    return result;
}

std::string conditionsOf(const Configuration& configuration)
{
    return fmt::format("{} · batch {} · {} {}{}", configuration.mode, configuration.batch, configuration.threads,
                       configuration.threads == 1 ? "thread" : "threads",
                       configuration.device == "cpu" ? "" : " · " + configuration.device);
}

bool hasDefaultInput(const Record& record)
{
    const auto architecture = findArchitecture(record.configuration.model);
    return architecture &&
           (record.configuration.input.empty() || record.configuration.input == (*architecture)->defaultInput);
}

/// The record that stands for its network: of the default input, or else the last.
std::map<std::string, std::size_t> oneANetwork(const std::vector<Record>& records, const std::string& conditions)
{
    std::map<std::string, std::size_t> chosen;
    for (const std::size_t i : comparableRecords(records)) {
        const Configuration& c = records[i].configuration;
        if (conditionsOf(c) != conditions)
            continue;
        const auto known = chosen.find(c.model);
        if (known == chosen.end() || hasDefaultInput(records[i]) || !hasDefaultInput(records[known->second]))
            chosen[c.model] = i;
    }
    return chosen;
}

} // namespace

std::optional<LawComparison> compareLaws(const TypeLaw& first, const TypeLaw& second)
{
    const double low = std::max(first.lowX, second.lowX);
    const double high = std::min(first.highX, second.highX);
    if (!(low <= high))
        return std::nullopt;
    const double middle = std::sqrt(low * high);
    const double said = rounded(middle);
    LawComparison comparison{.first = first.type, .second = second.type};
    comparison.at = said >= low && said <= high ? said : middle;

    const double a = lineVariance(first.law, comparison.at);
    const double b = lineVariance(second.law, comparison.at);
    const int freedomA = first.law.points - 2;
    const int freedomB = second.law.points - 2;
    const double freedom = a + b > 0.0 ? (a + b) * (a + b) / (a * a / freedomA + b * b / freedomB)
                                       : static_cast<double>(freedomA + freedomB);
    const double halfWidth = stats::studentQuantile(1.0 - kLevel / 2.0, freedom) * std::sqrt(a + b);
    comparison.ratio = first.law.at(comparison.at) / second.law.at(comparison.at);
    comparison.low = comparison.ratio * std::exp(-halfWidth);
    comparison.high = comparison.ratio * std::exp(halfWidth);
    return comparison;
}

std::vector<Residual> residualsOf(const PowerLaw& law, const std::vector<Point2>& points)
{
    std::vector<Residual> residuals;
    for (std::size_t i = 0; i < points.size(); ++i)
        residuals.push_back(residualOf(law, points[i], i));
    return residuals;
}

double speedFactor(const Residual& residual, Quantity y)
{
    return smallerIsBetter(y) ? 1.0 / residual.factor : residual.factor;
}

TrendReport reportOn(std::vector<TrendPoint> points, Quantity x, Quantity y)
{
    std::erase_if(points, [](const TrendPoint& point) { return !canBeDrawn(point); });
    TrendReport report;
    report.x = x;
    report.y = y;
    report.points = std::move(points);
    std::map<std::string, std::vector<std::size_t>> byType;
    for (std::size_t i = 0; i < report.points.size(); ++i)
        byType[report.points[i].type].push_back(i);
    for (const auto& [type, members] : byType) {
        if (auto law = lawOf(type, members, report.points))
            report.laws.push_back(std::move(*law));
        else
            report.withoutLaw.push_back(type);
    }
    for (std::size_t i = 0; i < report.laws.size(); ++i)
        for (std::size_t j = i + 1; j < report.laws.size(); ++j)
            if (const auto comparison = compareLaws(report.laws[i], report.laws[j]))
                report.comparisons.push_back(*comparison);
    return report;
}

std::vector<std::size_t> pointsWithoutLaw(const TrendReport& report)
{
    std::vector<std::size_t> points;
    for (const std::string& type : report.withoutLaw)
        for (std::size_t i = 0; i < report.points.size(); ++i)
            if (report.points[i].type == type)
                points.push_back(i);
    return points;
}

std::vector<std::string> trendConditions(const std::vector<Record>& records)
{
    std::vector<std::string> order;
    std::map<std::string, std::set<std::string>> models;
    for (const std::size_t i : comparableRecords(records)) {
        const std::string conditions = conditionsOf(records[i].configuration);
        if (!models.contains(conditions))
            order.push_back(conditions);
        models[conditions].insert(records[i].configuration.model);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](const std::string& a, const std::string& b) { return models[a].size() > models[b].size(); });
    return order;
}

std::vector<TrendPoint> trendPoints(const std::vector<Record>& records, Quantity x, Quantity y,
                                    const std::string& conditions)
{
    const std::vector<std::string> all = trendConditions(records);
    if (all.empty())
        return {};
    std::vector<std::size_t> order;
    for (const auto& [model, record] : oneANetwork(records, conditions.empty() ? all.front() : conditions))
        order.push_back(record);
    std::sort(order.begin(), order.end());

    const std::vector<std::string> titles = modelTitles(records);
    std::vector<TrendPoint> points;
    for (const std::size_t i : order) {
        const auto atX = measure(records[i], x);
        const auto atY = measure(records[i], y);
        if (atX && atY)
            points.push_back({titles[i], records[i].type, atX->value, atY->value, i, atY->low, atY->high});
    }
    return points;
}

std::vector<TrendPoint> trendPoints(const TimmTable& table, Quantity x, Quantity y)
{
    std::vector<TrendPoint> points;
    for (const TimmRow& row : table.rows) {
        const auto atX = timmFigure(row, x);
        const auto atY = timmFigure(row, y);
        if (atX && atY)
            points.push_back({row.model, std::string(name(row.type)), *atX, *atY, std::nullopt, 0.0, 0.0});
    }
    return points;
}

} // namespace lathe

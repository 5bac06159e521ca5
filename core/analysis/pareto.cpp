#include "core/analysis/pareto.h"

#include <algorithm>
#include <cmath>

namespace lathe {

namespace {

using Costs = std::vector<double>; ///< of one point, turned so that smaller is better in all

bool isWhole(const Costs& costs)
{
    return std::none_of(costs.begin(), costs.end(), [](double cost) { return std::isnan(cost); });
}

bool nowhereWorse(const Costs& a, const Costs& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), [](double x, double y) { return x <= y; });
}

std::vector<Costs> costsOf(std::vector<Costs> points, const std::vector<bool>& smallerIsBetter)
{
    for (Costs& point : points)
        for (std::size_t i = 0; i < point.size(); ++i)
            if (!smallerIsBetter[i])
                point[i] = -point[i];
    return points;
}

} // namespace

std::vector<std::size_t> paretoFront(const std::vector<std::vector<double>>& points,
                                     const std::vector<bool>& smallerIsBetter)
{
    const std::vector<Costs> costs = costsOf(points, smallerIsBetter);
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < costs.size(); ++i)
        if (isWhole(costs[i]))
            order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return costs[a] < costs[b]; });

    // What beats a point comes before it in this order, and so does the front's member that beats that one. The last
    // members are the likeliest: they are the nearest in the first quantity.
    std::vector<std::size_t> front;
    for (const std::size_t i : order)
        if (std::none_of(front.rbegin(), front.rend(), [&](std::size_t f) { return nowhereWorse(costs[f], costs[i]); }))
            front.push_back(i);
    if (!smallerIsBetter.empty() && !smallerIsBetter.front())
        std::reverse(front.begin(), front.end());
    return front;
}

std::vector<std::size_t> paretoFront(const std::vector<Point2>& points, bool smallerXIsBetter, bool smallerYIsBetter)
{
    std::vector<std::vector<double>> values;
    values.reserve(points.size());
    for (const Point2& point : points)
        values.push_back({point.x, point.y});
    return paretoFront(values, std::vector<bool>{smallerXIsBetter, smallerYIsBetter});
}

} // namespace lathe

#include "core/analysis/pareto.h"

#include <algorithm>
#include <cmath>

namespace lathe {

std::vector<std::size_t> paretoFront(const std::vector<Point2>& points, bool smallerXIsBetter, bool smallerYIsBetter)
{
    // Turned so that smaller is better in both.
    const auto cost = [&](std::size_t i) {
        return Point2{smallerXIsBetter ? points[i].x : -points[i].x, smallerYIsBetter ? points[i].y : -points[i].y};
    };
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < points.size(); ++i)
        if (!std::isnan(points[i].x) && !std::isnan(points[i].y))
            order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        const Point2 p = cost(a), q = cost(b);
        return p.x != q.x ? p.x < q.x : p.y < q.y;
    });

    std::vector<std::size_t> front;
    for (const std::size_t i : order)
        if (front.empty() || cost(i).y < cost(front.back()).y)
            front.push_back(i);
    if (!smallerXIsBetter)
        std::reverse(front.begin(), front.end());
    return front;
}

} // namespace lathe

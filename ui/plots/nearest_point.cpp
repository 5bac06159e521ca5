#include "ui/plots/nearest_point.h"

#include <algorithm>
#include <cmath>

namespace lathe::ui {

NearestPoint::NearestPoint(const std::vector<Point2>& points)
{
    m_sorted.reserve(points.size());
    for (std::size_t i = 0; i < points.size(); ++i)
        m_sorted.push_back({points[i], i});
    std::sort(m_sorted.begin(), m_sorted.end(), [](const Entry& a, const Entry& b) { return a.point.x < b.point.x; });
}

std::optional<std::size_t> NearestPoint::at(const QPointF& pixel, double radius, const PlotMapping& mapping,
                                            const std::function<bool(std::size_t)>& accepted) const
{
    const double from = mapping.toValue(pixel - QPointF(radius, 0.0)).x();
    const double to = mapping.toValue(pixel + QPointF(radius, 0.0)).x();
    auto entry = std::lower_bound(m_sorted.begin(), m_sorted.end(), from,
                                  [](const Entry& e, double x) { return e.point.x < x; });
    std::optional<std::size_t> nearest;
    double least = radius;
    for (; entry != m_sorted.end() && entry->point.x <= to; ++entry) {
        const QPointF at = mapping.toPixel(entry->point.x, entry->point.y);
        const double distance = std::hypot(at.x() - pixel.x(), at.y() - pixel.y());
        if (distance <= least && accepted(entry->index)) {
            least = distance;
            nearest = entry->index;
        }
    }
    return nearest;
}

std::optional<std::size_t> nextPoint(const std::vector<QPointF>& points, const QPointF& from, const QPointF& direction)
{
    constexpr double kAside = 2.0; // a pixel off the direction counts as so many along it
    std::optional<std::size_t> best;
    double least = INFINITY;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const QPointF away = points[i] - from;
        const double along = QPointF::dotProduct(away, direction);
        const double aside = std::abs(away.x() * direction.y() - away.y() * direction.x());
        const double cost = along + kAside * aside;
        if (along > 0.5 && cost < least) {
            least = cost;
            best = i;
        }
    }
    return best;
}

std::optional<std::size_t> nearestPixel(const std::vector<QPointF>& pixels, const QPointF& where, double radius)
{
    std::optional<std::size_t> nearest;
    double least = radius;
    for (std::size_t i = 0; i < pixels.size(); ++i) {
        const QPointF away = pixels[i] - where;
        const double distance = std::hypot(away.x(), away.y());
        if (distance <= least) {
            least = distance;
            nearest = i;
        }
    }
    return nearest;
}

} // namespace lathe::ui

#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/analysis/pareto.h"
#include "ui/plots/plot_mapping.h"

namespace lathe::ui {

/// Finds the point nearest to a pixel among thousands: sorted by x, so that only a strip is looked at.
class NearestPoint {
public:
    NearestPoint() = default;
    explicit NearestPoint(const std::vector<Point2>& points);

    /// Index of the nearest accepted point within `radius` pixels.
    std::optional<std::size_t> at(const QPointF& pixel, double radius, const PlotMapping& mapping,
                                  const std::function<bool(std::size_t)>& accepted) const;

private:
    struct Entry {
        Point2 point;
        std::size_t index;
    };
    std::vector<Entry> m_sorted;
};

/// Index of the nearest of a few pixels within `radius`.
std::optional<std::size_t> nearestPixel(const std::vector<QPointF>& pixels, const QPointF& where, double radius);

/// The next point from `from` in a direction (a unit vector): near, and not far off that direction.
std::optional<std::size_t> nextPoint(const std::vector<QPointF>& points, const QPointF& from, const QPointF& direction);

} // namespace lathe::ui

#pragma once

#include <QPointF>
#include <QRectF>

#include "ui/plots/ticks.h"

namespace lathe::ui {

/// Values to pixels and back, for one pair of axes.
struct PlotMapping {
    QRectF area; ///< between the axes, in the plot's pixels
    Range x;
    Range y;
    bool xLog = false;
    bool yLog = false;

    double xPixel(double value) const;
    double yPixel(double value) const;
    QPointF toPixel(double valueX, double valueY) const { return {xPixel(valueX), yPixel(valueY)}; }
    QPointF toValue(const QPointF& pixel) const;

    /// Neither a NaN nor, on a log axis, zero or less.
    bool canShow(double valueX, double valueY) const;
};

/// Closer (factor < 1) or farther around `centre`, which keeps its place. Stops at twelve decades, and at a
/// millionth of the value.
Range zoomed(const Range& range, double centre, double factor, bool log);

/// Moved by a share of its length.
Range panned(const Range& range, double share, bool log);

/// The range between two positions, given as shares of its length from its low end.
Range sliced(const Range& range, double from, double to, bool log);

} // namespace lathe::ui

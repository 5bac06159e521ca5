#include "ui/plots/plot_mapping.h"

#include <algorithm>
#include <cmath>

namespace lathe::ui {

namespace {

double valueAt(const Range& range, double share, bool log)
{
    if (log)
        return range.low * std::pow(range.high / range.low, share);
    return range.low + share * (range.high - range.low);
}

bool sensible(const Range& range, bool log)
{
    if (!std::isfinite(range.low) || !std::isfinite(range.high) || range.high <= range.low)
        return false;
    const double size = std::max(std::abs(range.low), std::abs(range.high));
    if (range.high - range.low < size * 1e-6)
        return false;
    return log ? range.low > 1e-12 && range.high / range.low < 1e12 : size < 1e15;
}

} // namespace

double PlotMapping::xPixel(double value) const
{
    return area.left() + axisPosition(value, x, area.width(), xLog);
}

double PlotMapping::yPixel(double value) const
{
    return area.bottom() - axisPosition(value, y, area.height(), yLog);
}

QPointF PlotMapping::toValue(const QPointF& pixel) const
{
    return {valueAt(x, (pixel.x() - area.left()) / area.width(), xLog),
            valueAt(y, (area.bottom() - pixel.y()) / area.height(), yLog)};
}

bool PlotMapping::canShow(double valueX, double valueY) const
{
    return std::isfinite(valueX) && std::isfinite(valueY) && (!xLog || valueX > 0.0) && (!yLog || valueY > 0.0);
}

Range zoomed(const Range& range, double centre, double factor, bool log)
{
    const double at = axisPosition(centre, range, 1.0, log);
    const Range result = sliced(range, at - at * factor, at + (1.0 - at) * factor, log);
    return sensible(result, log) ? result : range;
}

Range panned(const Range& range, double share, bool log)
{
    const Range result = sliced(range, share, 1.0 + share, log);
    return sensible(result, log) ? result : range;
}

Range sliced(const Range& range, double from, double to, bool log)
{
    const Range result{valueAt(range, from, log), valueAt(range, to, log)};
    return sensible(result, log) ? result : range;
}

} // namespace lathe::ui

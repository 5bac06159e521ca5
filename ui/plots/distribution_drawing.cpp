#include "ui/plots/distribution_drawing.h"

#include <QFontMetricsF>

#include <algorithm>

#include "ui/plots/figure_text.h"
#include "ui/plots/qcp.h"
#include "ui/plots/scatter_drawing.h"

namespace lathe::ui {

namespace {

constexpr double kSampleSize = 4.6;

void drawSample(QCPPainter& painter, const QPointF& at, bool outlier, const SeriesStyle& style,
                const PlotMapping& mapping, const PlotTheme& theme)
{
    if (!mapping.area.contains(at))
        return;
    if (outlier)
        drawMarker(painter, at, {Marker::Diamond, kSampleSize + 2.0, theme.warning, theme.background, true});
    else
        drawMarker(painter, at, {Marker::Circle, kSampleSize, theme.pale(style.colour, 0.6), theme.background});
}

/// A box cut at the area's border.
void fillWithin(QCPPainter& painter, const QRectF& box, const QColor& colour, const QRectF& area)
{
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawRect(box.normalized().intersected(area));
}

void drawBox(QCPPainter& painter, const Distribution& d, double top, double bottom, const SeriesStyle& style,
             const PlotMapping& map, const PlotTheme& theme)
{
    const double middle = (top + bottom) / 2.0;
    painter.setPen(QPen(style.colour, 1.0));
    drawWhisker(painter, {map.xPixel(d.p5), middle}, {map.xPixel(d.p95), middle}, map.area);
    const QRectF box(QPointF(map.xPixel(d.p25), top), QPointF(map.xPixel(d.p75), bottom));
    fillWithin(painter, box, theme.pale(style.colour, 0.3), map.area);
    // Along the foot alone: where a machine's speed wanders it is wider than the quartiles, and would hide them.
    const double foot = bottom - (bottom - top) / 4.0;
    fillWithin(painter, QRectF(QPointF(map.xPixel(d.ciLow), foot), QPointF(map.xPixel(d.ciHigh), bottom)),
               theme.pale(style.colour, 0.65), map.area);
    const double median = map.xPixel(d.median);
    painter.setPen(QPen(theme.text, 2.0));
    drawLineWithin(painter, {{median, top - 3.0}, {median, bottom + 3.0}}, map.area);
}

QString stripText(const Distribution& d)
{
    const auto outliers = std::count(d.outlier.begin(), d.outlier.end(), true);
    QString text = QStringLiteral("%1   %2, %L3 samples")
                       .arg(d.label, figureWithUnit({d.median, d.ciLow, d.ciHigh}, Quantity::Latency))
                       .arg(d.samples.size());
    if (outliers > 0)
        text += QStringLiteral(", %L1 outliers").arg(outliers);
    return text;
}

} // namespace

void drawStrip(QCPPainter& painter, const Distribution& distribution, double row, const SeriesStyle& style,
               const PlotMapping& mapping, const PlotTheme& theme)
{
    const double top = std::min(mapping.yPixel(row - 0.5), mapping.yPixel(row + 0.5));
    const double height = std::abs(mapping.yPixel(row + 1.0) - mapping.yPixel(row));
    const double text = QFontMetricsF(theme.font).height() + 4.0;
    const double room = std::min(height - text - 6.0, 150.0);
    const double box = std::clamp(room * 0.26, 5.0, 22.0);
    const double boxTop = top + text + 6.0;
    const double cloudTop = boxTop + box + 8.0;
    const double cloud = std::max(6.0, top + text + room - cloudTop);

    for (std::size_t i = 0; i < distribution.samples.size(); ++i) {
        const double y = cloudTop + cloud * (0.5 + 0.5 * jitter(i));
        drawSample(painter, {mapping.xPixel(distribution.samples[i]), y}, distribution.outlier[i], style, mapping,
                   theme);
    }
    drawBox(painter, distribution, boxTop, boxTop + box, style, mapping, theme);
    painter.setFont(theme.font);
    painter.setPen(QPen(theme.text));
    painter.drawText(QRectF(mapping.area.left() + 8.0, top + 2.0, mapping.area.width() - 12.0, text),
                     Qt::AlignLeft | Qt::AlignVCenter, stripText(distribution));
}

void drawCumulative(QCPPainter& painter, const Distribution& distribution, const SeriesStyle& style,
                    const PlotMapping& mapping, const PlotTheme& theme)
{
    fillWithin(painter,
               QRectF(QPointF(mapping.xPixel(distribution.ciLow), mapping.area.top()),
                      QPointF(mapping.xPixel(distribution.ciHigh), mapping.area.bottom())),
               theme.pale(style.colour, 0.15), mapping.area);
    std::vector<QPointF> line;
    for (const Point2& corner : cumulativeShare(distribution.samples))
        line.push_back(mapping.toPixel(corner.x, corner.y));
    painter.setPen(QPen(style.colour, 1.8));
    drawLineWithin(painter, line, mapping.area);
    const QPointF median = mapping.toPixel(distribution.median, 50.0);
    if (mapping.area.contains(median))
        drawMarker(painter, median, {style.marker, 8.0, style.colour, theme.background});
}

void drawOrder(QCPPainter& painter, const Distribution& distribution, const SeriesStyle& style,
               const PlotMapping& mapping, const PlotTheme& theme)
{
    const QRectF& area = mapping.area;
    fillWithin(painter,
               QRectF(QPointF(area.left(), mapping.yPixel(distribution.ciHigh)),
                      QPointF(area.right(), mapping.yPixel(distribution.ciLow))),
               theme.pale(style.colour, 0.15), area);
    const double median = mapping.yPixel(distribution.median);
    painter.setPen(QPen(style.colour, 1.2, Qt::DashLine));
    drawLineWithin(painter, {{area.left(), median}, {area.right(), median}}, area);

    std::vector<QPointF> line;
    for (std::size_t i = 0; i < distribution.samples.size(); ++i)
        line.push_back(mapping.toPixel(static_cast<double>(i + 1), distribution.samples[i]));
    painter.setPen(QPen(theme.pale(style.colour, 0.5), 1.0));
    drawLineWithin(painter, line, area);
    for (std::size_t i = 0; i < line.size(); ++i)
        drawSample(painter, line[i], distribution.outlier[i], style, mapping, theme);
}

} // namespace lathe::ui

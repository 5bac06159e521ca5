#include "ui/plots/scatter_labels.h"

#include <QFontMetricsF>

#include <algorithm>
#include <cmath>

#include "ui/plots/qcp.h"
#include "ui/plots/scatter_drawing.h"

namespace lathe::ui {

namespace {

constexpr double kMargin = 3.0; // beside the text, pixels

LabelBox toBox(const QRectF& rect)
{
    return {rect.x(), rect.y(), rect.width(), rect.height()};
}

QFont strongFont(const PlotTheme& theme)
{
    QFont font = theme.font;
    font.setWeight(QFont::DemiBold);
    return font;
}

void addPoint(LabelWishes& wanted, const ScatterScene& scene, const ScatterPoint& point, const PlotMapping& mapping,
              const PlotTheme& theme, bool selected)
{
    const QPointF at = mapping.toPixel(point.x.value, point.y.value);
    if (!mapping.area.contains(at))
        return;
    const double radius = markerDiameter(point, scene.model, theme) / 2.0 + (selected ? 6.0 : 1.5);
    const LabelMarker marker{at.x(), at.y(), radius};
    if (scene.intervals && mapping.canShow(point.x.value, point.y.low)) {
        const double top = mapping.yPixel(point.y.high);
        const double length = mapping.yPixel(point.y.low) - top;
        if (length > 2.0 * radius)
            wanted.obstacles.push_back({at.x() - 2.5, top, 5.0, length});
    }
    if (scene.labels)
        wanted.add(marker, {point.label, {}, {}, theme.text, selected}, selected ? 2.0 : 0.0, theme);
    else
        wanted.others.push_back(marker);
}

void addLines(LabelWishes& wanted, const DrawnArrow& arrow)
{
    QPolygonF corners = arrow.shaft;
    corners << arrow.head.front();
    for (qsizetype i = 1; i < corners.size(); ++i)
        wanted.lines.push_back({corners[i - 1].x(), corners[i - 1].y(), corners[i].x(), corners[i].y()});
}

void addTrend(LabelWishes& wanted, const TypeTrend& trend, const PlotMapping& mapping, const PlotTheme& theme)
{
    // At the right end of what can be seen of the line.
    const double high = std::min(trend.span.high, mapping.x.high);
    const double low = std::max(trend.span.low, mapping.x.low);
    for (const double share : {0.97, 0.85, 0.7, 0.5, 0.3}) {
        const double x = low * std::pow(high / low, share);
        const QPointF at = mapping.toPixel(x, trend.law.at(x));
        if (!(high > low) || !mapping.area.contains(at))
            continue;
        const QString text = (trend.overlay ? QStringLiteral("timm ") : QString()) + typeTitle(trend.type) +
                             QStringLiteral(" ∝ ") + trendText(trend.law);
        wanted.add({at.x(), at.y(), 3.0}, {text, {}, {}, trendColour(trend, theme), false}, 1.0, theme);
        return;
    }
}

} // namespace

void LabelWishes::add(const LabelMarker& marker, DrawnLabel label, double priority, const PlotTheme& theme)
{
    const QFontMetricsF metrics(label.strong ? strongFont(theme) : theme.font);
    requests.push_back({marker, metrics.horizontalAdvance(label.text) + 2.0 * kMargin, metrics.height(), priority});
    labels.push_back(std::move(label));
}

void LabelWishes::avoid(const QRectF& rect)
{
    if (!rect.isEmpty())
        obstacles.push_back(toBox(rect));
}

std::vector<DrawnLabel> placeWishes(LabelWishes wishes, const QRectF& area)
{
    const std::vector<PlacedLabel> placed = placeLabels(
        wishes.requests, wishes.others, toBox(area.adjusted(2.0, 2.0, -2.0, -2.0)), wishes.obstacles, wishes.lines);
    std::vector<DrawnLabel> drawn;
    for (std::size_t i = 0; i < placed.size(); ++i) {
        if (!placed[i].visible)
            continue;
        DrawnLabel& label = wishes.labels[i];
        label.box = QRectF(placed[i].box.x, placed[i].box.y, placed[i].box.width, placed[i].box.height);
        if (placed[i].leader) {
            const LabelMarker& marker = wishes.requests[i].marker;
            label.leader = QLineF(marker.x, marker.y, placed[i].leaderX, placed[i].leaderY);
            label.leader.setP1(label.leader.pointAt(std::min(1.0, marker.radius / label.leader.length())));
        }
        drawn.push_back(std::move(label));
    }
    return drawn;
}

std::vector<DrawnLabel> layoutLabels(const ScatterScene& scene, const PlotMapping& mapping, const PlotTheme& theme,
                                     const QRectF& legend, const std::vector<DrawnArrow>& arrows,
                                     const QStringList& selected)
{
    LabelWishes wanted;
    wanted.avoid(legend);
    for (const DrawnArrow& arrow : arrows)
        addLines(wanted, arrow);
    for (const TypeTrend& trend : scene.trends)
        addTrend(wanted, trend, mapping, theme);
    for (const ScatterPoint& point : scene.model.points)
        if (scene.shows(point))
            addPoint(wanted, scene, point, mapping, theme, selected.contains(point.id));
    return placeWishes(std::move(wanted), mapping.area);
}

void drawLabels(QCPPainter& painter, const std::vector<DrawnLabel>& labels, const PlotTheme& theme)
{
    QColor plate = theme.background;
    plate.setAlpha(200); // keeps text readable over a table's points
    for (const DrawnLabel& label : labels) {
        if (!label.leader.isNull()) {
            painter.setPen(QPen(theme.mutedText, 0.8));
            painter.drawLine(label.leader);
        }
        painter.setPen(Qt::NoPen);
        painter.setBrush(plate);
        painter.drawRoundedRect(label.box.adjusted(1.0, 1.0, -1.0, -1.0), 3.0, 3.0);
        painter.setFont(label.strong ? strongFont(theme) : theme.font);
        painter.setPen(QPen(label.colour));
        painter.drawText(label.box.adjusted(kMargin, 0.0, kMargin + 8.0, 0.0), Qt::AlignLeft | Qt::AlignVCenter,
                         label.text);
    }
}

} // namespace lathe::ui

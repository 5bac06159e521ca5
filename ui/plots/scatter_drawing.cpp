#include "ui/plots/scatter_drawing.h"

#include <QPixmap>

#include <algorithm>
#include <cmath>

#include "ui/plots/qcp.h"

namespace lathe::ui {

namespace {

constexpr int kTrendSteps = 48;

/// The part of a segment inside a rectangle (Liang and Barsky); null where there is none.
QLineF cut(const QLineF& line, const QRectF& area)
{
    double from = 0.0;
    double to = 1.0;
    const double dx = line.dx();
    const double dy = line.dy();
    const double p[] = {-dx, dx, -dy, dy};
    const double q[] = {line.x1() - area.left(), area.right() - line.x1(), line.y1() - area.top(),
                        area.bottom() - line.y1()};
    for (int i = 0; i < 4; ++i) {
        if (p[i] == 0.0 && q[i] < 0.0)
            return {};
        if (p[i] < 0.0)
            from = std::max(from, q[i] / p[i]);
        else if (p[i] > 0.0)
            to = std::min(to, q[i] / p[i]);
    }
    return from <= to ? QLineF(line.pointAt(from), line.pointAt(to)) : QLineF();
}

/// One marker as an image: drawing 1,441 of these is many times faster than 1,441 paths.
QPixmap sprite(const MarkerLook& look, double pixelRatio)
{
    const int side = static_cast<int>(std::ceil(look.diameter * 1.6)) + 3;
    QPixmap pixmap(QSize(side, side) * pixelRatio);
    pixmap.setDevicePixelRatio(pixelRatio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    drawMarker(painter, QPointF(side / 2.0, side / 2.0), look);
    return pixmap;
}

MarkerLook overlayLook(ArchitectureType type, const PlotTheme& theme)
{
    const SeriesStyle style = theme.typeStyle(name(type));
    return {style.marker, theme.overlaySize, theme.pale(style.colour, theme.isDark ? 0.55 : 0.45),
            theme.pale(style.colour, 0.2)};
}

std::vector<QPointF> overlayPixels(const ScatterScene& scene, ArchitectureType type, const PlotMapping& mapping)
{
    std::vector<QPointF> pixels;
    for (const OverlayPoint& point : scene.overlay.points) {
        const QPointF at = mapping.toPixel(point.x, point.y);
        if (point.type == type && scene.shows(point) && mapping.area.contains(at))
            pixels.push_back(at);
    }
    return pixels;
}

/// All markers as one path: a file of a tenth of the size.
void drawAsPath(QCPPainter& painter, const std::vector<QPointF>& pixels, const MarkerLook& look)
{
    const QPainterPath shape = markerPath(look.marker, look.diameter);
    QPainterPath all;
    all.setFillRule(Qt::WindingFill);
    for (const QPointF& at : pixels)
        all.addPath(shape.translated(at));
    painter.setPen(QPen(look.background, 0.9));
    painter.setBrush(look.colour);
    painter.drawPath(all);
}

void drawOverlayType(QCPPainter& painter, const ScatterScene& scene, ArchitectureType type, const PlotMapping& mapping,
                     const PlotTheme& theme)
{
    const MarkerLook look = overlayLook(type, theme);
    const std::vector<QPointF> pixels = overlayPixels(scene, type, mapping);
    if (pixels.empty())
        return;
    if (painter.modes().testFlag(QCPPainter::pmVectorized)) {
        drawAsPath(painter, pixels, look);
        return;
    }
    // An export's painter is scaled.
    const double scale = painter.worldTransform().m11() * painter.device()->devicePixelRatioF();
    const QPixmap image = sprite(look, scale);
    const QPointF half = QPointF(image.width(), image.height()) / (2.0 * scale);
    for (const QPointF& at : pixels)
        painter.drawPixmap(at - half, image);
}

void drawTrend(QCPPainter& painter, const TypeTrend& trend, const PlotMapping& mapping, const PlotTheme& theme)
{
    std::vector<QPointF> line;
    QPolygonF upper;
    QPolygonF lower;
    for (int i = 0; i <= kTrendSteps; ++i) {
        const double x = trend.span.low * std::pow(trend.span.high / trend.span.low, i / double(kTrendSteps));
        const double y = trend.law.at(x);
        const double band = trend.law.bandFactor(x);
        line.push_back(mapping.toPixel(x, y));
        upper << mapping.toPixel(x, y * band);
        lower << mapping.toPixel(x, y / band);
    }
    std::reverse(lower.begin(), lower.end());
    const QColor colour = trendColour(trend, theme);
    QColor fill = colour;
    fill.setAlphaF(trend.overlay ? 0.10f : 0.14f);
    painter.setPen(Qt::NoPen);
    painter.setBrush(fill);
    painter.drawPolygon(QPolygonF(upper + lower).intersected(QPolygonF(mapping.area)));
    painter.setPen(QPen(colour, trend.overlay ? 1.0 : 1.3, trend.overlay ? Qt::DashLine : Qt::SolidLine));
    drawLineWithin(painter, line, mapping.area);
}

std::vector<QPointF> toPixels(const std::vector<Point2>& points, const PlotMapping& mapping)
{
    std::vector<QPointF> pixels;
    for (const Point2& point : points)
        pixels.push_back(mapping.toPixel(point.x, point.y));
    return pixels;
}

void drawFlag(QCPPainter& painter, const QPointF& centre, double diameter, const PlotTheme& theme)
{
    const QPointF corner = centre + QPointF(diameter, -diameter) * 0.5;
    drawMarker(painter, corner, {Marker::Circle, 4.6, theme.warning, theme.background});
}

void drawPoint(QCPPainter& painter, const ScatterScene& scene, const ScatterPoint& point, const PlotMapping& mapping,
               const PlotTheme& theme)
{
    const SeriesStyle style = seriesStyle(scene.model.series[point.series], theme);
    const QPointF at = mapping.toPixel(point.x.value, point.y.value);
    if (!mapping.area.contains(at))
        return;
    if (scene.intervals) {
        painter.setPen(QPen(style.colour, 1.0));
        if (point.y.high > point.y.low && mapping.canShow(point.x.value, point.y.low))
            drawWhisker(painter, {at.x(), mapping.yPixel(point.y.low)}, {at.x(), mapping.yPixel(point.y.high)},
                        mapping.area);
        if (point.x.high > point.x.low && mapping.canShow(point.x.low, point.y.value))
            drawWhisker(painter, {mapping.xPixel(point.x.low), at.y()}, {mapping.xPixel(point.x.high), at.y()},
                        mapping.area);
    }
    const double diameter = markerDiameter(point, scene.model, theme);
    drawMarker(painter, at, {style.marker, diameter, style.colour, theme.background, point.unlike});
    if (point.flagged)
        drawFlag(painter, at, diameter, theme);
}

} // namespace

void drawLineWithin(QCPPainter& painter, const std::vector<QPointF>& corners, const QRectF& area)
{
    QPainterPath path;
    for (std::size_t i = 1; i < corners.size(); ++i) {
        const QLineF part = cut(QLineF(corners[i - 1], corners[i]), area);
        if (part.isNull())
            continue;
        if (path.elementCount() == 0 || path.currentPosition() != part.p1())
            path.moveTo(part.p1());
        path.lineTo(part.p2());
    }
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(path);
}

void drawWhisker(QCPPainter& painter, const QPointF& from, const QPointF& to, const QRectF& area)
{
    drawLineWithin(painter, {from, to}, area);
    const QPointF along = to - from;
    const double length = std::hypot(along.x(), along.y());
    if (length < 2.0)
        return;
    const QPointF cap = QPointF(-along.y(), along.x()) / length * 3.0;
    for (const QPointF& end : {from, to})
        if (area.contains(end))
            drawLineWithin(painter, {end - cap, end + cap}, area);
}

QColor trendColour(const TypeTrend& trend, const PlotTheme& theme)
{
    const QColor colour = theme.typeStyle(trend.type.toStdString()).colour;
    return trend.overlay ? theme.pale(colour, 0.8) : colour;
}

void drawOverlay(QCPPainter& painter, const ScatterScene& scene, const PlotMapping& mapping, const PlotTheme& theme)
{
    // CNNs are by far the most; drawn first, they do not bury the others.
    for (const ArchitectureType type : {ArchitectureType::Cnn, ArchitectureType::Vit, ArchitectureType::Transformer,
                                        ArchitectureType::Hybrid, ArchitectureType::Mlp})
        drawOverlayType(painter, scene, type, mapping, theme);
}

void drawTrends(QCPPainter& painter, const ScatterScene& scene, const PlotMapping& mapping, const PlotTheme& theme)
{
    for (const TypeTrend& trend : scene.trends)
        drawTrend(painter, trend, mapping, theme);
}

void drawFronts(QCPPainter& painter, const ScatterScene& scene, const PlotMapping& mapping, const PlotTheme& theme)
{
    if (!scene.front || scene.hidden.contains(ScatterScene::kFrontKey))
        return;
    painter.setPen(QPen(theme.pale(theme.front, 0.4), 1.0));
    drawLineWithin(painter, toPixels(frontOfOverlay(scene), mapping), mapping.area);
    painter.setPen(QPen(theme.front, 1.4));
    drawLineWithin(painter, toPixels(frontOfPoints(scene), mapping), mapping.area);
}

void drawPoints(QCPPainter& painter, const ScatterScene& scene, const PlotMapping& mapping, const PlotTheme& theme)
{
    // Large markers first, so that small ones stay in sight.
    std::vector<const ScatterPoint*> order;
    for (const ScatterPoint& point : scene.model.points)
        if (scene.shows(point))
            order.push_back(&point);
    std::stable_sort(order.begin(), order.end(),
                     [](const ScatterPoint* a, const ScatterPoint* b) { return a->size > b->size; });
    for (const ScatterPoint* point : order)
        drawPoint(painter, scene, *point, mapping, theme);
}

void drawRing(QCPPainter& painter, const QPointF& centre, double diameter, const PlotTheme& theme, bool selected)
{
    const double radius = diameter / 2.0 + (selected ? 5.0 : 4.0);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme.background, selected ? 4.0 : 3.0));
    painter.drawEllipse(centre, radius, radius);
    painter.setPen(QPen(selected ? theme.selection : theme.mutedText, selected ? 2.0 : 1.2));
    painter.drawEllipse(centre, radius, radius);
}

} // namespace lathe::ui

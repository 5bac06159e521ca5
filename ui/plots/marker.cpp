#include "ui/plots/marker.h"

#include <QPainter>

#include <cmath>
#include <numbers>

namespace lathe::ui {

namespace {

/// Corners on a circle, the first at the top.
QPainterPath polygon(int corners, double radius, double startDegrees = -90.0, double innerRadius = 0.0)
{
    const int steps = innerRadius > 0.0 ? 2 * corners : corners;
    QPolygonF points;
    for (int i = 0; i < steps; ++i) {
        const double r = innerRadius > 0.0 && i % 2 == 1 ? innerRadius : radius;
        const double angle = (startDegrees + 360.0 * i / steps) * std::numbers::pi / 180.0;
        points << QPointF(r * std::cos(angle), r * std::sin(angle));
    }
    QPainterPath path;
    path.addPolygon(points);
    path.closeSubpath();
    return path;
}

} // namespace

QPainterPath markerPath(Marker marker, double diameter)
{
    const double r = diameter / 2.0;
    QPainterPath path;
    switch (marker) {
    case Marker::Circle:
        path.addEllipse(QPointF(0.0, 0.0), r, r);
        return path;
    case Marker::Triangle:
        return polygon(3, 1.42 * r);
    case Marker::InvertedTriangle:
        return polygon(3, 1.42 * r, 90.0);
    case Marker::Square:
        return polygon(4, 1.25 * r, -45.0);
    case Marker::Diamond:
        return polygon(4, 1.3 * r);
    case Marker::Pentagon:
        return polygon(5, 1.15 * r);
    case Marker::Star:
        return polygon(5, 1.55 * r, -90.0, 0.72 * r);
    }
    return path;
}

void drawMarker(QPainter& painter, const QPointF& centre, const MarkerLook& look)
{
    painter.save();
    painter.translate(centre);
    if (look.hollow) {
        painter.setBrush(look.background);
        painter.setPen(QPen(look.colour, 1.8));
        painter.drawPath(markerPath(look.marker, look.diameter - 1.2));
    } else {
        painter.setBrush(look.colour);
        painter.setPen(QPen(look.background, 0.9));
        painter.drawPath(markerPath(look.marker, look.diameter));
    }
    painter.restore();
}

QPolygonF arrowHead(const QPointF& tip, const QPointF& direction, double length)
{
    const QPointF back = -direction / std::hypot(direction.x(), direction.y()) * length;
    const QPointF aside = QPointF(-back.y(), back.x()) * 0.42;
    return QPolygonF({tip, tip + back + aside, tip + back - aside});
}

} // namespace lathe::ui

#pragma once

#include <QColor>
#include <QPainterPath>
#include <QPointF>
#include <QPolygonF>

class QPainter;

namespace lathe::ui {

enum class Marker { Circle, Triangle, Square, Diamond, Pentagon, InvertedTriangle, Star };

/// The outline around the origin; every shape has about the area of a circle of this diameter.
QPainterPath markerPath(Marker marker, double diameter);

/// Filled with a thin rim of `background` that keeps touching points apart, or hollow: an outline only.
struct MarkerLook {
    Marker marker = Marker::Circle;
    double diameter = 9.0;
    QColor colour;
    QColor background;
    bool hollow = false;
};
void drawMarker(QPainter& painter, const QPointF& centre, const MarkerLook& look);

/// Corners of an arrow's head, the tip first; of `direction` only where it points to counts.
QPolygonF arrowHead(const QPointF& tip, const QPointF& direction, double length);

} // namespace lathe::ui

#include "ui/plots/scatter_arrows.h"

#include <QLineF>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "ui/plots/marker.h"
#include "ui/plots/qcp.h"
#include "ui/plots/scatter_drawing.h"

namespace lathe::ui {

namespace {

constexpr double kGap = 1.0; // between marker and arrow, pixels
constexpr double kHeadLength = 7.5;
constexpr double kShortest = 4.0;
constexpr double kClearance = 2.0; // to other markers
constexpr int kSteps = 20;
/// How far the middle lies off the straight line, to the left of the way; in the order of preference.
constexpr std::array kBends{0.0, 14.0, -14.0, 28.0, -28.0, 42.0, -42.0};

/// A shown point's marker.
struct Disc {
    std::size_t point;
    QPointF centre;
    double radius;
};

std::vector<Disc> shownMarkers(const ScatterScene& scene, const PlotMapping& mapping, const PlotTheme& theme)
{
    std::vector<Disc> discs;
    for (std::size_t i = 0; i < scene.model.points.size(); ++i) {
        const ScatterPoint& point = scene.model.points[i];
        if (scene.shows(point))
            discs.push_back(
                {i, mapping.toPixel(point.x.value, point.y.value), markerDiameter(point, scene.model, theme) / 2.0});
    }
    return discs;
}

/// The way from one centre to another: a parabola.
struct Way {
    QPointF from;
    QPointF to;
    double bend = 0.0;

    QPointF at(double t) const
    {
        const QPointF along = to - from;
        const double length = std::hypot(along.x(), along.y());
        const QPointF left = QPointF(along.y(), -along.x()) / length;
        return from + t * along + 4.0 * t * (1.0 - t) * bend * left;
    }
};

bool passesClear(const Way& way, const std::vector<Disc>& others, std::size_t from, std::size_t to)
{
    return std::all_of(others.begin(), others.end(), [&](const Disc& disc) {
        if (disc.point == from || disc.point == to)
            return true;
        for (int i = 1; i < kSteps; ++i) {
            const QLineF piece(way.at((i - 0.5) / kSteps), way.at((i + 0.5) / kSteps));
            const QPointF away = disc.centre - piece.center();
            if (std::hypot(away.x(), away.y()) < disc.radius + kClearance + piece.length() / 2.0)
                return false;
        }
        return true;
    });
}

QPolygonF outline(const ScatterScene& scene, const ScatterPoint& point, const QPointF& centre, const PlotTheme& theme)
{
    const Marker marker = seriesStyle(scene.model.series[point.series], theme).marker;
    const double diameter = markerDiameter(point, scene.model, theme) + 2.0 * kGap;
    return markerPath(marker, diameter).translated(centre).toFillPolygon();
}

/// Where on its way from `inside` to `outside` (both 0 to 1) it crosses an outline around its one end.
double crossing(const Way& way, const QPolygonF& around, double inside, double outside)
{
    for (int i = 0; i < 24; ++i) {
        const double middle = (inside + outside) / 2.0;
        (around.containsPoint(way.at(middle), Qt::WindingFill) ? inside : outside) = middle;
    }
    return outside;
}

DrawnArrow arrowAlong(const Way& way, double start, double end, const QColor& colour)
{
    const QPointF tip = way.at(end);
    const double length = QLineF(way.at(start), tip).length();
    const double headLength = std::min(kHeadLength, 0.7 * length);
    const double neck = end - (end - start) * headLength / length;
    DrawnArrow arrow{{}, arrowHead(tip, tip - way.at(neck), headLength), colour};
    const int steps = way.bend == 0.0 ? 1 : kSteps;
    for (int i = 0; i <= steps; ++i)
        arrow.shaft << way.at(start + (neck - start) * i / steps);
    return arrow;
}

class Layout {
public:
    Layout(const ScatterScene& scene, const PlotMapping& mapping, const PlotTheme& theme)
        : m_scene(scene), m_mapping(mapping), m_theme(theme), m_markers(shownMarkers(scene, mapping, theme))
    {
    }

    void add(const ScatterArrow& wanted)
    {
        const ScatterPoint& origin = m_scene.model.points[wanted.from];
        const ScatterPoint& target = m_scene.model.points[wanted.to];
        if (!m_scene.shows(origin) || !m_scene.shows(target))
            return;
        if (QLineF(pixel(origin), pixel(target)).length() < kShortest)
            return;
        const Way way = chosenWay(wanted, pixel(origin), pixel(target));
        const double start = crossing(way, outline(m_scene, origin, way.from, m_theme), 0.0, 0.5);
        const double end = crossing(way, outline(m_scene, target, way.to, m_theme), 1.0, 0.5);
        if (QLineF(way.at(start), way.at(end)).length() < kShortest || end <= start)
            return;
        arrows.push_back(arrowAlong(way, start, end, seriesStyle(m_scene.model.series[target.series], m_theme).colour));
    }

    std::vector<DrawnArrow> arrows;

private:
    QPointF pixel(const ScatterPoint& point) const { return m_mapping.toPixel(point.x.value, point.y.value); }

    Way chosenWay(const ScatterArrow& wanted, const QPointF& from, const QPointF& to)
    {
        for (const double bend : kBends) {
            const Way way{from, to, bend};
            const bool isFree = bend == 0.0 || !m_bends.contains({wanted.from, bend});
            if (isFree && passesClear(way, m_markers, wanted.from, wanted.to)) {
                m_bends.insert({wanted.from, bend});
                return way;
            }
        }
        return {from, to, 0.0};
    }

    const ScatterScene& m_scene;
    const PlotMapping& m_mapping;
    const PlotTheme& m_theme;
    std::vector<Disc> m_markers;
    std::set<std::pair<std::size_t, double>> m_bends; ///< taken, by the point that an arrow comes from
};

} // namespace

std::vector<DrawnArrow> layoutArrows(const ScatterScene& scene, const PlotMapping& mapping, const PlotTheme& theme)
{
    if (!scene.arrows || scene.hidden.contains(ScatterScene::kArrowsKey))
        return {};
    Layout layout(scene, mapping, theme);
    for (const ScatterArrow& arrow : scene.model.arrows)
        layout.add(arrow);
    return std::move(layout.arrows);
}

void drawArrows(QCPPainter& painter, const std::vector<DrawnArrow>& arrows, const QRectF& area)
{
    for (const DrawnArrow& arrow : arrows) {
        painter.setPen(QPen(arrow.colour, 1.3));
        drawLineWithin(painter, {arrow.shaft.begin(), arrow.shaft.end()}, area);
        if (!area.contains(arrow.head.front()))
            continue;
        painter.setPen(Qt::NoPen);
        painter.setBrush(arrow.colour);
        painter.drawPolygon(arrow.head);
    }
}

} // namespace lathe::ui

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
/// How far the middle may lie off the straight line, to the left of the way; in the order of preference.
constexpr std::array kBends{14.0, -14.0, 22.0, -22.0};
constexpr double kSteepest = 0.3; // of the way's length

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

bool crosses(const Way& way, const Disc& disc)
{
    for (int i = 1; i < kSteps; ++i) {
        const QLineF piece(way.at((i - 0.5) / kSteps), way.at((i + 0.5) / kSteps));
        if (QLineF(piece.center(), disc.centre).length() < disc.radius + kClearance + piece.length() / 2.0)
            return true;
    }
    return false;
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

    /// The one through the fewest markers of the network. Bent around others too, arrows would be a tangle.
    Way chosenWay(const ScatterArrow& wanted, const QPointF& from, const QPointF& to)
    {
        Way best{from, to, 0.0};
        auto fewest = crossed(best, wanted);
        for (const double bend : kBends) {
            const Way way{from, to, bend};
            if (fewest == 0 || std::abs(bend) > kSteepest * QLineF(from, to).length())
                break;
            if (const auto count = crossed(way, wanted); count < fewest && !m_bends.contains({wanted.from, bend})) {
                best = way;
                fewest = count;
            }
        }
        m_bends.insert({wanted.from, best.bend});
        return best;
    }

    std::ptrdiff_t crossed(const Way& way, const ScatterArrow& wanted) const
    {
        const QString& network = m_scene.model.points[wanted.from].network;
        return std::count_if(m_markers.begin(), m_markers.end(), [&](const Disc& disc) {
            const bool isOther = disc.point != wanted.from && disc.point != wanted.to;
            return isOther && m_scene.model.points[disc.point].network == network && crosses(way, disc);
        });
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
        painter.setPen(QPen(arrow.colour, 1.2));
        drawLineWithin(painter, {arrow.shaft.begin(), arrow.shaft.end()}, area);
        if (!area.contains(arrow.head.front()))
            continue;
        painter.setPen(Qt::NoPen);
        painter.setBrush(arrow.colour);
        painter.drawPolygon(arrow.head);
    }
}

} // namespace lathe::ui

#include "ui/plots/roofline_drawing.h"

#include <QFontMetricsF>
#include <QLineF>
#include <QTransform>

#include <algorithm>
#include <cmath>

#include "core/analysis/significant.h"
#include "ui/format.h"
#include "ui/plots/qcp.h"
#include "ui/plots/scatter_drawing.h"

namespace lathe::ui {

namespace {

constexpr double kGap = 10.0;  ///< between a label and the plot's edge, pixels
constexpr double kAbove = 1.6; ///< times the highest ceiling: room for its label
constexpr int kSteps = 12;     ///< boxes that stand for a turned label

struct Ceiling {
    QString text;
    double rate = 0.0;
    bool strong = false;
};

/// From the highest on.
std::vector<Ceiling> ceilings(const Peaks& peaks)
{
    const auto text = [](const char* name, double rate, const char* unit) {
        return QStringLiteral("%1 %2").arg(QLatin1String(name), toQString(formatSi(rate, unit)));
    };
    std::vector<Ceiling> all{{text("fp32", peaks.fp32, "FLOP/s"), peaks.fp32, true},
                             {text("bf16", peaks.bf16, "FLOP/s"), peaks.bf16, false},
                             {text("int8", peaks.int8, "OP/s"), peaks.int8, false}};
    std::sort(all.begin(), all.end(), [](const Ceiling& a, const Ceiling& b) { return a.rate > b.rate; });
    return all;
}

double steepest(const Peaks& peaks)
{
    double most = 0.0;
    for (const Bandwidth& level : peaks.bandwidth)
        most = std::max(most, level.best());
    return most;
}

/// The part of a slope within the ranges; null where there is none.
QLineF slopeInSight(double bandwidth, double top, const PlotMapping& map)
{
    const double from = std::max(map.x.low, map.y.low / bandwidth);
    const double to = std::min({map.x.high, map.y.high / bandwidth, top / bandwidth});
    if (!(from < to))
        return {};
    return {map.toPixel(from, from * bandwidth), map.toPixel(to, to * bandwidth)};
}

QSizeF textSize(const QString& text, const PlotTheme& theme)
{
    const QFontMetricsF metrics(theme.smallFont());
    return {metrics.horizontalAdvance(text) + 2.0, metrics.height()};
}

using Boxes = std::vector<QRectF>;

bool touch(const Boxes& some, const Boxes& others)
{
    return std::any_of(some.begin(), some.end(), [&](const QRectF& a) {
        return std::any_of(others.begin(), others.end(), [&](const QRectF& b) { return a.intersects(b); });
    });
}

bool isWithin(const Boxes& boxes, const QRectF& area)
{
    return std::all_of(boxes.begin(), boxes.end(), [&](const QRectF& box) { return area.contains(box); });
}

/// What labels keep off, and where they have to be.
struct Room {
    QRectF area;
    Boxes labels;
    Boxes points;
};

/// Moves the label along until it is in sight and clear of other labels and of points; of the former alone, where
/// points are everywhere. `place` puts it at a distance, and tells whether it is still beside its line.
template <class Place> void findPlace(RoofLine& line, const Room& room, const Place& place)
{
    for (const bool clearOfPoints : {true, false})
        for (double at = kGap; place(at); at += kGap) {
            const Boxes covered = line.covered();
            if (isWithin(covered, room.area) && !touch(covered, room.labels) &&
                !(clearOfPoints && touch(covered, room.points)))
                return;
        }
    line.label = {};
}

/// Above the line, or below the lowest one, where there is room; as near to its low end as may be.
void labelSlope(RoofLine& line, const Room& room, const PlotTheme& theme)
{
    const QLineF along(line.from, line.to);
    const QSizeF size = textSize(line.text, theme);
    line.angle = -along.angle();
    findPlace(line, room, [&](double at) {
        line.turnAt = along.pointAt(at / along.length());
        line.label = QRectF(line.turnAt - QPointF(0.0, line.strong ? -1.0 : size.height() + 1.0), size);
        return at + size.width() < along.length();
    });
}

/// Above the line, as near to its right end as may be.
void labelCeiling(RoofLine& line, const Room& room, const PlotTheme& theme)
{
    const QSizeF size = textSize(line.text, theme);
    findPlace(line, room, [&](double at) {
        const double left = line.to.x() - at - size.width();
        line.label = QRectF(QPointF(left, line.to.y() - size.height() - 1.0), size);
        line.turnAt = line.label.bottomLeft();
        return left > line.from.x();
    });
}

void append(Boxes& boxes, const Boxes& more)
{
    boxes.insert(boxes.end(), more.begin(), more.end());
}

} // namespace

std::vector<QRectF> RoofLine::covered() const
{
    std::vector<QRectF> boxes;
    if (label.isEmpty())
        return boxes;
    QTransform turn;
    turn.translate(turnAt.x(), turnAt.y());
    turn.rotate(angle);
    turn.translate(-turnAt.x(), -turnAt.y());
    const double width = label.width() / kSteps;
    for (int i = 0; i < kSteps; ++i)
        boxes.push_back(turn.mapRect(QRectF(label.left() + i * width, label.top(), width, label.height())));
    return boxes;
}

std::vector<RoofLine> roofLines(const Peaks& peaks, const PlotMapping& map, const PlotTheme& theme,
                                const std::vector<QRectF>& points)
{
    std::vector<RoofLine> lines;
    Room room{map.area, {}, points};
    const std::vector<Ceiling> highest = ceilings(peaks);
    for (const Ceiling& ceiling : highest) {
        const double from = std::max(map.x.low, ceiling.rate / steepest(peaks));
        if (ceiling.rate < map.y.low || ceiling.rate > map.y.high || from >= map.x.high)
            continue;
        RoofLine line{ceiling.text,
                      map.toPixel(from, ceiling.rate),
                      map.toPixel(map.x.high, ceiling.rate),
                      ceiling.strong,
                      !ceiling.strong,
                      {},
                      {},
                      0.0};
        labelCeiling(line, room, theme);
        append(room.labels, line.covered());
        lines.push_back(std::move(line));
    }
    for (auto level = peaks.bandwidth.rbegin(); level != peaks.bandwidth.rend(); ++level) {
        const QLineF seen = slopeInSight(level->best(), highest.front().rate, map);
        if (seen.isNull())
            continue;
        RoofLine line{QStringLiteral("%1 %2/s").arg(toQString(level->level), toQString(formatBytes(level->best()))),
                      seen.p1(),
                      seen.p2(),
                      level->level == "memory",
                      false,
                      {},
                      {},
                      0.0};
        labelSlope(line, room, theme);
        append(room.labels, line.covered());
        lines.push_back(std::move(line));
    }
    return lines;
}

void drawRoofs(QCPPainter& painter, const std::vector<RoofLine>& lines, const PlotTheme& theme)
{
    for (const RoofLine& line : lines) {
        painter.setPen(QPen(line.strong ? theme.text : theme.mutedText, line.strong ? 1.5 : 1.0,
                            line.dashed ? Qt::DashLine : Qt::SolidLine));
        painter.drawLine(QLineF(line.from, line.to));
    }
    painter.setFont(theme.smallFont());
    QColor plate = theme.background; // slopes may lie closer than letters are high
    plate.setAlpha(200);
    for (const RoofLine& line : lines) {
        if (line.label.isEmpty())
            continue;
        painter.save();
        painter.translate(line.turnAt);
        painter.rotate(line.angle);
        painter.fillRect(line.label.translated(-line.turnAt), plate);
        painter.setPen(QPen(line.strong ? theme.text : theme.mutedText));
        painter.drawText(line.label.translated(-line.turnAt), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip,
                         line.text);
        painter.restore();
    }
}

std::pair<Range, Range> rooflineRanges(const Peaks& peaks, const std::vector<QPointF>& points)
{
    const Bandwidth& memory = peaks.bandwidth.back();
    const double ridge = peaks.fp32 / memory.best();
    std::vector<double> xs{peaks.fp32 / steepest(peaks), 2.0 * ridge};
    std::vector<double> ys{xs.front() * memory.best(), kAbove * ceilings(peaks).front().rate};
    for (const QPointF& point : points) {
        xs.push_back(point.x());
        ys.push_back(point.y());
    }
    return {paddedRange(xs, true, 0.1), paddedRange(ys, true, 0.06)};
}

} // namespace lathe::ui

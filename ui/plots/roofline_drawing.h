#pragma once

#include <QPointF>
#include <QRectF>
#include <QString>

#include <utility>
#include <vector>

#include "core/benchmark/peaks.h"
#include "ui/plots/plot_mapping.h"
#include "ui/plots/plot_theme.h"

class QCPPainter;

/// The roofs of a roofline plot: a slope a level of the memory, a ceiling a kind of arithmetic.
namespace lathe::ui {

/// A line with its name, in pixels.
struct RoofLine {
    QString text;
    QPointF from;
    QPointF to;
    bool strong = false; ///< memory and fp32
    bool dashed = false; ///< arithmetic other than fp32
    QRectF label;        ///< its box before it is turned
    QPointF turnAt;      ///< about this point
    double angle = 0.0;  ///< degrees, as QPainter::rotate

    /// Boxes that the label covers, as good as it goes.
    std::vector<QRectF> covered() const;
};

/// Slopes reach up to the highest ceiling, ceilings begin at the first slope; what is out of sight is left out. Labels
/// keep off the `points`, boxes in pixels, as long as there is room.
std::vector<RoofLine> roofLines(const Peaks& peaks, const PlotMapping& mapping, const PlotTheme& theme,
                                const std::vector<QRectF>& points = {});

void drawRoofs(QCPPainter& painter, const std::vector<RoofLine>& lines, const PlotTheme& theme);

/// Ranges that hold the points and where the roofs bend.
std::pair<Range, Range> rooflineRanges(const Peaks& peaks, const std::vector<QPointF>& points);

} // namespace lathe::ui

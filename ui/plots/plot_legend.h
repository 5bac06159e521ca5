#pragma once

#include <QPointF>
#include <QRectF>
#include <QString>

#include <optional>
#include <vector>

#include "ui/plots/plot_theme.h"

class QCPLegend;
class QCustomPlot;
class QPainter;

namespace lathe::ui {

/// One line of a legend.
struct LegendEntry {
    enum class Icon { Point, Overlay, Hollow, Flag, Line, Step, Arrow, None };
    QString key; ///< what a click toggles; empty: a note that cannot be clicked
    QString text;
    Icon icon = Icon::Point;
    SeriesStyle style;
    Qt::PenStyle line = Qt::SolidLine;
    bool shown = true; ///< false: listed in grey
};

/// Icon and text of an entry, and the room they take; shortened where there is less.
void drawLegendEntry(QPainter& painter, const QRectF& area, const LegendEntry& entry, const PlotTheme& theme,
                     const QFont& font);
QSize legendEntrySize(const LegendEntry& entry, const QFont& font);

/// Fills QCustomPlot's legend, in as many columns as the plot's height asks for, and in small letters in a small plot.
void fillLegend(QCPLegend& legend, const std::vector<LegendEntry>& entries, const PlotTheme& theme, const QSize& plot);

/// The entry under a pixel; nothing where there is none to click.
std::optional<QString> legendKeyAt(const QCPLegend& legend, const QPointF& pixel);

/// Where an entry lies, in pixels of the plot.
QRectF legendEntryRect(const QCPLegend& legend, const QString& key);

/// What a legend should not cover, and how badly.
struct CrowdPoint {
    QPointF at;
    double weight = 1.0;
};

/// The corner of the area that covers the least weight, top right first.
Qt::Alignment quietestCorner(const QRectF& area, const QSizeF& legend, const std::vector<CrowdPoint>& crowd);

} // namespace lathe::ui

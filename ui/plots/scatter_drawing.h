#pragma once

#include <QStringList>

#include <set>

#include "ui/plots/overlay.h"
#include "ui/plots/plot_legend.h"
#include "ui/plots/plot_mapping.h"
#include "ui/plots/scatter_points.h"

class QCPPainter;

namespace lathe::ui {

/// All that a scatter draws.
struct ScatterScene {
    ScatterModel model;
    OverlayModel overlay;
    bool labels = true;
    bool intervals = true;
    bool front = true;
    bool trend = false;
    bool arrows = true;
    std::set<QString> hidden; ///< keys toggled off in the legend
    std::vector<TypeTrend> trends;

    bool shows(const ScatterPoint& point) const { return !hidden.contains(model.series[point.series].key); }
    bool shows(const OverlayPoint& point) const
    {
        return !hidden.contains(kOverlayKey) && !hidden.contains(typeKey(point.type));
    }
    bool isEmpty() const { return model.points.empty() && overlay.points.empty(); }

    static inline const QString kOverlayKey = QStringLiteral("overlay");
    static inline const QString kFrontKey = QStringLiteral("front");
    static inline const QString kArrowsKey = QStringLiteral("arrows");
};

/// The settings' switches and hidden series, and the trends that follow from what is shown.
ScatterScene makeScene(ScatterModel model, OverlayModel overlay, const PlotSettings& settings);

/// Series in order of appearance, the overlay, the front, the arrows, and what marks mean; hidden ones only if
/// `withHidden`.
std::vector<LegendEntry> scatterLegend(const ScatterScene& scene, const PlotTheme& theme, bool withHidden);

/// Step lines of what is shown: the user's own front, and the table's.
std::vector<Point2> frontOfPoints(const ScatterScene& scene);
std::vector<Point2> frontOfOverlay(const ScatterScene& scene);

/// Ranges that hold all that is shown with room around it.
std::pair<Range, Range> homeRanges(const ScatterScene& scene);

void drawOverlay(QCPPainter& painter, const ScatterScene& scene, const PlotMapping& mapping, const PlotTheme& theme);
void drawTrends(QCPPainter& painter, const ScatterScene& scene, const PlotMapping& mapping, const PlotTheme& theme);
void drawFronts(QCPPainter& painter, const ScatterScene& scene, const PlotMapping& mapping, const PlotTheme& theme);
void drawPoints(QCPPainter& painter, const ScatterScene& scene, const PlotMapping& mapping, const PlotTheme& theme);
void drawRing(QCPPainter& painter, const QPointF& centre, double diameter, const PlotTheme& theme, bool selected);

/// A line from point to point, cut at the area's border (some devices do not clip).
void drawLineWithin(QCPPainter& painter, const std::vector<QPointF>& corners, const QRectF& area);

/// A thin whisker with caps, cut at the area's border. Either end may coincide with the middle.
void drawWhisker(QCPPainter& painter, const QPointF& from, const QPointF& to, const QRectF& area);

/// Colour of a trend: the type's own, paler for an overlay's.
QColor trendColour(const TypeTrend& trend, const PlotTheme& theme);

} // namespace lathe::ui

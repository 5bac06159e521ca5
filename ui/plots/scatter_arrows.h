#pragma once

#include <QColor>
#include <QPolygonF>
#include <QRectF>

#include <vector>

#include "ui/plots/plot_mapping.h"
#include "ui/plots/plot_theme.h"

class QCPPainter;

/// The scatter's arrows: from each network to what was made from it.
namespace lathe::ui {

struct ScatterScene;

struct DrawnArrow {
    QPolygonF shaft; ///< pixels, from the origin's marker to the head
    QPolygonF head;  ///< its first corner is the tip, at the edge of the target's marker
    QColor colour;   ///< the target's
};

/// Those between points that are shown. One that would run through another marker of the same network (at the same
/// parameters they lie in one column) is bent around it, so that it is not taken for two; where two markers touch there
/// is no room for one.
std::vector<DrawnArrow> layoutArrows(const ScatterScene& scene, const PlotMapping& mapping, const PlotTheme& theme);

/// What of them lies within the area.
void drawArrows(QCPPainter& painter, const std::vector<DrawnArrow>& arrows, const QRectF& area);

} // namespace lathe::ui

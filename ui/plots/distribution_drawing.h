#pragma once

#include "ui/plots/distribution_points.h"
#include "ui/plots/plot_mapping.h"
#include "ui/plots/plot_theme.h"

class QCPPainter;

namespace lathe::ui {

/// One record's strip around the line y = `row`: label and median above, box and samples below.
void drawStrip(QCPPainter& painter, const Distribution& distribution, double row, const SeriesStyle& style,
               const PlotMapping& mapping, const PlotTheme& theme);

void drawCumulative(QCPPainter& painter, const Distribution& distribution, const SeriesStyle& style,
                    const PlotMapping& mapping, const PlotTheme& theme);

/// Time over sample number, with the median's line and interval.
void drawOrder(QCPPainter& painter, const Distribution& distribution, const SeriesStyle& style,
               const PlotMapping& mapping, const PlotTheme& theme);

} // namespace lathe::ui

#pragma once

#include <QStringList>

#include <utility>

#include "ui/plots/legend_strip.h"
#include "ui/plots/plot_canvas.h"
#include "ui/plots/plot_controls.h"

/// For plots that are given what they draw as one `Content`.
namespace lathe::ui {

template <class Plot> void showSelected(Plot& plot, const QStringList& ids)
{
    auto content = plot.content();
    content.selected = ids;
    plot.setContent(std::move(content));
}

/// Makes `copy` the picture of a plot that an export has: its content and ranges without the selection.
template <class Plot> void copyForExport(Plot& copy, const Plot& plot, const PlotTheme& theme, const PlotTitles& titles)
{
    auto content = plot.content();
    content.forExport = true;
    copy.copyView(plot);
    copy.setTheme(theme);
    copy.setTitles(titles);
    copy.setContent(std::move(content));
    copy.copyRanges(plot);
}

/// Draws such a copy under its legend, which `legendOf(content, theme)` gives.
template <class Plot, class LegendOf>
void renderUnderLegend(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const PlotTitles& titles,
                       const Plot& plot, const LegendOf& legendOf)
{
    Plot copy;
    copyForExport(copy, plot, theme, titles);
    const int top = drawStripAbove(asPainter(painter), legendOf(copy.content(), theme), theme, size.width());
    paintAt(painter, copy, {0, top, size.width(), size.height() - top});
}

} // namespace lathe::ui

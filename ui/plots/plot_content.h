#pragma once

#include <QStringList>

#include <utility>

#include "ui/plots/plot_canvas.h"

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

} // namespace lathe::ui

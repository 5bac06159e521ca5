#pragma once

#include "ui/plots/growth_plot.h"
#include "ui/plots/histogram_plot.h"
#include "ui/quantization/playground_work.h"

namespace lathe::ui {

/// The values of the part shown, with the values that have an integer as a grid over them.
HistogramPlot::Content valuesContent(const QuantizationView& view);
PlotTitles valuesTitles(const QuantizationView& view);

/// Their errors, with the half step to either side: what lies outside was clipped.
HistogramPlot::Content errorsContent(const QuantizationView& view);
PlotTitles errorsTitles();

/// Summed errors, with the normal curve that is predicted.
HistogramPlot::Content sumsContent(const ErrorGrowth& growth);
PlotTitles sumsTitles(const ErrorGrowth& growth);

} // namespace lathe::ui

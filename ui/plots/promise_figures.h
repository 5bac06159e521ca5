#pragma once

#include <vector>

#include "core/pruning/pruned_variants.h"
#include "ui/column_header.h"
#include "ui/figures_model.h"
#include "ui/plots/curves_plot.h"
#include "ui/plots/remains_plot.h"

/// What is shown of pruned networks beside the original they were made from.
namespace lathe::ui {

std::vector<ColumnHeader> promiseColumns();
FigureRow promiseFigures(const PrunedVariant& variant, const PrunedVariant& original);

/// What the costs are drawn over.
enum class PromiseAxis { Sparsity, Macs, Time };

/// Accuracy where it is known, else the output's error; the original first.
CurvesPlot::Content promiseCurves(const std::vector<PrunedVariant>& variants, PromiseAxis x);
PlotTitles promiseTitles(const std::vector<PrunedVariant>& variants, PromiseAxis x);

RemainsPlot::Content promiseRemains(const PrunedVariant& variant, const PrunedVariant& original);

} // namespace lathe::ui

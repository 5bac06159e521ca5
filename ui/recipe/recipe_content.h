#pragma once

#include <QStringList>

#include <vector>

#include "core/recipe/run_recipe.h"
#include "ui/column_header.h"
#include "ui/figures_model.h"
#include "ui/plots/curves_plot.h"
#include "ui/plots/waterfall_plot.h"

/// What a recipe's pages show of what it came to.
namespace lathe::ui {

/// Indices of the steps from the first network to one of them.
std::vector<std::size_t> wayTo(const RecipeResult& result, std::size_t index);

/// The networks that end a branch so far: the variants to choose from.
std::vector<std::size_t> endsOf(const RecipeResult& result);

WaterfallPlot::Content waterfallOf(const RecipeResult& result, std::size_t end);
PlotTitles waterfallTitles();

/// Accuracy over time of all networks, the front as a line; the last is the recipe at hand.
CurvesPlot::Content frontsOf(const std::vector<RecipeResult>& results);
PlotTitles frontTitles();

std::vector<ColumnHeader> recipeColumns();
std::vector<FigureRow> recipeRows(const RecipeResult& result);

} // namespace lathe::ui

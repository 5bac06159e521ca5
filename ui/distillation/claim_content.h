#pragma once

#include "core/distillation/claim_study.h"
#include "ui/column_header.h"
#include "ui/figures_model.h"
#include "ui/plots/curves_plot.h"

/// What the DistilBERT tab draws.
namespace lathe::ui {

/// Times as fast over the length of the sequence, a curve a batch size, and what was published.
CurvesPlot::Content claimSpeeds(const ClaimStudy& study);
PlotTitles claimSpeedTitles();

/// Time of each part of both networks.
CurvesPlot::Content claimLayers(const ClaimStudy& study);
PlotTitles claimLayerTitles(const ClaimStudy& study);

/// Sizes of the language models of its time.
CurvesPlot::Content modelSizes();
PlotTitles modelSizeTitles();

/// Claims beside what was found; before anything is measured the claims alone.
std::vector<ColumnHeader> claimColumns();
std::vector<FigureRow> claimRows(const Claim& claim, const ClaimStudy* study);

} // namespace lathe::ui

#pragma once

#include "ui/distillation/distiller.h"
#include "ui/plots/curves_plot.h"

namespace lathe::ui {

enum class CurveQuantity { Loss, Accuracy };

/// Both arms over the epochs: the mean of the seeds that have come so far, their least and greatest as a band.
CurvesPlot::Content distilCurves(const DistilState& state, CurveQuantity quantity);
PlotTitles distilCurveTitles(CurveQuantity quantity);

/// What the distilled students gain in each class, with its interval, over the control's accuracy in it.
CurvesPlot::Content classGains(const ExperimentResult& result);
PlotTitles classGainTitles();

} // namespace lathe::ui

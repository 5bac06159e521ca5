#pragma once

#include <QWidget>

#include "ui/plots/curves_plot.h"

namespace lathe::ui {

class LegendStrip;

/// Curves below their legend, a click on which shows or hides one.
class CurvesPanel : public QWidget {
    Q_OBJECT

public:
    /// `name`: of the plot; `accessibleName`: what it shows.
    CurvesPanel(const QString& name, const QString& accessibleName, QWidget* parent);

    void setContent(CurvesPlot::Content content, const PlotTitles& titles);
    CurvesPlot* plot() const { return m_plot; }

private:
    void showLegend();

    LegendStrip* m_legend;
    CurvesPlot* m_plot;
};

} // namespace lathe::ui

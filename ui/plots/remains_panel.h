#pragma once

#include <QWidget>

#include "ui/plots/remains_plot.h"

namespace lathe::ui {

class LegendStrip;

/// What is left, below its legend.
class RemainsPanel : public QWidget {
    Q_OBJECT

public:
    RemainsPanel(const QString& name, QWidget* parent);

    void setContent(RemainsPlot::Content content);
    RemainsPlot* plot() const { return m_plot; }

private:
    void showLegend();

    LegendStrip* m_legend;
    RemainsPlot* m_plot;
};

} // namespace lathe::ui

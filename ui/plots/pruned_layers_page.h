#pragma once

#include <QWidget>

#include <memory>
#include <optional>

#include "ui/pruning/prune_work.h"

namespace lathe::ui {

class FiguresTable;
class HistogramPlot;
class LayerShares;
class LegendStrip;

/// How much each layer lost against the whole, as bars and as a table, and the weights of the chosen one with the
/// magnitude that they had to reach.
class PrunedLayersPage : public QWidget {
    Q_OBJECT

public:
    explicit PrunedLayersPage(QWidget* parent);

    void showNetwork(const PrunedNetwork& network);

    LayerShares* shares() const { return m_shares; }
    HistogramPlot* weights() const { return m_weights; }

private:
    QWidget* buildPlots();
    void showTable();
    void showLegend();
    void showLayer();

    LegendStrip* m_legend = nullptr;
    LayerShares* m_shares = nullptr;
    HistogramPlot* m_weights = nullptr;
    FiguresTable* m_table = nullptr;
    std::shared_ptr<const std::vector<PrunedLayerRow>> m_rows;
};

} // namespace lathe::ui

#pragma once

#include <QWidget>

#include <optional>
#include <set>

#include "ui/quantization/layer_rows.h"

class QComboBox;
class QDoubleSpinBox;
class QSpinBox;
class QTableView;
class QToolButton;

namespace lathe::ui {

class LegendStrip;
class PrecisionMap;
class QuantizedLayersModel;
class ValueSortProxy;

/// The layers of a quantized network as a map and a table, in which their precision is chosen, one by one, by a preset,
/// or by what is suggested.
class QuantizedLayersPage : public QWidget {
    Q_OBJECT

public:
    explicit QuantizedLayersPage(QWidget* parent);

    void showNetwork(const QuantizedNetwork& network);
    /// Layers may be chosen; and measured, and suggested, which is more work.
    void setEnabledFor(bool choosing, bool measuring);

    PrecisionMap* map() const { return m_map; }
    std::optional<NodeId> currentLayer() const;
    void setCurrentLayer(NodeId node);

Q_SIGNALS:
    void layersChosen(const lathe::PrecisionChoice& choice);
    void measureRequested(std::int64_t batch);
    void suggestRequested(const lathe::ErrorBudget& budget, std::int64_t batch);
    void currentLayerChanged();

private:
    void buildControls(QWidget& strip);
    void buildTable();
    void connectAll();
    void choose();
    void showBudgetKind();
    ErrorBudget budget() const;
    void takePreset();
    QWidget* buildMap();
    void showMap();
    void showLegend();
    void showColumns(bool measured);
    void setCurrentRow(std::size_t row);
    std::optional<std::size_t> currentRow() const;
    std::optional<std::size_t> currentBar() const;

    QuantizedLayersModel* m_model = nullptr;
    ValueSortProxy* m_proxy = nullptr;
    QComboBox* m_preset = nullptr;
    QComboBox* m_heights = nullptr;
    QToolButton* m_measure = nullptr;
    QSpinBox* m_batch = nullptr;
    QToolButton* m_suggest = nullptr;
    QComboBox* m_budgetKind = nullptr;
    QDoubleSpinBox* m_budget = nullptr;
    LegendStrip* m_legend = nullptr;
    PrecisionMap* m_map = nullptr;
    QTableView* m_table = nullptr;
    std::vector<std::size_t> m_barRows; ///< by bar of the map: convolutions and linear layers
};

} // namespace lathe::ui

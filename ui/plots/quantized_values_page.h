#pragma once

#include <QWidget>

#include <optional>

#include "ui/quantization/quantize_work.h"

class QComboBox;

namespace lathe::ui {

class HistogramPlot;

/// A layer's weights and outputs, before and after they were rounded.
class QuantizedValuesPage : public QWidget {
    Q_OBJECT

public:
    explicit QuantizedValuesPage(QWidget* parent);

    void showNetwork(const QuantizedNetwork& network);
    void setLayer(NodeId node);

    HistogramPlot* weights() const { return m_weights; }
    HistogramPlot* outputs() const { return m_outputs; }

Q_SIGNALS:
    void layerChosen(lathe::NodeId node);

private:
    void showLayer();

    QComboBox* m_layer = nullptr;
    HistogramPlot* m_weights = nullptr;
    HistogramPlot* m_outputs = nullptr;
    std::shared_ptr<const std::vector<LayerHistograms>> m_histograms;
};

} // namespace lathe::ui

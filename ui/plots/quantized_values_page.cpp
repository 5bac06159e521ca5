#include "ui/plots/quantized_values_page.h"

#include <QComboBox>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/format.h"
#include "ui/plots/histogram_outline.h"
#include "ui/plots/histogram_plot.h"
#include "ui/plots/plot_controls.h"

namespace lathe::ui {

namespace {

HistogramPlot::Content contentOf(const BeforeAfter& values)
{
    HistogramPlot::Content content;
    content.bars = values.before;
    content.barsText = QuantizedValuesPage::tr("in float32");
    content.curve = outlineOf(values.after);
    content.curveText = QuantizedValuesPage::tr("rounded");
    return content;
}

} // namespace

QuantizedValuesPage::QuantizedValuesPage(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("quantizedValuesPage"));
    QWidget* strip = makeControlStrip(this);
    m_layer = addLabelledCombo(*strip, tr("Layer"), QStringLiteral("quantizeLayer"),
                               tr("Whose weights and outputs are shown; the one chosen in the table"));
    keepNarrow(m_layer, 24);
    m_weights = new HistogramPlot(this);
    m_weights->setObjectName(QStringLiteral("quantizeWeights"));
    m_outputs = new HistogramPlot(this);
    m_outputs->setObjectName(QStringLiteral("quantizeOutputs"));
    auto* plots = new PanelBox(this);
    plots->add(m_weights);
    plots->add(m_outputs);
    QVBoxLayout* column = tightColumn(this);
    column->addWidget(strip);
    column->addWidget(plots, 1);
    connect(m_layer, &QComboBox::activated, this, [this] { Q_EMIT layerChosen(m_layer->currentData().toInt()); });
}

void QuantizedValuesPage::showNetwork(const QuantizedNetwork& network)
{
    m_histograms = network.histograms;
    const QVariant before = m_layer->currentData();
    {
        const QSignalBlocker quiet(m_layer);
        m_layer->clear();
        for (const LayerHistograms& layer : *m_histograms)
            m_layer->addItem(toQString(network.whole->model.graph.node(layer.node).name), layer.node);
        m_layer->setCurrentIndex(std::max(0, m_layer->findData(before)));
        keepNarrow(m_layer, 24);
    }
    showLayer();
}

void QuantizedValuesPage::setLayer(NodeId node)
{
    const QSignalBlocker quiet(m_layer);
    if (const int index = m_layer->findData(node); index >= 0)
        m_layer->setCurrentIndex(index);
    showLayer();
}

void QuantizedValuesPage::showLayer()
{
    if (!m_histograms || m_layer->currentIndex() < 0)
        return;
    const LayerHistograms& layer = (*m_histograms)[static_cast<std::size_t>(m_layer->currentIndex())];
    const QString name = m_layer->currentText();
    m_weights->setTitles({{}, tr("Weights of %1").arg(name), tr("Number of weights")});
    m_weights->setContent(contentOf(layer.weight));
    m_outputs->setTitles({{}, tr("Output of %1").arg(name), tr("Number of values")});
    m_outputs->setContent(layer.output ? contentOf(*layer.output) : HistogramPlot::Content{});
}

} // namespace lathe::ui

#include "ui/plots/quantized_layers_page.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHeaderView>
#include <QSpinBox>
#include <QSplitter>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

#include "ui/controls.h"
#include "ui/format.h"
#include "ui/plots/legend_strip.h"
#include "ui/plots/plot_controls.h"
#include "ui/plots/precision_map.h"
#include "ui/quantization/precision_delegate.h"
#include "ui/quantization/quantized_layers_model.h"
#include "ui/sorting.h"

namespace lathe::ui {

namespace {

constexpr int kMostBatch = 4096;
constexpr int kUsualBudget = 30; // dB
constexpr double kUsualPoints = 0.5;
constexpr const char* kDecibels = "decibels";
constexpr const char* kPoints = "points";
constexpr const char* kOutput = "output";
constexpr const char* kAccumulated = "accumulated";
constexpr const char* kWeight = "weight";
constexpr const char* kSensitivity = "sensitivity";

std::optional<double> heightOf(const LayerRow& row, const std::string& quantity)
{
    if (quantity == kAccumulated)
        return row.accumulatedDb;
    if (quantity == kWeight)
        return row.weightDb;
    return quantity == kSensitivity ? row.sensitivityDb : row.outputDb;
}

/// What a bar stands for.
QString titleOf(const std::string& quantity)
{
    if (quantity == kAccumulated)
        return QuantizedLayersPage::tr("Each layer's output with the errors before it, in the order they run");
    if (quantity == kWeight)
        return QuantizedLayersPage::tr("Each layer's weights, in the order they run");
    return quantity == kSensitivity
               ? QuantizedLayersPage::tr("The network's output with one layer alone quantized, in the order they run")
               : QuantizedLayersPage::tr("Each layer's output, in the order they run");
}

PrecisionChoice presetChoice(const std::vector<LayerRow>& rows, LayerPreset preset)
{
    return allButInFloat(rows, presetLayers(rows, preset));
}

} // namespace

QuantizedLayersPage::QuantizedLayersPage(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("quantizedLayersPage"));
    QWidget* strip = makeControlStrip(this);
    buildControls(*strip);
    buildTable();
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->setObjectName(QStringLiteral("quantizeSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(buildMap());
    splitter->addWidget(m_table);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    splitter->setSizes({280, 170});
    QVBoxLayout* column = tightColumn(this);
    column->addWidget(strip);
    column->addWidget(splitter, 1);
    connectAll();
    m_map->setTitles({{}, titleOf(kOutput), tr("SQNR (dB)")});
}

void QuantizedLayersPage::buildControls(QWidget& strip)
{
    m_preset = addLabelledCombo(strip, tr("Quantized"), QStringLiteral("quantizePreset"),
                                tr("Which layers are quantized; the others stay in float32. Nothing is calibrated "
                                   "again for it. Each layer's own choice is in the table"));
    for (const auto& [text, preset] :
         {std::pair(tr("all layers"), LayerPreset::All),
          std::pair(tr("all but the first and last"), LayerPreset::EndsInFloat),
          std::pair(tr("convolutions only"), LayerPreset::Convolutions),
          std::pair(tr("linear layers only"), LayerPreset::Linear), std::pair(tr("none"), LayerPreset::None)})
        m_preset->addItem(text, static_cast<int>(preset));
    m_preset->setPlaceholderText(tr("chosen below"));
    m_heights = addChoices(strip, tr("Bars show"), "quantizeHeights",
                           tr("What the bars' height is: all are ratios of signal to quantization noise, so that "
                              "higher is better and 20 dB more is a tenth of the error"),
                           {{tr("each layer's output"), kOutput},
                            {tr("output, errors accumulated"), kAccumulated},
                            {tr("weights"), kWeight},
                            {tr("sensitivity"), kSensitivity}});
    m_measure = addTextButton(strip, tr("Measure layers"), QStringLiteral("quantizeMeasure"),
                              tr("Quantize each layer alone and compare the network's output (its sensitivity), and "
                                 "time every layer in float32 and quantized"),
                              false);
    m_batch = addSpin<QSpinBox>(strip, tr("batch"), "quantizeBatch", tr("Inputs at once while layers are timed"), 1,
                                kMostBatch, 1);
    m_suggest = addTextButton(strip, tr("Suggest"), QStringLiteral("quantizeSuggest"),
                              tr("Choose the layers to leave in float32 that cost the least time for the error they "
                                 "save, until the output is as good as asked for; layers are measured first where that "
                                 "is not done"),
                              false);
    m_budgetKind = addChoices(strip, tr("to keep"), "quantizeBudgetKind",
                              tr("What the suggestion is to keep: the precision of the output, or the class of the "
                                 "inputs it was calibrated on, whose accuracy then falls by no more points"),
                              {{tr("SQNR"), kDecibels}, {tr("classes"), kPoints}});
    m_budget = addSpin<QDoubleSpinBox>(strip, {}, "quantizeBudget",
                                       tr("Signal to noise ratio that the network's output is to keep: at 20 dB errors "
                                          "are a tenth of the values, at 40 dB a hundredth"),
                                       0, 120, kUsualBudget);
    m_budget->setDecimals(1);
    m_budget->setSuffix(tr(" dB"));
}

void QuantizedLayersPage::showBudgetKind()
{
    const bool isDecibels = valueOf(m_budgetKind) == kDecibels;
    m_budget->setSuffix(isDecibels ? tr(" dB") : tr(" % may change"));
    m_budget->setRange(0, isDecibels ? 120 : 100);
    m_budget->setValue(isDecibels ? kUsualBudget : kUsualPoints);
}

ErrorBudget QuantizedLayersPage::budget() const
{
    ErrorBudget budget;
    (valueOf(m_budgetKind) == kDecibels ? budget.sqnrDb : budget.points) = m_budget->value();
    return budget;
}

QWidget* QuantizedLayersPage::buildMap()
{
    auto* box = new QWidget(this);
    m_legend = new LegendStrip(box);
    m_legend->setObjectName(QStringLiteral("precisionLegend"));
    m_map = new PrecisionMap(box);
    m_map->setObjectName(QStringLiteral("precisionMap"));
    m_map->setMinimumHeight(90);
    QVBoxLayout* column = tightColumn(box);
    column->addWidget(m_legend);
    column->addWidget(m_map, 1);
    return box;
}

void QuantizedLayersPage::buildTable()
{
    m_model = new QuantizedLayersModel(this);
    m_proxy = new ValueSortProxy(m_model, QuantizedLayersModel::SortRole, this);
    m_table = new QTableView(this);
    describeControl(m_table, "quantizeTable", tr("Layers, how each computes, and what that costs"), {});
    makePlainTable(m_table);
    m_table->setModel(m_proxy);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setEditTriggers(QAbstractItemView::EditKeyPressed | QAbstractItemView::DoubleClicked);
    m_table->setItemDelegateForColumn(QuantizedLayersModel::ChosenPrecision,
                                      new PrecisionDelegate(QuantizedLayersModel::ChoicesRole, m_table));
    m_table->setTextElideMode(Qt::ElideMiddle);
    m_table->setSortingEnabled(true);
    m_table->sortByColumn(QuantizedLayersModel::Layer, Qt::AscendingOrder);
    m_table->horizontalHeader()->setStretchLastSection(true);
    m_table->setMinimumHeight(2 * m_table->verticalHeader()->defaultSectionSize());
    showColumns(false);
}

void QuantizedLayersPage::connectAll()
{
    connect(m_model, &QuantizedLayersModel::layersChosen, this, [this] {
        m_preset->setCurrentIndex(-1);
        choose();
    });
    connect(m_preset, &QComboBox::activated, this, [this] { takePreset(); });
    connect(m_heights, &QComboBox::currentIndexChanged, this, [this] {
        m_map->setTitles({{}, titleOf(valueOf(m_heights)), tr("SQNR (dB)")});
        showMap();
    });
    connect(m_budgetKind, &QComboBox::currentIndexChanged, this, [this] { showBudgetKind(); });
    connect(m_measure, &QToolButton::clicked, this, [this] { Q_EMIT measureRequested(m_batch->value()); });
    connect(m_suggest, &QToolButton::clicked, this, [this] { Q_EMIT suggestRequested(budget(), m_batch->value()); });
    connect(m_table, &QTableView::clicked, this, [this](const QModelIndex& cell) {
        if (cell.column() == QuantizedLayersModel::ChosenPrecision && cell.flags().testFlag(Qt::ItemIsEditable))
            m_table->edit(cell);
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
        m_map->setCurrent(currentBar());
        Q_EMIT currentLayerChanged();
    });
    connect(m_map, &PlotCanvas::themeChanged, this, [this] { showLegend(); });
    connect(m_map, &PrecisionMap::barClicked, this, [this](std::size_t bar) { setCurrentRow(m_barRows[bar]); });
}

/// As the table has it now.
void QuantizedLayersPage::choose()
{
    m_model->setStale(true);
    showMap();
    Q_EMIT layersChosen(choiceOf(m_model->rows()));
}

void QuantizedLayersPage::takePreset()
{
    std::vector<LayerRow> rows = m_model->rows();
    const PrecisionChoice wanted = presetChoice(rows, static_cast<LayerPreset>(m_preset->currentData().toInt()));
    if (wanted == choiceOf(rows))
        return;
    for (LayerRow& row : rows)
        row.chosen = wanted.contains(row.node) ? wanted.at(row.node) : row.given;
    m_model->setRows(std::move(rows));
    choose();
}

void QuantizedLayersPage::showNetwork(const QuantizedNetwork& network)
{
    m_model->setRows(layerRows(network));
    m_model->setStale(false);
    const PrecisionChoice chosen = choiceOf(m_model->rows());
    if (chosen == presetChoice(m_model->rows(), LayerPreset::All))
        m_preset->setCurrentIndex(0);
    else if (m_preset->currentIndex() >= 0 &&
             chosen != presetChoice(m_model->rows(), static_cast<LayerPreset>(m_preset->currentData().toInt())))
        m_preset->setCurrentIndex(-1);
    showColumns(network.measured != nullptr);
    if (!currentRow() && !m_model->rows().empty())
        setCurrentRow(0);
    showMap();
}

void QuantizedLayersPage::showColumns(bool measured)
{
    using Model = QuantizedLayersModel;
    for (const int column : {Model::Sensitivity, Model::FloatTime, Model::QuantizedTime, Model::Saved})
        m_table->setColumnHidden(column, !measured);
    setChoiceEnabled(m_heights, kSensitivity, measured);
    if (!measured && valueOf(m_heights) == kSensitivity)
        m_heights->setCurrentIndex(0);
    m_table->horizontalHeader()->setStretchLastSection(false);
    m_table->resizeColumnsToContents();
    m_table->horizontalHeader()->setStretchLastSection(true);
}

void QuantizedLayersPage::showMap()
{
    PrecisionMap::Content content;
    m_barRows.clear();
    for (std::size_t i = 0; i < m_model->rows().size(); ++i) {
        const LayerRow& row = m_model->rows()[i];
        if (!row.isComputed)
            continue;
        m_barRows.push_back(i);
        content.bars.push_back({toQString(row.name), row.chosen, heightOf(row, valueOf(m_heights))});
    }
    m_map->setContent(std::move(content));
    m_map->setCurrent(currentBar());
    showLegend();
}

void QuantizedLayersPage::showLegend()
{
    m_legend->setEntries(precisionLegend(m_map->content(), m_map->theme()), m_map->theme());
}

void QuantizedLayersPage::setEnabledFor(bool choosing, bool measuring)
{
    m_model->setEditable(choosing);
    m_preset->setEnabled(choosing);
    for (QWidget* control : std::initializer_list<QWidget*>{m_measure, m_suggest, m_batch, m_budgetKind, m_budget})
        control->setEnabled(measuring);
}

std::optional<std::size_t> QuantizedLayersPage::currentRow() const
{
    const QModelIndex row = m_proxy->mapToSource(m_table->currentIndex());
    return row.isValid() ? std::optional(static_cast<std::size_t>(row.row())) : std::nullopt;
}

std::optional<std::size_t> QuantizedLayersPage::currentBar() const
{
    const auto row = currentRow();
    const auto found = row ? std::find(m_barRows.begin(), m_barRows.end(), *row) : m_barRows.end();
    return found == m_barRows.end() ? std::nullopt : std::optional(static_cast<std::size_t>(found - m_barRows.begin()));
}

void QuantizedLayersPage::setCurrentRow(std::size_t row)
{
    const QModelIndex shown = m_proxy->mapFromSource(m_model->index(static_cast<int>(row), 0));
    m_table->setCurrentIndex(shown);
    m_table->scrollTo(shown);
}

std::optional<NodeId> QuantizedLayersPage::currentLayer() const
{
    const auto row = currentRow();
    return row ? std::optional(m_model->rows()[*row].node) : std::nullopt;
}

void QuantizedLayersPage::setCurrentLayer(NodeId node)
{
    for (std::size_t row = 0; row < m_model->rows().size(); ++row)
        if (m_model->rows()[row].node == node)
            setCurrentRow(row);
}

} // namespace lathe::ui

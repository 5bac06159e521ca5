#include "ui/plots/pruned_layers_page.h"

#include <QSplitter>
#include <QVBoxLayout>

#include "core/analysis/significant.h"
#include "ui/figures_table.h"
#include "ui/format.h"
#include "ui/plots/histogram_outline.h"
#include "ui/plots/histogram_plot.h"
#include "ui/plots/layer_shares.h"
#include "ui/plots/legend_strip.h"
#include "ui/plots/plot_controls.h"
#include "ui/pruning/prune_text.h"
#include "ui/pruning/pruned_rows.h"

namespace lathe::ui {

namespace {

std::vector<ColumnHeader> columns()
{
    const auto tr = [](const char* text) { return PrunedLayersPage::tr(text); };
    return {{tr("Layer"), tr("As the network names it")},
            {tr("Operation")},
            {tr("Pruned"), tr("Weights that are 0, or gone with their channels"), cellAlignment(true)},
            {tr("Weights"), tr("That it had"), cellAlignment(true)},
            {tr("Share"), tr("Pruned of the weights that it had"), cellAlignment(true)},
            {tr("Channels before"), tr("That it gave out"), cellAlignment(true)},
            {tr("Channels after"), tr("That it gives out; masks leave all of them"), cellAlignment(true)}};
}

FigureCell countCell(std::int64_t count)
{
    return {QStringLiteral("%L1").arg(count), static_cast<qlonglong>(count)};
}

FigureRow figures(const PrunedLayerRow& row)
{
    return {FigureCell::of(toQString(row.name)),
            FigureCell::of(toQString(row.operation)),
            countCell(row.pruned),
            countCell(row.numel),
            {shareText(row.share()), row.share()},
            countCell(row.channelsBefore),
            countCell(row.channels)};
}

LayerShares::Content sharesOf(const std::vector<PrunedLayerRow>& rows)
{
    LayerShares::Content content;
    for (const PrunedLayerRow& row : rows)
        content.bars.push_back({toQString(row.name), row.share(),
                                PrunedLayersPage::tr("%L1 of %L2 weights").arg(row.pruned).arg(row.numel)});
    content.whole = wholeOf(rows).share();
    return content;
}

HistogramPlot::Content histogramOf(const PrunedLayerRow& row)
{
    HistogramPlot::Content content;
    content.bars = row.before;
    content.barsText = PrunedLayersPage::tr("before");
    content.curve = outlineOf(row.kept);
    content.curveText = PrunedLayersPage::tr("left, as they are now");
    if (row.threshold) {
        content.grid = {-*row.threshold, *row.threshold};
        content.gridText = PrunedLayersPage::tr("threshold ±%1").arg(toQString(formatSignificant(*row.threshold)));
        content.reach = row.before.high - row.before.low; // what is beyond it stays: nothing to be shaded
    }
    return content;
}

} // namespace

PrunedLayersPage::PrunedLayersPage(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("prunedLayersPage"));
    m_table = new FiguresTable("pruneTable", tr("Layers, and how much each lost"), columns(), this);
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->setObjectName(QStringLiteral("pruneSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(buildPlots());
    splitter->addWidget(m_table);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    splitter->setSizes({300, 170});
    tightColumn(this)->addWidget(splitter);
    connect(m_shares, &LayerShares::barClicked, this, [this](std::size_t bar) { m_table->setCurrentRow(bar); });
    connect(m_shares, &PlotCanvas::themeChanged, this, [this] { showLegend(); });
    connect(m_table, &FiguresTable::currentRowChanged, this, [this] { showLayer(); });
}

QWidget* PrunedLayersPage::buildPlots()
{
    auto* bars = new QWidget(this);
    m_legend = new LegendStrip(bars);
    m_legend->setObjectName(QStringLiteral("pruneLegend"));
    m_shares = new LayerShares(bars);
    m_shares->setObjectName(QStringLiteral("pruneShares"));
    m_shares->setMinimumHeight(90);
    QVBoxLayout* column = tightColumn(bars);
    column->addWidget(m_legend);
    column->addWidget(m_shares, 1);
    m_weights = new HistogramPlot(this);
    m_weights->setObjectName(QStringLiteral("pruneWeights"));
    m_weights->setMinimumHeight(90);
    auto* side = new QSplitter(Qt::Horizontal, this);
    side->setObjectName(QStringLiteral("prunePlotsSplitter"));
    side->setChildrenCollapsible(false);
    side->addWidget(bars);
    side->addWidget(m_weights);
    side->setStretchFactor(0, 3);
    side->setStretchFactor(1, 2);
    side->setSizes({600, 400});
    return side;
}

void PrunedLayersPage::showNetwork(const PrunedNetwork& network)
{
    if (m_rows == network.layers)
        return;
    m_rows = network.layers;
    m_shares->setContent(sharesOf(*m_rows));
    showTable();
    showLegend();
    if (!m_table->currentRow() && !m_rows->empty())
        m_table->setCurrentRow(0);
    showLayer();
}

void PrunedLayersPage::showTable()
{
    std::vector<FigureRow> rows;
    for (const PrunedLayerRow& row : *m_rows)
        rows.push_back(figures(row));
    m_table->setRows(std::move(rows));
}

void PrunedLayersPage::showLegend()
{
    m_legend->setEntries(sharesLegend(m_shares->content(), m_shares->theme()), m_shares->theme());
}

void PrunedLayersPage::showLayer()
{
    const auto current = m_table->currentRow();
    m_shares->setCurrent(current);
    if (!current || !m_rows || *current >= m_rows->size())
        return;
    const PrunedLayerRow& row = (*m_rows)[*current];
    m_weights->setTitles({{}, tr("Weights of %1").arg(toQString(row.name)), tr("Weights")});
    m_weights->setContent(histogramOf(row));
}

} // namespace lathe::ui

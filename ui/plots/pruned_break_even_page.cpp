#include "ui/plots/pruned_break_even_page.h"

#include <QComboBox>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "core/analysis/significant.h"
#include "ui/choose/answer_label.h"
#include "ui/controls.h"
#include "ui/figures_table.h"
#include "ui/format.h"
#include "ui/plots/curves_panel.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/plot_controls.h"
#include "ui/pruning/prune_text.h"

namespace lathe::ui {

namespace {

constexpr int kMostBatch = 4096;
constexpr int kMostSeconds = 3600;
constexpr int kUsualSeconds = 60;

QString scanHint()
{
    return PrunedBreakEvenPage::tr(
        "<p><b>How many zeros does it take?</b></p><p>A sparse kernel skips zeros and has to look up where the others "
        "are. Choose a layer and press <i>Measure</i>: it is timed by itself, dense and stored sparse, with more and "
        "more zeros.</p>");
}

QString gainHint()
{
    return PrunedBreakEvenPage::tr("<p><b>Which layers would gain here?</b></p><p>Press <i>Layers that gain</i>: every "
                                   "layer of the pruned network runs dense and sparse, in turns.</p>");
}

std::vector<ColumnHeader> columns()
{
    const auto tr = [](const char* text) { return PrunedBreakEvenPage::tr(text); };
    const Qt::Alignment number = cellAlignment(true);
    return {{tr("Layer")},
            {tr("Operation")},
            {tr("Weights"), {}, number},
            {tr("Zeros"), tr("Share of its weights, once batch norms are folded in"), number},
            {tr("Dense ms"), tr("Median time"), number},
            {tr("CSR ms"), tr("As compressed sparse rows"), number},
            {tr("BSR ms"), tr("As rows of blocks that are not all 0"), number},
            {tr("Gains"), tr("Whether the way that the mode sparse chooses is shown to be faster")},
            {tr("Chosen"), tr("The kernel that the mode sparse takes")}};
}

FigureRow figures(const LayerSparseGain& layer)
{
    const auto ms = [](double value) { return FigureCell{toQString(formatSignificant(value)), value}; };
    return {FigureCell::of(toQString(layer.name)),
            FigureCell::of(toQString(layer.operation)),
            {QStringLiteral("%L1").arg(layer.weights), static_cast<qlonglong>(layer.weights)},
            {shareText(layer.sparsity), layer.sparsity},
            ms(layer.denseMs),
            ms(layer.csrMs),
            ms(layer.bsrMs),
            FigureCell::of(layer.gains ? PrunedBreakEvenPage::tr("yes") : PrunedBreakEvenPage::tr("not shown")),
            FigureCell::of(toQString(layer.chosenKernel))};
}

QString formatName(WeightFormat format)
{
    switch (format) {
    case WeightFormat::Csr:
        return PrunedBreakEvenPage::tr("sparse rows (CSR)");
    case WeightFormat::Bsr:
        return PrunedBreakEvenPage::tr("sparse blocks (BSR)");
    case WeightFormat::Dense:
        break;
    }
    return PrunedBreakEvenPage::tr("dense");
}

CurvesPlot::Point pointOf(const LayerTiming& timing, const QString& what, double sparsity, std::int64_t bytes)
{
    CurvesPlot::Point point;
    point.x = 100.0 * sparsity;
    point.y = timing.median;
    if (timing.isKnown())
        point.yInterval = {timing.low, timing.high};
    point.card =
        PrunedBreakEvenPage::tr("<b>%1</b><br>%2 zeros<br>%3 ms<br>%4")
            .arg(what, shareText(sparsity), toQString(formatWithInterval(timing.median, timing.low, timing.high)),
                 toQString(formatBytes(static_cast<double>(bytes))));
    return point;
}

CurvesPlot::Content contentOf(const BreakEven& scan)
{
    CurvesPlot::Content content;
    content.yLog = true;
    const QString dense = formatName(WeightFormat::Dense);
    content.series.push_back(
        {dense, dense, 0, Qt::SolidLine, {pointOf(scan.dense, dense, 0.0, scan.denseBytes)}, true});
    for (const FormatScan& format : scan.formats) {
        const QString text = formatName(format.format);
        const auto category = static_cast<int>(content.series.size());
        CurvesPlot::Series series{text, text, category, Qt::SolidLine, {}, false};
        for (const SparsePoint& point : format.points)
            series.points.push_back(pointOf(point, text, point.sparsity, point.bytes));
        content.series.push_back(std::move(series));
        if (format.crossing)
            content.marks.push_back({100.0 * *format.crossing,
                                     PrunedBreakEvenPage::tr("%1 crosses dense at about %2")
                                         .arg(toQString(name(format.format)).toUpper(), shareText(*format.crossing, 0)),
                                     category});
    }
    return content;
}

std::vector<std::string> sentencesOf(const BreakEven& scan)
{
    std::vector<std::string> sentences = breakEvenSentences(scan);
    for (const Flag& flag : scan.flags)
        sentences.push_back(flag.text);
    return sentences;
}

/// A splitter of two, one above the other or side by side.
QSplitter* pair(Qt::Orientation orientation, const QString& name, QWidget* first, QWidget* second,
                const QList<int>& sizes, QWidget* parent)
{
    auto* splitter = new QSplitter(orientation, parent);
    splitter->setObjectName(name);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(first);
    splitter->addWidget(second);
    splitter->setStretchFactor(0, 3); // alike where there is little room
    splitter->setStretchFactor(1, 2);
    splitter->setSizes(sizes);
    return splitter;
}

} // namespace

PrunedBreakEvenPage::PrunedBreakEvenPage(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("prunedBreakEvenPage"));
    QWidget* strip = makeControlStrip(this);
    buildControls(*strip);
    QVBoxLayout* column = tightColumn(this);
    column->addWidget(strip);
    column->addWidget(
        pair(Qt::Vertical, QStringLiteral("breakEvenSplitter"), buildScan(), buildGains(), {330, 150}, this), 1);
    connect(m_measure, &QToolButton::clicked, this, [this] {
        Q_EMIT measureRequested({valueOf(m_layer), m_batch->value(), static_cast<double>(m_seconds->value())});
    });
    connect(m_gain, &QToolButton::clicked, this, [this] { Q_EMIT gainsRequested(m_batch->value()); });
}

void PrunedBreakEvenPage::buildControls(QWidget& strip)
{
    m_layer = addLabelledCombo(strip, tr("Layer"), QStringLiteral("breakEvenLayer"),
                               tr("A convolution or linear layer of the network as it was, timed by itself"));
    keepNarrow(m_layer, 22);
    m_batch = addSpin<QSpinBox>(strip, tr("Batch"), "breakEvenBatch", tr("Inputs at once while it is timed"), 1,
                                kMostBatch, 1);
    m_seconds = addSpin<QSpinBox>(strip, tr("at most"), "breakEvenSeconds",
                                  tr("Seconds after which the layer's timing ends, however wide the intervals are"), 1,
                                  kMostSeconds, kUsualSeconds);
    m_seconds->setSuffix(tr(" s"));
    m_measure = addTextButton(strip, tr("Measure"), QStringLiteral("breakEvenMeasure"),
                              tr("Time the layer dense and sparse, with 30 to 99.9 % of zeros"), false);
    m_gain = addTextButton(strip, tr("Layers that gain"), QStringLiteral("breakEvenGains"),
                           tr("Run every layer of the pruned network dense and sparse, in turns, for about 20 seconds"),
                           false);
}

QWidget* PrunedBreakEvenPage::buildScan()
{
    m_panel = new CurvesPanel(QStringLiteral("breakEvenPlot"), tr("Time of a layer over its share of zeros"), this);
    QScrollArea* scroll = makeScroll(this);
    m_answer = new AnswerLabel(scroll);
    describeControl(m_answer, "breakEvenAnswer", tr("Where sparse formats break even"), {});
    scroll->setWidget(m_answer);
    m_scanStack = new QStackedWidget(this);
    m_scanStack->addWidget(new EmptyHint(scanHint(), {}, this));
    m_scanStack->addWidget(
        pair(Qt::Horizontal, QStringLiteral("breakEvenPlotSplitter"), m_panel, scroll, {600, 380}, this));
    return m_scanStack;
}

QWidget* PrunedBreakEvenPage::buildGains()
{
    m_table = new FiguresTable("breakEvenTable", tr("Layers of the pruned network, dense and sparse"), columns(), this);
    QScrollArea* scroll = makeScroll(this);
    m_gainAnswer = new AnswerLabel(scroll);
    describeControl(m_gainAnswer, "breakEvenGainAnswer", tr("Which layers gain from being stored sparse"), {});
    scroll->setWidget(m_gainAnswer);
    m_gainStack = new QStackedWidget(this);
    m_gainStack->addWidget(new EmptyHint(gainHint(), {}, this));
    m_gainStack->addWidget(
        pair(Qt::Horizontal, QStringLiteral("breakEvenGainSplitter"), m_table, scroll, {600, 380}, this));
    return m_gainStack;
}

CurvesPlot* PrunedBreakEvenPage::plot() const
{
    return m_panel->plot();
}

void PrunedBreakEvenPage::takeLayers(const PrunedNetwork& network)
{
    if (network.subject == m_subject)
        return;
    m_subject = network.subject;
    const QSignalBlocker quiet(m_layer);
    m_layer->clear();
    for (const std::string& layer : scannedLayers(network))
        m_layer->addItem(toQString(layer), toQString(layer));
}

void PrunedBreakEvenPage::showScan(const PrunedNetwork& network)
{
    m_scanStack->setCurrentIndex(network.breakEven ? 1 : 0);
    if (network.breakEven == m_scan)
        return;
    m_scan = network.breakEven;
    if (!m_scan)
        return m_panel->setContent({}, {});
    m_panel->setContent(contentOf(*m_scan),
                        {{}, tr("Zeros in the weight of %1 (%)").arg(toQString(m_scan->layer.name)), tr("Time (ms)")});
    m_answer->setSentences(sentencesOf(*m_scan), false);
}

void PrunedBreakEvenPage::showGains(const PrunedNetwork& network)
{
    m_gainStack->setCurrentIndex(network.gains ? 1 : 0);
    if (!network.gains)
        return;
    std::vector<FigureRow> rows;
    for (const LayerSparseGain& layer : network.gains->layers)
        rows.push_back(figures(layer));
    m_table->setRows(std::move(rows));
    m_gainAnswer->setSentences(sparseGainSentences(*network.gains), false);
}

void PrunedBreakEvenPage::showNetwork(const PrunedNetwork& network)
{
    takeLayers(network);
    showScan(network);
    showGains(network);
}

void PrunedBreakEvenPage::setMeasureEnabled(bool enabled)
{
    m_measure->setEnabled(enabled && m_layer->count() > 0);
    m_gain->setEnabled(enabled);
}

} // namespace lathe::ui

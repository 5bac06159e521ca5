#include "ui/plots/pruned_promises_page.h"

#include <QComboBox>
#include <QLineEdit>
#include <QScrollArea>
#include <QSpinBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

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
constexpr int kUsualPairs = 100;
constexpr const char* kThis = "this";
constexpr const char* kSweep = "sweep";
constexpr const char* kSparsity = "sparsity";
constexpr const char* kMacs = "macs";
constexpr const char* kTime = "time";
const QString kNone = QStringLiteral("–");

QString hintText()
{
    return PrunedPromisesPage::tr(
        "<p><b>Is it faster, is it smaller, and is it as good?</b></p><p>Press <i>Measure</i>: the original and the "
        "pruned network run in turns, so that a slow moment of the machine falls on both alike, and what the counts "
        "promise is set beside what is found. <i>A range of amounts</i> prunes the original by each of them and draws "
        "what that costs.</p>");
}

std::vector<ColumnHeader> columns()
{
    const auto tr = [](const char* text) { return PrunedPromisesPage::tr(text); };
    const Qt::Alignment number = cellAlignment(true);
    return {{tr("Amount"), tr("That was asked for"), number},
            {tr("Sparsity"), tr("Weights that are 0, or parameters that are gone"), number},
            {tr("Parameters"), {}, number},
            {tr("MACs"), tr("Multiply-accumulates of one input"), number},
            {tr("Promised"), tr("How many times as fast fewer multiply-accumulates would make it"), number},
            {tr("Found"), tr("How many times as fast it is, with the 99 % interval, from inferences in turns"), number},
            {tr("Verdict"), tr("Whether a difference is shown")},
            {tr("ms"), tr("Median time of an inference in the mode fused, with its 95 % interval"), number},
            {tr("File"), tr("Size of the safetensors file"), number},
            {tr("gzip"), tr("Of that file once gzip has compressed it"), number},
            {tr("Accuracy"), tr("On the dataset's test images, with its 95 % interval; of trained networks"), number},
            {tr("SQNR dB"), tr("Ratio of signal to noise of the output, against the original"), number}};
}

double promisedOf(const PrunedVariant& variant, const PrunedVariant& original)
{
    return static_cast<double>(original.macs) / static_cast<double>(std::max<std::int64_t>(1, variant.macs));
}

QString verdictText(const Comparison& speed)
{
    switch (speed.verdict) {
    case Verdict::FirstFaster:
        return PrunedPromisesPage::tr("slower");
    case Verdict::SecondFaster:
        return PrunedPromisesPage::tr("faster");
    case Verdict::NoDifferenceShown:
        break;
    }
    return PrunedPromisesPage::tr("no difference shown");
}

FigureCell foundCell(const PrunedVariant& variant)
{
    if (!variant.speed)
        return {kNone};
    const Comparison& speed = *variant.speed;
    return {PrunedPromisesPage::tr("%1 (%2 to %3)")
                .arg(1.0 / speed.ratio, 0, 'f', 2)
                .arg(1.0 / speed.ciHigh, 0, 'f', 2)
                .arg(1.0 / speed.ciLow, 0, 'f', 2),
            1.0 / speed.ratio,
            PrunedPromisesPage::tr("%1\n%2 inferences of each")
                .arg(toQString(speed.sentence))
                .arg(speed.aMilliseconds.size())};
}

FigureCell accuracyCell(const PrunedVariant& variant)
{
    if (!variant.accuracy)
        return {kNone};
    const Evaluation& after = variant.accuracy->after;
    return {PrunedPromisesPage::tr("%1 (%2 to %3)")
                .arg(shareText(after.accuracy, 2), shareText(after.interval.low, 2), shareText(after.interval.high, 2)),
            after.accuracy, toQString(accuracySentence(*variant.accuracy))};
}

FigureRow figures(const PrunedVariant& variant, const PrunedVariant& original)
{
    const auto si = [](std::int64_t count) {
        return FigureCell{toQString(formatSi(static_cast<double>(count))), static_cast<qlonglong>(count)};
    };
    const auto bytes = [](std::int64_t count) {
        return FigureCell{toQString(formatBytes(static_cast<double>(count))), static_cast<qlonglong>(count)};
    };
    const bool isPruned = variant.speed.has_value();
    const double promised = promisedOf(variant, original);
    const double db = variant.error.sqnrDb();
    return {isPruned ? FigureCell{shareText(variant.amount, 0), variant.amount}
                     : FigureCell{PrunedPromisesPage::tr("original"), 0.0},
            {shareText(variant.sparsity), variant.sparsity},
            si(variant.parameters),
            si(variant.macs),
            isPruned ? FigureCell{QString::number(promised, 'f', 2), promised} : FigureCell{kNone},
            foundCell(variant),
            isPruned ? FigureCell::of(verdictText(*variant.speed)) : FigureCell{kNone},
            {toQString(formatWithInterval(variant.milliseconds, variant.ciLow, variant.ciHigh)), variant.milliseconds},
            bytes(variant.size.bytes),
            bytes(variant.size.gzipBytes),
            accuracyCell(variant),
            std::isinf(db) ? FigureCell{PrunedPromisesPage::tr("exact")}
                           : FigureCell{toQString(formatFixed(db, 1)), db}};
}

/// What a horizontal axis shows.
double abscissa(const PrunedVariant& variant, const std::string& x)
{
    if (x == kMacs)
        return static_cast<double>(variant.macs) / 1e6;
    return x == kTime ? variant.milliseconds : 100.0 * variant.sparsity;
}

CurvesPlot::Point pointOf(const PrunedVariant& variant, const std::string& x)
{
    CurvesPlot::Point point;
    point.x = abscissa(variant, x);
    if (x == kTime)
        point.xInterval = {variant.ciLow, variant.ciHigh};
    point.y = variant.error.sqnrDb();
    if (variant.accuracy) {
        const Evaluation& after = variant.accuracy->after;
        point.y = 100.0 * after.accuracy;
        point.yInterval = {100.0 * after.interval.low, 100.0 * after.interval.high};
    }
    const QString what = variant.speed ? PrunedPromisesPage::tr("%1 pruned").arg(shareText(variant.amount, 0))
                                       : PrunedPromisesPage::tr("original");
    point.card = PrunedPromisesPage::tr("<b>%1</b><br>%2<br>%3 ms<br>%4")
                     .arg(what, toQString(formatSi(static_cast<double>(variant.macs), "MACs")).toHtmlEscaped(),
                          toQString(formatWithInterval(variant.milliseconds, variant.ciLow, variant.ciHigh)),
                          variant.accuracy ? PrunedPromisesPage::tr("accuracy %1").arg(accuracyCell(variant).text)
                                           : toQString(formatFixed(point.y, 1)) + QStringLiteral(" dB"));
    return point;
}

CurvesPlot::Content contentOf(const std::vector<PrunedVariant>& variants, const std::string& x)
{
    CurvesPlot::Content content;
    CurvesPlot::Series series;
    series.key = QStringLiteral("variants");
    series.text = variants.back().accuracy ? PrunedPromisesPage::tr("accuracy, with 95 % intervals")
                                           : PrunedPromisesPage::tr("SQNR of the output; the original has no error");
    for (const PrunedVariant& variant : variants)
        series.points.push_back(pointOf(variant, x));
    content.series.push_back(std::move(series));
    return content;
}

PlotTitles titlesOf(const std::vector<PrunedVariant>& variants, const std::string& x)
{
    const QString y =
        variants.back().accuracy ? PrunedPromisesPage::tr("Accuracy (%)") : PrunedPromisesPage::tr("SQNR (dB)");
    if (x == kMacs)
        return {{}, PrunedPromisesPage::tr("MACs of one input (millions)"), y};
    if (x == kTime)
        return {{}, PrunedPromisesPage::tr("Time of an inference (ms)"), y};
    return {{}, PrunedPromisesPage::tr("Sparsity (%)"), y};
}

/// None where an entry is no share.
std::vector<double> amountsFrom(const QString& text)
{
    std::vector<double> amounts;
    for (const QString& part : text.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
        bool isNumber = false;
        const double amount = part.trimmed().remove(QLatin1Char('%')).toDouble(&isNumber);
        if (!isNumber || !(amount > 0.0 && amount < 100.0))
            return {};
        amounts.push_back(amount / 100.0);
    }
    std::sort(amounts.begin(), amounts.end());
    amounts.erase(std::unique(amounts.begin(), amounts.end()), amounts.end());
    return amounts;
}

} // namespace

PrunedPromisesPage::PrunedPromisesPage(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("prunedPromisesPage"));
    QWidget* strip = makeControlStrip(this);
    buildControls(*strip);
    m_problem = new ErrorLabel(this);
    m_problem->setObjectName(QStringLiteral("promisesProblem"));
    m_problem->setContentsMargins(8, 2, 8, 2);
    m_problem->hide();
    m_stack = new QStackedWidget(this);
    m_stack->addWidget(new EmptyHint(hintText(), {}, this));
    m_stack->addWidget(buildResult());
    QVBoxLayout* column = tightColumn(this);
    column->addWidget(strip);
    column->addWidget(m_problem);
    column->addWidget(m_stack, 1);
    connect(m_measure, &QToolButton::clicked, this, [this] { request(); });
    connect(m_amounts, &QLineEdit::returnPressed, m_measure, &QToolButton::click);
    connect(m_what, &QComboBox::currentIndexChanged, this, [this] { showNeeded(); });
    connect(m_x, &QComboBox::currentIndexChanged, this, [this] { showPlot(); });
    showNeeded();
}

void PrunedPromisesPage::buildControls(QWidget& strip)
{
    m_what = addChoices(strip, tr("Compare"), "promisesWhat",
                        tr("The network as it is pruned now, or the original pruned by each of several amounts"),
                        {{tr("this network"), kThis}, {tr("a range of amounts"), kSweep}});
    m_amounts = new QLineEdit(QStringLiteral("10, 30, 50, 70, 90"), &strip);
    describeControl(m_amounts, "promisesAmounts", tr("Amounts in per cent"), tr("Per cent, such as 10, 30, 50"));
    m_amounts->setMaximumWidth(150);
    addLabelled(strip, tr("Amounts (%)"), m_amounts);
    m_batch = addSpin<QSpinBox>(strip, tr("Batch"), "promisesBatch", tr("Inputs at once while it is timed"), 1,
                                kMostBatch, 1);
    m_pairs = addSpin<QSpinBox>(strip, tr("Inferences of each"), "promisesPairs",
                                tr("100 inferences of each, in turns; fewer where 30 seconds are not enough for them"),
                                20, 100'000, kUsualPairs);
    m_measure =
        addTextButton(strip, tr("Measure"), QStringLiteral("promisesMeasure"),
                      tr("Time the original and the pruned network in turns, and measure size and accuracy"), false);
    m_x = addChoices(strip, tr("Plot over"), "promisesX", tr("What the plot's horizontal axis is"),
                     {{tr("sparsity"), kSparsity}, {tr("MACs"), kMacs}, {tr("time"), kTime}});
}

QWidget* PrunedPromisesPage::buildResult()
{
    m_table = new FiguresTable("promisesTable", tr("The original and what pruning made of it"), columns(), this);
    m_panel = new CurvesPanel(QStringLiteral("promisesPlot"), tr("What pruning costs over what it saves"), this);
    QScrollArea* scroll = makeScroll(this);
    m_answer = new AnswerLabel(scroll);
    describeControl(m_answer, "promisesAnswer", tr("What was promised and what was found"), {});
    scroll->setWidget(m_answer);
    auto* below = new QSplitter(Qt::Horizontal, this);
    below->setObjectName(QStringLiteral("promisesPlotSplitter"));
    below->setChildrenCollapsible(false);
    below->addWidget(m_panel);
    below->addWidget(scroll);
    below->setStretchFactor(0, 1);
    below->setStretchFactor(1, 1);
    below->setSizes({500, 500});
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->setObjectName(QStringLiteral("promisesSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_table);
    splitter->addWidget(below);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({130, 300});
    return splitter;
}

CurvesPlot* PrunedPromisesPage::plot() const
{
    return m_panel->plot();
}

void PrunedPromisesPage::showNeeded()
{
    showLabelled(m_amounts, valueOf(m_what) == kSweep);
}

void PrunedPromisesPage::request()
{
    PromiseWish wish;
    wish.batch = m_batch->value();
    wish.pairs = m_pairs->value();
    const bool sweeps = valueOf(m_what) == kSweep;
    if (sweeps)
        wish.amounts = amountsFrom(m_amounts->text());
    const bool isSound = !sweeps || !wish.amounts.empty();
    m_problem->setText(isSound ? QString()
                               : tr("\"%1\" are no amounts; write per cent above 0 and below 100 such as 10, 30, 50.")
                                     .arg(m_amounts->text()));
    m_problem->setVisible(!isSound);
    if (isSound)
        Q_EMIT measureRequested(wish);
}

void PrunedPromisesPage::showNetwork(const PrunedNetwork& network)
{
    setChoiceEnabled(m_what, kSweep, network.wish.followsAmount);
    if (!network.wish.followsAmount)
        m_what->setCurrentIndex(0);
    m_stack->setCurrentIndex(network.variants ? 1 : 0);
    if (network.variants == m_variants)
        return;
    m_variants = network.variants;
    showPlot();
    showVariants();
}

void PrunedPromisesPage::showPlot()
{
    if (!m_variants)
        return m_panel->setContent({}, {});
    m_panel->setContent(contentOf(*m_variants, valueOf(m_x)), titlesOf(*m_variants, valueOf(m_x)));
}

void PrunedPromisesPage::showVariants()
{
    if (!m_variants)
        return;
    const PrunedVariant& original = m_variants->front();
    std::vector<FigureRow> rows;
    std::vector<std::string> sentences;
    for (const PrunedVariant& variant : *m_variants) {
        rows.push_back(figures(variant, original));
        if (!variant.speed)
            continue;
        std::string text;
        for (const std::string& sentence : promiseSentences(original, variant))
            text += (text.empty() ? "" : " ") + sentence;
        sentences.push_back(
            m_variants->size() > 2 ? fmt::format("{}: {}", shareText(variant.amount, 0).toStdString(), text) : text);
    }
    m_table->setRows(std::move(rows));
    m_answer->setSentences(sentences, false);
}

void PrunedPromisesPage::setMeasureEnabled(bool enabled)
{
    m_measure->setEnabled(enabled);
}

} // namespace lathe::ui

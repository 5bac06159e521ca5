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

#include <fmt/format.h>

#include "ui/choose/answer_label.h"
#include "ui/controls.h"
#include "ui/figures_table.h"
#include "ui/format.h"
#include "ui/plots/curves_panel.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/plot_controls.h"
#include "ui/plots/promise_figures.h"
#include "ui/plots/remains_panel.h"
#include "ui/pruning/prune_text.h"

namespace lathe::ui {

namespace {

constexpr int kMostBatch = 4096;
constexpr int kUsualPairs = 100;
constexpr const char* kThis = "this";
constexpr const char* kSweep = "sweep";
constexpr const char* kLeft = "left";
constexpr const char* kSparsity = "sparsity";
constexpr const char* kMacs = "macs";
constexpr const char* kTime = "time";

QString hintText()
{
    return PrunedPromisesPage::tr(
        "<p><b>Is it faster, is it smaller, and is it as good?</b></p><p>Press <i>Measure</i>: the original and the "
        "pruned network run in turns, so that a slow moment of the machine falls on both alike, and what the counts "
        "promise is set beside what is found. <i>A range of amounts</i> prunes the original by each of them and draws "
        "what that costs.</p>");
}

PromiseAxis axisOf(const std::string& shown)
{
    return shown == kMacs ? PromiseAxis::Macs : shown == kTime ? PromiseAxis::Time : PromiseAxis::Sparsity;
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
    connect(m_shown, &QComboBox::currentIndexChanged, this, [this] { showPlot(); });
    connect(m_table, &FiguresTable::currentRowChanged, this, [this] {
        if (m_variants)
            showRemains();
    });
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
    m_mode =
        addChoices(strip, tr("Mode"), "promisesMode",
                   tr("That the pruned network is timed in; the original is fused. Only sparse leaves zeros out"),
                   {{tr("fused"), std::string(name(Mode::Fused))}, {tr("sparse"), std::string(name(Mode::Sparse))}});
    m_batch = addSpin<QSpinBox>(strip, tr("Batch"), "promisesBatch", tr("Inputs at once while it is timed"), 1,
                                kMostBatch, 1);
    m_pairs = addSpin<QSpinBox>(strip, tr("Inferences of each"), "promisesPairs",
                                tr("100 inferences of each, in turns; fewer where 30 seconds are not enough for them"),
                                20, 100'000, kUsualPairs);
    m_measure =
        addTextButton(strip, tr("Measure"), QStringLiteral("promisesMeasure"),
                      tr("Time the original and the pruned network in turns, and measure size and accuracy"), false);
    m_shown = addChoices(strip, tr("Plot"), "promisesShown",
                         tr("What is left of the original's figures, or what pruning costs over what it saves"),
                         {{tr("what is left"), kLeft},
                          {tr("cost over sparsity"), kSparsity},
                          {tr("cost over MACs"), kMacs},
                          {tr("cost over time"), kTime}});
}

QWidget* PrunedPromisesPage::buildResult()
{
    m_table = new FiguresTable("promisesTable", tr("The original and what pruning made of it"), promiseColumns(), this);
    m_curves = new CurvesPanel(QStringLiteral("promisesPlot"), tr("What pruning costs over what it saves"), this);
    m_remains = new RemainsPanel(QStringLiteral("promisesRemains"), this);
    m_plots = new QStackedWidget(this);
    m_plots->addWidget(m_remains);
    m_plots->addWidget(m_curves);
    QScrollArea* scroll = makeScroll(this);
    m_answer = new AnswerLabel(scroll);
    describeControl(m_answer, "promisesAnswer", tr("What was promised and what was found"), {});
    scroll->setWidget(m_answer);
    auto* below = new QSplitter(Qt::Horizontal, this);
    below->setObjectName(QStringLiteral("promisesPlotSplitter"));
    below->setChildrenCollapsible(false);
    below->addWidget(m_plots);
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

CurvesPlot* PrunedPromisesPage::curves() const
{
    return m_curves->plot();
}

RemainsPlot* PrunedPromisesPage::remains() const
{
    return m_remains->plot();
}

bool PrunedPromisesPage::showsRemains() const
{
    return valueOf(m_shown) == kLeft;
}

void PrunedPromisesPage::showNeeded()
{
    showLabelled(m_amounts, valueOf(m_what) == kSweep);
}

void PrunedPromisesPage::request()
{
    PromiseWish wish;
    wish.mode = valueOf(m_mode);
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
    const bool isSeveral = m_variants && m_variants->size() > 2;
    for (const char* curve : {kSparsity, kMacs, kTime}) // two points make no curve
        setChoiceEnabled(m_shown, curve, isSeveral);
    if (isSeveral == showsRemains()) // one network has figures, several have a trend
        m_shown->setCurrentIndex(isSeveral ? 1 : 0);
    showVariants();
    showPlot();
}

/// The row that is the current one of the table; of none the last.
void PrunedPromisesPage::showRemains()
{
    const std::size_t last = m_variants->size() - 1;
    const std::size_t row = std::min(m_table->currentRow().value_or(last), last);
    m_remains->setContent(promiseRemains((*m_variants)[row == 0 ? last : row], m_variants->front()));
}

void PrunedPromisesPage::showPlot()
{
    m_plots->setCurrentIndex(showsRemains() ? 0 : 1);
    if (!m_variants)
        return;
    const PromiseAxis x = axisOf(valueOf(m_shown));
    m_curves->setContent(promiseCurves(*m_variants, x), promiseTitles(*m_variants, x));
    showRemains();
}

void PrunedPromisesPage::showVariants()
{
    if (!m_variants)
        return;
    const PrunedVariant& original = m_variants->front();
    std::vector<FigureRow> rows;
    std::vector<std::string> sentences;
    for (const PrunedVariant& variant : *m_variants) {
        rows.push_back(promiseFigures(variant, original));
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

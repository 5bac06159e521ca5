#include "ui/plots/pruned_sensitivity_page.h"

#include <QCheckBox>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

#include "core/analysis/significant.h"
#include "ui/choose/answer_label.h"
#include "ui/controls.h"
#include "ui/format.h"
#include "ui/plots/curves_panel.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/plot_controls.h"
#include "ui/pruning/prune_text.h"

namespace lathe::ui {

namespace {

constexpr std::size_t kShownAtFirst = 7; ///< all together, and the layers that lose most

QString hintText()
{
    return PrunedSensitivityPage::tr(
        "<p><b>Which layers can lose most?</b></p><p>Press <i>Measure</i>: all layers together, and each alone, are "
        "pruned by amounts from 10 to 95 %, the way chosen above, and the outputs compared without any training "
        "afterwards. With images of a dataset and trained weights the curves are accuracies, otherwise they are ratios "
        "of signal to noise.</p>");
}

QString measureTip()
{
    return PrunedSensitivityPage::tr(
        "Prune all layers together, and each alone, by ten amounts and compare the outputs");
}

bool hasAccuracy(const std::vector<SensitivityCurve>& curves)
{
    return curves.front().points.front().accuracy.has_value();
}

QString nameOf(const SensitivityCurve& curve)
{
    return curve.layer.empty() ? PrunedSensitivityPage::tr("all together") : toQString(curve.layer);
}

CurvesPlot::Point pointOf(const SensitivityCurve& curve, const SensitivityPoint& point)
{
    CurvesPlot::Point made;
    made.x = 100.0 * point.amount;
    made.y = point.accuracy ? 100.0 * *point.accuracy : point.error.sqnrDb();
    if (point.interval)
        made.yInterval = {100.0 * point.interval->low, 100.0 * point.interval->high};
    const QString value = point.accuracy ? PrunedSensitivityPage::tr("accuracy %1").arg(shareText(*point.accuracy))
                                         : toQString(formatFixed(made.y, 1)) + QStringLiteral(" dB");
    made.card = PrunedSensitivityPage::tr("<b>%1</b><br>%2 pruned (%3 of the whole)<br>%4")
                    .arg(nameOf(curve).toHtmlEscaped(), shareText(point.amount, 0), shareText(point.sparsity), value);
    return made;
}

/// What stays hidden until the legend is clicked: many curves would be a thicket.
std::set<QString> hiddenAtFirst(const CurvesPlot::Content& content)
{
    std::vector<const CurvesPlot::Series*> ranked;
    for (std::size_t i = 1; i < content.series.size(); ++i)
        ranked.push_back(&content.series[i]);
    const auto worth = [](const CurvesPlot::Series* series) {
        const double y = series->points[series->points.size() / 2].y;
        return std::isnan(y) ? -1.0 : y;
    };
    std::stable_sort(ranked.begin(), ranked.end(), [&](const auto* a, const auto* b) { return worth(a) < worth(b); });
    std::set<QString> hidden;
    for (std::size_t i = kShownAtFirst - 1; i < ranked.size(); ++i)
        hidden.insert(ranked[i]->key);
    return hidden;
}

CurvesPlot::Content contentOf(const std::vector<SensitivityCurve>& curves)
{
    CurvesPlot::Content content;
    for (const SensitivityCurve& curve : curves) {
        CurvesPlot::Series series;
        series.key = nameOf(curve);
        series.text = nameOf(curve);
        series.category = static_cast<int>(content.series.size());
        series.line = curve.layer.empty() ? Qt::DashLine : Qt::SolidLine;
        for (const SensitivityPoint& point : curve.points)
            series.points.push_back(pointOf(curve, point));
        content.series.push_back(std::move(series));
    }
    content.hidden = hiddenAtFirst(content);
    return content;
}

} // namespace

PrunedSensitivityPage::PrunedSensitivityPage(QWidget* parent) : QWidget(parent)
{
    setObjectName(QStringLiteral("prunedSensitivityPage"));
    QWidget* strip = makeControlStrip(this);
    m_measure = addTextButton(*strip, tr("Measure"), QStringLiteral("pruneSensitivity"), measureTip(), false);
    m_each = new QCheckBox(tr("each layer alone too"), strip);
    describeControl(m_each, "pruneEachLayer", m_each->text(),
                    tr("As long again for every layer; without it only all of them together are pruned"));
    m_each->setChecked(true);
    strip->layout()->addWidget(m_each);
    m_panel = new CurvesPanel(QStringLiteral("sensitivityPlot"), tr("What pruning costs over the amount"), this);
    QScrollArea* scroll = makeScroll(this);
    m_answer = new AnswerLabel(scroll);
    describeControl(m_answer, "sensitivityAnswer", tr("Which layers hurt most and least"), {});
    scroll->setWidget(m_answer);
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->setObjectName(QStringLiteral("sensitivitySplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_panel);
    splitter->addWidget(scroll);
    splitter->setStretchFactor(0, 4); // both give way where there is little room
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({400, 90});
    m_stack = new QStackedWidget(this);
    m_stack->addWidget(new EmptyHint(hintText(), {}, this));
    m_stack->addWidget(splitter);
    QVBoxLayout* column = tightColumn(this);
    column->addWidget(strip);
    column->addWidget(m_stack, 1);
    connect(m_measure, &QToolButton::clicked, this, [this] {
        SensitivityOptions options;
        options.eachLayer = m_each->isChecked();
        Q_EMIT measureRequested(options);
    });
}

CurvesPlot* PrunedSensitivityPage::plot() const
{
    return m_panel->plot();
}

void PrunedSensitivityPage::showNetwork(const PrunedNetwork& network)
{
    m_stack->setCurrentIndex(network.curves ? 1 : 0);
    m_goesByAmount = network.wish.followsAmount;
    m_measure->setToolTip(m_goesByAmount ? measureTip()
                                         : tr("Patterns, rules and masks of a file go by no amount: choose "
                                              "a method with one above, and press Prune"));
    if (network.curves == m_curves)
        return;
    m_curves = network.curves;
    if (!m_curves)
        return m_panel->setContent({}, {});
    m_panel->setContent(contentOf(*m_curves),
                        {{},
                         tr("Amount pruned (%)"),
                         hasAccuracy(*m_curves) ? tr("Accuracy on training images (%)") : tr("SQNR (dB)")});
    m_answer->setSentences(sensitivitySentences(*m_curves), true);
}

void PrunedSensitivityPage::setMeasureEnabled(bool enabled)
{
    m_measure->setEnabled(enabled && m_goesByAmount);
}

} // namespace lathe::ui

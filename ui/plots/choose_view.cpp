#include "ui/plots/choose_view.h"

#include <QComboBox>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

#include "core/analysis/choice_text.h"
#include "ui/choose/answer_label.h"
#include "ui/choose/budget_panel.h"
#include "ui/choose/choice_model.h"
#include "ui/choose/choice_table.h"
#include "ui/controls.h"
#include "ui/format.h"
#include "ui/plots/choice_plot.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/figure_text.h"
#include "ui/plots/hover_card.h"
#include "ui/plots/lazy_update.h"
#include "ui/plots/legend_strip.h"
#include "ui/plots/plot_content.h"
#include "ui/plots/plot_controls.h"
#include "ui/plots/qcp.h"
#include "ui/plots/settings_edit.h"
#include "ui/session/document.h"
#include "ui/session/selection.h"

namespace lathe::ui {

namespace {

QString capitalised(const std::string& text)
{
    QString result = QString::fromStdString(text);
    result[0] = result[0].toUpper();
    return result;
}

PlotTitles titlesOf(const ChooseSettings& settings)
{
    const auto title = [](const std::string& own, const std::string& quantity) {
        const auto shown = quantityFromName(quantity);
        return QString::fromStdString(!own.empty() || !shown ? own : axisTitle(*shown));
    };
    return {QString::fromStdString(settings.title), title(settings.xTitle, settings.x),
            title(settings.yTitle, settings.y)};
}

} // namespace

class ChooseView::Private {
public:
    Private(ChooseView* view, Document* doc)
        : q(view), document(doc), updates(
                                      view, doc, [this] { update(); }, [this] { showSelection(); })
    {
    }

    ChooseView* q;
    Document* document;
    QComboBox* x = nullptr;
    QComboBox* y = nullptr;
    QComboBox* third = nullptr;
    QComboBox* prefer = nullptr;
    QStackedWidget* stack = nullptr;
    LegendStrip* legend = nullptr;
    ChoicePlot* plot = nullptr;
    BudgetPanel* budgets = nullptr;
    AnswerLabel* answer = nullptr;
    QLabel* notice = nullptr;
    ChoiceTable* table = nullptr;
    LazyUpdate updates;

    void build();
    void buildControls(QWidget* controls);
    QComboBox* addQuantities(QWidget* controls, const QString& label, const char* name, const QString& tip,
                             const QString& none);
    QWidget* buildChoice();
    QWidget* buildBottom();
    void connectPlot();
    void update();
    void fillLegend() { legend->setEntries(choiceLegend(plot->content(), plot->theme()), plot->theme()); }
    void showSettings();
    void showNotice();
    void showSelection();
    void edit(const QString& what, const std::function<void(ChooseSettings&)>& change);
};

void ChooseView::Private::build()
{
    QWidget* controls = makeControlStrip(q);
    buildControls(controls);
    stack = new QStackedWidget(q);
    stack->addWidget(new EmptyHint(
        tr("<p><b>Nothing to choose from yet.</b></p><p>Measure two or more networks. Then say here how long an "
           "inference may take, how accurate it must be or how large its file may be: what breaks a budget is dimmed, "
           "and the best of the rest is named, with what the runner-up would cost.</p>"),
        {}, q));
    auto* whole = new QSplitter(Qt::Vertical, q);
    whole->setObjectName(QStringLiteral("chooseSplitter"));
    whole->setChildrenCollapsible(false);
    whole->addWidget(buildChoice());
    whole->addWidget(buildBottom());
    whole->setStretchFactor(0, 3);
    whole->setStretchFactor(1, 2);
    whole->setSizes({240, 200});
    stack->addWidget(whole);
    QVBoxLayout* layout = tightColumn(q);
    layout->addWidget(controls);
    layout->addWidget(stack, 1);
    connectPlot();
}

void ChooseView::Private::buildControls(QWidget* controls)
{
    x = addQuantities(controls, tr("&X"), "chooseX", tr("What the x axis shows; the front is over it"), {});
    y = addQuantities(controls, tr("&Y"), "chooseY", tr("What the y axis shows; the front is over it"), {});
    third = addQuantities(controls, tr("T&hird"), "chooseThird",
                          tr("A third quantity of the front, as the markers' area"), tr("None"));
    prefer = addLabelledCombo(*controls, tr("&Prefer"), QStringLiteral("choosePrefer"),
                              tr("What counts among those that keep the budgets; automatic: top-1, or throughput where "
                                 "there is a budget of top-1"));
    prefer->addItem(tr("Automatic"), QString());
    for (const Quantity quantity : choiceQuantities())
        prefer->addItem(capitalised(preferenceText(quantity)), toQString(quantityName(quantity)));
    for (QComboBox* combo : {x, y, third, prefer})
        keepNarrow(combo, 6);
    QToolButton* fit =
        addTextButton(*controls, tr("Fit"), QStringLiteral("chooseFit"), tr("Show all candidates (Home)"), false);
    connect(fit, &QToolButton::clicked, q, [this] { plot->fit(); });
    const auto part = &PlotSettings::choose;
    connectCombo(x, document, part, tr("Change the choice's x axis"), &ChooseSettings::x, &ChooseSettings::xTitle);
    connectCombo(y, document, part, tr("Change the choice's y axis"), &ChooseSettings::y, &ChooseSettings::yTitle);
    connectCombo(third, document, part, tr("Change the choice's third quantity"), &ChooseSettings::third);
    connectCombo(prefer, document, part, tr("Change what is preferred"), &ChooseSettings::prefer);
}

QComboBox* ChooseView::Private::addQuantities(QWidget* controls, const QString& label, const char* name,
                                              const QString& tip, const QString& none)
{
    QComboBox* combo = addLabelledCombo(*controls, label, QString::fromLatin1(name), tip);
    if (!none.isEmpty())
        combo->addItem(none, QString());
    for (const Quantity quantity : choiceQuantities())
        combo->addItem(capitalised(std::string(quantityWord(quantity))), toQString(quantityName(quantity)));
    return combo;
}

QWidget* ChooseView::Private::buildChoice()
{
    auto* choice = new QWidget(q);
    legend = new LegendStrip(choice);
    legend->setObjectName(QStringLiteral("chooseLegend"));
    auto* beside = new QSplitter(Qt::Horizontal, q);
    beside->setObjectName(QStringLiteral("chooseBudgetsSplitter"));
    beside->setChildrenCollapsible(false);
    plot = new ChoicePlot(beside);
    plot->setObjectName(QStringLiteral("choicePlot"));
    plot->setMinimumSize(200, 120);
    QScrollArea* scroll = makeScroll(beside);
    scroll->setObjectName(QStringLiteral("budgetScroll"));
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    budgets = new BudgetPanel(scroll);
    scroll->setWidget(budgets);
    scroll->setMinimumWidth(budgets->sizeHint().width() + scroll->fontMetrics().height());
    beside->addWidget(plot);
    beside->addWidget(scroll);
    beside->setStretchFactor(0, 1);
    beside->setStretchFactor(1, 0);
    beside->setSizes({2000, scroll->minimumWidth()});
    QVBoxLayout* column = tightColumn(choice);
    column->addWidget(legend);
    column->addWidget(beside, 1);
    connect(budgets, &BudgetPanel::edited, q, [this](const std::vector<BudgetSetting>& now, Quantity changed) {
        edit(tr("Change the budget of %1").arg(toQString(quantityWord(changed))),
             [&](ChooseSettings& settings) { settings.budgets = now; });
    });
    return choice;
}

QWidget* ChooseView::Private::buildBottom()
{
    auto* bottom = new QWidget(q);
    QScrollArea* scroll = makeScroll(bottom);
    scroll->setMinimumHeight(5 * scroll->fontMetrics().height());
    scroll->setMaximumHeight(7 * scroll->fontMetrics().height());
    answer = new AnswerLabel(scroll);
    describeControl(answer, "chooseAnswer", tr("The answer in words"), {});
    scroll->setWidget(answer);
    table = new ChoiceTable(bottom);
    connect(table, &ChoiceTable::selected, q, [this](const QStringList& ids) { document->select(ids); });
    notice = new QLabel(bottom);
    notice->setObjectName(QStringLiteral("chooseNotice"));
    notice->setWordWrap(true);
    notice->setContentsMargins(8, 2, 8, 4);
    notice->setForegroundRole(QPalette::PlaceholderText);
    QVBoxLayout* column = tightColumn(bottom);
    column->addWidget(scroll);
    column->addWidget(table, 1);
    column->addWidget(notice);
    return bottom;
}

void ChooseView::Private::connectPlot()
{
    plot->setCardText([this](std::size_t candidate) {
        const std::vector<Record>& records = document->records();
        return recordCard(records[plot->content().choice.candidates[candidate].record], records);
    });
    connect(plot, &ChoicePlot::pointClicked, q,
            [this](const QString& id, bool additive) { selectRecord(*document, id, additive); });
    connect(plot, &PlotCanvas::themeChanged, q, [this] { fillLegend(); });
    connect(plot, &ChoicePlot::backgroundClicked, q, [this] { document->select({}); });
    connect(plot, &PlotCanvas::titlesEdited, q, [this](const PlotTitles& titles) {
        edit(tr("Edit plot titles"), [&](ChooseSettings& settings) {
            const PlotTitles usual = titlesOf({.x = settings.x,
                                               .y = settings.y,
                                               .third = {},
                                               .prefer = {},
                                               .budgets = {},
                                               .title = {},
                                               .xTitle = {},
                                               .yTitle = {}});
            keepTitles(settings, titles, usual);
        });
    });
    connectPlotMenu(*q, plot);
}

void ChooseView::Private::update()
{
    const auto& records = document->records();
    Choice choice = choose(records, questionOf(document->plot().choose));
    stack->setCurrentIndex(choice.candidates.empty() ? 0 : 1);
    showSettings();
    budgets->setChoice(choice);
    answer->setSentences(choiceSentences(choice, records), true);
    ChoicePlot::Content content{choice, {}, {}, document->selection(), false};
    for (const Candidate& candidate : choice.candidates) {
        content.ids.push_back(QString::fromStdString(records[candidate.record].id));
        content.types.push_back(QString::fromStdString(records[candidate.record].type));
    }
    plot->setTitles(titlesOf(document->plot().choose));
    plot->setContent(std::move(content));
    fillLegend();
    table->setChoice(std::move(choice), records);
    table->showSelected(document->selection());
    showNotice();
}

void ChooseView::Private::showSettings()
{
    const ChooseSettings& settings = document->plot().choose;
    setCombo(x, settings.x);
    setCombo(y, settings.y);
    setCombo(third, settings.third);
    setCombo(prefer, settings.prefer);
}

/// Where figures come from, and what is not among the candidates or not drawn.
void ChooseView::Private::showNotice()
{
    const Choice& choice = table->choice();
    QStringList sentences{sourceLegend() + QLatin1Char('.')};
    const auto undrawn = std::count_if(choice.candidates.begin(), choice.candidates.end(), [&](const Candidate& c) {
        return std::any_of(choice.axes.begin(), choice.axes.end(), [&](Quantity axis) { return !c.figure(axis); });
    });
    if (undrawn > 0)
        sentences
            << tr("%1 a figure for these axes.").arg(counted(undrawn, tr("candidate lacks"), tr("candidates lack")));
    if (choice.leftOut > 0)
        sentences << tr("%1 left out: earlier repeats, or measured on another machine.")
                         .arg(counted(static_cast<std::int64_t>(choice.leftOut), tr("record is"), tr("records are")));
    notice->setText(sentences.join(QStringLiteral("   ")));
}

void ChooseView::Private::showSelection()
{
    showSelected(*plot, document->selection());
    table->showSelected(document->selection());
}

void ChooseView::Private::edit(const QString& what, const std::function<void(ChooseSettings&)>& change)
{
    editPart(*document, &PlotSettings::choose, what, change);
}

ChooseView::ChooseView(Document* document, QWidget* parent)
    : PlotWidget(parent), d(std::make_unique<Private>(this, document))
{
    setObjectName(QStringLiteral("chooseView"));
    d->build();
    d->update();
}

ChooseView::~ChooseView() = default;

QString ChooseView::exportName() const
{
    return QStringLiteral("choose");
}

PlotTitles ChooseView::titles() const
{
    d->updates.catchUp();
    return d->plot->titles();
}

QSize ChooseView::shownSize() const
{
    return d->plot->size();
}

bool ChooseView::isEmpty() const
{
    d->updates.catchUp();
    return d->plot->content().choice.candidates.empty();
}

void ChooseView::render(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const PlotTitles& titles) const
{
    d->updates.catchUp();
    int top = drawPanelTitle(painter, size, theme, titles.plot);
    painter.save();
    painter.translate(0, top);
    const std::vector<LegendEntry> entries = choiceLegend(d->plot->content(), theme);
    const StripLayout strip = layoutStrip(entries, theme.font, size.width(), 2);
    painter.setAntialiasing(true);
    drawStrip(painter, entries, strip, theme);
    painter.translate(0, strip.height);
    top += strip.height;
    ChoicePlot copy;
    copyForExport(copy, *d->plot, theme, {QString(), titles.x, titles.y});
    copy.paint(painter, QSize(size.width(), size.height() - top));
    painter.restore();
}

} // namespace lathe::ui

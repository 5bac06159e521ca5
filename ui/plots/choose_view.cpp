#include "ui/plots/choose_view.h"

#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QHeaderView>
#include <QScopedValueRollback>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

#include "core/analysis/choice_text.h"
#include "ui/benchmark/table_text.h"
#include "ui/choose/answer_label.h"
#include "ui/choose/budget_panel.h"
#include "ui/choose/choice_model.h"
#include "ui/controls.h"
#include "ui/format.h"
#include "ui/plots/choice_plot.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/figure_text.h"
#include "ui/plots/flow_layout.h"
#include "ui/plots/hover_card.h"
#include "ui/plots/legend_strip.h"
#include "ui/plots/plot_controls.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"
#include "ui/session/document.h"
#include "ui/sorting.h"

namespace lathe::ui {

namespace {

void setCombo(QComboBox* combo, const std::string& value)
{
    const QSignalBlocker quiet(combo);
    combo->setCurrentIndex(std::max(0, combo->findData(QString::fromStdString(value))));
}

std::string valueOf(const QComboBox* combo)
{
    return combo->currentData().toString().toStdString();
}

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
    Private(ChooseView* view, Document* doc) : q(view), document(doc) {}

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
    QTableView* table = nullptr;
    ChoiceModel* model = nullptr;
    ValueSortProxy* proxy = nullptr;
    bool syncing = false;
    bool stale = false; ///< the document has changed since, unseen

    void build();
    void buildControls(QWidget* controls);
    QComboBox* addQuantities(QWidget* controls, const QString& label, const char* name, const QString& tip,
                             const QString& none);
    QWidget* buildChoice();
    QWidget* buildBottom();
    void buildTable(QWidget* parent);
    void connectPlot();
    void update();
    void refresh();
    void catchUp();
    void fillLegend() { legend->setEntries(choiceLegend(plot->content(), plot->theme()), plot->theme()); }
    void showSettings();
    void showNotice();
    void showSelection();
    void takeSelection();
    void select(const QString& id, bool additive);
    void edit(const QString& what, const std::function<void(ChooseSettings&)>& change);
};

void ChooseView::Private::build()
{
    auto* controls = new QWidget(q);
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
    auto* layout = new QVBoxLayout(q);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(controls);
    layout->addWidget(stack, 1);
    connectPlot();
}

void ChooseView::Private::buildControls(QWidget* controls)
{
    auto* layout = new FlowLayout(controls);
    layout->setContentsMargins(6, 4, 6, 4);
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
    const auto connectCombo = [this](QComboBox* combo, const QString& what, std::string ChooseSettings::*member,
                                     std::string ChooseSettings::*title) {
        connect(combo, &QComboBox::currentIndexChanged, q, [this, combo, what, member, title] {
            edit(what, [&](ChooseSettings& settings) {
                settings.*member = valueOf(combo);
                if (title) // the user's own title belongs to the quantity it was written for
                    (settings.*title).clear();
            });
        });
    };
    connectCombo(x, tr("Change the choice's x axis"), &ChooseSettings::x, &ChooseSettings::xTitle);
    connectCombo(y, tr("Change the choice's y axis"), &ChooseSettings::y, &ChooseSettings::yTitle);
    connectCombo(third, tr("Change the choice's third quantity"), &ChooseSettings::third, nullptr);
    connectCombo(prefer, tr("Change what is preferred"), &ChooseSettings::prefer, nullptr);
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
    auto* scroll = new QScrollArea(beside);
    scroll->setObjectName(QStringLiteral("budgetScroll"));
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    budgets = new BudgetPanel(scroll);
    scroll->setWidget(budgets);
    scroll->setMinimumWidth(budgets->sizeHint().width() + scroll->fontMetrics().height());
    beside->addWidget(plot);
    beside->addWidget(scroll);
    beside->setStretchFactor(0, 1);
    beside->setStretchFactor(1, 0);
    beside->setSizes({2000, scroll->minimumWidth()});
    auto* column = new QVBoxLayout(choice);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
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
    auto* scroll = new QScrollArea(bottom);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setMinimumHeight(5 * scroll->fontMetrics().height());
    scroll->setMaximumHeight(7 * scroll->fontMetrics().height());
    answer = new AnswerLabel(scroll);
    describeControl(answer, "chooseAnswer", tr("The answer in words"), {});
    scroll->setWidget(answer);
    buildTable(bottom);
    notice = new QLabel(bottom);
    notice->setObjectName(QStringLiteral("chooseNotice"));
    notice->setWordWrap(true);
    notice->setContentsMargins(8, 2, 8, 4);
    notice->setForegroundRole(QPalette::PlaceholderText);
    auto* column = new QVBoxLayout(bottom);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(scroll);
    column->addWidget(table, 1);
    column->addWidget(notice);
    return bottom;
}

void ChooseView::Private::buildTable(QWidget* parent)
{
    table = new QTableView(parent);
    model = new ChoiceModel(table);
    proxy = new ValueSortProxy(model, ChoiceModel::SortRole, table);
    table->setModel(proxy);
    describeControl(table, "choiceTable", tr("Candidates"), {});
    makePlainTable(table);
    table->setItemDelegate(new SourceMarkDelegate(table));
    table->setSortingEnabled(true);
    table->sortByColumn(model->verdictColumn(), Qt::AscendingOrder);
    table->setMinimumHeight(3 * table->verticalHeader()->defaultSectionSize());
    // The verdict comes first to the eye: behind the name.
    table->horizontalHeader()->moveSection(model->verdictColumn(), 1);
    auto* copy = new QAction(tr("Copy candidates as a table"), table);
    copy->setObjectName(QStringLiteral("copyCandidates"));
    copy->setShortcut(QKeySequence::Copy);
    copy->setShortcutContext(Qt::WidgetShortcut);
    table->addAction(copy);
    table->setContextMenuPolicy(Qt::ActionsContextMenu);
    connect(copy, &QAction::triggered, q, [this] { q->copyTable(); });
    connect(table->selectionModel(), &QItemSelectionModel::selectionChanged, q, [this] { takeSelection(); });
}

void ChooseView::Private::connectPlot()
{
    plot->setCardText([this](std::size_t candidate) {
        return recordCard(document->records()[plot->content().choice.candidates[candidate].record]);
    });
    connect(plot, &ChoicePlot::pointClicked, q, [this](const QString& id, bool additive) { select(id, additive); });
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
            settings.title = titles.plot.toStdString();
            settings.xTitle = titles.x == usual.x ? std::string() : titles.x.toStdString();
            settings.yTitle = titles.y == usual.y ? std::string() : titles.y.toStdString();
        });
    });
    connect(plot->navigation(), &PlotNavigation::menuRequested, q,
            [this](const QPoint& at) { showPlotMenu(*q, plot, at); });
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
    {
        const QScopedValueRollback quiet(syncing, true); // a reset clears the table's selection, not the document's
        model->setChoice(std::move(choice), records);
        table->resizeColumnsToContents();
    }
    showNotice();
    showSelection();
}

/// Only for eyes that see it: while records come in, an answer in another tab is computed once, when it is asked for.
void ChooseView::Private::refresh()
{
    stale = true;
    if (q->isVisible())
        catchUp();
}

void ChooseView::Private::catchUp()
{
    if (std::exchange(stale, false))
        update();
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
    const Choice& choice = model->choice();
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
    if (syncing)
        return;
    const QScopedValueRollback quiet(syncing, true);
    QItemSelection selection;
    for (const QString& id : document->selection())
        if (const int row = model->rowOf(id); row >= 0) {
            const QModelIndex shown = proxy->mapFromSource(model->index(row, 0));
            selection.select(shown, shown);
        }
    table->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
}

void ChooseView::Private::takeSelection()
{
    if (syncing)
        return;
    const QScopedValueRollback quiet(syncing, true);
    QStringList ids;
    for (const QModelIndex& row : table->selectionModel()->selectedRows())
        ids << row.data(ChoiceModel::IdRole).toString();
    document->select(ids);
}

void ChooseView::Private::select(const QString& id, bool additive)
{
    QStringList next = additive ? document->selection() : QStringList();
    if (next.removeAll(id) == 0)
        next << id;
    document->select(next);
}

void ChooseView::Private::edit(const QString& what, const std::function<void(ChooseSettings&)>& change)
{
    PlotSettings settings = document->plot();
    change(settings.choose);
    document->setPlot(settings, what);
}

ChooseView::ChooseView(Document* document, QWidget* parent)
    : PlotWidget(parent), d(std::make_unique<Private>(this, document))
{
    setObjectName(QStringLiteral("chooseView"));
    d->build();
    const auto refresh = [this] { d->refresh(); };
    connect(document, &Document::recordAppended, this, refresh);
    connect(document, &Document::recordsReset, this, refresh);
    connect(document, &Document::plotChanged, this, refresh);
    connect(document, &Document::selectionChanged, this, [this] {
        if (d->stale)
            return;
        ChoicePlot::Content content = d->plot->content();
        content.selected = d->document->selection();
        d->plot->setContent(std::move(content));
        d->showSelection();
    });
    d->update();
}

ChooseView::~ChooseView() = default;

void ChooseView::showEvent(QShowEvent* event)
{
    d->catchUp();
    PlotWidget::showEvent(event);
}

void ChooseView::copyTable() const
{
    d->catchUp();
    QList<int> rows;
    for (const QModelIndex& row : d->table->selectionModel()->selectedRows())
        rows << row.row();
    std::sort(rows.begin(), rows.end());
    if (rows.isEmpty())
        for (int row = 0; row < d->proxy->rowCount(); ++row)
            rows << row;
    QList<int> columns;
    for (int place = 0; place < d->table->horizontalHeader()->count(); ++place)
        columns << d->table->horizontalHeader()->logicalIndex(place);
    QGuiApplication::clipboard()->setText(toTsv(tableText(*d->proxy, rows, columns)));
}

QString ChooseView::exportName() const
{
    return QStringLiteral("choose");
}

PlotTitles ChooseView::titles() const
{
    d->catchUp();
    return d->plot->titles();
}

QSize ChooseView::shownSize() const
{
    return d->plot->size();
}

bool ChooseView::isEmpty() const
{
    d->catchUp();
    return d->plot->content().choice.candidates.empty();
}

void ChooseView::render(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const PlotTitles& titles) const
{
    d->catchUp();
    int top = drawPanelTitle(painter, size, theme, titles.plot);
    painter.save();
    painter.translate(0, top);
    const std::vector<LegendEntry> entries = choiceLegend(d->plot->content(), theme);
    const StripLayout strip = layoutStrip(entries, theme.font, size.width(), 2);
    painter.setAntialiasing(true);
    drawStrip(painter, entries, strip, theme);
    painter.translate(0, strip.height);
    top += strip.height;
    ChoicePlot::Content content = d->plot->content();
    content.forExport = true;
    ChoicePlot copy;
    copy.copyView(*d->plot);
    copy.setTheme(theme);
    copy.setTitles({QString(), titles.x, titles.y});
    copy.setContent(std::move(content));
    copy.copyRanges(*d->plot);
    copy.paint(painter, QSize(size.width(), size.height() - top));
    painter.restore();
}

} // namespace lathe::ui

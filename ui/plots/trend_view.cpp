#include "ui/plots/trend_view.h"

#include <QComboBox>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

#include "core/analysis/timm_join.h"
#include "core/analysis/trend_report.h"
#include "ui/choose/answer_label.h"
#include "ui/controls.h"
#include "ui/format.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/flow_layout.h"
#include "ui/plots/hidden_series.h"
#include "ui/plots/hover_card.h"
#include "ui/plots/plot_controls.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"
#include "ui/plots/residual_plot.h"
#include "ui/plots/scatter_plot.h"
#include "ui/session/document.h"

namespace lathe::ui {

namespace {

bool sideBySide(const QSize& size)
{
    return size.width() > size.height() * 11 / 10;
}

/// The scatter draws the laws: the same points, nothing but them and their laws.
PlotSettings scatterOf(const TrendSettings& settings)
{
    PlotSettings plot;
    plot.x = settings.x;
    plot.y = settings.y;
    plot.front = false;
    plot.trend = true;
    plot.hidden = settings.hidden;
    plot.title = settings.title;
    plot.xTitle = settings.xTitle;
    plot.yTitle = settings.yTitle;
    return plot;
}

} // namespace

class TrendView::Private {
public:
    Private(TrendView* view, Document* doc) : q(view), document(doc) {}

    TrendView* q;
    Document* document;
    QComboBox* x = nullptr;
    QComboBox* y = nullptr;
    QComboBox* conditions = nullptr;
    QToolButton* overlayButton = nullptr;
    QStackedWidget* stack = nullptr;
    EmptyHint* hint = nullptr;
    PanelBox* panels = nullptr;
    ScatterPlot* scatter = nullptr;
    ResidualPlot* residuals = nullptr;
    AnswerLabel* answer = nullptr;
    TrendReport report;
    std::vector<Record> shown; ///< the records of the points
    std::string tablePath;     ///< of the table that is read
    std::shared_ptr<const TimmTable> table;
    bool stale = false; ///< the document has changed since, unseen

    void build();
    void buildControls(QWidget* controls);
    void connectPlots();
    void update();
    void refresh();
    void catchUp();
    void readTable();
    void makeReport();
    void showSettings();
    void showSentences();
    void select(const QString& id, bool additive);
    void edit(const QString& what, const std::function<void(TrendSettings&)>& change);
    const TrendSettings& settings() const { return document->plot().trends; }
};

void TrendView::Private::build()
{
    auto* controls = new QWidget(q);
    buildControls(controls);
    panels = new PanelBox(q);
    scatter = new ScatterPlot(panels);
    scatter->setObjectName(QStringLiteral("trendScatter"));
    residuals = new ResidualPlot(panels);
    residuals->setObjectName(QStringLiteral("trendResiduals"));
    residuals->setTitles(residualTitles());
    panels->add(scatter);
    panels->add(residuals);
    connectPlots();

    auto* scroll = new QScrollArea(q);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    answer = new AnswerLabel(scroll);
    describeControl(answer, "trendAnswer", tr("What the trends say"), {});
    scroll->setWidget(answer);
    auto* whole = new QSplitter(Qt::Vertical, q);
    whole->setObjectName(QStringLiteral("trendSplitter"));
    whole->setChildrenCollapsible(false);
    whole->addWidget(panels);
    whole->addWidget(scroll);
    whole->setStretchFactor(0, 3);
    whole->setStretchFactor(1, 1);
    whole->setSizes({320, 120});
    hint = new EmptyHint(
        tr("<p><b>No trend yet.</b></p><p>Measure three or more networks of one type, of unlike sizes, all with the "
           "same mode, batch size and threads: what size costs is drawn here as a power law, with what each network "
           "makes of its size.</p>"),
        {}, q);
    stack = new QStackedWidget(q);
    stack->addWidget(hint);
    stack->addWidget(whole);
    auto* layout = new QVBoxLayout(q);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(controls);
    layout->addWidget(stack, 1);
}

void TrendView::Private::buildControls(QWidget* controls)
{
    auto* layout = new FlowLayout(controls);
    layout->setContentsMargins(6, 4, 6, 4);
    x = addLabelledCombo(*controls, tr("O&ver"), QStringLiteral("trendX"), tr("What size is"));
    x->addItem(tr("Parameters"), QStringLiteral("params"));
    x->addItem(tr("MACs"), QStringLiteral("macs"));
    y = addLabelledCombo(*controls, tr("Sho&w"), QStringLiteral("trendY"), tr("What size costs"));
    y->addItem(tr("Throughput"), QStringLiteral("throughput"));
    y->addItem(tr("Latency"), QStringLiteral("latency"));
    conditions = addLabelledCombo(*controls, tr("&Measured with"), QStringLiteral("trendConditions"),
                                  tr("Mode, batch size and threads that all points have in common"));
    overlayButton =
        addTextButton(*controls, tr("Table"), QStringLiteral("trendOverlay"),
                      tr("Draw the points and laws of the timm table behind (open one in the scatter)"), true);
    QToolButton* fit =
        addTextButton(*controls, tr("Fit"), QStringLiteral("trendFit"), tr("Show all points (Home)"), false);
    const auto connectCombo = [this](QComboBox* combo, const QString& what, std::string TrendSettings::*member,
                                     std::string TrendSettings::*title) {
        connect(combo, &QComboBox::currentIndexChanged, q, [this, combo, what, member, title] {
            edit(what, [&](TrendSettings& trends) {
                trends.*member = combo->currentData().toString().toStdString();
                if (title) // the user's own title belongs to the quantity it was written for
                    (trends.*title).clear();
            });
        });
    };
    connectCombo(x, tr("Change the trend's size"), &TrendSettings::x, &TrendSettings::xTitle);
    connectCombo(y, tr("Change the trend's figure"), &TrendSettings::y, &TrendSettings::yTitle);
    connectCombo(conditions, tr("Change the trend's conditions"), &TrendSettings::conditions, nullptr);
    connect(overlayButton, &QToolButton::toggled, q, [this](bool on) {
        edit(tr("Show or hide the table in the trend"), [on](TrendSettings& trends) { trends.overlay = on; });
    });
    connect(fit, &QToolButton::clicked, q, [this] {
        scatter->fit();
        residuals->fit();
    });
}

void TrendView::Private::connectPlots()
{
    scatter->setCardText([this](std::size_t record) { return recordCard(shown[record]); });
    connect(scatter, &ScatterPlot::pointClicked, q, [this](const QString& id, bool more) { select(id, more); });
    connect(scatter, &ScatterPlot::backgroundClicked, q, [this] { document->select({}); });
    connect(scatter, &ScatterPlot::pointsSelected, q,
            [this](const QStringList& ids, bool more) { document->select(more ? document->selection() + ids : ids); });
    connect(scatter, &PlotCanvas::legendClicked, q, [this](const QString& key) {
        edit(tr("Show or hide %1").arg(scatter->legendText(key)),
             [&](TrendSettings& trends) { trends.hidden = toggled(trends.hidden, key); });
    });
    connect(scatter, &PlotCanvas::titlesEdited, q, [this](const PlotTitles& titles) {
        edit(tr("Edit plot titles"), [&](TrendSettings& trends) {
            PlotSettings bare;
            bare.x = trends.x;
            bare.y = trends.y;
            const PlotTitles usual = scatterTitles(bare, document->records());
            trends.title = titles.plot.toStdString();
            trends.xTitle = titles.x == usual.x ? std::string() : titles.x.toStdString();
            trends.yTitle = titles.y == usual.y ? std::string() : titles.y.toStdString();
        });
    });
    connect(residuals, &ResidualPlot::barClicked, q, [this](const QString& id, bool more) { select(id, more); });
    for (PlotCanvas* plot : {static_cast<PlotCanvas*>(scatter), static_cast<PlotCanvas*>(residuals)})
        connect(plot->navigation(), &PlotNavigation::menuRequested, q,
                [this, plot](const QPoint& at) { showPlotMenu(*q, plot, at); });
}

void TrendView::Private::readTable()
{
    const std::string& path = document->plot().overlay;
    if (path == tablePath)
        return;
    tablePath = path;
    table = loadOverlay(path, {}).table;
}

void TrendView::Private::makeReport()
{
    const Quantity size = quantityFromName(settings().x).value_or(Quantity::Params);
    const Quantity figure = quantityFromName(settings().y).value_or(Quantity::Throughput);
    std::vector<TrendPoint> points = trendPoints(document->records(), size, figure, settings().conditions);
    shown.clear();
    for (const TrendPoint& point : points)
        shown.push_back(document->records()[*point.record]);
    const std::set<QString> hidden = keySet(settings().hidden);
    std::erase_if(points, [&](const TrendPoint& point) {
        return hidden.contains(QStringLiteral("type:") + toQString(point.type));
    });
    report = reportOn(std::move(points), size, figure);
}

void TrendView::Private::update()
{
    readTable();
    makeReport();
    showSettings();
    const bool any = !report.laws.empty() || !settings().hidden.empty();
    stack->setCurrentIndex(any ? 1 : 0);
    scatter->setContent(shown, scatterOf(settings()), settings().overlay ? table : nullptr);
    scatter->setSelected(document->selection());
    residuals->setContent({residualBars(report, document->records()), document->selection(), false});
    showSentences();
}

/// Only for eyes that see it: while records come in, an answer in another tab is computed once, when it is asked for.
void TrendView::Private::refresh()
{
    stale = true;
    if (q->isVisible())
        catchUp();
}

void TrendView::Private::catchUp()
{
    if (std::exchange(stale, false))
        update();
}

void TrendView::Private::showSettings()
{
    const auto choose = [](QComboBox* combo, const std::string& value) {
        const QSignalBlocker quiet(combo);
        combo->setCurrentIndex(std::max(0, combo->findData(toQString(value))));
    };
    choose(x, settings().x);
    choose(y, settings().y);
    {
        const QSignalBlocker quiet(conditions);
        conditions->clear();
        for (const std::string& text : trendConditions(document->records()))
            conditions->addItem(toQString(text), toQString(text));
    }
    choose(conditions, settings().conditions);
    conditions->setEnabled(conditions->count() > 1);
    const QSignalBlocker quiet(overlayButton);
    overlayButton->setChecked(settings().overlay);
    overlayButton->setEnabled(table != nullptr);
}

void TrendView::Private::showSentences()
{
    std::vector<std::string> sentences = trendSentences(report);
    if (table) {
        std::vector<std::size_t> chosen;
        for (const TrendPoint& point : report.points)
            chosen.push_back(*point.record);
        sentences.push_back(orderSentence(*table, joinTimm(*table, document->records(), chosen, report.y), report.y));
    }
    answer->setSentences(sentences, false);
}

void TrendView::Private::select(const QString& id, bool additive)
{
    QStringList next = additive ? document->selection() : QStringList();
    if (next.removeAll(id) == 0)
        next << id;
    document->select(next);
}

void TrendView::Private::edit(const QString& what, const std::function<void(TrendSettings&)>& change)
{
    PlotSettings plot = document->plot();
    change(plot.trends);
    document->setPlot(plot, what);
}

TrendView::TrendView(Document* document, QWidget* parent)
    : PlotWidget(parent), d(std::make_unique<Private>(this, document))
{
    setObjectName(QStringLiteral("trendView"));
    d->build();
    const auto refresh = [this] { d->refresh(); };
    connect(document, &Document::recordAppended, this, refresh);
    connect(document, &Document::recordsReset, this, refresh);
    connect(document, &Document::plotChanged, this, refresh);
    connect(document, &Document::selectionChanged, this, [this] {
        if (d->stale)
            return;
        d->scatter->setSelected(d->document->selection());
        ResidualPlot::Content content = d->residuals->content();
        content.selected = d->document->selection();
        d->residuals->setContent(std::move(content));
    });
    d->update();
}

TrendView::~TrendView() = default;

void TrendView::showEvent(QShowEvent* event)
{
    d->catchUp();
    PlotWidget::showEvent(event);
}

QString TrendView::exportName() const
{
    return d->settings().x == "macs" ? QStringLiteral("trend-macs") : QStringLiteral("trend-params");
}

PlotTitles TrendView::titles() const
{
    d->catchUp();
    return d->scatter->titles();
}

QSize TrendView::shownSize() const
{
    return d->panels->size();
}

bool TrendView::isEmpty() const
{
    d->catchUp();
    return d->stack->currentIndex() == 0;
}

void TrendView::render(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const PlotTitles& titles) const
{
    d->catchUp();
    const int top = drawPanelTitle(painter, size, theme, titles.plot);
    const QSize room(size.width(), size.height() - top);
    const bool beside = sideBySide(room);
    const QSize each(beside ? room.width() / 2 : room.width(), beside ? room.height() : room.height() / 2);
    ScatterPlot scatter;
    scatter.copyPlot(*d->scatter, theme, {QString(), titles.x, titles.y});
    ResidualPlot residuals;
    residuals.copyView(*d->residuals);
    residuals.setTheme(theme);
    residuals.setTitles(residualTitles());
    ResidualPlot::Content content = d->residuals->content();
    content.forExport = true;
    residuals.setContent(std::move(content));
    residuals.copyRanges(*d->residuals);
    painter.save();
    painter.translate(0, top);
    scatter.paint(painter, each);
    painter.translate(beside ? each.width() : 0, beside ? 0 : each.height());
    residuals.paint(painter, each);
    painter.restore();
}

} // namespace lathe::ui

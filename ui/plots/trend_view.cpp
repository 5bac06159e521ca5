#include "ui/plots/trend_view.h"

#include <QComboBox>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <utility>

#include "core/analysis/timm_join.h"
#include "core/analysis/trend_report.h"
#include "ui/choose/answer_label.h"
#include "ui/controls.h"
#include "ui/format.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/hidden_series.h"
#include "ui/plots/hover_card.h"
#include "ui/plots/lazy_update.h"
#include "ui/plots/plot_content.h"
#include "ui/plots/plot_controls.h"
#include "ui/plots/qcp.h"
#include "ui/plots/residual_plot.h"
#include "ui/plots/scatter_plot.h"
#include "ui/plots/settings_edit.h"
#include "ui/session/document.h"
#include "ui/session/selection.h"

namespace lathe::ui {

namespace {

/// The scatter draws the laws: the same points, nothing but them and their laws.
PlotSettings scatterOf(const TrendSettings& settings)
{
    PlotSettings plot;
    plot.x = settings.x;
    plot.y = settings.y;
    plot.front = false;
    plot.trend = true;
    plot.arrows = false;
    plot.hidden = settings.hidden;
    plot.title = settings.title;
    plot.xTitle = settings.xTitle;
    plot.yTitle = settings.yTitle;
    return plot;
}

} // namespace

class TrendView::Private {
public:
    Private(TrendView* view, Document* doc, std::shared_ptr<OverlayReader> reader)
        : q(view), document(doc), overlays(std::move(reader)),
          updates(
              view, doc, [this] { update(); }, [this] { showSelection(); })
    {
    }

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
    std::shared_ptr<OverlayReader> overlays;
    std::shared_ptr<const TimmTable> table;
    LazyUpdate updates;

    void build();
    void buildControls(QWidget* controls);
    void connectPlots();
    void update();
    void makeReport();
    void showSettings();
    void showSentences();
    void showSelection();
    void edit(const QString& what, const std::function<void(TrendSettings&)>& change);
    const TrendSettings& settings() const { return document->plot().trends; }
};

void TrendView::Private::build()
{
    QWidget* controls = makeControlStrip(q);
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

    QScrollArea* scroll = makeScroll(q);
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
    QVBoxLayout* layout = tightColumn(q);
    layout->addWidget(controls);
    layout->addWidget(stack, 1);
}

void TrendView::Private::buildControls(QWidget* controls)
{
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
    const auto part = &PlotSettings::trends;
    connectCombo(x, document, part, tr("Change the trend's size"), &TrendSettings::x, &TrendSettings::xTitle);
    connectCombo(y, document, part, tr("Change the trend's figure"), &TrendSettings::y, &TrendSettings::yTitle);
    connectCombo(conditions, document, part, tr("Change the trend's conditions"), &TrendSettings::conditions);
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
    scatter->setCardText([this](std::size_t record) { return recordCard(shown[record], document->records()); });
    const auto select = [this](const QString& id, bool additive) { selectRecord(*document, id, additive); };
    connect(scatter, &ScatterPlot::pointClicked, q, select);
    connect(scatter, &ScatterPlot::backgroundClicked, q, [this] { document->select({}); });
    connect(scatter, &ScatterPlot::pointsSelected, q,
            [this](const QStringList& ids, bool additive) { selectRecords(*document, ids, additive); });
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
            keepTitles(trends, titles, usual);
        });
    });
    connect(residuals, &ResidualPlot::barClicked, q, select);
    connectPlotMenu(*q, scatter);
    connectPlotMenu(*q, residuals);
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
    table = overlays->read(document->plot().overlay, document->plot().overlayAccuracy).table;
    makeReport();
    showSettings();
    const bool any = !report.laws.empty() || !settings().hidden.empty();
    stack->setCurrentIndex(any ? 1 : 0);
    scatter->setContent(shown, scatterOf(settings()), settings().overlay ? table : nullptr);
    scatter->setSelected(document->selection());
    residuals->setContent({residualBars(report, document->records()), document->selection(), false});
    showSentences();
}

void TrendView::Private::showSettings()
{
    setCombo(x, settings().x);
    setCombo(y, settings().y);
    {
        const QSignalBlocker quiet(conditions);
        conditions->clear();
        for (const std::string& text : trendConditions(document->records()))
            conditions->addItem(toQString(text), toQString(text));
    }
    setCombo(conditions, settings().conditions);
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

void TrendView::Private::showSelection()
{
    scatter->setSelected(document->selection());
    showSelected(*residuals, document->selection());
}

void TrendView::Private::edit(const QString& what, const std::function<void(TrendSettings&)>& change)
{
    editPart(*document, &PlotSettings::trends, what, change);
}

TrendView::TrendView(Document* document, std::shared_ptr<OverlayReader> overlays, QWidget* parent)
    : PlotWidget(parent), d(std::make_unique<Private>(this, document, std::move(overlays)))
{
    setObjectName(QStringLiteral("trendView"));
    d->build();
    d->update();
}

TrendView::~TrendView() = default;

QString TrendView::exportName() const
{
    return d->settings().x == "macs" ? QStringLiteral("trend-macs") : QStringLiteral("trend-params");
}

PlotTitles TrendView::titles() const
{
    d->updates.catchUp();
    return d->scatter->titles();
}

QSize TrendView::shownSize() const
{
    return d->panels->size();
}

bool TrendView::isEmpty() const
{
    d->updates.catchUp();
    return d->stack->currentIndex() == 0;
}

void TrendView::render(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const PlotTitles& titles) const
{
    d->updates.catchUp();
    const int top = drawPanelTitle(painter, size, theme, titles.plot);
    const std::vector<QRect> areas = panelRects({0, top, size.width(), size.height() - top}, 2);
    ScatterPlot scatter;
    scatter.copyPlot(*d->scatter, theme, {QString(), titles.x, titles.y});
    paintAt(painter, scatter, areas[0]);
    ResidualPlot residuals;
    copyForExport(residuals, *d->residuals, theme, residualTitles());
    paintAt(painter, residuals, areas[1]);
}

} // namespace lathe::ui

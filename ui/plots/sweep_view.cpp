#include "ui/plots/sweep_view.h"

#include <QBoxLayout>
#include <QComboBox>
#include <QStackedWidget>
#include <QToolButton>

#include <algorithm>

#include "ui/plots/empty_hint.h"
#include "ui/plots/hidden_series.h"
#include "ui/plots/legend_strip.h"
#include "ui/plots/plot_content.h"
#include "ui/plots/plot_controls.h"
#include "ui/plots/qcp.h"
#include "ui/plots/settings_edit.h"
#include "ui/plots/sweep_plot.h"
#include "ui/session/document.h"
#include "ui/session/selection.h"

namespace lathe::ui {

namespace {

enum class Shown { Both, Latency, Throughput };

} // namespace

class SweepView::Private {
public:
    Private(SweepView* view, Document* doc) : q(view), document(doc) {}

    SweepView* q;
    Document* document;
    QComboBox* over = nullptr;
    QComboBox* show = nullptr;
    QToolButton* log = nullptr;
    QStackedWidget* stack = nullptr;
    QWidget* drawn = nullptr; ///< legend and panels
    LegendStrip* legend = nullptr;
    PanelBox* panels = nullptr;
    SweepPlot* latency = nullptr;
    SweepPlot* throughput = nullptr;
    bool chosen = false; ///< the axis, by the user

    void build();
    void buildControls(QWidget* controls);
    void connectPlot(SweepPlot* plot);
    SweepAxis axis() const { return over->currentIndex() == 1 ? SweepAxis::Threads : SweepAxis::Batch; }
    Shown shown() const { return static_cast<Shown>(show->currentIndex()); }
    std::vector<SweepPlot*> shownPlots() const;
    void retitle();
    void update();
    void fillLegend() { legend->setEntries(sweepLegend(latency->content(), latency->theme(), true), latency->theme()); }
    int drawLegend(QCPPainter& painter, const QSize& size, const PlotTheme& theme) const;
    void toggle(const QString& key);
    void editTitles(const SweepPlot& plot, const PlotTitles& titles);
    void edit(const SweepSettings& sweep, const QString& what);
};

void SweepView::Private::build()
{
    QWidget* controls = makeControlStrip(q);
    buildControls(controls);
    drawn = new QWidget(q);
    legend = new LegendStrip(drawn);
    panels = new PanelBox(drawn);
    latency = new SweepPlot(panels);
    latency->setObjectName(QStringLiteral("sweepLatency"));
    latency->surface()->setAccessibleName(tr("Latency over the swept parameter"));
    throughput = new SweepPlot(panels);
    throughput->setObjectName(QStringLiteral("sweepThroughput"));
    throughput->surface()->setAccessibleName(tr("Throughput over the swept parameter"));
    panels->add(latency);
    panels->add(throughput);
    connectPlot(latency);
    connectPlot(throughput);
    connect(legend, &LegendStrip::clicked, q, [this](const QString& key) { toggle(key); });
    connect(latency, &PlotCanvas::themeChanged, q, [this] { fillLegend(); });
    QVBoxLayout* column = tightColumn(drawn);
    column->addWidget(legend);
    column->addWidget(panels, 1);

    stack = new QStackedWidget(q);
    stack->addWidget(new EmptyHint(
        tr("<p><b>No sweep yet.</b></p><p>Measure a network with two or more batch sizes, or two or more thread "
           "counts: its latency and throughput are drawn over them here.</p>"),
        {}, q));
    stack->addWidget(drawn);
    QVBoxLayout* layout = tightColumn(q);
    layout->addWidget(controls);
    layout->addWidget(stack, 1);
}

void SweepView::Private::buildControls(QWidget* controls)
{
    over = addLabelledCombo(*controls, tr("&Over"), QStringLiteral("sweepOver"), tr("What the x axis sweeps"));
    over->addItems({tr("Batch size"), tr("Threads")});
    show = addLabelledCombo(*controls, tr("Sho&w"), QStringLiteral("sweepShow"), tr("Which curves are drawn"));
    show->addItems({tr("Both"), tr("Latency"), tr("Throughput")});
    log = addTextButton(*controls, tr("log"), QStringLiteral("sweepLog"), tr("Logarithmic value axes"), true);
    log->setChecked(true);
    QToolButton* fit =
        addTextButton(*controls, tr("Fit"), QStringLiteral("sweepFit"), tr("Show all curves (Home)"), false);
    connect(over, &QComboBox::activated, q, [this] { chosen = true; });
    connect(over, &QComboBox::currentIndexChanged, q, [this] { update(); });
    connect(show, &QComboBox::currentIndexChanged, q, [this] { update(); });
    connect(log, &QToolButton::toggled, q, [this] { update(); });
    connect(fit, &QToolButton::clicked, q, [this] {
        latency->fit();
        throughput->fit();
    });
}

void SweepView::Private::connectPlot(SweepPlot* plot)
{
    connect(plot, &SweepPlot::pointClicked, q,
            [this](const QString& id, bool additive) { selectRecord(*document, id, additive); });
    connect(plot, &PlotCanvas::titlesEdited, q, [this, plot](const PlotTitles& titles) { editTitles(*plot, titles); });
    connectPlotMenu(*q, plot);
}

std::vector<SweepPlot*> SweepView::Private::shownPlots() const
{
    switch (shown()) {
    case Shown::Latency:
        return {latency};
    case Shown::Throughput:
        return {throughput};
    case Shown::Both:
        break;
    }
    return {latency, throughput};
}

void SweepView::Private::retitle()
{
    const SweepSettings& own = document->plot().sweep;
    latency->setTitles(sweepTitles(axis(), Quantity::Latency, own));
    throughput->setTitles(sweepTitles(axis(), Quantity::Throughput, own));
}

void SweepView::Private::update()
{
    std::vector<SweepCurve> curves = sweepCurves(document->records(), axis());
    if (curves.empty() && !chosen) {
        const SweepAxis other = axis() == SweepAxis::Batch ? SweepAxis::Threads : SweepAxis::Batch;
        if (!sweepCurves(document->records(), other).empty()) {
            over->setCurrentIndex(other == SweepAxis::Threads ? 1 : 0); // comes back here
            return;
        }
    }
    stack->setCurrentIndex(curves.empty() ? 0 : 1);
    retitle();
    SweepPlot::Content content{
        std::move(curves),     axis(), Quantity::Latency, log->isChecked(), keySet(document->plot().sweep.hidden),
        document->selection(), false};
    latency->setContent(content);
    content.quantity = Quantity::Throughput;
    throughput->setContent(content);
    fillLegend();
    latency->setVisible(shown() != Shown::Throughput);
    throughput->setVisible(shown() != Shown::Latency);
}

/// The legend of an export from (0, 0); returns the height it takes.
int SweepView::Private::drawLegend(QCPPainter& painter, const QSize& size, const PlotTheme& theme) const
{
    const std::vector<LegendEntry> entries = sweepLegend(latency->content(), theme, false);
    const int rows = size.height() / 4 / QFontMetrics(theme.font).height();
    const StripLayout layout = layoutStrip(entries, theme.font, size.width(), rows);
    painter.setAntialiasing(true);
    painter.fillRect(0, 0, size.width(), layout.height, theme.background);
    drawStrip(painter, entries, layout, theme);
    return layout.height;
}

void SweepView::Private::toggle(const QString& key)
{
    const std::vector<LegendEntry>& entries = legend->entries();
    const auto entry = std::find_if(entries.begin(), entries.end(), [&](const LegendEntry& e) { return e.key == key; });
    if (entry == entries.end())
        return;
    const QString name = entry->text;
    SweepSettings sweep = document->plot().sweep;
    sweep.hidden = toggled(sweep.hidden, key);
    edit(sweep, tr("Show or hide %1").arg(name));
}

void SweepView::Private::editTitles(const SweepPlot& plot, const PlotTitles& titles)
{
    edit(withTitles(document->plot().sweep, axis(), plot.content().quantity, titles), tr("Edit plot titles"));
}

void SweepView::Private::edit(const SweepSettings& sweep, const QString& what)
{
    editPart<SweepSettings>(*document, &PlotSettings::sweep, what, [&](SweepSettings& own) { own = sweep; });
}

SweepView::SweepView(Document* document, QWidget* parent)
    : PlotWidget(parent), d(std::make_unique<Private>(this, document))
{
    setObjectName(QStringLiteral("sweepView"));
    d->build();
    const auto refresh = [this] { d->update(); };
    connect(document, &Document::recordAppended, this, refresh);
    connect(document, &Document::recordsReset, this, refresh);
    connect(document, &Document::selectionChanged, this, refresh);
    connect(document, &Document::plotChanged, this, refresh);
    d->update();
}

SweepView::~SweepView() = default;

QString SweepView::exportName() const
{
    return d->axis() == SweepAxis::Batch ? QStringLiteral("sweep-batch") : QStringLiteral("sweep-threads");
}

PlotTitles SweepView::titles() const
{
    const PlotTitles& first = d->shownPlots().front()->titles();
    return {first.plot, first.x, d->shown() == Shown::Both ? QString() : first.y};
}

QSize SweepView::shownSize() const
{
    return d->drawn->size();
}

bool SweepView::isEmpty() const
{
    return d->latency->content().curves.empty();
}

void SweepView::render(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const PlotTitles& titles) const
{
    const std::vector<SweepPlot*> plots = d->shownPlots();
    int top = drawPanelTitle(painter, size, theme, titles.plot);
    painter.save();
    painter.translate(0, top);
    top += d->drawLegend(painter, size, theme);
    painter.restore();
    const std::vector<QRect> areas =
        panelRects({0, top, size.width(), size.height() - top}, static_cast<int>(plots.size()));
    for (std::size_t i = 0; i < plots.size(); ++i) {
        const PlotTitles own{QString(), titles.x, titles.y.isEmpty() ? plots[i]->titles().y : titles.y};
        SweepPlot copy;
        copyForExport(copy, *plots[i], theme, own);
        paintAt(painter, copy, areas[i]);
    }
}

} // namespace lathe::ui

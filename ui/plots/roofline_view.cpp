#include "ui/plots/roofline_view.h"

#include <QComboBox>
#include <QHeaderView>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/analysis/series.h"
#include "core/benchmark/environment.h"
#include "ui/bar_delegate.h"
#include "ui/choose/answer_label.h"
#include "ui/controls.h"
#include "ui/flow_layout.h"
#include "ui/format.h"
#include "ui/jobs/job_queue.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/legend_strip.h"
#include "ui/plots/plot_controls.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"
#include "ui/plots/roofline_plot.h"
#include "ui/roofline/roofline_model.h"
#include "ui/roofline/roofline_source.h"
#include "ui/session/document.h"
#include "ui/session/selection.h"
#include "ui/sorting.h"
#include "ui/table_hint.h"

namespace lathe::ui {

namespace {

constexpr qint64 kCalibrationMs = 9000;

/// Of the records on this machine's cores, and all cores.
std::set<int> threadCounts(const std::vector<Record>& records)
{
    std::set<int> counts{usableCores()};
    for (const Record& record : records)
        if (record.configuration.device == "cpu" && record.configuration.threads <= usableCores())
            counts.insert(record.configuration.threads);
    return counts;
}

QString hintText(const QString& problem)
{
    const QString text = RooflineView::tr(
        "<p><b>What could this machine do?</b></p><p>The roofline shows how near each network, and each of its layers, "
        "comes to what the cores can compute and the memory can deliver. For that the machine has to be measured once, "
        "which takes about ten seconds: close what else is running first.</p>");
    return problem.isEmpty() ? text : text + QStringLiteral("<p>%1</p>").arg(problem.toHtmlEscaped());
}

bool isOf(const RooflinePoint& point, std::size_t record, bool layers)
{
    return point.record == record && point.layer.empty() != layers;
}

/// Reasons for leaving records out, each once with their number.
std::vector<std::string> leftOutSentences(const std::vector<LeftOut>& leftOut)
{
    std::map<std::string, int> reasons;
    for (const LeftOut& left : leftOut)
        ++reasons[left.reason];
    std::vector<std::string> sentences;
    for (const auto& [reason, count] : reasons) {
        const QString records = counted(count, RooflineView::tr("record is"), RooflineView::tr("records are"));
        const bool whole = reason.ends_with('.');
        sentences.push_back(
            RooflineView::tr("%1 left out: %2%3").arg(records, toQString(reason), whole ? "" : ".").toStdString());
    }
    return sentences;
}

} // namespace

class RooflineView::Private {
public:
    Private(RooflineView* view, Document* doc, JobQueue* jobs, const Measuring& measures)
        : q(view), document(doc), queue(jobs), measuring(measures)
    {
    }

    RooflineView* q;
    Document* document;
    JobQueue* queue;
    Measuring measuring;
    RooflineSource* source = nullptr;
    RooflineModel* model = nullptr;
    ValueSortProxy* proxy = nullptr;
    QComboBox* threads = nullptr;
    QToolButton* measure = nullptr;
    QStackedWidget* stack = nullptr;
    EmptyHint* hint = nullptr;
    LegendStrip* legend = nullptr;
    RooflinePlot* plot = nullptr;
    QTableView* table = nullptr;
    AnswerLabel* answer = nullptr;
    std::shared_ptr<const RooflineAnswer> shown;
    std::set<QString> hidden;      ///< types
    std::optional<int> wanted;     ///< threads that the user chose
    std::optional<int> job;        ///< that measures the machine
    bool stale = true;             ///< something has changed since the last request
    std::vector<std::string> said; ///< by the last calibration

    void build();
    QWidget* buildResult();
    void buildControls(QWidget* controls);
    void buildTable();
    void connectPlot();
    void connectDocument();
    int shownThreads() const { return threads->currentData().toInt(); }
    void showThreads();
    void refresh();
    void request();
    void startMeasuring();
    void finished(int id);
    void show();
    RooflinePlot::Content contentOf(const std::optional<std::size_t>& chosen) const;
    std::optional<std::size_t> chosenRecord() const;
    void showLegend();
    void showSentences();
    void updateMeasure();
    std::optional<std::size_t> currentLayer() const;
};

void RooflineView::Private::build()
{
    source = new RooflineSource(measuring.knownPeaks, q);
    model = new RooflineModel(q);
    proxy = new ValueSortProxy(model, RooflineModel::SortRole, q);
    auto* controls = new QWidget(q);
    buildControls(controls);
    hint = new EmptyHint(hintText({}), tr("Measure this machine"), q);
    stack = new QStackedWidget(q);
    stack->addWidget(hint);
    stack->addWidget(buildResult());
    stack->addWidget(new QWidget(stack)); // until it is known whether there are roofs
    stack->setCurrentIndex(2);
    connect(hint, &EmptyHint::buttonClicked, q, [this] { startMeasuring(); });
    auto* layout = new QVBoxLayout(q);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(controls);
    layout->addWidget(stack, 1);
}

QWidget* RooflineView::Private::buildResult()
{
    plot = new RooflinePlot(q);
    plot->setObjectName(QStringLiteral("rooflinePlot"));
    legend = new LegendStrip(q);
    legend->setObjectName(QStringLiteral("rooflineLegend"));
    connectPlot();
    buildTable();
    auto* scroll = new QScrollArea(q);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    answer = new AnswerLabel(scroll);
    describeControl(answer, "rooflineAnswer", tr("What bounds the network and its layers"), {});
    scroll->setWidget(answer);
    auto* splitter = new QSplitter(Qt::Vertical, q);
    splitter->setObjectName(QStringLiteral("rooflineSplitter"));
    splitter->setChildrenCollapsible(false);
    auto* top = new QWidget(splitter);
    auto* above = new QVBoxLayout(top);
    above->setContentsMargins(0, 0, 0, 0);
    above->setSpacing(0);
    above->addWidget(legend);
    above->addWidget(plot, 1);
    splitter->addWidget(top);
    splitter->addWidget(scroll);
    splitter->addWidget(table);
    for (int i = 0; i < 3; ++i)
        splitter->setStretchFactor(i, i == 0 ? 3 : (i == 1 ? 0 : 1));
    splitter->setSizes({330, 76, 150});
    return splitter;
}

void RooflineView::Private::buildControls(QWidget* controls)
{
    auto* layout = new FlowLayout(controls);
    layout->setContentsMargins(6, 4, 6, 4);
    threads = addLabelledCombo(*controls, tr("Roofs of"), QStringLiteral("rooflineThreads"),
                               tr("Number of threads that the machine was measured with; the records shown ran on "
                                  "as many"));
    measure = addTextButton(*controls, tr("Measure this machine"), QStringLiteral("rooflineMeasure"),
                            tr("Measure matrix products and memory again, for about ten seconds; best with nothing "
                               "else running"),
                            false);
    QToolButton* fit = addTextButton(*controls, tr("Fit"), QStringLiteral("rooflineFit"),
                                     tr("Show all points and roofs (Home)"), false);
    connect(threads, &QComboBox::activated, q, [this] {
        wanted = shownThreads();
        refresh();
    });
    connect(measure, &QToolButton::clicked, q, [this] { startMeasuring(); });
    connect(fit, &QToolButton::clicked, q, [this] { plot->fit(); });
}

void RooflineView::Private::buildTable()
{
    table = new QTableView(q);
    describeControl(table, "rooflineTable", tr("Layers under the roofs"), {});
    makePlainTable(table);
    table->setModel(proxy);
    table->setTextElideMode(Qt::ElideMiddle);
    table->setSelectionMode(QAbstractItemView::SingleSelection);
    table->setSortingEnabled(true);
    table->sortByColumn(RooflineModel::Time, Qt::DescendingOrder);
    for (const int column : {RooflineModel::Share, RooflineModel::OfRoof})
        table->setItemDelegateForColumn(column, new BarDelegate(RooflineModel::FractionRole, table));
    const int widths[RooflineModel::ColumnCount] = {160, 56, 60, 82, 62, 100, 100, 84, 76, 104};
    for (int column = 0; column < RooflineModel::ColumnCount; ++column)
        table->setColumnWidth(column, widths[column]);
    table->horizontalHeader()->setStretchLastSection(true);
    showWhenEmpty(table, tr("Select a record whose layers were timed (“Time each layer”): what bounds each of them is "
                            "listed here."));
    connect(table->selectionModel(), &QItemSelectionModel::currentChanged, q, [this] {
        plot->setCurrentLayer(currentLayer());
        showSentences();
    });
}

void RooflineView::Private::connectPlot()
{
    connect(plot, &RooflinePlot::recordClicked, q,
            [this](const QString& id, bool more) { selectRecord(*document, id, more); });
    connect(plot, &RooflinePlot::backgroundClicked, q, [this] { document->select({}); });
    connect(plot, &RooflinePlot::layerClicked, q, [this](std::size_t layer) {
        const QModelIndex row = proxy->mapFromSource(model->index(static_cast<int>(layer), 0));
        table->setCurrentIndex(row);
        table->scrollTo(row);
    });
    connect(plot, &PlotCanvas::themeChanged, q, [this] { showLegend(); });
    connect(legend, &LegendStrip::clicked, q, [this](const QString& key) {
        if (hidden.erase(key) == 0)
            hidden.insert(key);
        show();
    });
    connect(plot, &PlotCanvas::titlesEdited, q, [this](const PlotTitles& titles) { plot->setTitles(titles); });
    connect(plot->navigation(), &PlotNavigation::menuRequested, q,
            [this](const QPoint& at) { showPlotMenu(*q, plot, at); });
}

void RooflineView::Private::connectDocument()
{
    const auto again = [this] { refresh(); };
    connect(document, &Document::recordAppended, q, again);
    connect(document, &Document::recordsReset, q, again);
    connect(document, &Document::selectionChanged, q, [this] { show(); });
    connect(queue, &JobQueue::busyChanged, q, again);
    connect(queue, &JobQueue::jobFinished, q, [this](int id) { finished(id); });
    connect(source, &RooflineSource::ready, q, [this](const std::shared_ptr<const RooflineAnswer>& next) {
        shown = next;
        show();
    });
}

void RooflineView::Private::showThreads()
{
    const int chosen = wanted.value_or(usualThreads(document->records(), usableCores()));
    const QSignalBlocker quiet(threads);
    threads->clear();
    std::set<int> counts = threadCounts(document->records());
    counts.insert(chosen);
    for (const int count : counts)
        threads->addItem(counted(count, tr("thread"), tr("threads")), count);
    threads->setCurrentIndex(threads->findData(chosen));
}

/// Only for eyes that see it.
void RooflineView::Private::refresh()
{
    stale = true;
    if (q->isVisible())
        request();
}

void RooflineView::Private::request()
{
    if (!std::exchange(stale, false))
        return;
    showThreads();
    updateMeasure();
    source->request(shownThreads(), document->records(), !queue->isBusy());
}

void RooflineView::Private::startMeasuring()
{
    const int count = shownThreads();
    auto task = [this, count, run = measuring.measurePeaks](std::stop_token stop,
                                                            const ProgressSink& progress) -> Result<void> {
        const Result<KnownPeaks> known = run(count, std::move(stop), progress);
        if (!known)
            return tl::unexpected(known.error());
        QMetaObject::invokeMethod(
            q, [this, sentences = known->said] { said = sentences; }, Qt::QueuedConnection);
        return {};
    };
    job = queue->enqueue(tr("Measure this machine with %1").arg(counted(count, tr("thread"), tr("threads"))), task,
                         kCalibrationMs);
    updateMeasure();
}

void RooflineView::Private::finished(int id)
{
    if (job != id)
        return;
    job.reset();
    refresh();
}

void RooflineView::Private::updateMeasure()
{
    const bool known = shown && shown->peaks;
    measure->setText(known ? tr("Measure again") : tr("Measure this machine"));
    measure->setEnabled(!job && measuring.measurePeaks);
    hint->setEnabled(!job);
}

std::optional<std::size_t> RooflineView::Private::chosenRecord() const
{
    const std::vector<Record>& records = shown->records;
    for (const QString& id : document->selection())
        for (std::size_t i = 0; i < records.size(); ++i)
            if (toQString(records[i].id) == id)
                return i;
    return records.size() == 1 ? std::optional<std::size_t>(0) : std::nullopt;
}

RooflinePlot::Content RooflineView::Private::contentOf(const std::optional<std::size_t>& chosen) const
{
    RooflinePlot::Content content;
    content.peaks = shown->peaks;
    content.selected = document->selection();
    content.hidden = hidden;
    const std::vector<std::string> names = recordNames(shown->records);
    for (const RooflinePoint& point : shown->roofline.points) {
        const Record& record = shown->records[point.record];
        const QString id = toQString(record.id), type = toQString(record.type);
        if (point.layer.empty())
            content.records.push_back({point, id, toQString(names[point.record]), type});
        else if (chosen && isOf(point, *chosen, true))
            content.layers.push_back({point, id, toQString(point.layer), type});
    }
    if (chosen)
        content.layersOf = toQString(names[*chosen]);
    return content;
}

void RooflineView::Private::show()
{
    updateMeasure();
    if (!shown)
        return;
    stack->setCurrentIndex(shown->peaks ? 1 : 0);
    hint->setText(hintText(shown->problem));
    if (!shown->peaks)
        return;
    RooflinePlot::Content content = contentOf(chosenRecord());
    std::vector<RooflinePoint> layers;
    for (const RooflinePlot::Point& layer : content.layers)
        layers.push_back(layer.point);
    plot->setContent(std::move(content));
    showLegend();
    model->setLayers(std::move(layers), shown->peaks->threads);
    plot->setCurrentLayer(currentLayer());
    showSentences();
}

void RooflineView::Private::showLegend()
{
    legend->setEntries(rooflineLegend(plot->content(), plot->theme(), true), plot->theme());
}

std::optional<std::size_t> RooflineView::Private::currentLayer() const
{
    const QModelIndex row = proxy->mapToSource(table->currentIndex());
    return row.isValid() ? std::optional(static_cast<std::size_t>(row.row())) : std::nullopt;
}

/// Of the chosen record and layer, of what is left out, and of how the machine was measured.
void RooflineView::Private::showSentences()
{
    std::vector<std::string> sentences;
    const int count = shown->peaks->threads;
    const auto chosen = chosenRecord();
    for (const RooflinePlot::Point& point : plot->content().records)
        if (chosen && isOf(point.point, *chosen, false))
            sentences.push_back(fmt::format("{}: {}", point.name.toStdString(), boundText(point.point, count)));
    const bool firstStandsOut = !sentences.empty();
    if (const auto layer = currentLayer())
        sentences.push_back(
            fmt::format("{}: {}", model->layers()[*layer].layer, boundText(model->layers()[*layer], count)));
    for (const auto& more : {leftOutSentences(shown->roofline.leftOut), shown->peaks->notes, said})
        sentences.insert(sentences.end(), more.begin(), more.end());
    sentences.push_back(tr("The roofs were measured on %1.").arg(localTime(shown->peaks->time)).toStdString());
    answer->setSentences(sentences, firstStandsOut);
}

RooflineView::RooflineView(Document* document, JobQueue* queue, const Measuring& measuring, QWidget* parent)
    : PlotWidget(parent), d(std::make_unique<Private>(this, document, queue, measuring))
{
    setObjectName(QStringLiteral("rooflineView"));
    d->build();
    d->connectDocument();
    d->showThreads();
    d->updateMeasure();
}

RooflineView::~RooflineView() = default;

void RooflineView::showEvent(QShowEvent* event)
{
    PlotWidget::showEvent(event);
    d->request();
}

QString RooflineView::exportName() const
{
    return QStringLiteral("roofline");
}

PlotTitles RooflineView::titles() const
{
    return d->plot->titles();
}

QSize RooflineView::shownSize() const
{
    return d->plot->size();
}

bool RooflineView::isEmpty() const
{
    return d->stack->currentIndex() != 1;
}

void RooflineView::render(QCPPainter& painter, const QSize& size, const PlotTheme& theme,
                          const PlotTitles& titles) const
{
    RooflinePlot copy;
    copy.copyPlot(*d->plot, theme, titles);
    copy.paint(painter, size);
}

} // namespace lathe::ui

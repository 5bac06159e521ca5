#include "ui/plots/playground_view.h"

#include <QHeaderView>
#include <QLabel>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QTableView>
#include <QVBoxLayout>

#include <optional>

#include <fmt/format.h>

#include "ui/choose/answer_label.h"
#include "ui/controls.h"
#include "ui/format.h"
#include "ui/jobs/job_queue.h"
#include "ui/jobs/latest_work.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/playground_content.h"
#include "ui/plots/plot_content.h"
#include "ui/plots/plot_controls.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"
#include "ui/quantization/playground_controls.h"
#include "ui/quantization/quantized_values_model.h"
#include "ui/session/document.h"

namespace lathe::ui {

namespace {

enum Page { QuantizePage, GrowthPage };

QString hintText()
{
    return PlaygroundView::tr(
        "<p><b>A layer's own values</b></p><p>Choose a network and one of its layers above, then press Load. The "
        "catalogue's networks have no trained weights here: theirs are drawn from the seed. To see trained ones, add a "
        "model file on the left; it is then listed among the networks.</p>");
}

/// A layer of a network, as a job read it.
struct LoadedLayer {
    std::string model;
    LayerRequest request;
    std::shared_ptr<const TensorValues> values;

    bool isOf(const PlaygroundSetup& setup) const { return model == setup.model && request == setup.layer; }
};

} // namespace

class PlaygroundView::Private {
public:
    Private(PlaygroundView* view, Document* doc, JobQueue* jobs, const Measuring& measures)
        : q(view), document(doc), queue(jobs), measuring(measures)
    {
    }

    PlaygroundView* q;
    Document* document;
    JobQueue* queue;
    Measuring measuring;
    PlaygroundControls* controls = nullptr;
    GrowthControls* growthControls = nullptr;
    QTabBar* pages = nullptr;
    QStackedWidget* stack = nullptr; ///< a page each, then the hint
    ErrorLabel* problem = nullptr;
    HistogramPlot* values = nullptr;
    HistogramPlot* errors = nullptr;
    HistogramPlot* sums = nullptr;
    GrowthPlot* growth = nullptr;
    QuantizedValuesModel* model = nullptr;
    AnswerLabel* formulas = nullptr;
    AnswerLabel* findings = nullptr;
    std::optional<LoadedLayer> layer;
    std::optional<int> job; ///< that reads a layer
    bool stale = true;      ///< something was chosen since the last request
    LatestWork work;        ///< last: what it does may not outlive the rest

    void build();
    QWidget* buildQuantizePage();
    QWidget* buildGrowthPage();
    QWidget* buildTable();
    QScrollArea* scrolled(AnswerLabel*& label, const char* name, const QString& what);
    void preparePlot(PlotCanvas* plot, const char* name);
    void connectAll();
    Page page() const { return static_cast<Page>(pages->currentIndex()); }
    PlaygroundSetup setup() const;
    void takeModels();
    void refresh();
    void request();
    void load();
    void loaded(LoadedLayer next);
    void finished(int id);
    void show(const Result<PlaygroundAnswer>& answer);
    void showQuantization(const PlaygroundAnswer& answer);
    void showGrowth(const PlaygroundAnswer& answer);
    void showProblem(const std::string& text);
    void renderPanels(QCPPainter& painter, const QRect& room, const PlotTheme& theme) const;
};

void PlaygroundView::Private::build()
{
    controls = new PlaygroundControls(q);
    pages = new QTabBar(q);
    describeControl(pages, "playgroundPages", tr("What is shown of the values chosen"), {});
    pages->setDrawBase(false);
    pages->addTab(tr("Quantize"));
    pages->addTab(tr("Why the errors do not add up"));
    problem = new ErrorLabel(q);
    problem->setObjectName(QStringLiteral("playgroundProblem"));
    problem->setContentsMargins(8, 2, 8, 2);
    stack = new QStackedWidget(q);
    stack->addWidget(buildQuantizePage());
    stack->addWidget(buildGrowthPage());
    stack->addWidget(new EmptyHint(hintText(), {}, q));
    QVBoxLayout* column = tightColumn(q);
    column->addWidget(controls);
    column->addWidget(problem);
    column->addWidget(pages);
    column->addWidget(stack, 1);
}

void PlaygroundView::Private::preparePlot(PlotCanvas* plot, const char* name)
{
    plot->setObjectName(QString::fromLatin1(name));
    connect(plot, &PlotCanvas::titlesEdited, q, [plot](const PlotTitles& titles) { plot->setTitles(titles); });
    connectPlotMenu(*q, plot);
}

QScrollArea* PlaygroundView::Private::scrolled(AnswerLabel*& label, const char* name, const QString& what)
{
    QScrollArea* scroll = makeScroll(q);
    label = new AnswerLabel(scroll);
    describeControl(label, name, what, {});
    scroll->setWidget(label);
    return scroll;
}

QWidget* PlaygroundView::Private::buildTable()
{
    model = new QuantizedValuesModel(q);
    auto* table = new QTableView(q);
    describeControl(table, "playgroundTable", tr("Values, their integers, and what these stand for"), {});
    makePlainTable(table);
    table->setModel(model);
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    table->horizontalHeader()->setMinimumSectionSize(36);
    table->horizontalHeader()->setSectionResizeMode(QuantizedValuesModel::Place, QHeaderView::ResizeToContents);
    table->horizontalHeader()->setSectionResizeMode(QuantizedValuesModel::Integer, QHeaderView::ResizeToContents);
    table->setMinimumWidth(230);
    return table;
}

QWidget* PlaygroundView::Private::buildQuantizePage()
{
    values = new HistogramPlot(q);
    errors = new HistogramPlot(q);
    preparePlot(values, "playgroundValues");
    preparePlot(errors, "playgroundErrors");
    values->surface()->setAccessibleName(tr("Histogram of the values, with the quantization grid"));
    errors->surface()->setAccessibleName(tr("Histogram of the errors"));
    auto* plots = new PanelBox(q);
    plots->add(values);
    plots->add(errors);
    auto* below = new QSplitter(Qt::Horizontal, q);
    below->setChildrenCollapsible(false);
    below->addWidget(scrolled(formulas, "playgroundFormulas", tr("Every formula with the numbers put in")));
    below->addWidget(buildTable());
    below->setSizes({310, 290});
    below->setStretchFactor(0, 1);
    auto* splitter = new QSplitter(Qt::Vertical, q);
    splitter->setObjectName(QStringLiteral("playgroundSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(plots);
    splitter->addWidget(below);
    splitter->setSizes({330, 170});
    return splitter;
}

QWidget* PlaygroundView::Private::buildGrowthPage()
{
    growthControls = new GrowthControls(q);
    sums = new HistogramPlot(q);
    growth = new GrowthPlot(q);
    preparePlot(sums, "growthSums");
    preparePlot(growth, "growthPlot");
    sums->surface()->setAccessibleName(tr("Histogram of summed errors, with the predicted normal curve"));
    auto* plots = new PanelBox(q);
    plots->add(sums);
    plots->add(growth);
    auto* splitter = new QSplitter(Qt::Vertical, q);
    splitter->setObjectName(QStringLiteral("growthSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(plots);
    splitter->addWidget(scrolled(findings, "growthFindings", tr("Whether the prediction holds, and why not")));
    splitter->setSizes({340, 130});
    auto* page = new QWidget(q);
    QVBoxLayout* column = tightColumn(page);
    column->addWidget(growthControls);
    column->addWidget(splitter, 1);
    return page;
}

void PlaygroundView::Private::connectAll()
{
    connect(controls, &PlaygroundControls::changed, q, [this] { refresh(); });
    connect(controls, &PlaygroundControls::loadRequested, q, [this] { load(); });
    connect(growthControls, &GrowthControls::changed, q, [this] { refresh(); });
    connect(pages, &QTabBar::currentChanged, q, [this] { refresh(); });
    connect(document, &Document::setupChanged, q, [this] { takeModels(); });
    connect(queue, &JobQueue::jobFinished, q, [this](int id) { finished(id); });
}

void PlaygroundView::Private::takeModels()
{
    controls->setModelFiles(document->setup().models);
}

PlaygroundSetup PlaygroundView::Private::setup() const
{
    PlaygroundSetup now = controls->setup();
    now.growth = growthControls->options();
    now.growth.seed = now.seed;
    now.withGrowth = page() == GrowthPage;
    return now;
}

/// Only for eyes that see it.
void PlaygroundView::Private::refresh()
{
    stale = true;
    if (q->isVisible())
        request();
}

void PlaygroundView::Private::request()
{
    if (!std::exchange(stale, false))
        return;
    controls->setLoadEnabled(!job && measuring.layerValues);
    const PlaygroundSetup now = setup();
    if (now.ofLayer() && (!layer || !layer->isOf(now))) {
        work.forget();
        showProblem({});
        stack->setCurrentIndex(stack->count() - 1);
        return;
    }
    work.start(
        q,
        [now, known = now.ofLayer() ? layer->values : nullptr](const std::stop_token& stop) {
            return playgroundAnswer(now, known, stop);
        },
        [this](const Result<PlaygroundAnswer>& answer) { show(answer); });
}

void PlaygroundView::Private::load()
{
    const PlaygroundSetup now = setup();
    auto task = [this, model = now.model, request = now.layer,
                 run = measuring.layerValues](const std::stop_token&, const ProgressSink&) -> Result<void> {
        Result<TensorValues> read = run(model, request);
        if (!read)
            return tl::unexpected(read.error());
        LoadedLayer next{model, request, std::make_shared<const TensorValues>(*std::move(read))};
        QMetaObject::invokeMethod(
            q, [this, next = std::move(next)] { loaded(next); }, Qt::QueuedConnection);
        return {};
    };
    const QString what = now.layer.activations ? tr("Run %2 for the activations of %1") : tr("Read %1 of %2");
    job = queue->enqueue(what.arg(toQString(now.layer.layer), toQString(now.model)), task);
    controls->setLoadEnabled(false);
}

void PlaygroundView::Private::loaded(LoadedLayer next)
{
    layer = std::move(next);
    refresh();
}

void PlaygroundView::Private::finished(int id)
{
    if (job != id)
        return;
    job.reset();
    controls->setLoadEnabled(measuring.layerValues != nullptr);
    if (const Job* done = queue->job(id); done != nullptr && done->state == Job::State::Failed)
        showProblem(done->what.toStdString());
}

void PlaygroundView::Private::showProblem(const std::string& text)
{
    problem->setText(toQString(text));
    problem->setVisible(!text.empty());
}

void PlaygroundView::Private::show(const Result<PlaygroundAnswer>& answer)
{
    showProblem(answer ? answer->growthProblem : answer.error().message);
    if (!answer)
        return;
    controls->setParts(answer->view.grids.partition.parts());
    stack->setCurrentIndex(page());
    if (answer->growth)
        showGrowth(*answer);
    else if (page() == QuantizePage)
        showQuantization(*answer);
}

void PlaygroundView::Private::showQuantization(const PlaygroundAnswer& answer)
{
    const QuantizationView& view = answer.view;
    values->setTitles(valuesTitles(view));
    values->setContent(valuesContent(view));
    errors->setTitles(errorsTitles());
    errors->setContent(errorsContent(view));
    model->setPart(view.part);
    std::vector<std::string> sentences{quantizationSummary(view)};
    for (const auto& more : {quantizationFormulas(view), answer.values->notes})
        sentences.insert(sentences.end(), more.begin(), more.end());
    const auto listed = static_cast<std::int64_t>(view.part.first.size());
    if (view.part.error.count > listed)
        sentences.push_back(tr("The table lists the first %L1 of %L2 values; all else is of all of them.")
                                .arg(listed)
                                .arg(view.part.error.count)
                                .toStdString());
    formulas->setSentences(sentences, true);
}

void PlaygroundView::Private::showGrowth(const PlaygroundAnswer& answer)
{
    sums->setTitles(sumsTitles(*answer.growth));
    sums->setContent(sumsContent(*answer.growth));
    growth->setContent({answer.growth, false});
    std::vector<std::string> sentences = errorGrowthSentences(*answer.growth);
    const auto drawn = static_cast<std::int64_t>(answer.values->values().size());
    if (setup().source == PlaygroundSetup::Source::Drawn)
        sentences.push_back(
            fmt::format("s and z are of the grid for these {} values, so that the sums are of different "
                        "ones; the tab Quantize may show fewer, whose extremes lie closer together.",
                        drawn));
    const std::vector<std::string>& notes = answer.values->notes;
    sentences.insert(sentences.end(), notes.begin(), notes.end());
    findings->setSentences(sentences, true);
}

/// Each with its own titles.
template <class Plot> void paintPanel(QCPPainter& painter, const Plot& plot, const QRect& area, const PlotTheme& theme)
{
    Plot copy;
    copyForExport(copy, plot, theme, plot.titles());
    paintAt(painter, copy, area);
}

void PlaygroundView::Private::renderPanels(QCPPainter& painter, const QRect& room, const PlotTheme& theme) const
{
    const std::vector<QRect> areas = panelRects(room, 2);
    if (page() == GrowthPage) {
        paintPanel(painter, *sums, areas[0], theme);
        paintPanel(painter, *growth, areas[1], theme);
        return;
    }
    paintPanel(painter, *values, areas[0], theme);
    paintPanel(painter, *errors, areas[1], theme);
}

PlaygroundView::PlaygroundView(Document* document, JobQueue* queue, const Measuring& measuring, QWidget* parent)
    : PlotWidget(parent), d(std::make_unique<Private>(this, document, queue, measuring))
{
    setObjectName(QStringLiteral("playgroundView"));
    d->build();
    d->connectAll();
    d->takeModels();
}

PlaygroundView::~PlaygroundView() = default;

void PlaygroundView::showEvent(QShowEvent* event)
{
    PlotWidget::showEvent(event);
    d->request();
}

QString PlaygroundView::exportName() const
{
    return d->page() == GrowthPage ? QStringLiteral("error-growth") : QStringLiteral("quantization");
}

PlotTitles PlaygroundView::titles() const
{
    return {};
}

QSize PlaygroundView::shownSize() const
{
    return d->values->parentWidget()->size();
}

bool PlaygroundView::isEmpty() const
{
    if (d->stack->currentIndex() != d->page())
        return true;
    return d->page() == GrowthPage ? !d->growth->content().growth : d->values->content().bars.counts.empty();
}

void PlaygroundView::render(QCPPainter& painter, const QSize& size, const PlotTheme& theme,
                            const PlotTitles& titles) const
{
    const int top = drawPanelTitle(painter, size, theme, titles.plot);
    d->renderPanels(painter, {0, top, size.width(), size.height() - top}, theme);
}

} // namespace lathe::ui

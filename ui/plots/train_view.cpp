#include "ui/plots/train_view.h"

#include <QFileInfo>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <chrono>
#include <optional>

#include "core/analysis/significant.h"
#include "core/base/files.h"
#include "core/training/training_text.h"
#include "ui/choose/answer_label.h"
#include "ui/controls.h"
#include "ui/format.h"
#include "ui/jobs/job_queue.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/plot_content.h"
#include "ui/plots/plot_controls.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"
#include "ui/plots/training_plot.h"
#include "ui/training/train_form.h"

namespace lathe::ui {

namespace {

constexpr auto kBetweenUpdates = std::chrono::milliseconds(250);

QString hintText()
{
    return TrainView::tr(
        "<p><b>A network that has learned something</b></p><p>Accuracy can only be told of trained networks. Choose a "
        "network and a dataset, and a file for the weights: the curves are drawn here as they come, the training can "
        "be stopped and gone on with, and the outcome is measured on images that it never saw.</p>");
}

QString nameOf(TrainingPlot::Quantity quantity)
{
    return quantity == TrainingPlot::Quantity::Loss ? QStringLiteral("lossPlot") : QStringLiteral("accuracyPlot");
}

std::string throughputText(const TrainingResult& result)
{
    double seconds = 0.0;
    double images = 0.0;
    for (const EpochResult& epoch : result.history) {
        seconds += epoch.seconds;
        images += static_cast<double>(epoch.images);
    }
    return formatDuration(seconds) + ", " + formatSignificant(seconds > 0.0 ? images / seconds : 0.0) + " images/s";
}

} // namespace

class TrainView::Private {
public:
    Private(TrainView* view, JobQueue* jobs, const Measuring& measures, Questions asks)
        : q(view), queue(jobs), measuring(measures), questions(std::move(asks))
    {
    }

    TrainView* q;
    JobQueue* queue;
    Measuring measuring;
    Questions questions;
    TrainForm* form = nullptr;
    QToolButton* start = nullptr;
    QToolButton* stop = nullptr;
    QStackedWidget* stack = nullptr;
    TrainingPlot* loss = nullptr;
    TrainingPlot* accuracy = nullptr;
    AnswerLabel* answer = nullptr;
    std::optional<int> job;
    int generation = 0; ///< of the training shown; what comes from an earlier one is stale

    void build();
    QWidget* buildResult();
    TrainingPlot* addPlot(PanelBox* panels, TrainingPlot::Quantity quantity);
    void connectAll();
    std::optional<TrainingWish> ask();
    void begin();
    void clear(int epochs);
    TrainingEvents events(int generationNow, const ProgressSink& progress);
    void tell(int generationThen, std::function<void()> what);
    void stepped(const TrainingProgress& progress);
    void validated(const EpochResult& epoch);
    void show(const TrainedFile& trained, const QString& path);
    void updateButtons();
};

void TrainView::Private::build()
{
    form = new TrainForm(q);
    start = addTextButton(*form, tr("Train…"), "trainStart", tr("Choose a file for the weights and begin"), false);
    stop = addTextButton(*form, tr("Stop"), "trainStop",
                         tr("Stop after this step; training into the same file goes on from there"), false);
    stack = new QStackedWidget(q);
    stack->addWidget(new EmptyHint(hintText(), {}, q));
    stack->addWidget(buildResult());
    auto* column = tightColumn(q);
    column->addWidget(form);
    column->addWidget(stack, 1);
}

QWidget* TrainView::Private::buildResult()
{
    auto* panels = new PanelBox(q);
    loss = addPlot(panels, TrainingPlot::Quantity::Loss);
    accuracy = addPlot(panels, TrainingPlot::Quantity::Accuracy);
    QScrollArea* scroll = makeScroll(q);
    answer = new AnswerLabel(scroll);
    describeControl(answer, "trainAnswer", tr("What the training came to"), {});
    scroll->setWidget(answer);
    auto* splitter = new QSplitter(Qt::Vertical, q);
    splitter->setObjectName("trainSplitter");
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(panels);
    splitter->addWidget(scroll);
    splitter->setStretchFactor(0, 3);
    splitter->setSizes({400, 110});
    return splitter;
}

TrainingPlot* TrainView::Private::addPlot(PanelBox* panels, TrainingPlot::Quantity quantity)
{
    auto* plot = new TrainingPlot(q);
    plot->setObjectName(nameOf(quantity));
    plot->setTitles(trainingTitles(quantity));
    panels->add(plot);
    return plot;
}

void TrainView::Private::connectAll()
{
    connect(start, &QToolButton::clicked, q, [this] { begin(); });
    connect(stop, &QToolButton::clicked, q, [this] {
        if (job)
            queue->cancel(*job);
    });
    connect(queue, &JobQueue::jobFinished, q, [this](int id) {
        if (job != id)
            return;
        const Job* finished = queue->job(id);
        if (finished != nullptr && finished->state == Job::State::Failed)
            answer->setSentences({finished->what.toStdString()}, true);
        if (finished != nullptr && finished->state == Job::State::Cancelled)
            answer->setSentences(
                {tr("Stopped: training into the same file with the same options goes on from here.").toStdString()},
                true);
        job.reset();
        updateButtons();
    });
    for (TrainingPlot* plot : {loss, accuracy}) {
        connect(plot, &PlotCanvas::titlesEdited, q, [plot](const PlotTitles& titles) { plot->setTitles(titles); });
        connectPlotMenu(*q, plot);
    }
    updateButtons();
}

/// Where to, and whether to go on with what was stopped.
std::optional<TrainingWish> TrainView::Private::ask()
{
    TrainingWish wish = form->wish();
    const QString path =
        questions.saveFile(q, tr("Save the trained network as"), form->suggestedFile(), tr("Weights (*.safetensors)"));
    if (path.isEmpty())
        return std::nullopt;
    wish.out = path.toStdString();
    if (isThere(checkpointBeside(wish.out))) {
        wish.resume =
            questions.confirm(q, tr("A training into “%1” was stopped before its end.").arg(QFileInfo(path).fileName()),
                              tr("Go on with it"));
        if (!wish.resume)
            return std::nullopt;
    }
    return wish;
}

void TrainView::Private::begin()
{
    const auto wish = ask();
    if (!wish)
        return;
    clear(wish->options.epochs);
    const QString path = QString::fromStdString(wish->out.string());
    auto task = [this, wish = *wish, path, run = measuring.train,
                 now = generation](std::stop_token token, const ProgressSink& progress) -> Result<void> {
        Result<TrainedFile> trained = run(wish, events(now, progress), std::move(token));
        if (!trained)
            return tl::unexpected(trained.error());
        tell(now,
             [this, path, shown = std::make_shared<const TrainedFile>(*std::move(trained))] { show(*shown, path); });
        return {};
    };
    job = queue->enqueue(tr("Train %1 on %2").arg(toQString(wish->names.model), toQString(wish->names.dataset)), task);
    updateButtons();
}

void TrainView::Private::clear(int epochs)
{
    ++generation;
    stack->setCurrentIndex(1);
    const std::vector<TrainingCurve> none{{tr("training"), {}}, {tr("validation"), {}}};
    for (TrainingPlot* plot : {loss, accuracy}) {
        const bool isLoss = plot == loss;
        plot->setContent({isLoss ? TrainingPlot::Quantity::Loss : TrainingPlot::Quantity::Accuracy, none,
                          static_cast<double>(epochs), false});
        plot->fit();
    }
    answer->setSentences({}, true);
}

/// On the GUI thread, unless another training has begun meanwhile. The queue goes before the view does.
void TrainView::Private::tell(int generationThen, std::function<void()> what)
{
    QMetaObject::invokeMethod(
        q,
        [this, generationThen, what = std::move(what)] {
            if (generationThen == generation)
                what();
        },
        Qt::QueuedConnection);
}

/// Called on the worker thread; steps are passed on now and then, epochs always.
TrainingEvents TrainView::Private::events(int generationNow, const ProgressSink& progress)
{
    using Clock = std::chrono::steady_clock;
    TrainingEvents events;
    events.stepDone = [this, progress, now = generationNow,
                       next = Clock::time_point()](const TrainingProgress& p) mutable {
        const double done = p.epoch - 1 + static_cast<double>(p.step) / static_cast<double>(p.steps);
        progress({done / p.epochs, "epoch " + std::to_string(p.epoch) + " of " + std::to_string(p.epochs) + ", " +
                                       formatSignificant(p.imagesPerSecond) + " images/s, " +
                                       formatDuration(p.secondsLeft) + " left"});
        if (Clock::now() < next && p.step < p.steps)
            return;
        next = Clock::now() + kBetweenUpdates;
        tell(now, [this, p] { stepped(p); });
    };
    events.epochDone = [this, now = generationNow](const EpochResult& epoch) {
        tell(now, [this, epoch] { validated(epoch); });
    };
    return events;
}

namespace {

void append(TrainingPlot* plot, std::size_t curve, double epochs, double value)
{
    TrainingPlot::Content content = plot->content();
    content.curves[curve].points.emplace_back(epochs, value);
    plot->setContent(std::move(content));
}

} // namespace

void TrainView::Private::stepped(const TrainingProgress& p)
{
    const double at = p.epoch - 1 + static_cast<double>(p.step) / static_cast<double>(p.steps);
    append(loss, 0, at, p.loss);
    append(accuracy, 0, at, 100.0 * p.accuracy);
}

void TrainView::Private::validated(const EpochResult& epoch)
{
    if (!epoch.validationAccuracy)
        return;
    append(loss, 1, epoch.epoch, *epoch.validationLoss);
    append(accuracy, 1, epoch.epoch, 100.0 * *epoch.validationAccuracy);
}

void TrainView::Private::show(const TrainedFile& trained, const QString& path)
{
    std::vector<std::string> sentences = evaluationSentences(trained.result.test, trained.classNames);
    sentences.push_back(tr("Trained on %1 for %2: saved as %3, and added to the list of networks.")
                            .arg(toQString(trained.dataset), toQString(throughputText(trained.result)), path)
                            .toStdString());
    answer->setSentences(sentences, true);
    Q_EMIT q->trained(path);
}

void TrainView::Private::updateButtons()
{
    start->setEnabled(!job && measuring.train);
    stop->setEnabled(job.has_value());
}

TrainView::TrainView(JobQueue* queue, const Measuring& measuring, Questions questions, QWidget* parent)
    : PlotWidget(parent), d(std::make_unique<Private>(this, queue, measuring, std::move(questions)))
{
    setObjectName("trainView");
    d->build();
    d->connectAll();
}

TrainView::~TrainView() = default;

QString TrainView::exportName() const
{
    return QStringLiteral("training");
}

PlotTitles TrainView::titles() const
{
    return {{}, d->loss->titles().x, {}};
}

QSize TrainView::shownSize() const
{
    return d->loss->parentWidget()->size();
}

bool TrainView::isEmpty() const
{
    return d->stack->currentIndex() != 1;
}

void TrainView::render(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const PlotTitles& titles) const
{
    const int top = drawPanelTitle(painter, size, theme, titles.plot);
    const std::vector<QRect> areas = panelRects({0, top, size.width(), size.height() - top}, 2);
    const TrainingPlot* const plots[] = {d->loss, d->accuracy};
    for (std::size_t i = 0; i < 2; ++i) {
        const PlotTitles own{{}, titles.x, titles.y.isEmpty() ? plots[i]->titles().y : titles.y};
        TrainingPlot copy;
        copyForExport(copy, *plots[i], theme, own);
        paintAt(painter, copy, areas[i]);
    }
}

} // namespace lathe::ui

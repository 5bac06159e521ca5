#include "ui/plots/width_view.h"

#include <QComboBox>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <optional>

#include "core/architectures/catalogue.h"
#include "core/benchmark/environment.h"
#include "ui/choose/answer_label.h"
#include "ui/controls.h"
#include "ui/format.h"
#include "ui/jobs/job_queue.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/plot_content.h"
#include "ui/plots/plot_controls.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"
#include "ui/plots/width_plot.h"
#include "ui/session/document.h"

namespace lathe::ui {

namespace {

constexpr int kAround = 16; // channels to either side of the layer's own
constexpr int kMostChannels = 65536;
constexpr int kMostBatch = 1024;
constexpr double kMaxSeconds = 20.0;

QString hintText()
{
    return WidthView::tr(
        "<p><b>How wide should a layer be?</b></p><p>Kernels work in vectors and blocks, so that a layer with more "
        "channels can be the faster one. Choose a network, one of its convolutions or linear layers and a range of "
        "channels: each width is timed by itself, for about twenty seconds in all.</p>");
}

QSpinBox* addSpin(QWidget& parent, const QString& label, const char* name, const QString& tip, int most)
{
    auto* spin = new QSpinBox(&parent);
    describeControl(spin, name, tip, tip);
    spin->setRange(1, most);
    addLabelled(parent, label, spin);
    return spin;
}

} // namespace

class WidthView::Private {
public:
    Private(WidthView* view, Document* doc, JobQueue* jobs, const Measuring& measures)
        : q(view), document(doc), queue(jobs), measuring(measures)
    {
    }

    WidthView* q;
    Document* document;
    JobQueue* queue;
    Measuring measuring;
    QComboBox* model = nullptr;
    QComboBox* layer = nullptr;
    QComboBox* axis = nullptr;
    QComboBox* mode = nullptr;
    QSpinBox* first = nullptr;
    QSpinBox* last = nullptr;
    QSpinBox* step = nullptr;
    QSpinBox* batch = nullptr;
    QSpinBox* threads = nullptr;
    QToolButton* start = nullptr;
    QStackedWidget* stack = nullptr;
    WidthPlot* plot = nullptr;
    AnswerLabel* answer = nullptr;
    std::optional<Graph> graph; ///< of the model chosen
    std::optional<int> job;

    void build();
    QWidget* buildResult();
    void buildControls(QWidget* controls);
    void buildChoices(QWidget* controls);
    void connectAll();
    void followSelection();
    void takeModel();
    void takeLayer();
    void takeAxis();
    std::optional<ScannedLayer> chosenLayer() const;
    WidthAxis chosenAxis() const;
    WidthScanOptions options() const;
    void startScan();
    void show(const std::shared_ptr<const WidthScan>& scan);
    void updateStart();
};

void WidthView::Private::build()
{
    QWidget* controls = makeControlStrip(q);
    buildControls(controls);
    auto* hint = new EmptyHint(hintText(), {}, q);
    stack = new QStackedWidget(q);
    stack->addWidget(hint);
    stack->addWidget(buildResult());
    auto* column = tightColumn(q);
    column->addWidget(controls);
    column->addWidget(stack, 1);
}

QWidget* WidthView::Private::buildResult()
{
    plot = new WidthPlot(q);
    plot->setObjectName(QStringLiteral("widthPlot"));
    QScrollArea* scroll = makeScroll(q);
    answer = new AnswerLabel(scroll);
    describeControl(answer, "widthAnswer", tr("What the scan of widths showed"), {});
    scroll->setWidget(answer);
    auto* splitter = new QSplitter(Qt::Vertical, q);
    splitter->setObjectName(QStringLiteral("widthSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(plot);
    splitter->addWidget(scroll);
    splitter->setStretchFactor(0, 3);
    splitter->setSizes({400, 110});
    return splitter;
}

void WidthView::Private::buildControls(QWidget* controls)
{
    buildChoices(controls);
    first = addSpin(*controls, tr("From"), "widthFirst", tr("Fewest channels"), kMostChannels);
    last = addSpin(*controls, tr("to"), "widthLast", tr("Most channels"), kMostChannels);
    step = addSpin(*controls, tr("by"), "widthStep", tr("Channels from one width to the next"), kMostChannels);
    batch = addSpin(*controls, tr("Batch"), "widthBatch", tr("Samples of an inference"), kMostBatch);
    threads = addSpin(*controls, tr("Threads"), "widthThreads", tr("Threads that the layer runs on"), usableCores());
    threads->setValue(usableCores());
    start = addTextButton(*controls, tr("Scan"), QStringLiteral("widthStart"),
                          tr("Time every width, for about twenty seconds; best with nothing else running"), false);
    QToolButton* fit =
        addTextButton(*controls, tr("Fit"), QStringLiteral("widthFit"), tr("Show all widths (Home)"), false);
    connect(fit, &QToolButton::clicked, q, [this] { plot->fit(); });
}

void WidthView::Private::buildChoices(QWidget* controls)
{
    model = addLabelledCombo(*controls, tr("Network"), QStringLiteral("widthModel"),
                             tr("Network whose layer is scanned; that of the selected record is taken"));
    layer = addLabelledCombo(*controls, tr("Layer"), QStringLiteral("widthLayer"),
                             tr("A convolution or linear layer of the network"));
    axis = addLabelledCombo(*controls, tr("Channels"), QStringLiteral("widthAxis"),
                            tr("Which channels vary; those of a depthwise convolution are one number"));
    mode = addLabelledCombo(*controls, tr("Mode"), QStringLiteral("widthMode"), tr("How the layer is run"));
    for (const Architecture& architecture : catalogue())
        model->addItem(toQString(architecture.name), toQString(architecture.name));
    for (const auto& [each, text] : {std::pair(WidthAxis::Out, tr("out")), std::pair(WidthAxis::In, tr("in")),
                                     std::pair(WidthAxis::Both, tr("both"))})
        axis->addItem(text, toQString(axisName(each)));
    for (const Mode each : allModes())
        mode->addItem(toQString(name(each)), toQString(name(each)));
    setCombo(mode, std::string(name(Mode::Fused)));
    keepNarrow(model, 16);
    keepNarrow(layer, 22);
}

void WidthView::Private::connectAll()
{
    connect(model, &QComboBox::activated, q, [this] { takeModel(); });
    connect(layer, &QComboBox::activated, q, [this] { takeLayer(); });
    connect(axis, &QComboBox::activated, q, [this] { takeAxis(); });
    connect(start, &QToolButton::clicked, q, [this] { startScan(); });
    connect(document, &Document::selectionChanged, q, [this] { followSelection(); });
    connect(queue, &JobQueue::jobFinished, q, [this](int id) {
        if (job == id)
            job.reset();
        updateStart();
    });
    connect(plot, &PlotCanvas::titlesEdited, q, [this](const PlotTitles& titles) { plot->setTitles(titles); });
    connectPlotMenu(*q, plot);
}

/// Of a record whose network is one of the catalogue.
void WidthView::Private::followSelection()
{
    const QStringList& ids = document->selection();
    const Record* record = ids.isEmpty() ? nullptr : document->record(ids.front());
    if (record == nullptr || record->configuration.model == valueOf(model) ||
        model->findData(toQString(record->configuration.model)) < 0)
        return;
    setCombo(model, record->configuration.model);
    takeModel();
}

void WidthView::Private::takeModel()
{
    graph.reset();
    if (Result<Graph> built = buildArchitecture(valueOf(model)))
        graph = std::move(*built);
    const QSignalBlocker quiet(layer);
    layer->clear();
    if (graph)
        for (const std::string& each : scannableLayers(*graph))
            layer->addItem(toQString(each), toQString(each));
    takeLayer();
}

void WidthView::Private::takeLayer()
{
    const auto chosen = chosenLayer();
    axis->setEnabled(chosen && !chosen->isDepthwise());
    if (chosen && chosen->isDepthwise())
        setCombo(axis, std::string(axisName(WidthAxis::Both)));
    takeAxis();
}

/// The range goes around what the layer has, in steps that its groups allow.
void WidthView::Private::takeAxis()
{
    updateStart();
    const auto chosen = chosenLayer();
    if (!chosen)
        return;
    const auto* conv = std::get_if<op::Conv2d>(&chosen->operation);
    const int by = conv != nullptr && !chosen->isDepthwise() ? static_cast<int>(conv->groups) : 1;
    const int own = static_cast<int>(chosen->channels(chosenAxis()));
    step->setValue(by);
    first->setValue(own - std::min((own - by) / by, kAround) * by);
    last->setValue(own + kAround * by);
}

std::optional<ScannedLayer> WidthView::Private::chosenLayer() const
{
    if (!graph || layer->count() == 0)
        return std::nullopt;
    const Result<ScannedLayer> found = scannedLayer(*graph, valueOf(layer));
    return found ? std::optional(*found) : std::nullopt;
}

WidthAxis WidthView::Private::chosenAxis() const
{
    return axisFromName(valueOf(axis)).value_or(WidthAxis::Out);
}

WidthScanOptions WidthView::Private::options() const
{
    WidthScanOptions options;
    options.axis = chosenAxis();
    options.first = first->value();
    options.last = last->value();
    options.step = step->value();
    options.mode = modeFromName(valueOf(mode)).value_or(Mode::Fused);
    options.batch = batch->value();
    options.threads = threads->value();
    options.maxSeconds = kMaxSeconds;
    return options;
}

void WidthView::Private::startScan()
{
    const auto chosen = chosenLayer();
    if (!chosen)
        return;
    auto task = [this, layerNow = *chosen, how = options(), of = valueOf(model),
                 run = measuring.scanWidths](std::stop_token stop, const ProgressSink& progress) -> Result<void> {
        Result<WidthScan> scan = run(layerNow, how, std::move(stop), progress);
        if (!scan)
            return tl::unexpected(scan.error());
        scan->model = of;
        auto shown = std::make_shared<const WidthScan>(*std::move(scan));
        QMetaObject::invokeMethod(
            q, [this, shown = std::move(shown)] { show(shown); }, Qt::QueuedConnection);
        return {};
    };
    job = queue->enqueue(tr("Scan the widths of %1 of %2").arg(toQString(chosen->name), toQString(valueOf(model))),
                         task, static_cast<qint64>(kMaxSeconds * 1e3));
    updateStart();
}

void WidthView::Private::show(const std::shared_ptr<const WidthScan>& scan)
{
    stack->setCurrentIndex(1);
    WidthPlot::Content content{scan, false};
    plot->setTitles(widthTitles(content));
    plot->setContent(std::move(content));
    plot->fit();
    std::vector<std::string> sentences = widthScanSentences(*scan);
    for (const Flag& flag : scan->flags)
        sentences.push_back(flag.text);
    answer->setSentences(sentences, true);
}

void WidthView::Private::updateStart()
{
    start->setEnabled(!job && measuring.scanWidths && chosenLayer().has_value());
}

WidthView::WidthView(Document* document, JobQueue* queue, const Measuring& measuring, QWidget* parent)
    : PlotWidget(parent), d(std::make_unique<Private>(this, document, queue, measuring))
{
    setObjectName(QStringLiteral("widthView"));
    d->build();
    d->connectAll();
    d->takeModel();
    d->followSelection();
}

WidthView::~WidthView() = default;

QString WidthView::exportName() const
{
    return QStringLiteral("widths");
}

PlotTitles WidthView::titles() const
{
    return d->plot->titles();
}

QSize WidthView::shownSize() const
{
    return d->plot->size();
}

bool WidthView::isEmpty() const
{
    return d->stack->currentIndex() != 1;
}

void WidthView::render(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const PlotTitles& titles) const
{
    WidthPlot copy;
    copyForExport(copy, *d->plot, theme, titles);
    copy.paint(painter, size);
}

} // namespace lathe::ui

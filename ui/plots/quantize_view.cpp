#include "ui/plots/quantize_view.h"

#include <QLabel>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

#include "core/benchmark/as_run.h"
#include "core/benchmark/environment.h"
#include "ui/choose/answer_label.h"
#include "ui/controls.h"
#include "ui/format.h"
#include "ui/plots/data_path_page.h"
#include "ui/plots/data_path_picture.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/histogram_plot.h"
#include "ui/plots/legend_strip.h"
#include "ui/plots/plot_content.h"
#include "ui/plots/plot_controls.h"
#include "ui/plots/precision_map.h"
#include "ui/plots/qcp.h"
#include "ui/plots/quantized_layers_page.h"
#include "ui/plots/quantized_values_page.h"
#include "ui/quantization/quantize_form.h"
#include "ui/quantization/quantize_text.h"
#include "ui/quantization/quantized_speed_page.h"
#include "ui/quantization/quantizer.h"
#include "ui/session/document.h"

namespace lathe::ui {

namespace {

enum Page { LayersPage, ValuesPage, SpeedPage, PathPage };

QString hintText()
{
    return QuantizeView::tr(
        "<p><b>A network in integers</b></p><p>Numbers of 8 bits take a quarter of the memory of float32, and "
        "processors multiply more of them at a time. Choose a network above and press Quantize: you will see how large "
        "the file becomes, what the rounding costs each layer, and which layers are better left as they are.</p>"
        "<p>The catalogue's networks have no trained weights. To see the accuracy too, train one in the tab "
        "<i>Train</i>, "
        "or add a file of yours, and calibrate it on the images it was trained on.</p>");
}

} // namespace

class QuantizeView::Private {
public:
    Private(QuantizeView* view, Document* doc, JobQueue* jobs, const Measuring& measuring, Questions asks)
        : q(view), document(doc), questions(std::move(asks)), quantizer(new Quantizer(jobs, measuring.backend, view))
    {
    }

    QuantizeView* q;
    Document* document;
    Questions questions;
    Quantizer* quantizer;
    QuantizeForm* form = nullptr;
    QLabel* progress = nullptr;
    ErrorLabel* problem = nullptr;
    QStackedWidget* stack = nullptr; ///< the hint, the result
    AnswerLabel* answer = nullptr;
    QTabBar* pages = nullptr;
    QStackedWidget* page = nullptr;
    QuantizedLayersPage* layers = nullptr;
    QuantizedValuesPage* values = nullptr;
    QuantizedSpeedPage* speed = nullptr;
    DataPathPage* steps = nullptr;
    QString file;         ///< that the network shown was saved as
    bool isStale = false; ///< the form says other than what is shown

    void build();
    QWidget* buildResult();
    QWidget* buildHead();
    void addPage(QWidget* widget, const QString& title, const QString& tip);
    void connectAll();
    void connectPages();
    void connectPlot(PlotCanvas* plot);
    void begin();
    void save();
    void show();
    void showLayer(NodeId layer);
    void showAnswer();
    void showState();
    void showProblem(const QString& text);
    void renderMap(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const PlotTitles& titles) const;
    bool isOn(Page which) const { return page->currentIndex() == which; }
};

void QuantizeView::Private::build()
{
    form = new QuantizeForm(q);
    problem = new ErrorLabel(q);
    problem->setObjectName(QStringLiteral("quantizeProblem"));
    problem->setContentsMargins(8, 2, 8, 2);
    QWidget* head = buildHead();
    stack = new QStackedWidget(q);
    auto* hint = new EmptyHint(hintText(), tr("Add model file…"), q);
    connect(hint, &EmptyHint::buttonClicked, q, &QuantizeView::modelFileWanted);
    stack->addWidget(hint);
    stack->addWidget(buildResult());
    QVBoxLayout* column = tightColumn(q);
    column->addWidget(form);
    column->addWidget(problem);
    column->addWidget(head);
    column->addWidget(stack, 1);
}

/// The pages' tabs, and beside them what is being done: nothing jumps when that begins or ends.
QWidget* QuantizeView::Private::buildHead()
{
    auto* head = new QWidget(q);
    pages = new QTabBar(head);
    describeControl(pages, "quantizePages", tr("What is shown of the quantized network"), {});
    pages->setDrawBase(false);
    pages->setExpanding(false);
    progress = new QLabel(head);
    progress->setObjectName(QStringLiteral("quantizeProgress"));
    progress->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    progress->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, 8, 0);
    row->addWidget(pages);
    row->addWidget(progress, 1);
    return head;
}

QWidget* QuantizeView::Private::buildResult()
{
    QScrollArea* scroll = makeScroll(q);
    answer = new AnswerLabel(scroll);
    describeControl(answer, "quantizeAnswer", tr("What quantizing came to"), {});
    scroll->setWidget(answer);
    scroll->setMinimumHeight(2 * answer->fontMetrics().lineSpacing() + 8); // a small window has little room
    page = new QStackedWidget(q);
    layers = new QuantizedLayersPage(q);
    values = new QuantizedValuesPage(q);
    speed = new QuantizedSpeedPage(q);
    steps = new DataPathPage(q);
    addPage(layers, tr("Layers"), tr("What the rounding costs each layer, and which are quantized"));
    addPage(values, tr("Values"), tr("A layer's weights and outputs before and after the rounding"));
    addPage(speed, tr("Before and after"),
            tr("Size, memory, time and accuracy beside the network in float32, and why"));
    addPage(steps, tr("Data path"), tr("Each step that a value takes: conversions, integer and float operations"));
    connect(pages, &QTabBar::currentChanged, page, &QStackedWidget::setCurrentIndex);
    auto* splitter = new QSplitter(Qt::Vertical, q);
    splitter->setObjectName(QStringLiteral("quantizeAnswerSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(scroll);
    splitter->addWidget(page);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({72, 500});
    return splitter;
}

void QuantizeView::Private::addPage(QWidget* widget, const QString& title, const QString& tip)
{
    pages->setTabToolTip(pages->addTab(title), tip);
    page->addWidget(widget);
}

void QuantizeView::Private::connectAll()
{
    connect(form, &QuantizeForm::startRequested, q, [this] { begin(); });
    connect(form, &QuantizeForm::stopRequested, quantizer, &Quantizer::stop);
    connect(form, &QuantizeForm::saveRequested, q, [this] { save(); });
    connect(form, &QuantizeForm::edited, q, [this] {
        showProblem({});
        isStale = quantizer->network() != nullptr;
        if (!quantizer->isBusy())
            showState();
    });
    connect(quantizer, &Quantizer::changed, q, [this] { show(); });
    connect(quantizer, &Quantizer::stateChanged, q, [this] { showState(); });
    connect(quantizer, &Quantizer::progressed, progress, &QLabel::setText);
    connect(quantizer, &Quantizer::failed, q, [this](const QString& sentence) {
        if (quantizer->network() != nullptr)
            show(); // what was chosen meanwhile is not so
        showProblem(sentence);
    });
    connect(quantizer, &Quantizer::saved, q, [this](const QString& path) {
        file = path;
        showAnswer();
        Q_EMIT q->saved(path, toQString(name(modeFor(kUsualMode, quantizer->network()->chosen->model).value())));
    });
    const auto takeModels = [this] { form->setModelFiles(document->setup().models); };
    connect(document, &Document::setupChanged, q, takeModels);
    takeModels();
    connectPages();
    showState();
}

void QuantizeView::Private::connectPages()
{
    connect(layers, &QuantizedLayersPage::layersChosen, q, [this](const PrecisionChoice& chosen) {
        showProblem({});
        quantizer->chooseLayers(chosen);
    });
    connect(layers, &QuantizedLayersPage::measureRequested, quantizer, &Quantizer::measureLayers);
    connect(layers, &QuantizedLayersPage::suggestRequested, quantizer, &Quantizer::suggest);
    connect(layers, &QuantizedLayersPage::currentLayerChanged, q, [this] {
        if (const auto layer = layers->currentLayer())
            showLayer(*layer);
    });
    connect(values, &QuantizedValuesPage::layerChosen, layers, &QuantizedLayersPage::setCurrentLayer);
    connect(speed, &QuantizedSpeedPage::measureRequested, quantizer, &Quantizer::measureSpeed);
    connect(steps, &DataPathPage::measureRequested, q, [this] { quantizer->measureSpeed(speed->batches()); });
    connect(steps, &DataPathPage::layerChosen, layers, &QuantizedLayersPage::setCurrentLayer);
    connectPlot(layers->map());
    connectPlot(values->weights());
    connectPlot(values->outputs());
}

void QuantizeView::Private::connectPlot(PlotCanvas* plot)
{
    connect(plot, &PlotCanvas::titlesEdited, q, [plot](const PlotTitles& titles) { plot->setTitles(titles); });
    connectPlotMenu(*q, plot);
}

void QuantizeView::Private::begin()
{
    const Result<QuantizationWish> wish = form->wish();
    showProblem(wish ? QString() : QString::fromStdString(wish.error().message));
    if (!wish)
        return;
    isStale = false;
    quantizer->quantize(*wish);
}

void QuantizeView::Private::save()
{
    const QString path = questions.saveFile(q, tr("Save the quantized network as"),
                                            suggestedFile(*quantizer->network()), tr("Weights (*.safetensors)"));
    if (!path.isEmpty())
        quantizer->save(path);
}

void QuantizeView::Private::show()
{
    const QuantizedNetwork& network = *quantizer->network();
    showProblem({});
    stack->setCurrentIndex(1);
    file.clear();
    showAnswer();
    layers->showNetwork(network);
    values->showNetwork(network);
    speed->showNetwork(network);
    steps->showNetwork(network); // all of it, until a layer is chosen
    if (const auto layer = layers->currentLayer())
        values->setLayer(*layer);
}

void QuantizeView::Private::showLayer(NodeId layer)
{
    values->setLayer(layer);
    steps->setLayer(layer);
}

void QuantizeView::Private::showAnswer()
{
    std::vector<std::string> sentences = networkSentences(*quantizer->network(), currentInstructionSets());
    if (!file.isEmpty())
        sentences.insert(sentences.begin() + 1, savedSentence(*quantizer->network(), file));
    answer->setSentences(sentences, true);
}

void QuantizeView::Private::showState()
{
    const bool hasAny = quantizer->network() != nullptr;
    const bool isIdle = quantizer->canStart();
    form->setStartEnabled(isIdle);
    form->setStopEnabled(quantizer->isBusy());
    form->setSaveEnabled(hasAny && isIdle && !chosenLayers(*quantizer->network()).empty());
    layers->setEnabledFor(quantizer->takesChoices(), hasAny && isIdle);
    speed->setMeasureEnabled(hasAny && isIdle);
    steps->setMeasureEnabled(hasAny && isIdle);
    progress->setText(isStale ? tr("Not of the choices above: these have changed since") : QString());
    pages->setVisible(hasAny);
}

void QuantizeView::Private::showProblem(const QString& text)
{
    problem->setText(text);
    problem->setVisible(!text.isEmpty());
}

/// Under its legend.
void QuantizeView::Private::renderMap(QCPPainter& painter, const QSize& size, const PlotTheme& theme,
                                      const PlotTitles& titles) const
{
    PrecisionMap copy;
    copyForExport(copy, *layers->map(), theme, titles);
    const int top = drawStripAbove(asPainter(painter), precisionLegend(copy.content(), theme), theme, size.width());
    paintAt(painter, copy, {0, top, size.width(), size.height() - top});
}

QuantizeView::QuantizeView(Document* document, JobQueue* queue, const Measuring& measuring, Questions questions,
                           QWidget* parent)
    : PlotWidget(parent), d(std::make_unique<Private>(this, document, queue, measuring, std::move(questions)))
{
    setObjectName(QStringLiteral("quantizeView"));
    d->build();
    d->connectAll();
}

QuantizeView::~QuantizeView() = default;

QString QuantizeView::exportName() const
{
    if (d->isOn(PathPage))
        return QStringLiteral("data-path");
    return d->isOn(LayersPage) ? QStringLiteral("precision-map") : QStringLiteral("layer-values");
}

PlotTitles QuantizeView::titles() const
{
    return d->isOn(LayersPage) ? d->layers->map()->titles() : PlotTitles{};
}

QSize QuantizeView::shownSize() const
{
    if (d->isOn(PathPage))
        return d->steps->picture()->size();
    return d->isOn(LayersPage) ? d->layers->map()->size() : d->values->weights()->parentWidget()->size();
}

bool QuantizeView::isEmpty() const
{
    return d->stack->currentIndex() != 1 || d->isOn(SpeedPage) || (d->isOn(PathPage) && d->steps->picture()->isEmpty());
}

void QuantizeView::render(QCPPainter& painter, const QSize& size, const PlotTheme& theme,
                          const PlotTitles& titles) const
{
    if (d->isOn(LayersPage))
        return d->renderMap(painter, size, theme, titles);
    if (d->isOn(PathPage))
        return d->steps->picture()->paint(painter, size, theme);
    const int top = drawPanelTitle(painter, size, theme, titles.plot);
    const std::vector<QRect> areas = panelRects({0, top, size.width(), size.height() - top}, 2);
    const HistogramPlot* const plots[] = {d->values->weights(), d->values->outputs()};
    for (std::size_t i = 0; i < areas.size(); ++i) {
        HistogramPlot copy;
        copyForExport(copy, *plots[i], theme, plots[i]->titles());
        paintAt(painter, copy, areas[i]);
    }
}

} // namespace lathe::ui

#include "ui/plots/prune_view.h"

#include <QLabel>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

#include "ui/choose/answer_label.h"
#include "ui/controls.h"
#include "ui/format.h"
#include "ui/plots/curves_plot.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/histogram_plot.h"
#include "ui/plots/layer_shares.h"
#include "ui/plots/legend_strip.h"
#include "ui/plots/plot_content.h"
#include "ui/plots/plot_controls.h"
#include "ui/plots/pruned_break_even_page.h"
#include "ui/plots/pruned_layers_page.h"
#include "ui/plots/pruned_promises_page.h"
#include "ui/plots/pruned_sensitivity_page.h"
#include "ui/plots/qcp.h"
#include "ui/plots/remains_plot.h"
#include "ui/pruning/prune_form.h"
#include "ui/pruning/prune_text.h"
#include "ui/pruning/pruned_names_page.h"
#include "ui/pruning/pruned_sizes_page.h"
#include "ui/pruning/pruner.h"
#include "ui/session/document.h"

namespace lathe::ui {

namespace {

constexpr int kScrollBar = 20;   ///< pixels
constexpr int kRoomForAll = 700; ///< pixels, for all choices above the pages

enum Page { LayersPage, NamesPage, PromisesPage, SensitivityPage, SizesPage, BreakEvenPage };

QString hintText()
{
    return PruneView::tr(
        "<p><b>A network with less in it</b></p><p>Trained networks hold more than they need. Masks set single weights "
        "to 0, which leaves the network as large and as fast as it was; taking whole channels out makes it smaller in "
        "every tensor, and faster. Choose a network above and press Prune: you will see what each layer loses, what "
        "that promises, and what is found here.</p><p>The catalogue's networks have no trained weights. To see the "
        "accuracy too, train one in the tab <i>Train</i>, or add a file of yours.</p>");
}

} // namespace

class PruneView::Private {
public:
    Private(PruneView* view, Document* doc, JobQueue* jobs, const Measuring& measuring, Questions asks)
        : q(view), document(doc), questions(std::move(asks)), pruner(new Pruner(jobs, measuring.backend, view))
    {
    }

    PruneView* q;
    Document* document;
    Questions questions;
    Pruner* pruner;
    PruneForm* form = nullptr;
    QLabel* progress = nullptr;
    ErrorLabel* problem = nullptr;
    QStackedWidget* stack = nullptr; ///< the hint, the result
    AnswerLabel* answer = nullptr;
    QTabBar* pages = nullptr;
    QStackedWidget* page = nullptr;
    PrunedLayersPage* layers = nullptr;
    PrunedNamesPage* names = nullptr;
    PrunedPromisesPage* promises = nullptr;
    PrunedSensitivityPage* sensitivity = nullptr;
    PrunedSizesPage* sizes = nullptr;
    PrunedBreakEvenPage* breakEven = nullptr;
    QString file;                 ///< that the network shown was saved as
    bool isStale = false;         ///< the form says other than what is shown
    QSplitter* sharing = nullptr; ///< between answer and pages
    bool userSharedOut = false;

    void build();
    QWidget* buildResult();
    QWidget* buildHead();
    void buildPages();
    void addPage(QWidget* widget, const QString& title, const QString& tip);
    void connectAll();
    void connectPages();
    void connectPlot(PlotCanvas* plot);
    void begin();
    void save();
    void show();
    void showAnswer();
    void fitAnswer() const;
    void showState();
    void showProblem(const QString& text);
    const CurvesPlot* curves() const;
    bool showsRemains() const { return isOn(PromisesPage) && promises->showsRemains(); }
    const PlotCanvas& shownPlot() const;
    bool isOn(Page which) const { return page->currentIndex() == which; }
};

void PruneView::Private::build()
{
    form = new PruneForm(q);
    problem = new ErrorLabel(q);
    problem->setObjectName(QStringLiteral("pruneProblem"));
    problem->setContentsMargins(8, 2, 8, 2);
    QWidget* head = buildHead();
    stack = new QStackedWidget(q);
    auto* hint = new EmptyHint(hintText(), tr("Add model file…"), q);
    connect(hint, &EmptyHint::buttonClicked, q, &PruneView::modelFileWanted);
    stack->addWidget(hint);
    stack->addWidget(buildResult());
    QVBoxLayout* column = tightColumn(q);
    column->addWidget(form);
    column->addWidget(problem);
    column->addWidget(head);
    column->addWidget(stack, 1);
}

/// The pages' tabs, and beside them what is being done: nothing jumps when that begins or ends.
QWidget* PruneView::Private::buildHead()
{
    auto* head = new QWidget(q);
    pages = new QTabBar(head);
    describeControl(pages, "prunePages", tr("What is shown of the pruned network"), {});
    pages->setDrawBase(false);
    pages->setExpanding(false);
    progress = new QLabel(head);
    progress->setObjectName(QStringLiteral("pruneProgress"));
    progress->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    progress->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, 8, 0);
    row->addWidget(pages);
    row->addWidget(progress, 1);
    return head;
}

QWidget* PruneView::Private::buildResult()
{
    QScrollArea* scroll = makeScroll(q);
    answer = new AnswerLabel(scroll);
    describeControl(answer, "pruneAnswer", tr("What pruning came to"), {});
    scroll->setWidget(answer);
    scroll->setMinimumHeight(2 * answer->fontMetrics().lineSpacing() + 8); // a small window has little room
    buildPages();
    auto* splitter = new QSplitter(Qt::Vertical, q);
    splitter->setObjectName(QStringLiteral("pruneAnswerSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(scroll);
    splitter->addWidget(page);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({72, 500});
    connect(splitter, &QSplitter::splitterMoved, q, [this] { userSharedOut = true; });
    sharing = splitter;
    return splitter;
}

void PruneView::Private::buildPages()
{
    page = new QStackedWidget(q);
    layers = new PrunedLayersPage(q);
    names = new PrunedNamesPage(q);
    promises = new PrunedPromisesPage(q);
    sensitivity = new PrunedSensitivityPage(q);
    sizes = new PrunedSizesPage(q);
    breakEven = new PrunedBreakEvenPage(q);
    addPage(layers, tr("Layers"), tr("How much each layer lost against the whole, and the weights of one"));
    addPage(names, tr("Names"), tr("Parameters and buffers before and after, as PyTorch has them"));
    addPage(promises, tr("Promised and found"),
            tr("What fewer multiply-accumulates and parameters promise beside the speed, size and accuracy found"));
    addPage(sensitivity, tr("Sensitivity"), tr("What each amount costs, for all layers together and for each alone"));
    addPage(sizes, tr("Sizes"), tr("What the network takes on disk, dense, sparse and compressed"));
    addPage(breakEven, tr("Break-even"), tr("From what share of zeros on a layer is faster stored sparse"));
    connect(pages, &QTabBar::currentChanged, page, &QStackedWidget::setCurrentIndex);
}

void PruneView::Private::addPage(QWidget* widget, const QString& title, const QString& tip)
{
    pages->setTabToolTip(pages->addTab(title), tip);
    page->addWidget(widget);
}

void PruneView::Private::connectAll()
{
    connect(form, &PruneForm::startRequested, q, [this] { begin(); });
    connect(form, &PruneForm::stopRequested, pruner, &Pruner::stop);
    connect(form, &PruneForm::saveRequested, q, [this] { save(); });
    connect(form, &PruneForm::edited, q, [this] {
        showProblem({});
        isStale = pruner->network() != nullptr;
        if (!pruner->isBusy())
            showState();
    });
    connect(pruner, &Pruner::changed, q, [this] { show(); });
    connect(pruner, &Pruner::stateChanged, q, [this] { showState(); });
    connect(pruner, &Pruner::progressed, progress, &QLabel::setText);
    connect(pruner, &Pruner::failed, q, [this](const QString& sentence) { showProblem(sentence); });
    connect(pruner, &Pruner::saved, q, [this](const QString& path) {
        file = path;
        showAnswer();
        Q_EMIT q->saved(path, toQString(name(Mode::Fused)));
    });
    const auto takeModels = [this] { form->setModelFiles(document->setup().models); };
    connect(document, &Document::setupChanged, q, takeModels);
    takeModels();
    connectPages();
    showState();
}

void PruneView::Private::connectPages()
{
    connect(names, &PrunedNamesPage::permanentRequested, pruner, &Pruner::makePermanent);
    connect(promises, &PrunedPromisesPage::measureRequested, pruner, &Pruner::measurePromises);
    connect(sensitivity, &PrunedSensitivityPage::measureRequested, pruner, &Pruner::measureSensitivity);
    connect(sizes, &PrunedSizesPage::measureRequested, pruner, &Pruner::measureSizes);
    connect(breakEven, &PrunedBreakEvenPage::measureRequested, pruner, &Pruner::measureBreakEven);
    connect(breakEven, &PrunedBreakEvenPage::gainsRequested, pruner, &Pruner::measureGains);
    for (PlotCanvas* plot :
         std::initializer_list<PlotCanvas*>{layers->shares(), layers->weights(), promises->curves(),
                                            promises->remains(), sensitivity->plot(), breakEven->plot()})
        connectPlot(plot);
}

void PruneView::Private::connectPlot(PlotCanvas* plot)
{
    connect(plot, &PlotCanvas::titlesEdited, q, [plot](const PlotTitles& titles) { plot->setTitles(titles); });
    connectPlotMenu(*q, plot);
}

void PruneView::Private::begin()
{
    const Result<PruningWish> wish = form->wish();
    showProblem(wish ? QString() : QString::fromStdString(wish.error().message));
    if (!wish)
        return;
    isStale = false;
    if (q->height() < kRoomForAll)
        form->foldMore();
    pruner->prune(*wish);
}

void PruneView::Private::save()
{
    const QString path = questions.saveFile(q, tr("Save the pruned network as"), suggestedFile(*pruner->network()),
                                            tr("Weights (*.safetensors *.pt *.pth)"));
    if (!path.isEmpty())
        pruner->save(path);
}

void PruneView::Private::show()
{
    const PrunedNetwork& network = *pruner->network();
    showProblem({});
    stack->setCurrentIndex(1);
    file.clear();
    showAnswer();
    layers->showNetwork(network);
    names->showNetwork(network);
    promises->showNetwork(network);
    sensitivity->showNetwork(network);
    sizes->showNetwork(network);
    breakEven->showNetwork(network);
}

void PruneView::Private::showAnswer()
{
    std::vector<std::string> sentences = networkSentences(*pruner->network());
    if (!file.isEmpty())
        sentences.insert(sentences.begin() + 1, savedSentence(file));
    answer->setSentences(sentences, true);
    if (!userSharedOut)
        fitAnswer();
}

/// As much as it says, up to a third.
void PruneView::Private::fitAnswer() const
{
    const int all = sharing->height();
    const int wanted = answer->heightForWidth(sharing->width() - kScrollBar) + 4;
    sharing->setSizes({std::min(wanted, all / 3), all - std::min(wanted, all / 3)});
}

void PruneView::Private::showState()
{
    const bool hasAny = pruner->network() != nullptr;
    const bool isReady = hasAny && pruner->canStart();
    form->setStartEnabled(pruner->canStart());
    form->setStopEnabled(pruner->isBusy());
    form->setSaveEnabled(isReady);
    names->setPermanentEnabled(isReady && pruner->network()->model->pruning.has_value());
    promises->setMeasureEnabled(isReady);
    sensitivity->setMeasureEnabled(isReady);
    sizes->setMeasureEnabled(isReady);
    breakEven->setMeasureEnabled(isReady);
    if (!pruner->isBusy())
        progress->setText(isStale ? tr("Not of the choices above: these have changed since") : QString());
    pages->setVisible(hasAny);
}

void PruneView::Private::showProblem(const QString& text)
{
    problem->setText(text);
    problem->setVisible(!text.isEmpty());
}

/// Of the page that is shown; null where it has none.
const CurvesPlot* PruneView::Private::curves() const
{
    switch (page->currentIndex()) {
    case PromisesPage:
        return promises->showsRemains() ? nullptr : promises->curves();
    case SensitivityPage:
        return sensitivity->plot();
    case BreakEvenPage:
        return breakEven->plot();
    default:
        return nullptr;
    }
}

/// What an export takes.
const PlotCanvas& PruneView::Private::shownPlot() const
{
    if (showsRemains())
        return *promises->remains();
    return curves() != nullptr ? static_cast<const PlotCanvas&>(*curves()) : *layers->shares();
}

PruneView::PruneView(Document* document, JobQueue* queue, const Measuring& measuring, Questions questions,
                     QWidget* parent)
    : PlotWidget(parent), d(std::make_unique<Private>(this, document, queue, measuring, std::move(questions)))
{
    setObjectName(QStringLiteral("pruneView"));
    d->build();
    d->connectAll();
}

PruneView::~PruneView() = default;

QString PruneView::exportName() const
{
    switch (d->page->currentIndex()) {
    case PromisesPage:
        return QStringLiteral("promised-and-found");
    case SensitivityPage:
        return QStringLiteral("pruning-sensitivity");
    case BreakEvenPage:
        return QStringLiteral("break-even");
    default:
        return QStringLiteral("pruned-layers");
    }
}

PlotTitles PruneView::titles() const
{
    return d->shownPlot().titles();
}

QSize PruneView::shownSize() const
{
    return d->shownPlot().size();
}

bool PruneView::isEmpty() const
{
    if (d->stack->currentIndex() != 1)
        return true;
    if (d->showsRemains())
        return d->promises->remains()->content().rows.empty();
    return d->curves() != nullptr ? d->curves()->content().series.empty() : !d->isOn(LayersPage);
}

void PruneView::render(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const PlotTitles& titles) const
{
    if (d->showsRemains())
        renderUnderLegend(painter, size, theme, titles, *d->promises->remains(), remainsLegend);
    else if (d->curves() != nullptr)
        renderUnderLegend(painter, size, theme, titles, *d->curves(),
                          [](const auto& content, const PlotTheme& t) { return curvesLegend(content, t, false); });
    else
        renderUnderLegend(painter, size, theme, titles, *d->layers->shares(), sharesLegend);
}

} // namespace lathe::ui

#include "ui/plots/recipe_view.h"

#include <QComboBox>
#include <QLabel>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "core/base/files.h"
#include "core/recipe/recipe_text.h"
#include "ui/choose/answer_label.h"
#include "ui/controls.h"
#include "ui/figures_table.h"
#include "ui/format.h"
#include "ui/plots/curves_panel.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/legend_strip.h"
#include "ui/plots/plot_content.h"
#include "ui/plots/plot_controls.h"
#include "ui/plots/qcp.h"
#include "ui/plots/waterfall_plot.h"
#include "ui/recipe/recipe_content.h"
#include "ui/recipe/recipe_form.h"
#include "ui/recipe/recipe_runner.h"
#include "ui/session/document.h"

namespace lathe::ui {

namespace {

constexpr int kFormWidth = 300;
constexpr int kRoomForBoth = 800; ///< pixels, for the form beside its results

enum Page { WaterfallPage, FrontPage, FiguresPage };

QString recipeFilter()
{
    return RecipeView::tr("Recipes (*.json)");
}

QString hintText()
{
    return RecipeView::tr(
        "<p><b>Train, prune, fine-tune, quantize: what did each step bring?</b></p><p>Put the steps together on the "
        "left, in the order in which they are to be done, and press Run. Every network on the way is kept, measured in "
        "turns with the first one, and tested; the waterfall shows what each step took off time, file and "
        "multiply-accumulates, and what accuracy that cost.</p><p>A list of amounts in a step, such as 0.3, 0.5, 0.7, "
        "tries each of them, and shows which of all networks are worth having.</p>");
}

} // namespace

class RecipeView::Private {
public:
    Private(RecipeView* view, Document* doc, JobQueue* jobs, const Measuring& measuring, Questions asks)
        : q(view), document(doc), questions(std::move(asks)), runner(new RecipeRunner(jobs, measuring.backend, view))
    {
    }

    RecipeView* q;
    Document* document;
    Questions questions;
    RecipeRunner* runner;
    RecipeForm* form = nullptr;
    QToolButton* steps = nullptr; ///< checked: the form is shown
    ErrorLabel* problem = nullptr;
    QLabel* progress = nullptr;
    QStackedWidget* stack = nullptr; ///< the hint, the results
    AnswerLabel* answer = nullptr;
    QTabBar* pages = nullptr;
    QStackedWidget* page = nullptr;
    QWidget* variantRow = nullptr;
    QComboBox* variant = nullptr; ///< data: index of the network at its end
    LegendStrip* legend = nullptr;
    WaterfallPlot* waterfall = nullptr;
    CurvesPanel* front = nullptr;
    FiguresTable* table = nullptr;
    std::vector<RecipeResult> compared;
    QString folder;

    void build();
    QWidget* buildHead();
    QWidget* buildResults();
    QWidget* buildWaterfall();
    void addPage(QWidget* widget, const QString& title, const QString& tip);
    void connectPlot(PlotCanvas* plot);
    void connectAll();
    void begin();
    void open();
    void save();
    void compare();
    void showResult();
    void showWaterfall();
    void showSentences();
    void showState();
    void showProblem(const QString& text);
    void takeRecord();
    const PlotCanvas& shownPlot() const;
};

void RecipeView::Private::build()
{
    form = new RecipeForm(q);
    problem = new ErrorLabel(q);
    problem->setObjectName(QStringLiteral("recipeProblem"));
    problem->setContentsMargins(8, 2, 8, 2);
    stack = new QStackedWidget(q);
    stack->addWidget(new EmptyHint(hintText(), {}, q));
    stack->addWidget(buildResults());
    auto* right = new QWidget(q);
    QVBoxLayout* column = tightColumn(right);
    column->addWidget(problem);
    column->addWidget(buildHead());
    column->addWidget(stack, 1);
    auto* splitter = new QSplitter(Qt::Horizontal, q);
    splitter->setObjectName(QStringLiteral("recipeSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(form);
    splitter->addWidget(right);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({kFormWidth, 2 * kFormWidth});
    steps = addTextButton(*form->buttons(), tr("Steps"), QStringLiteral("recipeShowSteps"),
                          tr("Show or hide the recipe beside what it came to"), true);
    steps->setChecked(true);
    connect(steps, &QToolButton::toggled, form, &QWidget::setVisible);
    QVBoxLayout* whole = tightColumn(q);
    whole->addWidget(form->buttons());
    whole->addWidget(splitter, 1);
}

QWidget* RecipeView::Private::buildHead()
{
    auto* head = new QWidget(q);
    progress = new QLabel(head);
    progress->setObjectName(QStringLiteral("recipeProgress"));
    progress->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    progress->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, 8, 0);
    row->addWidget(pages);
    row->addWidget(progress, 1);
    return head;
}

QWidget* RecipeView::Private::buildResults()
{
    QScrollArea* scroll = makeScroll(q);
    answer = new AnswerLabel(scroll);
    describeControl(answer, "recipeAnswer", tr("What the recipe came to"), {});
    scroll->setWidget(answer);
    scroll->setMinimumHeight(2 * answer->fontMetrics().lineSpacing() + 8);
    pages = new QTabBar(q);
    describeControl(pages, "recipePages", tr("What is shown of the recipe"), {});
    pages->setDrawBase(false);
    pages->setExpanding(false);
    page = new QStackedWidget(q);
    addPage(buildWaterfall(), tr("Waterfall"), tr("What each step took off, and what accuracy that cost"));
    front = new CurvesPanel(QStringLiteral("recipeFront"), tr("Accuracy over time of all networks"), q);
    connectPlot(front->plot());
    addPage(front, tr("Front"), tr("Which networks are worth having: no other is as fast and as accurate"));
    table = new FiguresTable("recipeTable", tr("Networks of the recipe"), recipeColumns(), q);
    addPage(table, tr("Figures"), tr("All networks in figures"));
    connect(pages, &QTabBar::currentChanged, page, &QStackedWidget::setCurrentIndex);
    auto* splitter = new QSplitter(Qt::Vertical, q);
    splitter->setObjectName(QStringLiteral("recipeResultsSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(scroll);
    splitter->addWidget(page);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({100, 500});
    return splitter;
}

QWidget* RecipeView::Private::buildWaterfall()
{
    auto* widget = new QWidget(q);
    variantRow = makeControlStrip(widget);
    variant = addLabelledCombo(*variantRow, tr("Variant"), QStringLiteral("recipeVariant"),
                               tr("Which of the networks that were tried the waterfall leads to"));
    legend = new LegendStrip(widget);
    waterfall = new WaterfallPlot(widget);
    waterfall->setObjectName(QStringLiteral("recipeWaterfall"));
    waterfall->setTitles(waterfallTitles());
    connectPlot(waterfall);
    connect(waterfall, &PlotCanvas::themeChanged, q, [this] {
        legend->setEntries(waterfallLegend(waterfall->content(), waterfall->theme()), waterfall->theme());
    });
    QVBoxLayout* column = tightColumn(widget);
    column->addWidget(variantRow);
    column->addWidget(legend);
    column->addWidget(waterfall, 1);
    return widget;
}

void RecipeView::Private::addPage(QWidget* widget, const QString& title, const QString& tip)
{
    pages->setTabToolTip(pages->addTab(title), tip);
    page->addWidget(widget);
}

void RecipeView::Private::connectPlot(PlotCanvas* plot)
{
    connect(plot, &PlotCanvas::titlesEdited, q, [plot](const PlotTitles& titles) { plot->setTitles(titles); });
    connectPlotMenu(*q, plot);
}

void RecipeView::Private::connectAll()
{
    connect(form, &RecipeForm::runRequested, q, [this] { begin(); });
    connect(form, &RecipeForm::stopRequested, runner, &RecipeRunner::stop);
    connect(form, &RecipeForm::openRequested, q, [this] { open(); });
    connect(form, &RecipeForm::saveRequested, q, [this] { save(); });
    connect(form, &RecipeForm::compareRequested, q, [this] { compare(); });
    connect(form, &RecipeForm::edited, q, [this] { showProblem({}); });
    connect(runner, &RecipeRunner::begun, q, [this] { showResult(); });
    connect(runner, &RecipeRunner::grown, q, [this] {
        takeRecord();
        showResult();
    });
    connect(runner, &RecipeRunner::finished, q, [this] { showResult(); });
    connect(runner, &RecipeRunner::stateChanged, q, [this] { showState(); });
    connect(runner, &RecipeRunner::progressed, progress, &QLabel::setText);
    connect(runner, &RecipeRunner::failed, q, [this](const QString& sentence) {
        showProblem(sentence == tr("Stopped.")
                        ? tr("Paused. Run in the same folder with the same recipe to go on from here.")
                        : sentence);
    });
    connect(variant, &QComboBox::currentIndexChanged, q, [this] { showWaterfall(); });
    const auto takeModels = [this] { form->setModelFiles(document->setup().models); };
    connect(document, &Document::setupChanged, q, takeModels);
    takeModels();
    showState();
    showProblem({});
}

void RecipeView::Private::begin()
{
    const Result<Recipe> recipe = form->recipe();
    showProblem(recipe ? QString() : toQString(recipe.error().message));
    if (!recipe)
        return;
    folder = questions.chooseFolder(q, tr("Empty folder for networks and figures, or one to go on in"));
    if (folder.isEmpty())
        return;
    if (q->width() < kRoomForBoth)
        steps->setChecked(false);
    runner->begin(*recipe, folder.toStdString());
}

void RecipeView::Private::open()
{
    const QString path = questions.openFile(q, tr("Open a recipe"), recipeFilter());
    if (path.isEmpty())
        return;
    const Result<Recipe> recipe = readRecipe(path.toStdString());
    showProblem(recipe ? QString() : toQString(recipe.error().message));
    if (recipe)
        form->setRecipe(*recipe);
}

void RecipeView::Private::save()
{
    const Result<Recipe> recipe = form->recipe();
    showProblem(recipe ? QString() : toQString(recipe.error().message));
    if (!recipe)
        return;
    const QString path = questions.saveFile(q, tr("Save the recipe"), QStringLiteral("recipe.json"), recipeFilter());
    if (path.isEmpty())
        return;
    const auto written = writeFileAtomically(path.toStdString(), recipeToJson(*recipe) + "\n");
    showProblem(written ? QString() : toQString(written.error().message));
}

void RecipeView::Private::compare()
{
    const QString chosen = questions.chooseFolder(q, tr("Folder of a recipe that was run"));
    if (chosen.isEmpty())
        return;
    Result<RecipeResult> other = readRecipeResult(chosen.toStdString());
    showProblem(other ? QString() : toQString(other.error().message));
    if (!other)
        return;
    if (other->name.empty())
        other->name = std::filesystem::path(chosen.toStdString()).filename().string();
    compared.push_back(*std::move(other));
    showResult();
    pages->setCurrentIndex(FrontPage);
}

/// The network's record stands among the session's, once.
void RecipeView::Private::takeRecord()
{
    const Record& record = runner->result().steps.back().record;
    if (document->record(toQString(record.id)) == nullptr)
        document->appendRecord(record);
}

void RecipeView::Private::showResult()
{
    const RecipeResult& result = runner->result();
    stack->setCurrentIndex(result.steps.empty() && compared.empty() && !runner->isBusy() ? 0 : 1);
    std::vector<RecipeResult> all;
    if (!result.steps.empty())
        all.push_back(result);
    all.insert(all.end(), compared.begin(), compared.end());
    front->setContent(frontsOf(all), frontTitles());
    table->setRows(recipeRows(result));
    const std::vector<std::size_t> ends = endsOf(result);
    {
        const QSignalBlocker quiet(variant);
        variant->clear();
        for (const std::size_t end : ends)
            variant->addItem(result.steps[end].variant.empty() ? tr("the recipe")
                                                               : toQString(result.steps[end].variant),
                             static_cast<qulonglong>(end));
        variant->setCurrentIndex(variant->count() - 1);
    }
    variantRow->setVisible(ends.size() > 1);
    showWaterfall();
    showSentences();
    showState();
}

void RecipeView::Private::showWaterfall()
{
    const RecipeResult& result = runner->result();
    WaterfallPlot::Content content;
    if (!result.steps.empty() && variant->currentIndex() >= 0)
        content = waterfallOf(result, variant->currentData().toULongLong());
    waterfall->setContent(std::move(content));
    legend->setEntries(waterfallLegend(waterfall->content(), waterfall->theme()), waterfall->theme());
}

void RecipeView::Private::showSentences()
{
    const RecipeResult& result = runner->result();
    std::vector<std::string> sentences;
    if (runner->isWhole()) {
        sentences = recipeSentences(result);
        sentences.push_back(
            tr("Networks and figures are in %1; the records were added to the table.").arg(folder).toStdString());
    } else if (runner->isBusy()) {
        sentences.push_back(tr("Every network is shown as soon as it is measured.").toStdString());
    }
    std::vector<RecipeResult> all;
    if (runner->isWhole())
        all.push_back(result);
    all.insert(all.end(), compared.begin(), compared.end());
    if (all.size() > 1)
        for (std::string& sentence : comparisonSentences(all))
            sentences.push_back(std::move(sentence));
    answer->setSentences(sentences, runner->isWhole());
}

void RecipeView::Private::showState()
{
    form->setRunEnabled(runner->canStart());
    form->setStopEnabled(runner->isBusy());
    if (!runner->isBusy())
        progress->clear();
    pages->setVisible(stack->currentIndex() == 1);
}

void RecipeView::Private::showProblem(const QString& text)
{
    problem->setText(text);
    problem->setVisible(!text.isEmpty());
}

/// The figures have no plot of their own; the waterfall stands for them.
const PlotCanvas& RecipeView::Private::shownPlot() const
{
    return page->currentIndex() == FrontPage ? static_cast<const PlotCanvas&>(*front->plot()) : *waterfall;
}

RecipeView::RecipeView(Document* document, JobQueue* queue, const Measuring& measuring, Questions questions,
                       QWidget* parent)
    : PlotWidget(parent), d(std::make_unique<Private>(this, document, queue, measuring, std::move(questions)))
{
    setObjectName(QStringLiteral("recipeView"));
    d->build();
    d->connectAll();
}

RecipeView::~RecipeView() = default;

QString RecipeView::exportName() const
{
    return d->page->currentIndex() == FrontPage ? QStringLiteral("recipe-front") : QStringLiteral("recipe-waterfall");
}

PlotTitles RecipeView::titles() const
{
    return d->shownPlot().titles();
}

QSize RecipeView::shownSize() const
{
    return d->shownPlot().size();
}

bool RecipeView::isEmpty() const
{
    if (d->stack->currentIndex() != 1)
        return true;
    return d->page->currentIndex() == FrontPage ? d->front->plot()->content().series.empty()
                                                : d->waterfall->content().steps.empty();
}

void RecipeView::render(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const PlotTitles& titles) const
{
    if (d->page->currentIndex() == FrontPage)
        renderUnderLegend(painter, size, theme, titles, *d->front->plot(),
                          [](const auto& content, const PlotTheme& t) { return curvesLegend(content, t, false); });
    else
        renderUnderLegend(painter, size, theme, titles, *d->waterfall, waterfallLegend);
}

} // namespace lathe::ui

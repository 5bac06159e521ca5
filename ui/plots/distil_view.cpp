#include "ui/plots/distil_view.h"

#include <QComboBox>
#include <QLabel>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

#include "core/distillation/experiment_text.h"
#include "core/training/training_text.h"
#include "ui/choose/answer_label.h"
#include "ui/controls.h"
#include "ui/distillation/distil_curves.h"
#include "ui/distillation/distil_form.h"
#include "ui/format.h"
#include "ui/plots/confusion_plot.h"
#include "ui/plots/curves_panel.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/legend_strip.h"
#include "ui/plots/plot_content.h"
#include "ui/plots/plot_controls.h"
#include "ui/plots/qcp.h"
#include "ui/plots/soft_labels_page.h"
#include "ui/session/document.h"

namespace lathe::ui {

namespace {

constexpr int kRoomForAll = 700; ///< pixels, for all choices above the pages

enum Page { AccuracyPage, LossPage, ClassesPage, ConfusionPage, SoftLabelsTab };

QString hintText()
{
    return DistilView::tr(
        "<p><b>Does a teacher help?</b></p><p>A small network learns from the labels alone (the control), and once "
        "more "
        "from the answers of a large, trained one (distilled): same first weights, same images in the same order, same "
        "number of epochs, and that for several seeds. Then you see whether the teacher helped, and how sure that "
        "is.</p><p>A teacher is a trained network: train one in the tab <i>Train</i> (resnet20 on Fashion-MNIST takes "
        "a "
        "quarter of an hour), or add a file of yours. Then choose a student above and press Distil.</p>");
}

} // namespace

class DistilView::Private {
public:
    Private(DistilView* view, Document* doc, JobQueue* jobs, const Measuring& measuring, Questions asks)
        : q(view), document(doc), questions(std::move(asks)), distiller(new Distiller(jobs, measuring.backend, view))
    {
    }

    DistilView* q;
    Document* document;
    Questions questions;
    Distiller* distiller;
    DistilForm* form = nullptr;
    QLabel* progress = nullptr;
    ErrorLabel* problem = nullptr;
    QStackedWidget* stack = nullptr; ///< the hint, the experiment
    AnswerLabel* answer = nullptr;
    QTabBar* pages = nullptr;
    QStackedWidget* page = nullptr;
    CurvesPanel* accuracy = nullptr;
    CurvesPanel* loss = nullptr;
    CurvesPanel* classes = nullptr;
    QComboBox* confused = nullptr; ///< whose confusion matrix; data: the arm
    LegendStrip* confusionKey = nullptr;
    ConfusionPlot* confusion = nullptr;
    SoftLabelsPage* soft = nullptr;

    void build();
    QWidget* buildHead();
    QWidget* buildExperiment();
    void buildPages();
    QWidget* buildConfusion();
    CurvesPanel* addCurves(const char* name, const QString& what, const QString& title, const QString& tip);
    void connectAll();
    void connectPlot(PlotCanvas* plot);
    void begin();
    void askStepByStep();
    void showCurves();
    void showRunning();
    void showResult();
    void showConfusion();
    void showState();
    void showProblem(const QString& text);
    const CurvesPanel* curves() const;
    const PlotCanvas& shownPlot() const;
};

void DistilView::Private::build()
{
    form = new DistilForm(q);
    problem = new ErrorLabel(q);
    problem->setObjectName(QStringLiteral("distilProblem"));
    problem->setContentsMargins(8, 2, 8, 2);
    QWidget* head = buildHead();
    stack = new QStackedWidget(q);
    auto* hint = new EmptyHint(hintText(), tr("Add model file…"), q);
    connect(hint, &EmptyHint::buttonClicked, q, &DistilView::modelFileWanted);
    stack->addWidget(hint);
    stack->addWidget(buildExperiment());
    QVBoxLayout* column = tightColumn(q);
    column->addWidget(form);
    column->addWidget(problem);
    column->addWidget(head);
    column->addWidget(stack, 1);
}

/// The pages' tabs, and beside them what is being done: nothing jumps when that begins or ends.
QWidget* DistilView::Private::buildHead()
{
    auto* head = new QWidget(q);
    pages = new QTabBar(head);
    describeControl(pages, "distilPages", tr("What is shown of the experiment"), {});
    pages->setDrawBase(false);
    pages->setExpanding(false);
    progress = new QLabel(head);
    progress->setObjectName(QStringLiteral("distilProgress"));
    progress->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    progress->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, 8, 0);
    row->addWidget(pages);
    row->addWidget(progress, 1);
    return head;
}

QWidget* DistilView::Private::buildExperiment()
{
    QScrollArea* scroll = makeScroll(q);
    answer = new AnswerLabel(scroll);
    describeControl(answer, "distilAnswer", tr("What the experiment came to"), {});
    scroll->setWidget(answer);
    scroll->setMinimumHeight(2 * answer->fontMetrics().lineSpacing() + 8);
    buildPages();
    auto* splitter = new QSplitter(Qt::Vertical, q);
    splitter->setObjectName(QStringLiteral("distilSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(scroll);
    splitter->addWidget(page);
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({110, 460});
    return splitter;
}

void DistilView::Private::buildPages()
{
    page = new QStackedWidget(q);
    accuracy = addCurves("distilAccuracy", tr("Accuracy of both arms over the epochs"), tr("Accuracy"),
                         tr("Both arms over the epochs: the mean of the seeds, and their range"));
    loss = addCurves("distilLossPlot", tr("Loss of both arms over the epochs"), tr("Loss"),
                     tr("Cross-entropy with the labels, of both arms"));
    classes = addCurves("distilClasses", tr("What each class gains by the teacher"), tr("Classes"),
                        tr("Which classes the teacher helps with, over how well the control knows them"));
    pages->setTabToolTip(pages->addTab(tr("Confusion")), tr("Which classes are taken for which"));
    page->addWidget(buildConfusion());
    soft = new SoftLabelsPage(q);
    pages->setTabToolTip(pages->addTab(tr("Soft labels")),
                         tr("How sure teacher and students are of each class of an image"));
    page->addWidget(soft);
    connect(pages, &QTabBar::currentChanged, page, &QStackedWidget::setCurrentIndex);
}

QWidget* DistilView::Private::buildConfusion()
{
    auto* widget = new QWidget(q);
    QWidget* strip = makeControlStrip(widget);
    confused = addChoices(
        *strip, tr("Of"), "distilConfused", tr("Whose answers are counted"),
        {{tr("distilled, all seeds"), "distilled"}, {tr("control, all seeds"), "control"}, {tr("teacher"), "teacher"}});
    confusionKey = new LegendStrip(widget);
    confusion = new ConfusionPlot(widget);
    confusion->setObjectName(QStringLiteral("distilConfusion"));
    connectPlot(confusion);
    connect(confused, &QComboBox::currentIndexChanged, q, [this] { showConfusion(); });
    connect(confusion, &PlotCanvas::themeChanged, q, [this] { showConfusion(); });
    QVBoxLayout* column = tightColumn(widget);
    column->addWidget(strip);
    column->addWidget(confusionKey);
    column->addWidget(confusion, 1);
    return widget;
}

CurvesPanel* DistilView::Private::addCurves(const char* name, const QString& what, const QString& title,
                                            const QString& tip)
{
    auto* panel = new CurvesPanel(QString::fromLatin1(name), what, q);
    pages->setTabToolTip(pages->addTab(title), tip);
    page->addWidget(panel);
    connectPlot(panel->plot());
    return panel;
}

void DistilView::Private::connectPlot(PlotCanvas* plot)
{
    connect(plot, &PlotCanvas::titlesEdited, q, [plot](const PlotTitles& titles) { plot->setTitles(titles); });
    connectPlotMenu(*q, plot);
}

void DistilView::Private::connectAll()
{
    connectPlot(soft->plot());
    connect(form, &DistilForm::startRequested, q, [this] { begin(); });
    connect(form, &DistilForm::wizardRequested, q, [this] { askStepByStep(); });
    connect(form, &DistilForm::stopRequested, distiller, &Distiller::stop);
    connect(form, &DistilForm::edited, q, [this] { showProblem({}); });
    connect(distiller, &Distiller::begun, q, [this] {
        stack->setCurrentIndex(1);
        pages->setCurrentIndex(AccuracyPage);
        showCurves();
        showRunning();
    });
    connect(distiller, &Distiller::grown, q, [this] {
        showCurves();
        if (!distiller->state()->result)
            showRunning();
    });
    connect(distiller, &Distiller::finished, q, [this] { showResult(); });
    connect(distiller, &Distiller::stateChanged, q, [this] { showState(); });
    connect(distiller, &Distiller::progressed, progress, &QLabel::setText);
    connect(distiller, &Distiller::failed, q, [this](const QString& sentence) {
        const bool isPaused = sentence == tr("Stopped.");
        showProblem(isPaused ? tr("Paused. Distil into the same folder with the same choices to go on from here.")
                             : sentence);
    });
    connect(soft, &SoftLabelsPage::wanted, q, [this](std::size_t seed, std::int64_t image) {
        distiller->ask(seed, image, distiller->state()->options->training.distillation->temperature);
    });
    connect(distiller, &Distiller::answered, soft, &SoftLabelsPage::showAnswers);
    connect(distiller, &Distiller::notAnswered, soft, &SoftLabelsPage::showProblem);
    const auto takeModels = [this] { form->setModelFiles(document->setup().models); };
    connect(document, &Document::setupChanged, q, takeModels);
    takeModels();
    showState();
}

void DistilView::Private::askStepByStep()
{
    auto* wizard = new DistilWizard(form->basics(), form->teachers(), q);
    wizard->setAttribute(Qt::WA_DeleteOnClose);
    connect(wizard, &DistilWizard::modelFileWanted, q, &DistilView::modelFileWanted);
    connect(document, &Document::setupChanged, wizard, [this, wizard] { wizard->setTeachers(form->teachers()); });
    connect(wizard, &QDialog::accepted, q, [this, wizard] {
        if (const auto basics = wizard->basics()) {
            form->setBasics(*basics);
            begin();
        }
    });
    wizard->open();
}

void DistilView::Private::begin()
{
    Result<DistilWish> wish = form->wish();
    showProblem(wish ? QString() : QString::fromStdString(wish.error().message));
    if (!wish)
        return;
    const QString folder = questions.chooseFolder(q, tr("Empty folder for models and figures, or one to go on in"));
    if (folder.isEmpty())
        return;
    wish->folder = folder.toStdString();
    if (q->height() < kRoomForAll)
        form->foldMore();
    distiller->begin(*wish);
}

void DistilView::Private::showCurves()
{
    const DistilState& state = *distiller->state();
    accuracy->setContent(distilCurves(state, CurveQuantity::Accuracy), distilCurveTitles(CurveQuantity::Accuracy));
    loss->setContent(distilCurves(state, CurveQuantity::Loss), distilCurveTitles(CurveQuantity::Loss));
}

/// What has come so far; no verdict before all have.
void DistilView::Private::showRunning()
{
    std::vector<std::string> sentences;
    for (const ArmCurve& arm : distiller->state()->arms)
        if (arm.test)
            sentences.push_back(tr("%1, seed %2: %3 of the test images.")
                                    .arg(arm.place.arm == Arm::Control ? tr("Control") : tr("Distilled"))
                                    .arg(arm.place.seed)
                                    .arg(toQString(percentText(*arm.test)))
                                    .toStdString());
    sentences.insert(sentences.begin(),
                     tr("The verdict comes when both arms are trained with every seed.").toStdString());
    answer->setSentences(sentences, true);
}

void DistilView::Private::showResult()
{
    const DistilState& state = *distiller->state();
    std::vector<std::string> sentences = verdictSentences(*state.result);
    std::swap(sentences[0], sentences[1]); // the verdict stands out
    for (const std::string& advice : adviceOn(*state.result, *state.options))
        sentences.push_back(tr("To try next: ").toStdString() + advice);
    sentences.push_back(
        tr("Models and figures are in %1; teacher and the first seed's students were measured, and are in the table.")
            .arg(toQString(state.wish.folder.string()))
            .toStdString());
    answer->setSentences(sentences, true);
    for (const Record& record : state.records)
        document->appendRecord(record);
    classes->setContent(classGains(*state.result), classGainTitles());
    showConfusion();
    soft->showState(state);
    Q_EMIT q->distilled({toQString(state.result->control.front().model.string()),
                         toQString(state.result->distilled.front().model.string())});
}

void DistilView::Private::showConfusion()
{
    const DistilState* state = distiller->state();
    if (state == nullptr || !state->result)
        return;
    const std::string whose = valueOf(confused);
    ConfusionPlot::Content content;
    for (const std::string& name : state->subject->dataset.classNames)
        content.classes << toQString(name);
    if (whose == "teacher")
        content.counts = state->result->teacher.confusion;
    else
        content.counts = summedConfusion(whose == "control" ? state->result->control : state->result->distilled);
    confusion->setContent(std::move(content));
    confusionKey->setEntries(confusionLegend(confusion->content(), confusion->theme()), confusion->theme());
}

void DistilView::Private::showState()
{
    form->setStartEnabled(distiller->canStart());
    form->setStopEnabled(distiller->isBusy());
    if (!distiller->isBusy())
        progress->clear();
    const bool hasResult = distiller->state() != nullptr && distiller->state()->result;
    for (const int result : {ClassesPage, ConfusionPage, SoftLabelsTab})
        pages->setTabEnabled(result, hasResult);
    pages->setVisible(distiller->state() != nullptr);
}

void DistilView::Private::showProblem(const QString& text)
{
    problem->setText(text);
    problem->setVisible(!text.isEmpty());
}

/// Of the page that is shown; null for confusion and soft labels.
const CurvesPanel* DistilView::Private::curves() const
{
    switch (page->currentIndex()) {
    case AccuracyPage:
        return accuracy;
    case LossPage:
        return loss;
    case ClassesPage:
        return classes;
    default:
        return nullptr;
    }
}

const PlotCanvas& DistilView::Private::shownPlot() const
{
    if (page->currentIndex() == ConfusionPage)
        return *confusion;
    return curves() != nullptr ? static_cast<const PlotCanvas&>(*curves()->plot()) : *soft->plot();
}

DistilView::DistilView(Document* document, JobQueue* queue, const Measuring& measuring, Questions questions,
                       QWidget* parent)
    : PlotWidget(parent), d(std::make_unique<Private>(this, document, queue, measuring, std::move(questions)))
{
    setObjectName(QStringLiteral("distilView"));
    d->build();
    d->connectAll();
}

DistilView::~DistilView() = default;

QString DistilView::exportName() const
{
    switch (d->page->currentIndex()) {
    case AccuracyPage:
        return QStringLiteral("distillation-accuracy");
    case LossPage:
        return QStringLiteral("distillation-loss");
    case ClassesPage:
        return QStringLiteral("distillation-classes");
    case ConfusionPage:
        return QStringLiteral("distillation-confusion");
    default:
        return QStringLiteral("soft-labels");
    }
}

PlotTitles DistilView::titles() const
{
    return d->shownPlot().titles();
}

QSize DistilView::shownSize() const
{
    return d->shownPlot().size();
}

bool DistilView::isEmpty() const
{
    if (d->stack->currentIndex() != 1)
        return true;
    if (d->page->currentIndex() == ConfusionPage)
        return d->confusion->content().counts.empty();
    return d->curves() != nullptr ? d->curves()->plot()->content().series.empty()
                                  : d->soft->plot()->content().networks.empty();
}

void DistilView::render(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const PlotTitles& titles) const
{
    if (d->curves() != nullptr)
        renderUnderLegend(painter, size, theme, titles, *d->curves()->plot(),
                          [](const auto& content, const PlotTheme& t) { return curvesLegend(content, t, false); });
    else if (d->page->currentIndex() == ConfusionPage)
        renderUnderLegend(painter, size, theme, titles, *d->confusion, confusionLegend);
    else
        renderUnderLegend(painter, size, theme, titles, *d->soft->plot(), softLabelsLegend);
}

} // namespace lathe::ui

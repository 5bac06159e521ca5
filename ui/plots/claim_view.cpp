#include "ui/plots/claim_view.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QScrollArea>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "core/distillation/claim_study.h"
#include "ui/choose/answer_label.h"
#include "ui/controls.h"
#include "ui/distillation/claim_content.h"
#include "ui/figures_table.h"
#include "ui/format.h"
#include "ui/jobs/sole_job.h"
#include "ui/plots/curves_panel.h"
#include "ui/plots/plot_content.h"
#include "ui/plots/plot_controls.h"
#include "ui/plots/qcp.h"
#include "ui/session/document.h"

namespace lathe::ui {

namespace {

enum Page { ClaimsPage, SpeedPage, LayersPage, SizesPage };

constexpr std::int64_t kMostTokens = 512; ///< that their position embeddings know
constexpr std::int64_t kMostBatch = 4096;

/// "32, 128"; fails with a sentence about the first that is none.
Result<std::vector<std::int64_t>> numbersFrom(const QString& text, std::int64_t most, const QString& what)
{
    std::vector<std::int64_t> numbers;
    for (const QString& part : text.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
        bool isNumber = false;
        const qlonglong number = part.trimmed().toLongLong(&isNumber);
        if (!isNumber || number < 1 || number > most)
            return fail(ErrorCode::InvalidArgument, ClaimView::tr("“%1” cannot be among the %2; write numbers from 1 "
                                                                  "to %3, with commas between them.")
                                                        .arg(part.trimmed(), what)
                                                        .arg(most)
                                                        .toStdString());
        numbers.push_back(number);
    }
    if (numbers.empty())
        return fail(ErrorCode::InvalidArgument, ClaimView::tr("Write at least one of the %1.").arg(what).toStdString());
    return numbers;
}

} // namespace

class ClaimView::Private {
public:
    Private(ClaimView* view, Document* doc, JobQueue* queue, const Measuring& measuring)
        : q(view), document(doc), backend(measuring.backend), job(new SoleJob(queue, view))
    {
    }

    ClaimView* q;
    Document* document;
    decltype(Measuring::backend) backend;
    SoleJob* job;
    std::shared_ptr<const ClaimStudy> study;
    QLineEdit* lengths = nullptr;
    QLineEdit* batches = nullptr;
    QComboBox* mode = nullptr;
    QDoubleSpinBox* seconds = nullptr;
    QToolButton* start = nullptr;
    QToolButton* stop = nullptr;
    ErrorLabel* problem = nullptr;
    QLabel* progress = nullptr;
    AnswerLabel* answer = nullptr;
    QTabBar* pages = nullptr;
    QStackedWidget* page = nullptr;
    FiguresTable* table = nullptr;
    CurvesPanel* speed = nullptr;
    CurvesPanel* layers = nullptr;
    CurvesPanel* sizes = nullptr;

    void build();
    QWidget* buildStrip();
    QWidget* buildHead();
    QWidget* buildPages();
    void addPage(QWidget* widget, const QString& title, const QString& tip);
    CurvesPanel* addCurves(const char* name, const QString& what, const QString& title, const QString& tip);
    QLineEdit* addList(QWidget& strip, const QString& label, const char* name, const QString& tip, const QString& text);
    Result<ClaimWish> wish() const;
    void begin();
    void take(const std::shared_ptr<const ClaimStudy>& found);
    void showStudy();
    void showState();
    void showProblem(const QString& text);
    const CurvesPlot& shownPlot() const;
};

QLineEdit* ClaimView::Private::addList(QWidget& strip, const QString& label, const char* name, const QString& tip,
                                       const QString& text)
{
    auto* line = new QLineEdit(text, &strip);
    describeControl(line, name, tip, tip);
    line->setMaximumWidth(120);
    addLabelled(strip, label, line);
    connect(line, &QLineEdit::textEdited, q, [this] { showProblem({}); });
    return line;
}

QWidget* ClaimView::Private::buildStrip()
{
    const ClaimWish usual;
    QWidget* strip = makeControlStrip(q);
    lengths = addList(*strip, tr("Tokens"), "claimLengths", tr("Lengths of the sequence, up to 512"),
                      QStringLiteral("32, 128, 384"));
    batches = addList(*strip, tr("Batches"), "claimBatches", tr("Sequences in one inference"), QStringLiteral("1, 8"));
    mode = addChoices(
        *strip, tr("Mode"), "claimMode", tr("That both networks run in"),
        {{tr("fused"), "fused"}, {tr("eager"), "eager"}, {tr("bf16"), "bf16"}, {tr("int8 (dynamic)"), "int8_dynamic"}});
    seconds = addSpin<QDoubleSpinBox>(*strip, tr("Seconds each"), "claimSeconds",
                                      tr("Time limit of one comparison of both"), 0, 3600, 10);
    seconds->setValue(usual.secondsEach);
    start = addTextButton(*strip, tr("Measure"), QStringLiteral("claimStart"),
                          tr("Run both networks in turns at every length and batch"), false);
    stop = addTextButton(*strip, tr("Stop"), QStringLiteral("claimStop"), tr("Stop measuring"), false);
    connect(start, &QToolButton::clicked, q, [this] { begin(); });
    connect(stop, &QToolButton::clicked, job, &SoleJob::stop);
    return strip;
}

QWidget* ClaimView::Private::buildHead()
{
    auto* head = new QWidget(q);
    progress = new QLabel(head);
    progress->setObjectName(QStringLiteral("claimProgress"));
    progress->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    progress->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* row = new QHBoxLayout(head);
    row->setContentsMargins(0, 0, 8, 0);
    row->addWidget(pages);
    row->addWidget(progress, 1);
    return head;
}

void ClaimView::Private::addPage(QWidget* widget, const QString& title, const QString& tip)
{
    pages->setTabToolTip(pages->addTab(title), tip);
    page->addWidget(widget);
}

CurvesPanel* ClaimView::Private::addCurves(const char* name, const QString& what, const QString& title,
                                           const QString& tip)
{
    auto* panel = new CurvesPanel(QString::fromLatin1(name), what, q);
    CurvesPlot* plot = panel->plot();
    connect(plot, &PlotCanvas::titlesEdited, q, [plot](const PlotTitles& titles) { plot->setTitles(titles); });
    connectPlotMenu(*q, plot);
    addPage(panel, title, tip);
    return panel;
}

QWidget* ClaimView::Private::buildPages()
{
    pages = new QTabBar(q);
    describeControl(pages, "claimPages", tr("What is shown of the claims"), {});
    pages->setDrawBase(false);
    pages->setExpanding(false);
    page = new QStackedWidget(q);
    table = new FiguresTable("claimTable", tr("What was published, and what was found here"), claimColumns(), q);
    addPage(table, tr("Claims"), tr("What was published, and what was found here"));
    speed = addCurves("claimSpeed", tr("Times as fast as BERT over the length of the sequence"), tr("Speed"),
                      tr("How many times as fast as BERT it is, over lengths and batches"));
    layers = addCurves("claimLayers", tr("Time of each layer of both networks"), tr("Layers"),
                       tr("Where the time of both networks goes"));
    sizes = addCurves("claimSizes", tr("Sizes of language models over the time of their publication"), tr("Sizes"),
                      tr("How large the language models of its time were"));
    sizes->setContent(modelSizes(), modelSizeTitles());
    connect(pages, &QTabBar::currentChanged, page, &QStackedWidget::setCurrentIndex);
    return page;
}

void ClaimView::Private::build()
{
    QWidget* strip = buildStrip();
    problem = new ErrorLabel(q);
    problem->setObjectName(QStringLiteral("claimProblem"));
    problem->setContentsMargins(8, 2, 8, 2);
    QScrollArea* scroll = makeScroll(q);
    answer = new AnswerLabel(scroll);
    describeControl(answer, "claimAnswer", tr("What the claims come to here"), {});
    scroll->setWidget(answer);
    scroll->setMinimumHeight(2 * answer->fontMetrics().lineSpacing() + 8);
    auto* splitter = new QSplitter(Qt::Vertical, q);
    splitter->setObjectName(QStringLiteral("claimSplitter"));
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(scroll);
    splitter->addWidget(buildPages());
    splitter->setStretchFactor(1, 1);
    splitter->setSizes({130, 460});
    QVBoxLayout* column = tightColumn(q);
    column->addWidget(strip);
    column->addWidget(problem);
    column->addWidget(buildHead());
    column->addWidget(splitter, 1);
    connect(job, &SoleJob::stateChanged, q, [this] { showState(); });
    connect(job, &SoleJob::progressed, progress, &QLabel::setText);
    connect(job, &SoleJob::failed, q, [this](const QString& sentence) { showProblem(sentence); });
    showStudy();
    showState();
    showProblem({});
}

Result<ClaimWish> ClaimView::Private::wish() const
{
    auto tokens = numbersFrom(lengths->text(), kMostTokens, tr("lengths"));
    if (!tokens)
        return tl::unexpected(tokens.error());
    return numbersFrom(batches->text(), kMostBatch, tr("batches")).map([&](std::vector<std::int64_t> sequences) {
        ClaimWish wish;
        wish.lengths = *std::move(tokens);
        wish.batches = std::move(sequences);
        wish.mode = valueOf(mode);
        wish.secondsEach = std::max(0.1, seconds->value());
        return wish;
    });
}

void ClaimView::Private::begin()
{
    const Result<ClaimWish> wanted = wish();
    showProblem(wanted ? QString() : toQString(wanted.error().message));
    if (!wanted)
        return;
    job->begin(tr("DistilBERT and BERT"),
               [this, wish = *wanted, load = backend](std::stop_token token, const ProgressSink& sink) -> Result<void> {
                   const Result<Backend*> loaded = load();
                   if (!loaded)
                       return tl::unexpected(loaded.error());
                   return studyClaim(**loaded, claims().front(), wish, token, sink).map([&](ClaimStudy found) {
                       QMetaObject::invokeMethod(
                           q, [this, shared = std::make_shared<const ClaimStudy>(std::move(found))] { take(shared); },
                           Qt::QueuedConnection);
                   });
               });
}

void ClaimView::Private::take(const std::shared_ptr<const ClaimStudy>& found)
{
    study = found;
    for (const Record& record : found->records)
        document->appendRecord(record);
    showStudy();
}

void ClaimView::Private::showStudy()
{
    const Claim& claim = claims().front();
    table->setRows(claimRows(claim, study.get()));
    if (study) {
        speed->setContent(claimSpeeds(*study), claimSpeedTitles());
        layers->setContent(claimLayers(*study), claimLayerTitles(*study));
        std::vector<std::string> sentences = claimSentences(*study);
        sentences.push_back(tr("The records of both were added to the table.").toStdString());
        answer->setSentences(sentences, false);
        return;
    }
    answer->setSentences(
        {tr("%1 is said to have %2 % fewer parameters than %3, to be %4 % faster, and to keep %5 % of its performance. "
            "Is it so here? Press Measure: both run in turns at every length and batch.")
             .arg(toQString(claim.smallerTitle))
             .arg(100.0 * claim.fewerParameters)
             .arg(toQString(claim.largerTitle))
             .arg(100.0 * claim.faster)
             .arg(100.0 * claim.keeps)
             .toStdString(),
         claim.source},
        true);
}

void ClaimView::Private::showState()
{
    start->setEnabled(backend && !job->isBusy());
    stop->setEnabled(job->isBusy());
    if (!job->isBusy())
        progress->clear();
    for (const int measured : {SpeedPage, LayersPage})
        pages->setTabEnabled(measured, study != nullptr);
}

void ClaimView::Private::showProblem(const QString& text)
{
    problem->setText(text);
    problem->setVisible(!text.isEmpty());
}

/// The table has no plot of its own; the speeds stand for it.
const CurvesPlot& ClaimView::Private::shownPlot() const
{
    switch (page->currentIndex()) {
    case LayersPage:
        return *layers->plot();
    case SizesPage:
        return *sizes->plot();
    default:
        return *speed->plot();
    }
}

ClaimView::ClaimView(Document* document, JobQueue* queue, const Measuring& measuring, QWidget* parent)
    : PlotWidget(parent), d(std::make_unique<Private>(this, document, queue, measuring))
{
    setObjectName(QStringLiteral("claimView"));
    d->build();
}

ClaimView::~ClaimView() = default;

QString ClaimView::exportName() const
{
    switch (d->page->currentIndex()) {
    case LayersPage:
        return QStringLiteral("distilbert-layers");
    case SizesPage:
        return QStringLiteral("language-models");
    default:
        return QStringLiteral("distilbert-speed");
    }
}

PlotTitles ClaimView::titles() const
{
    return d->shownPlot().titles();
}

QSize ClaimView::shownSize() const
{
    return d->shownPlot().size();
}

bool ClaimView::isEmpty() const
{
    return d->shownPlot().content().series.empty();
}

void ClaimView::render(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const PlotTitles& titles) const
{
    renderUnderLegend(painter, size, theme, titles, d->shownPlot(),
                      [](const auto& content, const PlotTheme& t) { return curvesLegend(content, t, false); });
}

} // namespace lathe::ui

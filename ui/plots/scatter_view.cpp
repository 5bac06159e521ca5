#include "ui/plots/scatter_view.h"

#include <QFileDialog>
#include <QLabel>
#include <QMenu>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <utility>

#include "ui/plots/empty_hint.h"
#include "ui/plots/hidden_series.h"
#include "ui/plots/hover_card.h"
#include "ui/plots/qcp.h"
#include "ui/plots/scatter_controls.h"
#include "ui/plots/scatter_plot.h"
#include "ui/plots/settings_edit.h"
#include "ui/session/document.h"
#include "ui/session/selection.h"

namespace lathe::ui {

class ScatterView::Private {
public:
    Private(ScatterView* view, Document* doc, std::shared_ptr<OverlayReader> reader)
        : q(view), document(doc), overlays(std::move(reader))
    {
    }

    ScatterView* q;
    Document* document;
    ScatterControls* controls = nullptr;
    ScatterPlot* plot = nullptr;
    QStackedWidget* stack = nullptr;
    EmptyHint* hint = nullptr;
    QLabel* notice = nullptr;
    ChooseFile choose;
    std::shared_ptr<OverlayReader> overlays;
    QString overlayProblem;

    void build();
    void connectDocument();
    void connectPlot();
    void update();
    void showNotices();
    void edit(const PlotSettings& settings, const QString& what) { document->setPlot(settings, what); }
    void editTitles(const PlotTitles& titles);
    void toggle(const QString& series);
    void addAccuracy();
    void showMenu(const QPoint& at);
};

void ScatterView::Private::build()
{
    controls = new ScatterControls(q);
    plot = new ScatterPlot(q);
    plot->setObjectName(QStringLiteral("scatterPlot"));
    hint = new EmptyHint(tr("<p><b>Nothing measured yet.</b></p><p>Choose networks on the left and press Run "
                            "(Ctrl+Return), or open a timm table to look around.</p>"),
                         tr("Open a timm benchmark table…"), q);
    notice = new QLabel(q);
    notice->setObjectName(QStringLiteral("scatterNotice"));
    notice->setWordWrap(true);
    notice->setContentsMargins(8, 0, 8, 4);
    notice->setAccessibleName(tr("What the plot does not show"));
    stack = new QStackedWidget(q);
    stack->addWidget(hint);
    stack->addWidget(plot);

    QVBoxLayout* layout = tightColumn(q);
    layout->addWidget(controls);
    layout->addWidget(notice);
    layout->addWidget(stack, 1);
}

void ScatterView::Private::connectDocument()
{
    const auto refresh = [this] { update(); };
    connect(document, &Document::recordAppended, q, refresh);
    connect(document, &Document::recordsReset, q, refresh);
    connect(document, &Document::recordChanged, q, refresh);
    connect(document, &Document::plotChanged, q, refresh);
    connect(document, &Document::selectionChanged, q, [this] { plot->setSelected(document->selection()); });
}

void ScatterView::Private::connectPlot()
{
    plot->setCardText([this](std::size_t record) {
        const std::vector<Record>& records = document->records();
        return record < records.size() ? recordCard(records[record], records) : QString();
    });
    connect(controls, &ScatterControls::edited, q,
            [this](const PlotSettings& settings, const QString& what) { edit(settings, what); });
    connect(controls, &ScatterControls::toolChosen, plot->navigation(), &PlotNavigation::setTool);
    connect(controls, &ScatterControls::fitRequested, plot, &PlotCanvas::fit);
    connect(controls, &ScatterControls::openOverlayRequested, q, &ScatterView::chooseOverlay);
    connect(controls, &ScatterControls::accuracyRequested, q, [this] { addAccuracy(); });
    connect(controls, &ScatterControls::clearOverlayRequested, q, &ScatterView::clearOverlay);
    connect(hint, &EmptyHint::buttonClicked, q, &ScatterView::chooseOverlay);
    connect(plot, &ScatterPlot::pointClicked, q,
            [this](const QString& id, bool additive) { selectRecord(*document, id, additive); });
    connect(plot, &ScatterPlot::backgroundClicked, q, [this] { document->select({}); });
    connect(plot, &ScatterPlot::pointsSelected, q,
            [this](const QStringList& ids, bool additive) { selectRecords(*document, ids, additive); });
    connect(plot, &PlotCanvas::titlesEdited, q, [this](const PlotTitles& titles) { editTitles(titles); });
    connect(plot, &PlotCanvas::legendClicked, q, [this](const QString& series) { toggle(series); });
    connect(plot->navigation(), &PlotNavigation::menuRequested, q, [this](const QPoint& at) { showMenu(at); });
}

void ScatterView::Private::update()
{
    const PlotSettings& settings = document->plot();
    const LoadedOverlay& overlay = overlays->read(settings.overlay, settings.overlayAccuracy);
    overlayProblem = overlay.problem;
    controls->setSettings(settings);
    plot->setContent(document->records(), settings, overlay.table);
    plot->setSelected(document->selection());
    const bool empty = document->records().empty() && !overlay.table;
    stack->setCurrentWidget(empty ? static_cast<QWidget*>(hint) : plot);
    showNotices();
}

void ScatterView::Private::showNotices()
{
    QStringList lines;
    if (!overlayProblem.isEmpty())
        lines << tr("Overlay: %1").arg(overlayProblem);
    if (!plot->scene().overlay.notice.isEmpty())
        lines << plot->scene().overlay.notice;
    for (const QString& line : plot->scene().model.notices)
        lines << line;
    notice->setText(lines.join(QStringLiteral("  ")));
    notice->setVisible(!lines.isEmpty());
}

void ScatterView::Private::editTitles(const PlotTitles& titles)
{
    PlotSettings settings = document->plot();
    PlotSettings untitled = settings;
    untitled.xTitle.clear();
    untitled.yTitle.clear();
    const PlotTitles usual = scatterTitles(untitled, document->records());
    keepTitles(settings, titles, usual);
    edit(settings, tr("Edit plot titles"));
}

void ScatterView::Private::toggle(const QString& series)
{
    PlotSettings settings = document->plot();
    settings.hidden = toggled(settings.hidden, series);
    edit(settings, tr("Show or hide %1").arg(plot->legendText(series)));
}

void ScatterView::Private::addAccuracy()
{
    const QString path = choose(tr("Open an accuracy table"), tr("Accuracy tables (results-*.csv *.csv)"));
    if (path.isEmpty())
        return;
    PlotSettings settings = document->plot();
    settings.overlayAccuracy = path.toStdString();
    edit(settings, tr("Add an accuracy table"));
}

void ScatterView::Private::showMenu(const QPoint& at)
{
    QMenu menu(q);
    menu.addAction(tr("&Fit\tHome"), plot, &PlotCanvas::fit);
    menu.addSeparator();
    menu.addAction(tr("&Copy plot"), q, &PlotWidget::copyRequested);
    menu.addAction(tr("&Export plot…"), q, &PlotWidget::exportRequested);
    menu.addSeparator();
    menu.addAction(tr("&Open a timm benchmark table…"), q, &ScatterView::chooseOverlay);
    menu.addAction(tr("C&lear the overlay"), q, &ScatterView::clearOverlay)
        ->setEnabled(!document->plot().overlay.empty());
    menu.exec(at);
}

ScatterView::ScatterView(Document* document, std::shared_ptr<OverlayReader> overlays, QWidget* parent)
    : PlotWidget(parent), d(std::make_unique<Private>(this, document, std::move(overlays)))
{
    setObjectName(QStringLiteral("scatterView"));
    d->choose = [this](const QString& title, const QString& filter) {
        return QFileDialog::getOpenFileName(this, title, QString(), filter);
    };
    d->build();
    d->connectDocument();
    d->connectPlot();
    d->update();
}

ScatterView::~ScatterView() = default;

void ScatterView::openOverlay(const QString& path)
{
    PlotSettings settings = d->document->plot();
    settings.overlay = path.toStdString();
    settings.overlayAccuracy = accuracyBeside(path).toStdString();
    d->edit(settings, tr("Open an overlay"));
}

void ScatterView::clearOverlay()
{
    PlotSettings settings = d->document->plot();
    settings.overlay.clear();
    settings.overlayAccuracy.clear();
    d->edit(settings, tr("Clear the overlay"));
}

void ScatterView::chooseOverlay()
{
    const QString path =
        d->choose(tr("Open a timm benchmark table"), tr("timm benchmark tables (benchmark-*.csv *.csv)"));
    if (!path.isEmpty())
        openOverlay(path);
}

void ScatterView::setChooseFile(ChooseFile choose)
{
    d->choose = std::move(choose);
}

QString ScatterView::exportName() const
{
    return QStringLiteral("scatter");
}

PlotTitles ScatterView::titles() const
{
    return d->plot->titles();
}

QSize ScatterView::shownSize() const
{
    return d->plot->size();
}

bool ScatterView::isEmpty() const
{
    return d->plot->scene().isEmpty();
}

void ScatterView::render(QCPPainter& painter, const QSize& size, const PlotTheme& theme, const PlotTitles& titles) const
{
    ScatterPlot copy;
    copy.copyPlot(*d->plot, theme, titles);
    copy.paint(painter, size);
}

} // namespace lathe::ui

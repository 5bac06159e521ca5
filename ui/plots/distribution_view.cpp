#include "ui/plots/distribution_view.h"

#include <QComboBox>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/plots/distribution_plot.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/hidden_series.h"
#include "ui/plots/plot_content.h"
#include "ui/plots/plot_controls.h"
#include "ui/plots/qcp.h"
#include "ui/plots/settings_edit.h"
#include "ui/session/document.h"

namespace lathe::ui {

class DistributionView::Private {
public:
    Private(DistributionView* view, Document* doc) : q(view), document(doc) {}

    DistributionView* q;
    Document* document;
    QComboBox* kindBox = nullptr;
    QToolButton* log = nullptr;
    QStackedWidget* stack = nullptr;
    DistributionPlot* plot = nullptr;

    void build();
    void buildControls(QWidget* controls);
    DistributionPlot::Kind kind() const { return static_cast<DistributionPlot::Kind>(kindBox->currentIndex()); }
    void update();
    void edit(const SamplesSettings& samples, const QString& what);
};

void DistributionView::Private::build()
{
    QWidget* controls = makeControlStrip(q);
    buildControls(controls);
    plot = new DistributionPlot(q);
    plot->setObjectName(QStringLiteral("distributionPlot"));
    stack = new QStackedWidget(q);
    stack->addWidget(
        new EmptyHint(tr("<p><b>No samples to show.</b></p><p>Measure a network, or select records that were "
                         "measured: every single inference they timed is drawn here.</p>"),
                      {}, q));
    stack->addWidget(plot);
    QVBoxLayout* layout = tightColumn(q);
    layout->addWidget(controls);
    layout->addWidget(stack, 1);
}

void DistributionView::Private::buildControls(QWidget* controls)
{
    kindBox = addLabelledCombo(*controls, tr("Sho&w"), QStringLiteral("distributionKind"),
                               tr("How the samples of the selected records are drawn"));
    kindBox->addItems({tr("Samples and quartiles"), tr("Cumulative share"), tr("In the order taken")});
    log = addTextButton(*controls, tr("log"), QStringLiteral("distributionLog"), tr("Logarithmic time axis"), true);
    QToolButton* fit =
        addTextButton(*controls, tr("Fit"), QStringLiteral("distributionFit"), tr("Show all samples (Home)"), false);
    connect(kindBox, &QComboBox::currentIndexChanged, q, [this] { update(); });
    connect(log, &QToolButton::toggled, q, [this] { update(); });
    connect(fit, &QToolButton::clicked, q, [this] { plot->fit(); });
}

void DistributionView::Private::update()
{
    const SamplesSettings& settings = document->plot().samples;
    DistributionPlot::Content content{distributions(document->records(), document->selection()), kind(),
                                      log->isChecked(), keySet(settings.hidden), false};
    stack->setCurrentIndex(content.distributions.empty() ? 0 : 1);
    plot->setTitles(distributionTitles(kind(), settings));
    plot->setContent(content);
}

void DistributionView::Private::edit(const SamplesSettings& samples, const QString& what)
{
    editPart<SamplesSettings>(*document, &PlotSettings::samples, what, [&](SamplesSettings& own) { own = samples; });
}

DistributionView::DistributionView(Document* document, QWidget* parent)
    : PlotWidget(parent), d(std::make_unique<Private>(this, document))
{
    setObjectName(QStringLiteral("distributionView"));
    d->build();
    const auto refresh = [this] { d->update(); };
    connect(document, &Document::recordAppended, this, refresh);
    connect(document, &Document::recordsReset, this, refresh);
    connect(document, &Document::selectionChanged, this, refresh);
    connect(document, &Document::plotChanged, this, refresh);
    connect(d->plot, &PlotCanvas::legendClicked, this, [this](const QString& key) {
        SamplesSettings samples = d->document->plot().samples;
        samples.hidden = toggled(samples.hidden, key);
        d->edit(samples, tr("Show or hide %1").arg(d->plot->legendText(key)));
    });
    connect(d->plot, &PlotCanvas::titlesEdited, this, [this](const PlotTitles& titles) {
        d->edit(withTitles(d->document->plot().samples, d->kind(), titles), tr("Edit plot titles"));
    });
    connectPlotMenu(*this, d->plot);
    d->update();
}

DistributionView::~DistributionView() = default;

QString DistributionView::exportName() const
{
    return QStringLiteral("distribution");
}

PlotTitles DistributionView::titles() const
{
    return d->plot->titles();
}

QSize DistributionView::shownSize() const
{
    return d->plot->size();
}

bool DistributionView::isEmpty() const
{
    return d->plot->content().distributions.empty();
}

void DistributionView::render(QCPPainter& painter, const QSize& size, const PlotTheme& theme,
                              const PlotTitles& titles) const
{
    DistributionPlot copy;
    copyForExport(copy, *d->plot, theme, titles);
    copy.paint(painter, size);
}

} // namespace lathe::ui

#include "ui/plots/plot_canvas.h"

#include <QEvent>
#include <QVBoxLayout>

#include <algorithm>
#include <array>

#include "ui/plots/plot_navigation.h"
#include "ui/plots/plot_surface.h"
#include "ui/plots/title_editor.h"

namespace lathe::ui {

namespace {

/// As `addLayers` and QCustomPlot name them, in the order of PlotCanvas::Layer.
constexpr std::array kLayerNames{"far", "main", "labels", "hover"};

QCPRange toQcp(const Range& range)
{
    return {range.low, range.high};
}

Range fromQcp(const QCPRange& range)
{
    return {range.lower, range.upper};
}

} // namespace

class PlotCanvas::Private {
public:
    PlotSurface* surface = nullptr;
    PlotNavigation* navigation = nullptr;
    QCPTextElement* title = nullptr;
    QSharedPointer<GivenTicks> xTicks{new GivenTicks};
    QSharedPointer<GivenTicks> yTicks{new GivenTicks};
    PlotTheme theme;
    bool followsPalette = true;
    PlotTitles titles;
    PlotAxis x;
    PlotAxis y;
    Range homeX;
    Range homeY;
    bool fitted = true;
    std::vector<LegendEntry> legend;
    std::function<std::vector<CrowdPoint>()> crowd;
    bool chooseCorner = true;
    std::function<void()> afterLayout;

    void dress();
    void makeTicks(QCPAxis& axis, const PlotAxis& setup, GivenTicks& ticks) const;
    void beforeLayout();
    void placeLegend();
};

void PlotCanvas::Private::dress()
{
    surface->setBackground(QBrush(theme.background));
    dressAxis(*surface->xAxis, theme, x.log);
    dressAxis(*surface->yAxis, theme, y.log);
    surface->axisRect()->setMinimumMargins(QMargins(24, 12, 20, 24));
    title = showTitle(*surface, title, titles.plot, theme);
    fillLegend(*surface->legend, legend, theme, surface->viewport().size());
    chooseCorner = true;
}

void PlotCanvas::Private::makeTicks(QCPAxis& axis, const PlotAxis& setup, GivenTicks& ticks) const
{
    const double length = std::max(20.0, axisLength(axis));
    const LabelExtent extent = labelExtent(axis, theme);
    const Range range = fromQcp(axis.range());
    if (setup.bare)
        ticks.set({});
    else if (!setup.ticks.empty())
        ticks.set(valueTicks(setup.ticks, range, length, setup.log, extent));
    else
        ticks.set(setup.log ? logTicks(range, length, extent) : linearTicks(range, length, extent));
    reserveSmallLabels(axis, ticks.ticks(), theme);
}

void PlotCanvas::Private::beforeLayout()
{
    makeTicks(*surface->xAxis, x, *xTicks);
    makeTicks(*surface->yAxis, y, *yTicks);
}

void PlotCanvas::Private::placeLegend()
{
    QCPLayoutInset* inset = surface->axisRect()->insetLayout();
    const QRectF area = surface->axisRect()->rect();
    if (inset->elementCount() == 0 || area.width() < 20)
        return;
    const std::vector<CrowdPoint> points = crowd ? crowd() : std::vector<CrowdPoint>();
    const Qt::Alignment corner = quietestCorner(area, surface->legend->minimumOuterSizeHint(), points);
    chooseCorner = false;
    if (inset->insetAlignment(0) == corner)
        return;
    inset->setInsetAlignment(0, corner);
    inset->update(QCPLayoutElement::upLayout);
}

PlotCanvas::PlotCanvas(QWidget* parent) : QWidget(parent), d(std::make_unique<Private>())
{
    d->surface = new PlotSurface(this);
    d->surface->setObjectName(QStringLiteral("plotSurface"));
    d->surface->setFocusPolicy(Qt::StrongFocus);
    d->surface->setMouseTracking(true);
    d->surface->setMinimumSize(120, 90);
    setFocusProxy(d->surface);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(d->surface);

    addLayers(*d->surface);
    d->surface->xAxis->setTicker(d->xTicks);
    d->surface->yAxis->setTicker(d->yTicks);
    d->surface->beforeLayout = [this] { d->beforeLayout(); };
    d->surface->afterLayoutDone = [this] {
        if (d->chooseCorner)
            d->placeLegend();
        if (d->afterLayout)
            d->afterLayout();
    };
    d->theme = PlotTheme::fromPalette(palette(), font());
    d->dress();
    new Drawing(d->surface, QStringLiteral("axes"), false, [this](QCPPainter& painter) {
        const PlotMapping map = mapping();
        drawSmallLabels(painter, *d->surface->xAxis, d->xTicks->ticks(), map, d->theme);
        drawSmallLabels(painter, *d->surface->yAxis, d->yTicks->ticks(), map, d->theme);
    });
    d->navigation = new PlotNavigation(this);
    new TitleEditor(this);
}

PlotCanvas::~PlotCanvas()
{
    d->surface->beforeLayout = nullptr;
    d->surface->afterLayoutDone = nullptr;
    d->surface->removeEventFilter(d->navigation);
    delete d->surface; // while what its drawings refer to is alive
}

const PlotTheme& PlotCanvas::theme() const
{
    return d->theme;
}

void PlotCanvas::setTheme(const PlotTheme& theme)
{
    d->followsPalette = false;
    d->theme = theme;
    d->dress();
    refresh();
}

const PlotTitles& PlotCanvas::titles() const
{
    return d->titles;
}

void PlotCanvas::setTitles(const PlotTitles& titles)
{
    d->titles = titles;
    d->surface->xAxis->setLabel(titles.x);
    d->surface->yAxis->setLabel(titles.y);
    d->title = showTitle(*d->surface, d->title, titles.plot, d->theme);
    refresh();
}

void PlotCanvas::setAxes(const PlotAxis& x, const PlotAxis& y)
{
    const bool otherScale = x.log != d->x.log || y.log != d->y.log;
    d->x = x;
    d->y = y;
    d->fitted = d->fitted || otherScale;
    dressAxis(*d->surface->xAxis, d->theme, x.log);
    dressAxis(*d->surface->yAxis, d->theme, y.log);
    refresh();
}

void PlotCanvas::setHome(const Range& x, const Range& y)
{
    d->homeX = x;
    d->homeY = y;
    if (d->fitted)
        fit();
}

void PlotCanvas::fit()
{
    show(d->homeX, d->homeY);
    d->fitted = true;
    d->chooseCorner = true;
}

bool PlotCanvas::isFitted() const
{
    return d->fitted;
}

void PlotCanvas::show(const Range& x, const Range& y)
{
    d->fitted = false;
    d->surface->xAxis->setRange(toQcp(x));
    d->surface->yAxis->setRange(toQcp(y));
    refresh();
}

PlotMapping PlotCanvas::mapping() const
{
    const QRect rect = d->surface->axisRect()->rect();
    return {QRectF(rect.left(), rect.top(), rect.width(), rect.height()), fromQcp(d->surface->xAxis->range()),
            fromQcp(d->surface->yAxis->range()), d->x.log, d->y.log};
}

void PlotCanvas::addDrawing(Layer layer, bool clipToArea, Draw draw)
{
    new Drawing(d->surface, QLatin1String(kLayerNames.at(static_cast<std::size_t>(layer))), clipToArea,
                std::move(draw));
}

void PlotCanvas::setLegend(const std::vector<LegendEntry>& entries)
{
    d->legend = entries;
    fillLegend(*d->surface->legend, entries, d->theme, d->surface->viewport().size());
    d->chooseCorner = d->chooseCorner || d->fitted;
    refresh();
}

void PlotCanvas::setCrowd(std::function<std::vector<CrowdPoint>()> crowd)
{
    d->crowd = std::move(crowd);
}

std::optional<QString> PlotCanvas::legendKeyAt(const QPointF& pixel) const
{
    return lathe::ui::legendKeyAt(*d->surface->legend, pixel);
}

QString PlotCanvas::legendText(const QString& key) const
{
    const auto entry =
        std::find_if(d->legend.begin(), d->legend.end(), [&](const LegendEntry& e) { return e.key == key; });
    return entry == d->legend.end() ? QString() : entry->text;
}

QRectF PlotCanvas::legendRect() const
{
    return d->surface->legend->visible() ? QRectF(d->surface->legend->outerRect()) : QRectF();
}

QRectF PlotCanvas::legendEntryRect(const QString& key) const
{
    return lathe::ui::legendEntryRect(*d->surface->legend, key);
}

void PlotCanvas::setAfterLayout(std::function<void()> afterLayout)
{
    d->afterLayout = std::move(afterLayout);
}

void PlotCanvas::refresh()
{
    d->surface->replot(QCustomPlot::rpQueuedReplot);
}

void PlotCanvas::refreshHover()
{
    d->surface->layer(QStringLiteral("hover"))->replot();
}

PlotNavigation* PlotCanvas::navigation() const
{
    return d->navigation;
}

QWidget* PlotCanvas::surface() const
{
    return d->surface;
}

void PlotCanvas::paint(QCPPainter& painter, const QSize& size)
{
    // The legend's columns depend on the height it is drawn at.
    fillLegend(*d->surface->legend, d->legend, d->theme, size);
    d->chooseCorner = true;
    d->surface->toPainter(&painter, size.width(), size.height());
}

void PlotCanvas::copyView(const PlotCanvas& other)
{
    setTheme(other.d->theme);
    setTitles(other.d->titles);
    setAxes(other.d->x, other.d->y);
    copyRanges(other);
    setLegend(other.d->legend);
}

void PlotCanvas::copyRanges(const PlotCanvas& other)
{
    setHome(other.d->homeX, other.d->homeY);
    if (!other.isFitted())
        show(fromQcp(other.d->surface->xAxis->range()), fromQcp(other.d->surface->yAxis->range()));
}

void PlotCanvas::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    const bool look = event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange;
    if (!look || !d->followsPalette || !d->surface)
        return;
    d->theme = PlotTheme::fromPalette(palette(), font());
    d->dress();
    Q_EMIT themeChanged();
    refresh();
}

void PlotCanvas::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    fillLegend(*d->surface->legend, d->legend, d->theme, size());
    d->chooseCorner = d->chooseCorner || d->fitted;
    refresh();
}

} // namespace lathe::ui

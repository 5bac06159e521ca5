#include "ui/plots/scatter_plot.h"

#include <algorithm>

#include "core/analysis/throughput_unit.h"
#include "ui/plots/hover_card.h"
#include "ui/plots/nearest_point.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"
#include "ui/plots/scatter_labels.h"

namespace lathe::ui {

namespace {

constexpr double kReach = 13.0; // pixels from the cursor to a point
constexpr double kOverlayReach = 7.0;

/// A point under the cursor: one of the user's, or of the table.
struct Hover {
    enum class Kind { None, Own, Overlay };
    Kind kind = Kind::None;
    std::size_t index = 0;
    bool operator==(const Hover&) const = default;
};

} // namespace

class ScatterPlot::Private {
public:
    explicit Private(ScatterPlot* plot) : q(plot), card(new HoverCard(plot)) {}

    ScatterPlot* q;
    HoverCard* card;
    ScatterScene scene;
    NearestPoint own;
    NearestPoint overlay;
    QStringList selected;
    std::vector<DrawnArrow> arrows;
    std::vector<DrawnLabel> labels;
    std::function<QString(std::size_t)> cardText;
    Hover hover;

    void addDrawings();
    void layout();
    void connectNavigation();
    void setScene(ScatterScene next);
    void drawSelection(QCPPainter& painter) const;
    void drawHover(QCPPainter& painter) const;
    Hover hoverAt(const QPointF& pixel) const;
    void setHover(const Hover& next);
    QString textOf(const Hover& which) const;
    void click(const QPointF& at, Qt::KeyboardModifiers modifiers);
    void selectArea(const QPolygonF& area, Qt::KeyboardModifiers modifiers);
    void step(const QPointF& direction);
    void activate(Qt::KeyboardModifiers modifiers);
    QPointF pixel(const ScatterPoint& point) const { return q->mapping().toPixel(point.x.value, point.y.value); }
    QPointF pixel(const Hover& which) const;
    std::vector<CrowdPoint> crowd() const;
};

void ScatterPlot::Private::addDrawings()
{
    const auto add = [this](Layer layer, auto draw) {
        q->addDrawing(layer, true,
                      [this, draw](QCPPainter& painter) { draw(painter, scene, q->mapping(), q->theme()); });
    };
    add(Layer::Far, drawOverlay);
    add(Layer::Main, drawTrends);
    add(Layer::Main, drawFronts);
    q->addDrawing(Layer::Main, true, [this](QCPPainter& painter) { drawArrows(painter, arrows, q->mapping().area); });
    add(Layer::Main, drawPoints);
    q->addDrawing(Layer::Labels, true, [this](QCPPainter& painter) { drawSelection(painter); });
    q->addDrawing(Layer::Labels, true, [this](QCPPainter& painter) { drawLabels(painter, labels, q->theme()); });
    q->addDrawing(Layer::Hover, true, [this](QCPPainter& painter) { drawHover(painter); });
    q->setAfterLayout([this] { layout(); });
    q->setCrowd([this] { return crowd(); });
}

void ScatterPlot::Private::layout()
{
    arrows = layoutArrows(scene, q->mapping(), q->theme());
    labels = layoutLabels(scene, q->mapping(), q->theme(), q->legendRect(), arrows, selected);
}

void ScatterPlot::Private::connectNavigation()
{
    PlotNavigation* navigation = q->navigation();
    navigation->setSelects(true);
    using Keys = Qt::KeyboardModifiers;
    connect(navigation, &PlotNavigation::hovered, q, [this](const QPointF& at) { setHover(hoverAt(at)); });
    connect(navigation, &PlotNavigation::hoverEnded, q, [this] { setHover({}); });
    connect(navigation, &PlotNavigation::clicked, q, [this](const QPointF& at, Keys keys) { click(at, keys); });
    connect(navigation, &PlotNavigation::areaSelected, q,
            [this](const QPolygonF& area, Keys keys) { selectArea(area, keys); });
    connect(navigation, &PlotNavigation::stepped, q, [this](const QPointF& direction) { step(direction); });
    connect(navigation, &PlotNavigation::activated, q, [this](Keys keys) { activate(keys); });
    connect(q, &PlotCanvas::themeChanged, q, [this] { q->setLegend(scatterLegend(scene, q->theme(), true)); });
}

void ScatterPlot::Private::setScene(ScatterScene next)
{
    scene = std::move(next);
    hover = {};
    card->hide();
    std::vector<Point2> points;
    for (const ScatterPoint& point : scene.model.points)
        points.push_back({point.x.value, point.y.value});
    own = NearestPoint(points);
    points.clear();
    for (const OverlayPoint& point : scene.overlay.points)
        points.push_back({point.x, point.y});
    overlay = NearestPoint(points);

    q->setAxes({.log = scene.model.xLog, .ticks = {}}, {.log = scene.model.yLog, .ticks = {}});
    const auto [x, y] = homeRanges(scene);
    q->setHome(x, y);
    q->setLegend(scatterLegend(scene, q->theme(), true));
}

void ScatterPlot::Private::drawSelection(QCPPainter& painter) const
{
    const PlotMapping map = q->mapping();
    for (const ScatterPoint& point : scene.model.points)
        if (selected.contains(point.id) && scene.shows(point) && map.area.contains(pixel(point)))
            drawRing(painter, pixel(point), markerDiameter(point, scene.model, q->theme()), q->theme(), true);
}

void ScatterPlot::Private::drawHover(QCPPainter& painter) const
{
    if (hover.kind == Hover::Kind::Own)
        drawRing(painter, pixel(hover), markerDiameter(scene.model.points[hover.index], scene.model, q->theme()),
                 q->theme(), false);
    else if (hover.kind == Hover::Kind::Overlay)
        drawRing(painter, pixel(hover), q->theme().overlaySize, q->theme(), false);
}

QPointF ScatterPlot::Private::pixel(const Hover& which) const
{
    if (which.kind == Hover::Kind::Own)
        return pixel(scene.model.points[which.index]);
    const OverlayPoint& point = scene.overlay.points[which.index];
    return q->mapping().toPixel(point.x, point.y);
}

Hover ScatterPlot::Private::hoverAt(const QPointF& at) const
{
    const PlotMapping map = q->mapping();
    if (!map.area.contains(at))
        return {};
    if (const auto found =
            own.at(at, kReach, map, [this](std::size_t i) { return scene.shows(scene.model.points[i]); }))
        return {Hover::Kind::Own, *found};
    if (const auto found =
            overlay.at(at, kOverlayReach, map, [this](std::size_t i) { return scene.shows(scene.overlay.points[i]); }))
        return {Hover::Kind::Overlay, *found};
    return {};
}

QString ScatterPlot::Private::textOf(const Hover& which) const
{
    if (which.kind == Hover::Kind::Overlay) {
        const TimmTable& table = *scene.overlay.table;
        return overlayCard(table.rows[scene.overlay.points[which.index].row], overlayTitle(table.name));
    }
    return cardText ? cardText(scene.model.points[which.index].record) : QString();
}

void ScatterPlot::Private::setHover(const Hover& next)
{
    if (next == hover)
        return;
    hover = next;
    const QString text = hover.kind == Hover::Kind::None ? QString() : textOf(hover);
    if (text.isEmpty())
        card->hide();
    else
        card->showAt(pixel(hover), text);
    q->surface()->setAccessibleDescription(plainCard(text));
    q->refreshHover();
}

void ScatterPlot::Private::click(const QPointF& at, Qt::KeyboardModifiers modifiers)
{
    const Hover which = hoverAt(at);
    const bool additive = modifiers.testFlag(Qt::ControlModifier);
    if (which.kind == Hover::Kind::Own)
        Q_EMIT q->pointClicked(scene.model.points[which.index].id, additive);
    else if (which.kind == Hover::Kind::None && !additive)
        Q_EMIT q->backgroundClicked();
}

void ScatterPlot::Private::selectArea(const QPolygonF& area, Qt::KeyboardModifiers modifiers)
{
    QStringList ids;
    for (const ScatterPoint& point : scene.model.points)
        if (scene.shows(point) && area.containsPoint(pixel(point), Qt::OddEvenFill))
            ids << point.id;
    Q_EMIT q->pointsSelected(ids, modifiers.testFlag(Qt::ControlModifier));
}

void ScatterPlot::Private::step(const QPointF& direction)
{
    std::vector<QPointF> pixels;
    std::vector<std::size_t> indices;
    const PlotMapping map = q->mapping();
    for (std::size_t i = 0; i < scene.model.points.size(); ++i) {
        const QPointF at = pixel(scene.model.points[i]);
        if (!scene.shows(scene.model.points[i]) || !map.area.contains(at))
            continue;
        pixels.push_back(at);
        indices.push_back(i);
    }
    QPointF from = map.area.center() - direction * (map.area.width() + map.area.height());
    const auto lit = std::find_if(scene.model.points.begin(), scene.model.points.end(),
                                  [this](const ScatterPoint& point) { return selected.contains(point.id); });
    if (hover.kind == Hover::Kind::Own)
        from = pixel(hover);
    else if (lit != scene.model.points.end())
        from = pixel(*lit);
    if (const auto next = nextPoint(pixels, from, direction))
        setHover({Hover::Kind::Own, indices[*next]});
}

void ScatterPlot::Private::activate(Qt::KeyboardModifiers modifiers)
{
    if (hover.kind == Hover::Kind::Own)
        Q_EMIT q->pointClicked(scene.model.points[hover.index].id, modifiers.testFlag(Qt::ControlModifier));
}

std::vector<CrowdPoint> ScatterPlot::Private::crowd() const
{
    std::vector<CrowdPoint> pixels;
    const PlotMapping map = q->mapping();
    // One of the user's own points is never worth covering for the table's sake.
    for (const ScatterPoint& point : scene.model.points) {
        pixels.push_back({pixel(point), 1000.0});
        for (const double dx : {40.0, 80.0})
            if (scene.labels)
                pixels.push_back({pixel(point) + QPointF(dx, 0.0), 2.0});
    }
    for (const ScatterArrow& arrow : scene.model.arrows)
        pixels.push_back({(pixel(scene.model.points[arrow.from]) + pixel(scene.model.points[arrow.to])) / 2.0, 2.0});
    for (const OverlayPoint& point : scene.overlay.points)
        pixels.push_back({map.toPixel(point.x, point.y), 1.0});
    return pixels;
}

ScatterPlot::ScatterPlot(QWidget* parent) : PlotCanvas(parent), d(std::make_unique<Private>(this))
{
    d->addDrawings();
    d->connectNavigation();
    surface()->setAccessibleName(tr("Scatter plot"));
}

ScatterPlot::~ScatterPlot() = default;

void ScatterPlot::setContent(const std::vector<Record>& records, const PlotSettings& settings,
                             const std::shared_ptr<const TimmTable>& overlay)
{
    ScatterModel model = makeScatterModel(records, settings);
    OverlayModel behind = makeOverlay(overlay, model);
    const bool otherAxes = model.x != d->scene.model.x || model.y != d->scene.model.y;
    d->setScene(makeScene(std::move(model), std::move(behind), settings));
    if (otherAxes)
        fit();
    setTitles(scatterTitles(settings, records));
}

const ScatterScene& ScatterPlot::scene() const
{
    return d->scene;
}

void ScatterPlot::setSelected(const QStringList& ids)
{
    if (ids == d->selected)
        return;
    d->selected = ids;
    refresh();
}

void ScatterPlot::setCardText(std::function<QString(std::size_t record)> text)
{
    d->cardText = std::move(text);
}

QPointF ScatterPlot::pixelOf(const QString& id) const
{
    for (const ScatterPoint& point : d->scene.model.points)
        if (point.id == id)
            return d->pixel(point);
    return {};
}

QString ScatterPlot::hoveredId() const
{
    return d->hover.kind == Hover::Kind::Own ? d->scene.model.points[d->hover.index].id : QString();
}

void ScatterPlot::copyPlot(const ScatterPlot& other, const PlotTheme& theme, const PlotTitles& titles)
{
    copyView(other);
    setTheme(theme);
    setTitles(titles);
    d->scene = other.d->scene;
    setLegend(scatterLegend(d->scene, theme, false));
}

PlotTitles scatterTitles(const PlotSettings& settings, const std::vector<Record>& records)
{
    const auto title = [&](const std::string& own, const std::string& quantity, Quantity otherwise) {
        const std::string usual = axisTitle(quantityFromName(quantity).value_or(otherwise));
        return QString::fromStdString(own.empty() ? withThroughputUnit(usual, records) : own);
    };
    return {QString::fromStdString(settings.title), title(settings.xTitle, settings.x, Quantity::Params),
            title(settings.yTitle, settings.y, Quantity::Throughput)};
}

} // namespace lathe::ui

#include "ui/plots/roofline_plot.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/analysis/significant.h"
#include "ui/format.h"
#include "ui/plots/hover_card.h"
#include "ui/plots/nearest_point.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"
#include "ui/plots/roofline_drawing.h"
#include "ui/plots/scatter_drawing.h"
#include "ui/plots/scatter_labels.h"
#include "ui/roofline/roofline_model.h"

namespace lathe::ui {

namespace {

constexpr double kReach = 13.0;       // pixels from the cursor to a point
constexpr double kLeastLayer = 0.55;  // of the usual diameter
constexpr double kLargestLayer = 4.0; // of one that takes all the time
constexpr int kCrowdSteps = 24;       // that stand for a roof
constexpr double kPaleLayer = 0.75;
constexpr double kNowhere = std::numeric_limits<double>::infinity();

QString typeKeyOf(const RooflinePlot::Point& point)
{
    return QStringLiteral("type:") + point.type;
}

} // namespace

/// Points are counted through: records first, then layers.
class RooflinePlot::Private {
public:
    explicit Private(RooflinePlot* plot) : q(plot), card(new HoverCard(plot)) {}

    RooflinePlot* q;
    HoverCard* card;
    Content content;
    NearestPoint nearest;
    std::vector<RoofLine> roofs;
    std::vector<DrawnLabel> labels;
    std::optional<std::size_t> hover;
    std::optional<std::size_t> current;
    double layersMs = 0.0;

    std::size_t count() const { return content.records.size() + content.layers.size(); }
    bool isLayer(std::size_t i) const { return i >= content.records.size(); }
    const Point& at(std::size_t i) const
    {
        return isLayer(i) ? content.layers[i - content.records.size()] : content.records[i];
    }
    bool isDrawn(std::size_t i) const { return at(i).point.isDrawable() && content.shows(at(i)); }
    QPointF pixel(std::size_t i) const { return q->pixelOf(at(i)); }
    double diameter(std::size_t i) const;
    template <class Visit> void forEachInSight(Visit visit) const;

    void addDrawings();
    void connectNavigation();
    void setHome();
    void layout();
    void drawLayers(QCPPainter& painter) const;
    void drawRecords(QCPPainter& painter) const;
    void drawRings(QCPPainter& painter) const;
    std::vector<CrowdPoint> crowd() const;
    std::optional<std::size_t> under(const QPointF& where) const;
    void setHover(const std::optional<std::size_t>& next);
    void click(std::size_t index, bool additive);
    void step(const QPointF& direction);
    QString cardOf(std::size_t index) const;
};

template <class Visit> void RooflinePlot::Private::forEachInSight(Visit visit) const
{
    const QRectF area = q->mapping().area;
    for (std::size_t i = 0; i < count(); ++i)
        if (isDrawn(i) && area.contains(pixel(i)))
            visit(i, pixel(i));
}

double RooflinePlot::Private::diameter(std::size_t i) const
{
    const double usual = q->theme().pointSize;
    if (!isLayer(i) || layersMs <= 0.0)
        return usual;
    return usual * std::max(kLeastLayer, kLargestLayer * std::sqrt(at(i).point.milliseconds / layersMs));
}

void RooflinePlot::Private::addDrawings()
{
    q->addDrawing(Layer::Far, true, [this](QCPPainter& painter) { drawRoofs(painter, roofs, q->theme()); });
    q->addDrawing(Layer::Main, true, [this](QCPPainter& painter) { drawLayers(painter); });
    q->addDrawing(Layer::Main, true, [this](QCPPainter& painter) { drawRecords(painter); });
    q->addDrawing(Layer::Labels, true, [this](QCPPainter& painter) { drawRings(painter); });
    q->addDrawing(Layer::Labels, true, [this](QCPPainter& painter) { drawLabels(painter, labels, q->theme()); });
    q->addDrawing(Layer::Hover, true, [this](QCPPainter& painter) {
        if (hover && !content.forExport)
            drawRing(painter, pixel(*hover), diameter(*hover), q->theme(), false);
    });
    q->setAfterLayout([this] { layout(); });
    q->setCrowd([this] { return crowd(); });
}

void RooflinePlot::Private::connectNavigation()
{
    using Keys = Qt::KeyboardModifiers;
    PlotNavigation* navigation = q->navigation();
    connect(navigation, &PlotNavigation::hovered, q, [this](const QPointF& where) { setHover(under(where)); });
    connect(navigation, &PlotNavigation::hoverEnded, q, [this] { setHover({}); });
    connect(navigation, &PlotNavigation::clicked, q, [this](const QPointF& where, Keys keys) {
        const bool additive = keys.testFlag(Qt::ControlModifier);
        if (const auto found = under(where))
            click(*found, additive);
        else if (!additive)
            Q_EMIT q->backgroundClicked();
    });
    connect(navigation, &PlotNavigation::stepped, q, [this](const QPointF& direction) { step(direction); });
    connect(navigation, &PlotNavigation::activated, q, [this](Keys keys) {
        if (hover)
            click(*hover, keys.testFlag(Qt::ControlModifier));
    });
}

void RooflinePlot::Private::setHome()
{
    if (!content.peaks)
        return;
    std::vector<QPointF> points;
    for (std::size_t i = 0; i < count(); ++i)
        if (isDrawn(i))
            points.emplace_back(at(i).point.intensity(), at(i).point.rate());
    const auto [x, y] = rooflineRanges(*content.peaks, points);
    q->setHome(x, y);
}

void RooflinePlot::Private::layout()
{
    std::vector<QRectF> points{q->legendRect()};
    forEachInSight([&](std::size_t i, const QPointF& centre) {
        const double size = diameter(i);
        points.emplace_back(centre - QPointF(size, size) / 2.0, QSizeF(size, size));
    });
    roofs.clear();
    if (content.peaks)
        roofs = roofLines(*content.peaks, q->mapping(), q->theme(), points);
    LabelWishes wishes;
    wishes.avoid(q->legendRect());
    for (const RoofLine& roof : roofs)
        for (const QRectF& box : roof.covered())
            wishes.avoid(box);
    forEachInSight([&](std::size_t i, const QPointF& centre) {
        const bool selected = content.selected.contains(at(i).id) && !content.forExport;
        const LabelMarker marker{centre.x(), centre.y(), diameter(i) / 2.0 + (selected ? 6.0 : 1.5)};
        const bool named = !isLayer(i) || current == i - content.records.size();
        if (named)
            wishes.add(marker, {at(i).name, {}, {}, q->theme().text, selected && !isLayer(i)},
                       isLayer(i) ? 3.0 : (selected ? 2.0 : 1.0), q->theme());
    });
    labels = placeWishes(std::move(wishes), q->mapping().area);
}

/// Large ones first, so that small ones stay in sight.
void RooflinePlot::Private::drawLayers(QCPPainter& painter) const
{
    std::vector<std::size_t> order;
    forEachInSight([&](std::size_t i, const QPointF&) {
        if (isLayer(i))
            order.push_back(i);
    });
    std::stable_sort(order.begin(), order.end(),
                     [this](std::size_t a, std::size_t b) { return diameter(a) > diameter(b); });
    for (const std::size_t i : order) {
        const SeriesStyle style = q->theme().typeStyle(at(i).type.toStdString());
        drawMarker(painter, pixel(i),
                   {style.marker, diameter(i), q->theme().pale(style.colour, kPaleLayer), q->theme().background});
    }
}

void RooflinePlot::Private::drawRecords(QCPPainter& painter) const
{
    forEachInSight([&](std::size_t i, const QPointF& centre) {
        if (isLayer(i))
            return;
        const SeriesStyle style = q->theme().typeStyle(at(i).type.toStdString());
        drawMarker(painter, centre, {style.marker, diameter(i), style.colour, q->theme().background});
    });
}

void RooflinePlot::Private::drawRings(QCPPainter& painter) const
{
    if (content.forExport)
        return;
    forEachInSight([&](std::size_t i, const QPointF& centre) {
        const bool chosen = isLayer(i) ? current == i - content.records.size() : content.selected.contains(at(i).id);
        if (chosen)
            drawRing(painter, centre, diameter(i), q->theme(), true);
    });
}

/// The legend is placed before the roofs are laid out.
std::vector<CrowdPoint> RooflinePlot::Private::crowd() const
{
    std::vector<CrowdPoint> pixels;
    forEachInSight([&](std::size_t i, const QPointF& centre) {
        pixels.push_back({centre, isLayer(i) ? 10.0 : 1000.0});
    });
    if (!content.peaks)
        return pixels;
    for (const RoofLine& roof : roofLines(*content.peaks, q->mapping(), q->theme())) {
        for (int i = 0; i <= kCrowdSteps; ++i)
            pixels.push_back({QLineF(roof.from, roof.to).pointAt(i / double(kCrowdSteps)), 5.0});
        for (const QRectF& box : roof.covered())
            pixels.push_back({box.center(), 20.0});
    }
    return pixels;
}

std::optional<std::size_t> RooflinePlot::Private::under(const QPointF& where) const
{
    if (!q->mapping().area.contains(where))
        return std::nullopt;
    const auto found = [&](bool layers) {
        return nearest.at(where, kReach, q->mapping(),
                          [&](std::size_t i) { return isDrawn(i) && isLayer(i) == layers; });
    };
    const auto record = found(false); // drawn on top
    return record ? record : found(true);
}

void RooflinePlot::Private::setHover(const std::optional<std::size_t>& next)
{
    if (next == hover)
        return;
    hover = next;
    const QString text = hover ? cardOf(*hover) : QString();
    if (text.isEmpty())
        card->hide();
    else
        card->showAt(pixel(*hover), text);
    q->surface()->setAccessibleDescription(plainCard(text));
    q->refreshHover();
}

void RooflinePlot::Private::click(std::size_t index, bool additive)
{
    if (isLayer(index))
        Q_EMIT q->layerClicked(index - content.records.size());
    else
        Q_EMIT q->recordClicked(at(index).id, additive);
}

void RooflinePlot::Private::step(const QPointF& direction)
{
    std::vector<QPointF> pixels;
    std::vector<std::size_t> indices;
    const QRectF area = q->mapping().area;
    forEachInSight([&](std::size_t i, const QPointF& centre) {
        pixels.push_back(centre);
        indices.push_back(i);
    });
    const QPointF from = hover ? pixel(*hover) : area.center() - direction * (area.width() + area.height());
    if (const auto next = nextPoint(pixels, from, direction))
        setHover(indices[*next]);
}

QString RooflinePlot::Private::cardOf(std::size_t index) const
{
    const Point& point = at(index);
    const QString head = isLayer(index)
                             ? tr("<b>%1</b> (%2)").arg(point.name.toHtmlEscaped(), escaped(point.point.operation))
                             : tr("<b>%1</b>").arg(point.name.toHtmlEscaped());
    return tr("%1<br>%2 ms, %3 FLOPs a byte<br>%4")
        .arg(head, rounded(point.point.milliseconds), rounded(point.point.intensity(), 2),
             escaped(boundText(point.point, content.peaks->threads)));
}

RooflinePlot::RooflinePlot(QWidget* parent) : PlotCanvas(parent), d(std::make_unique<Private>(this))
{
    d->addDrawings();
    d->connectNavigation();
    setAxes({.log = true, .ticks = {}}, {.log = true, .ticks = {}});
    setTitles(rooflineTitles());
    surface()->setAccessibleName(tr("Roofline plot"));
}

RooflinePlot::~RooflinePlot() = default;

void RooflinePlot::setContent(Content content)
{
    d->content = std::move(content);
    d->hover.reset();
    d->card->hide();
    if (d->current >= d->content.layers.size())
        d->current.reset();
    d->layersMs = 0.0;
    for (const Point& layer : d->content.layers)
        d->layersMs += layer.point.milliseconds;
    std::vector<Point2> points;
    for (std::size_t i = 0; i < d->count(); ++i)
        points.push_back(d->at(i).point.isDrawable() ? Point2{d->at(i).point.intensity(), d->at(i).point.rate()}
                                                     : Point2{kNowhere, kNowhere});
    d->nearest = NearestPoint(points);
    d->setHome();
    if (d->content.forExport) // on the screen it is beside the plot
        setLegend(rooflineLegend(d->content, theme(), false));
    refresh();
}

const RooflinePlot::Content& RooflinePlot::content() const
{
    return d->content;
}

void RooflinePlot::setCurrentLayer(const std::optional<std::size_t>& layer)
{
    if (layer == d->current)
        return;
    d->current = layer;
    refresh();
}

std::optional<std::size_t> RooflinePlot::currentLayer() const
{
    return d->current;
}

QPointF RooflinePlot::pixelOf(const Point& point) const
{
    return mapping().toPixel(point.point.intensity(), point.point.rate());
}

void RooflinePlot::copyPlot(const RooflinePlot& other, const PlotTheme& theme, const PlotTitles& titles)
{
    copyView(other);
    setTheme(theme);
    setTitles(titles);
    Content content = other.content();
    content.forExport = true;
    setContent(std::move(content));
    copyRanges(other);
}

bool RooflinePlot::Content::shows(const Point& point) const
{
    return !hidden.contains(typeKeyOf(point));
}

PlotTitles rooflineTitles()
{
    return {{}, RooflinePlot::tr("Arithmetic intensity (FLOPs a byte)"), RooflinePlot::tr("Reached (FLOP/s)")};
}

std::vector<LegendEntry> rooflineLegend(const RooflinePlot::Content& content, const PlotTheme& theme, bool withHidden)
{
    std::vector<LegendEntry> entries;
    std::set<QString> types;
    for (const RooflinePlot::Point& point : content.records)
        if (types.insert(point.type).second && (withHidden || content.shows(point)))
            entries.push_back({typeKeyOf(point), typeTitle(point.type), LegendEntry::Icon::Point,
                               theme.typeStyle(point.type.toStdString()), Qt::SolidLine, content.shows(point)});
    if (!content.layers.empty() && content.shows(content.layers.front())) {
        SeriesStyle style = theme.typeStyle(content.layers.front().type.toStdString());
        style.colour = theme.pale(style.colour, kPaleLayer);
        entries.push_back({{},
                           RooflinePlot::tr("layers of %1 (area: time)").arg(content.layersOf),
                           LegendEntry::Icon::Overlay,
                           style});
    }
    return entries;
}

} // namespace lathe::ui

#include "ui/plots/curves_plot.h"

#include <algorithm>
#include <cmath>

#include "ui/plots/hover_card.h"
#include "ui/plots/nearest_point.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"
#include "ui/plots/scatter_drawing.h"
#include "ui/plots/scatter_labels.h"

namespace lathe::ui {

namespace {

constexpr double kReach = 13.0; // pixels
constexpr double kMarkerSize = 7.0;
constexpr double kBand = 0.25; // strength

} // namespace

class CurvesPlot::Private {
public:
    explicit Private(CurvesPlot* plot) : q(plot), card(new HoverCard(plot)) {}

    struct Place {
        std::size_t series = 0;
        std::size_t point = 0;

        bool operator==(const Place&) const = default;
    };

    CurvesPlot* q;
    HoverCard* card;
    Content content;
    std::optional<Place> hover;

    SeriesStyle styleOf(int category) const { return q->theme().categoryStyle(category); }
    bool isShown(const Series& series) const { return !content.hidden.contains(series.key) && !series.points.empty(); }
    const Point& pointAt(const Place& place) const { return content.series[place.series].points[place.point]; }
    QPointF pixel(const Point& point) const { return q->mapping().toPixel(point.x, point.y); }
    bool canShow(const Point& point) const { return q->mapping().canShow(point.x, point.y) && std::isfinite(point.y); }
    void draw(QCPPainter& painter) const;
    void drawLevel(QCPPainter& painter, const Series& series) const;
    void drawBand(QCPPainter& painter, const Series& series) const;
    void drawSeries(QCPPainter& painter, const Series& series) const;
    void drawPoint(QCPPainter& painter, const Series& series, const Point& point) const;
    void drawPointLabels(QCPPainter& painter) const;
    void drawMarks(QCPPainter& painter) const;
    std::vector<Place> places() const;
    std::optional<Place> at(const QPointF& where) const;
    void setHover(const std::optional<Place>& next);
    void step(const QPointF& direction);
    void setHome();
};

void CurvesPlot::Private::draw(QCPPainter& painter) const
{
    for (const Series& series : content.series)
        if (isShown(series) && series.isBand)
            drawBand(painter, series);
    for (const Series& series : content.series)
        if (isShown(series))
            series.isLevel ? drawLevel(painter, series) : drawSeries(painter, series);
    drawPointLabels(painter);
    drawMarks(painter);
}

void CurvesPlot::Private::drawLevel(QCPPainter& painter, const Series& series) const
{
    const PlotMapping map = q->mapping();
    const Point& point = series.points.front();
    if (point.yInterval) {
        const QRectF band(QPointF(map.area.left(), map.yPixel(point.yInterval->high)),
                          QPointF(map.area.right(), map.yPixel(point.yInterval->low)));
        painter.fillRect(band.normalized().intersected(map.area),
                         q->theme().pale(styleOf(series.category).colour, kBand));
    }
    painter.setPen(QPen(styleOf(series.category).colour, 1.8, series.line));
    const double y = map.yPixel(point.y);
    drawLineWithin(painter, {{map.area.left(), y}, {map.area.right(), y}}, map.area);
}

void CurvesPlot::Private::drawBand(QCPPainter& painter, const Series& series) const
{
    const PlotMapping map = q->mapping();
    QPolygonF band;
    for (const Point& point : series.points)
        if (point.yInterval)
            band << map.toPixel(point.x, point.yInterval->high);
    for (auto point = series.points.rbegin(); point != series.points.rend(); ++point)
        if (point->yInterval)
            band << map.toPixel(point->x, point->yInterval->low);
    painter.save();
    painter.setClipRect(map.area, Qt::IntersectClip);
    QColor colour = styleOf(series.category).colour;
    colour.setAlphaF(kBand); // bands lie over one another
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawPolygon(band);
    painter.restore();
}

void CurvesPlot::Private::drawSeries(QCPPainter& painter, const Series& series) const
{
    std::vector<QPointF> line;
    for (const Point& point : series.points)
        if (canShow(point))
            line.push_back(pixel(point));
    painter.setPen(QPen(styleOf(series.category).colour, 1.4, series.line));
    drawLineWithin(painter, line, q->mapping().area);
    for (const Point& point : series.points)
        if (canShow(point))
            drawPoint(painter, series, point);
}

void CurvesPlot::Private::drawPoint(QCPPainter& painter, const Series& series, const Point& point) const
{
    const PlotMapping map = q->mapping();
    const QPointF centre = pixel(point);
    if (!map.area.contains(centre))
        return;
    const SeriesStyle style = styleOf(series.category);
    painter.setPen(QPen(style.colour, 1.0));
    if (point.yInterval && !series.isBand && map.canShow(point.x, point.yInterval->low))
        drawWhisker(painter, {centre.x(), map.yPixel(point.yInterval->low)},
                    {centre.x(), map.yPixel(point.yInterval->high)}, map.area);
    if (point.xInterval && map.canShow(point.xInterval->low, point.y))
        drawWhisker(painter, {map.xPixel(point.xInterval->low), centre.y()},
                    {map.xPixel(point.xInterval->high), centre.y()}, map.area);
    drawMarker(painter, centre, {style.marker, kMarkerSize, style.colour, q->theme().background});
}

/// Beside their points, none over another, a point or, where there is room, a curve.
void CurvesPlot::Private::drawPointLabels(QCPPainter& painter) const
{
    const auto isLabelled = [this](const Series& series) { return series.labelled && isShown(series); };
    if (std::none_of(content.series.begin(), content.series.end(), isLabelled))
        return;
    const QRectF area = q->mapping().area;
    LabelWishes wishes;
    for (const Series& series : content.series) {
        if (!isShown(series) || series.isLevel)
            continue;
        std::optional<QPointF> last;
        for (const Point& point : series.points) {
            if (!canShow(point))
                continue;
            const QPointF at = pixel(point);
            if (last && series.line != Qt::NoPen)
                wishes.lines.push_back({last->x(), last->y(), at.x(), at.y()});
            last = at;
            const LabelMarker marker{at.x(), at.y(), 0.5 * kMarkerSize + 1.0};
            if (!area.contains(at))
                continue;
            if (series.labelled && !point.label.isEmpty())
                wishes.add(marker, {point.label, {}, {}, q->theme().text, false}, 0.0, q->theme());
            else
                wishes.others.push_back(marker);
        }
    }
    drawLabels(painter, placeWishes(std::move(wishes), area), q->theme());
}

/// Their texts one below the other, so that near ones do not cover each other.
void CurvesPlot::Private::drawMarks(QCPPainter& painter) const
{
    const PlotMapping map = q->mapping();
    const QFont font = q->theme().smallFont();
    const QFontMetricsF metrics(font);
    double y = map.area.top() + metrics.height();
    for (const Mark& mark : content.marks) {
        const double x = map.xPixel(mark.x);
        if (x < map.area.left() || x > map.area.right())
            continue;
        painter.setPen(QPen(styleOf(mark.category).colour, 1.2, Qt::DashLine));
        drawLineWithin(painter, {{x, map.area.top()}, {x, map.area.bottom()}}, map.area);
        const double width = metrics.horizontalAdvance(mark.text);
        const bool fitsRight = x + 6.0 + width < map.area.right();
        painter.setFont(font);
        painter.setPen(q->theme().text);
        painter.drawText(QPointF(fitsRight ? x + 6.0 : x - 6.0 - width, y), mark.text);
        y += 1.3 * metrics.height();
    }
}

std::vector<CurvesPlot::Private::Place> CurvesPlot::Private::places() const
{
    std::vector<Place> places;
    for (std::size_t s = 0; s < content.series.size(); ++s)
        if (const Series& series = content.series[s]; isShown(series) && !series.isLevel)
            for (std::size_t p = 0; p < series.points.size(); ++p)
                if (canShow(series.points[p]))
                    places.push_back({s, p});
    return places;
}

std::optional<CurvesPlot::Private::Place> CurvesPlot::Private::at(const QPointF& where) const
{
    const std::vector<Place> all = places();
    std::vector<QPointF> pixels;
    for (const Place& place : all)
        pixels.push_back(pixel(pointAt(place)));
    const auto nearest = nearestPixel(pixels, where, kReach);
    return nearest ? std::optional(all[*nearest]) : std::nullopt;
}

void CurvesPlot::Private::setHover(const std::optional<Place>& next)
{
    if (next == hover)
        return;
    hover = next;
    const QString text = hover ? pointAt(*hover).card : QString();
    if (text.isEmpty())
        card->hide();
    else
        card->showAt(pixel(pointAt(*hover)), text);
    q->surface()->setAccessibleDescription(plainCard(text));
}

/// To the next point on either side.
void CurvesPlot::Private::step(const QPointF& direction)
{
    const std::vector<Place> all = places();
    if (all.empty())
        return;
    if (!hover)
        return setHover(all.front());
    std::vector<QPointF> pixels;
    for (const Place& place : all)
        pixels.push_back(pixel(pointAt(place)));
    if (const auto next = nextPoint(pixels, pixel(pointAt(*hover)), direction))
        setHover(all[*next]);
}

void CurvesPlot::Private::setHome()
{
    std::vector<double> xs, ys;
    for (const Series& series : content.series) {
        if (!isShown(series))
            continue;
        for (const Point& point : series.points) {
            if (!std::isfinite(point.y))
                continue;
            if (!series.isLevel)
                xs.push_back(point.x);
            ys.push_back(point.y);
            if (point.yInterval)
                ys.insert(ys.end(), {point.yInterval->low, point.yInterval->high});
            if (point.xInterval)
                xs.insert(xs.end(), {point.xInterval->low, point.xInterval->high});
        }
    }
    if (!xs.empty() && !ys.empty())
        q->setHome(paddedRange(xs, content.xLog, 0.05), paddedRange(ys, content.yLog, 0.08));
}

CurvesPlot::CurvesPlot(QWidget* parent) : PlotCanvas(parent), d(std::make_unique<Private>(this))
{
    addDrawing(Layer::Main, true, [this](QCPPainter& painter) { d->draw(painter); });
    connect(navigation(), &PlotNavigation::hovered, this, [this](const QPointF& where) { d->setHover(d->at(where)); });
    connect(navigation(), &PlotNavigation::hoverEnded, this, [this] { d->setHover({}); });
    connect(navigation(), &PlotNavigation::stepped, this, [this](const QPointF& direction) { d->step(direction); });
}

CurvesPlot::~CurvesPlot() = default;

void CurvesPlot::setContent(Content content)
{
    d->setHover({});
    d->content = std::move(content);
    setAxes({.log = d->content.xLog, .ticks = {}}, {.log = d->content.yLog, .ticks = {}});
    d->setHome();
    refresh();
}

const CurvesPlot::Content& CurvesPlot::content() const
{
    return d->content;
}

void CurvesPlot::toggle(const QString& key)
{
    d->setHover({});
    if (d->content.hidden.erase(key) == 0)
        d->content.hidden.insert(key);
    d->setHome();
    refresh();
}

namespace {

/// Whether its line alone tells it from another series of the same style.
bool isDashedTwin(const CurvesPlot::Content& content, const CurvesPlot::Series& series)
{
    return series.line == Qt::DashLine &&
           std::any_of(content.series.begin(), content.series.end(), [&](const CurvesPlot::Series& other) {
               return other.category == series.category && other.line == Qt::SolidLine;
           });
}

} // namespace

std::vector<LegendEntry> curvesLegend(const CurvesPlot::Content& content, const PlotTheme& theme, bool withHidden)
{
    std::vector<LegendEntry> entries;
    for (const CurvesPlot::Series& series : content.series) {
        const bool isShown = !content.hidden.contains(series.key);
        if (isShown || withHidden)
            entries.push_back(
                {series.key, series.text,
                 series.isLevel || isDashedTwin(content, series) ? LegendEntry::Icon::Line : LegendEntry::Icon::Point,
                 theme.categoryStyle(series.category), series.line, isShown});
    }
    return entries;
}

} // namespace lathe::ui

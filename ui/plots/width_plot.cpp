#include "ui/plots/width_plot.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/analysis/significant.h"
#include "ui/format.h"
#include "ui/plots/hover_card.h"
#include "ui/plots/nearest_point.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"
#include "ui/plots/scatter_drawing.h"

namespace lathe::ui {

namespace {

constexpr double kReach = 13.0; // pixels
constexpr double kMarkerSize = 7.0;
constexpr double kRoom = 0.06; // around the points, of their range
constexpr double kCliffWidth = 3.4;

Range around(double low, double high)
{
    const double room = high > low ? kRoom * (high - low) : 1.0;
    return {low - room, high + room};
}

} // namespace

class WidthPlot::Private {
public:
    explicit Private(WidthPlot* plot) : q(plot), card(new HoverCard(plot)) {}

    WidthPlot* q;
    HoverCard* card;
    Content content;
    std::optional<std::size_t> hover;

    const std::vector<WidthPoint>& points() const
    {
        static const std::vector<WidthPoint> none;
        return content.scan ? content.scan->points : none;
    }
    SeriesStyle style() const { return q->theme().categoryStyle(0); }
    QPointF pixel(const WidthPoint& point) const
    {
        return q->mapping().toPixel(static_cast<double>(point.channels), point.median);
    }
    void draw(QCPPainter& painter) const;
    void drawCliffs(QCPPainter& painter) const;
    void drawPoint(QCPPainter& painter, const WidthPoint& point) const;
    std::optional<std::size_t> at(const QPointF& where) const;
    void setHover(const std::optional<std::size_t>& next);
    void step(const QPointF& direction);
    QString cardOf(const WidthPoint& point) const;
    void setHome();
};

void WidthPlot::Private::draw(QCPPainter& painter) const
{
    std::vector<QPointF> line;
    for (const WidthPoint& point : points())
        line.push_back(pixel(point));
    painter.setPen(QPen(style().colour, 1.4));
    drawLineWithin(painter, line, q->mapping().area);
    if (!points().empty())
        drawCliffs(painter);
    for (const WidthPoint& point : points())
        drawPoint(painter, point);
}

void WidthPlot::Private::drawCliffs(QCPPainter& painter) const
{
    painter.setPen(QPen(q->theme().warning, kCliffWidth));
    for (const WidthCliff& cliff : content.scan->cliffs)
        drawLineWithin(painter, {pixel(points()[cliff.before]), pixel(points()[cliff.before + 1])}, q->mapping().area);
}

void WidthPlot::Private::drawPoint(QCPPainter& painter, const WidthPoint& point) const
{
    const PlotMapping map = q->mapping();
    const QPointF centre = pixel(point);
    if (!map.area.contains(centre))
        return;
    painter.setPen(QPen(style().colour, 1.0));
    if (point.high > point.low)
        drawWhisker(painter, {centre.x(), map.yPixel(point.low)}, {centre.x(), map.yPixel(point.high)}, map.area);
    drawMarker(painter, centre, {style().marker, kMarkerSize, style().colour, q->theme().background});
    const WidthScan& scan = *content.scan;
    if (!content.forExport && point.channels == scan.layer.channels(scan.options.axis))
        drawRing(painter, centre, kMarkerSize, q->theme(), true);
}

std::optional<std::size_t> WidthPlot::Private::at(const QPointF& where) const
{
    std::vector<QPointF> pixels;
    for (const WidthPoint& point : points())
        pixels.push_back(pixel(point));
    return nearestPixel(pixels, where, kReach);
}

void WidthPlot::Private::setHover(const std::optional<std::size_t>& next)
{
    if (next == hover)
        return;
    hover = next;
    const QString text = hover ? cardOf(points()[*hover]) : QString();
    if (text.isEmpty())
        card->hide();
    else
        card->showAt(pixel(points()[*hover]), text);
    q->surface()->setAccessibleDescription(plainCard(text));
}

/// To the next width on either side.
void WidthPlot::Private::step(const QPointF& direction)
{
    if (points().empty() || direction.x() == 0.0)
        return;
    const auto last = std::ssize(points()) - 1;
    const bool right = direction.x() > 0.0;
    const std::ptrdiff_t from = hover ? static_cast<std::ptrdiff_t>(*hover) : right ? -1 : last + 1;
    setHover(static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(from + (right ? 1 : -1), 0, last)));
}

QString WidthPlot::Private::cardOf(const WidthPoint& point) const
{
    return tr("<b>%1 channels</b><br>%2 ms<br>%3")
        .arg(point.channels)
        .arg(escaped(formatWithInterval(point.median, point.low, point.high)),
             escaped(formatSi(2.0 * point.macRate(), "FLOP/s")));
}

void WidthPlot::Private::setHome()
{
    if (points().empty())
        return;
    double high = 0.0;
    for (const WidthPoint& point : points())
        high = std::max(high, point.high);
    q->setHome(around(static_cast<double>(points().front().channels), static_cast<double>(points().back().channels)),
               {0.0, high * (1.0 + kRoom)});
}

WidthPlot::WidthPlot(QWidget* parent) : PlotCanvas(parent), d(std::make_unique<Private>(this))
{
    addDrawing(Layer::Main, true, [this](QCPPainter& painter) { d->draw(painter); });
    surface()->setAccessibleName(tr("Time of a layer over its channel counts"));
    connect(navigation(), &PlotNavigation::hovered, this, [this](const QPointF& where) { d->setHover(d->at(where)); });
    connect(navigation(), &PlotNavigation::hoverEnded, this, [this] { d->setHover({}); });
    connect(navigation(), &PlotNavigation::stepped, this, [this](const QPointF& direction) { d->step(direction); });
    setTitles(widthTitles({}));
}

WidthPlot::~WidthPlot() = default;

void WidthPlot::setContent(Content content)
{
    d->setHover({});
    d->content = std::move(content);
    d->setHome();
    refresh();
}

const WidthPlot::Content& WidthPlot::content() const
{
    return d->content;
}

PlotTitles widthTitles(const WidthPlot::Content& content)
{
    const QString time = WidthPlot::tr("Time (ms)");
    if (!content.scan)
        return {{}, WidthPlot::tr("Channels"), time};
    const QString layer = toQString(content.scan->layer.name);
    switch (content.scan->options.axis) {
    case WidthAxis::Out:
        return {{}, WidthPlot::tr("Output channels of %1").arg(layer), time};
    case WidthAxis::In:
        return {{}, WidthPlot::tr("Input channels of %1").arg(layer), time};
    case WidthAxis::Both:
        break;
    }
    return {{}, WidthPlot::tr("Channels of %1").arg(layer), time};
}

} // namespace lathe::ui

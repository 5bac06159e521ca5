#include "ui/plots/growth_plot.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/quantization/quantization_text.h"
#include "ui/format.h"
#include "ui/plots/hover_card.h"
#include "ui/plots/nearest_point.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"
#include "ui/plots/scatter_drawing.h"

namespace lathe::ui {

namespace {

constexpr double kReach = 13.0;      // pixels
constexpr int kLeastForLegend = 230; // pixels
constexpr double kMarkerSize = 7.0;

/// One of the three figures of a point, and how its line looks.
struct Series {
    double ErrorGrowthPoint::*figure;
    int style;
    Qt::PenStyle line;
    bool markers;
};

constexpr Series kMeasured{&ErrorGrowthPoint::rootMeanSquare, 0, Qt::SolidLine, true};
constexpr Series kPredicted{&ErrorGrowthPoint::predicted, 2, Qt::DashLine, false};
constexpr Series kNaive{&ErrorGrowthPoint::naive, 1, Qt::DotLine, false};

} // namespace

class GrowthPlot::Private {
public:
    explicit Private(GrowthPlot* plot) : q(plot), card(new HoverCard(plot)) {}

    GrowthPlot* q;
    HoverCard* card;
    Content content;
    std::optional<std::size_t> hover;

    const std::vector<ErrorGrowthPoint>& points() const
    {
        static const std::vector<ErrorGrowthPoint> none;
        return content.growth ? content.growth->points : none;
    }
    QPointF pixel(const ErrorGrowthPoint& point, const Series& series) const
    {
        return q->mapping().toPixel(static_cast<double>(point.length), point.*series.figure);
    }
    std::vector<QPointF> lineOf(const Series& series) const;
    void draw(QCPPainter& painter) const;
    void drawSeries(QCPPainter& painter, const Series& series) const;
    std::vector<LegendEntry> legend() const;
    std::vector<CrowdPoint> crowd() const;
    std::optional<std::size_t> at(const QPointF& where) const;
    void setHover(const std::optional<std::size_t>& next);
    void step(const QPointF& direction);
    QString cardOf(const ErrorGrowthPoint& point) const;
    void setHome();
};

/// A logarithmic axis has no place for 0.
std::vector<QPointF> GrowthPlot::Private::lineOf(const Series& series) const
{
    std::vector<QPointF> line;
    for (const ErrorGrowthPoint& point : points())
        if (point.*series.figure > 0.0)
            line.push_back(pixel(point, series));
    return line;
}

void GrowthPlot::Private::draw(QCPPainter& painter) const
{
    for (const Series& series : {kNaive, kPredicted, kMeasured})
        drawSeries(painter, series);
}

void GrowthPlot::Private::drawSeries(QCPPainter& painter, const Series& series) const
{
    const PlotMapping map = q->mapping();
    const SeriesStyle style = q->theme().categoryStyle(series.style);
    const std::vector<QPointF> line = lineOf(series);
    painter.setPen(QPen(style.colour, series.markers ? 1.4 : 1.8, series.line));
    drawLineWithin(painter, line, map.area);
    if (!series.markers)
        return;
    for (const QPointF& centre : line)
        if (map.area.contains(centre))
            drawMarker(painter, centre, {style.marker, kMarkerSize, style.colour, q->theme().background});
}

std::vector<LegendEntry> GrowthPlot::Private::legend() const
{
    using Icon = LegendEntry::Icon;
    const PlotTheme& theme = q->theme();
    const bool small = !content.forExport && q->height() < kLeastForLegend; // it would cover the lines
    if (small || points().empty())
        return {};
    return {
        {{}, tr("naive: every error s/2, grows with n"), Icon::Line, theme.categoryStyle(kNaive.style), kNaive.line},
        {{}, tr("predicted: s √(n/12)"), Icon::Line, theme.categoryStyle(kPredicted.style), kPredicted.line},
        {{}, tr("measured (root mean square)"), Icon::Point, theme.categoryStyle(kMeasured.style)}};
}

std::vector<CrowdPoint> GrowthPlot::Private::crowd() const
{
    std::vector<CrowdPoint> points;
    for (const Series& series : {kNaive, kPredicted, kMeasured})
        for (const QPointF& at : lineOf(series))
            points.push_back({at, 1.0});
    return points;
}

std::optional<std::size_t> GrowthPlot::Private::at(const QPointF& where) const
{
    std::vector<QPointF> pixels;
    for (const ErrorGrowthPoint& point : points())
        pixels.push_back(pixel(point, kMeasured));
    return nearestPixel(pixels, where, kReach);
}

void GrowthPlot::Private::setHover(const std::optional<std::size_t>& next)
{
    if (next == hover)
        return;
    hover = next;
    const QString text = hover ? cardOf(points()[*hover]) : QString();
    if (text.isEmpty())
        card->hide();
    else
        card->showAt(pixel(points()[*hover], kMeasured), text);
    q->surface()->setAccessibleDescription(plainCard(text));
}

/// To the next length on either side.
void GrowthPlot::Private::step(const QPointF& direction)
{
    if (points().empty() || direction.x() == 0.0)
        return;
    const auto last = std::ssize(points()) - 1;
    const bool right = direction.x() > 0.0;
    const std::ptrdiff_t from = hover ? static_cast<std::ptrdiff_t>(*hover) : right ? -1 : last + 1;
    setHover(static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(from + (right ? 1 : -1), 0, last)));
}

QString GrowthPlot::Private::cardOf(const ErrorGrowthPoint& point) const
{
    return tr("<b>n = %L1</b><br>measured %2<br>predicted %3<br>naive %4<br>mean %5")
        .arg(point.length)
        .arg(toQString(figureText(point.rootMeanSquare, 3)), toQString(figureText(point.predicted, 3)),
             toQString(figureText(point.naive, 3)), toQString(figureText(point.mean, 2)));
}

void GrowthPlot::Private::setHome()
{
    std::vector<double> lengths, sizes;
    for (const ErrorGrowthPoint& point : points()) {
        lengths.push_back(static_cast<double>(point.length));
        for (const double size : {point.rootMeanSquare, point.predicted, point.naive})
            if (size > 0.0)
                sizes.push_back(size);
    }
    if (!sizes.empty())
        q->setHome(paddedRange(lengths, true, 0.06), paddedRange(sizes, true, 0.08));
}

GrowthPlot::GrowthPlot(QWidget* parent) : PlotCanvas(parent), d(std::make_unique<Private>(this))
{
    setAxes({.log = true, .ticks = {}}, {.log = true, .ticks = {}});
    addDrawing(Layer::Main, true, [this](QCPPainter& painter) { d->draw(painter); });
    setCrowd([this] { return d->crowd(); });
    surface()->setAccessibleName(tr("Size of summed errors over the number of terms"));
    connect(this, &PlotCanvas::themeChanged, this, [this] { setLegend(d->legend()); });
    connect(navigation(), &PlotNavigation::hovered, this, [this](const QPointF& where) { d->setHover(d->at(where)); });
    connect(navigation(), &PlotNavigation::hoverEnded, this, [this] { d->setHover({}); });
    connect(navigation(), &PlotNavigation::stepped, this, [this](const QPointF& direction) { d->step(direction); });
    setTitles({{}, tr("Terms of the sum, n"), tr("Summed error")});
}

GrowthPlot::~GrowthPlot() = default;

void GrowthPlot::resizeEvent(QResizeEvent* event)
{
    PlotCanvas::resizeEvent(event);
    setLegend(d->legend());
}

void GrowthPlot::setContent(Content content)
{
    d->setHover({});
    d->content = std::move(content);
    setLegend(d->legend());
    d->setHome();
    refresh();
}

const GrowthPlot::Content& GrowthPlot::content() const
{
    return d->content;
}

} // namespace lathe::ui

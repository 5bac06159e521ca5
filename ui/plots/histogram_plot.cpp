#include "ui/plots/histogram_plot.h"

#include <algorithm>
#include <cmath>

#include "core/quantization/quantization_text.h"
#include "ui/format.h"
#include "ui/plots/hover_card.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"
#include "ui/plots/scatter_drawing.h"

namespace lathe::ui {

namespace {

constexpr double kRoom = 0.04;          // beside the bars, of their range
constexpr double kHeadroom = 1.12;      // above the highest
constexpr double kLeastGap = 2.5;       // pixels between lines of a grid that can be told apart
constexpr double kLegendHeadroom = 1.5; // where a legend has to go, too
constexpr int kLeastForLegend = 170;    // pixels
constexpr int kBarStyle = 0;
constexpr int kGridStyle = 1;
constexpr int kCurveStyle = 2;

} // namespace

class HistogramPlot::Private {
public:
    explicit Private(HistogramPlot* plot) : q(plot), card(new HoverCard(plot)) {}

    HistogramPlot* q;
    HoverCard* card;
    Content content;
    std::optional<std::size_t> hover;

    QColor colour(int style) const { return q->theme().categoryStyle(style).colour; }
    QRectF barRect(std::size_t bin) const;
    void drawOutside(QCPPainter& painter) const;
    void drawBars(QCPPainter& painter) const;
    void drawGrid(QCPPainter& painter) const;
    void drawCurve(QCPPainter& painter) const;
    bool hasOutside() const;
    std::vector<LegendEntry> legend() const;
    std::vector<CrowdPoint> crowd() const;
    std::optional<std::size_t> at(const QPointF& where) const;
    void setHover(const std::optional<std::size_t>& next);
    void step(const QPointF& direction);
    QString cardOf(std::size_t bin) const;
    void setHome();
};

QRectF HistogramPlot::Private::barRect(std::size_t bin) const
{
    const PlotMapping map = q->mapping();
    const double left = content.bars.low + static_cast<double>(bin) * content.bars.binWidth();
    return QRectF(map.toPixel(left, static_cast<double>(content.bars.counts[bin])),
                  map.toPixel(left + content.bars.binWidth(), 0.0))
        .normalized();
}

void HistogramPlot::Private::drawOutside(QCPPainter& painter) const
{
    if (content.grid.empty())
        return;
    const PlotMapping map = q->mapping();
    const QColor shade = q->theme().pale(q->theme().warning, 0.25);
    const auto fill = [&](double from, double to) {
        const QRectF box(QPointF(from, map.area.top()), QPointF(to, map.area.bottom()));
        if (to > from)
            painter.fillRect(box.intersected(map.area), shade);
    };
    fill(map.area.left(), std::min(map.xPixel(content.grid.front() - content.reach), map.area.right()));
    fill(std::max(map.xPixel(content.grid.back() + content.reach), map.area.left()), map.area.right());
}

void HistogramPlot::Private::drawBars(QCPPainter& painter) const
{
    const QRectF area = q->mapping().area;
    for (std::size_t bin = 0; bin < content.bars.counts.size(); ++bin)
        if (content.bars.counts[bin] > 0)
            painter.fillRect(barRect(bin).intersected(area),
                             q->theme().pale(colour(kBarStyle), hover == bin && !content.forExport ? 1.0 : 0.6));
}

/// Where lines would merge, only the grid's ends.
void HistogramPlot::Private::drawGrid(QCPPainter& painter) const
{
    if (content.grid.empty())
        return;
    const PlotMapping map = q->mapping();
    const auto lineAt = [&](double value) {
        const double x = map.xPixel(value);
        drawLineWithin(painter, {{x, map.area.top()}, {x, map.area.bottom()}}, map.area);
    };
    const double gap =
        content.grid.size() < 2 ? kLeastGap : std::abs(map.xPixel(content.grid[1]) - map.xPixel(content.grid[0]));
    painter.setPen(QPen(q->theme().pale(colour(kGridStyle), 0.7), gap >= 2.0 * kLeastGap ? 1.0 : 0.5));
    if (gap >= kLeastGap)
        std::for_each(content.grid.begin(), content.grid.end(), lineAt);
    painter.setPen(QPen(colour(kGridStyle), 1.4));
    lineAt(content.grid.front());
    lineAt(content.grid.back());
}

void HistogramPlot::Private::drawCurve(QCPPainter& painter) const
{
    const PlotMapping map = q->mapping();
    std::vector<QPointF> line;
    for (const QPointF& point : content.curve)
        line.push_back(map.toPixel(point.x(), point.y()));
    painter.setPen(QPen(colour(kCurveStyle), 2.0));
    drawLineWithin(painter, line, map.area);
}

/// The grid ends before the bars do.
bool HistogramPlot::Private::hasOutside() const
{
    return !content.grid.empty() &&
           (content.bars.low < content.grid.front() - content.reach - content.bars.binWidth() ||
            content.bars.high > content.grid.back() + content.reach + content.bars.binWidth());
}

std::vector<LegendEntry> HistogramPlot::Private::legend() const
{
    using Icon = LegendEntry::Icon;
    const PlotTheme& theme = q->theme();
    std::vector<LegendEntry> entries;
    const bool small = !content.forExport && q->height() < kLeastForLegend; // it would cover the bars
    if (small || (content.curve.empty() && content.grid.empty()))
        return entries;
    SeriesStyle bars = theme.categoryStyle(kBarStyle);
    bars.marker = Marker::Square;
    entries.push_back({{}, content.barsText, Icon::Point, bars});
    if (!content.grid.empty())
        entries.push_back({{}, content.gridText, Icon::Line, theme.categoryStyle(kGridStyle)});
    if (hasOutside())
        entries.push_back({{}, content.outsideText, Icon::Point, {theme.pale(theme.warning, 0.5), Marker::Square}});
    if (!content.curve.empty())
        entries.push_back({{}, content.curveText, Icon::Line, theme.categoryStyle(kCurveStyle)});
    return entries;
}

std::vector<CrowdPoint> HistogramPlot::Private::crowd() const
{
    std::vector<CrowdPoint> points;
    for (std::size_t bin = 0; bin < content.bars.counts.size(); ++bin)
        for (int part = 1; part <= 4; ++part) {
            const QRectF bar = barRect(bin);
            points.push_back({{bar.center().x(), bar.bottom() - bar.height() * part / 4.0}, 1.0});
        }
    return points;
}

std::optional<std::size_t> HistogramPlot::Private::at(const QPointF& where) const
{
    const PlotMapping map = q->mapping();
    if (content.bars.counts.empty() || !map.area.contains(where))
        return std::nullopt;
    const double bin = (map.toValue(where).x() - content.bars.low) / content.bars.binWidth();
    if (bin < 0.0 || bin >= static_cast<double>(content.bars.counts.size()))
        return std::nullopt;
    return static_cast<std::size_t>(bin);
}

void HistogramPlot::Private::setHover(const std::optional<std::size_t>& next)
{
    if (next == hover)
        return;
    hover = next;
    const QString text = hover ? cardOf(*hover) : QString();
    if (text.isEmpty())
        card->hide();
    else
        card->showAt({barRect(*hover).right(), std::max(barRect(*hover).top(), q->mapping().area.top())}, text);
    q->surface()->setAccessibleDescription(plainCard(text));
    q->refresh();
}

/// To the next bin on either side.
void HistogramPlot::Private::step(const QPointF& direction)
{
    if (content.bars.counts.empty() || direction.x() == 0.0)
        return;
    const auto last = std::ssize(content.bars.counts) - 1;
    const bool right = direction.x() > 0.0;
    const std::ptrdiff_t from = hover ? static_cast<std::ptrdiff_t>(*hover) : right ? -1 : last + 1;
    setHover(static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(from + (right ? 1 : -1), 0, last)));
}

QString HistogramPlot::Private::cardOf(std::size_t bin) const
{
    const double middle = content.bars.centre(bin), half = content.bars.binWidth() / 2.0;
    return tr("<b>%1 to %2</b><br>%L3 %4")
        .arg(toQString(figureText(middle - half, 3)), toQString(figureText(middle + half, 3)))
        .arg(content.bars.counts[bin])
        .arg(content.barsText);
}

void HistogramPlot::Private::setHome()
{
    if (content.bars.counts.empty())
        return;
    double low = content.bars.low, high = content.bars.high;
    if (!content.grid.empty()) {
        low = std::min(low, content.grid.front());
        high = std::max(high, content.grid.back());
    }
    double most = 1.0;
    for (const std::int64_t count : content.bars.counts)
        most = std::max(most, static_cast<double>(count));
    for (const QPointF& point : content.curve)
        most = std::max(most, point.y());
    const double room = kRoom * (high - low);
    q->setHome({low - room, high + room},
               {0.0, most * (content.grid.empty() && content.curve.empty() ? kHeadroom : kLegendHeadroom)});
}

HistogramPlot::HistogramPlot(QWidget* parent) : PlotCanvas(parent), d(std::make_unique<Private>(this))
{
    addDrawing(Layer::Far, true, [this](QCPPainter& painter) { d->drawOutside(painter); });
    addDrawing(Layer::Main, true, [this](QCPPainter& painter) {
        d->drawBars(painter);
        d->drawGrid(painter);
        d->drawCurve(painter);
    });
    setCrowd([this] { return d->crowd(); });
    connect(this, &PlotCanvas::themeChanged, this, [this] { setLegend(d->legend()); });
    connect(navigation(), &PlotNavigation::hovered, this, [this](const QPointF& where) { d->setHover(d->at(where)); });
    connect(navigation(), &PlotNavigation::hoverEnded, this, [this] { d->setHover({}); });
    connect(navigation(), &PlotNavigation::stepped, this, [this](const QPointF& direction) { d->step(direction); });
}

HistogramPlot::~HistogramPlot() = default;

void HistogramPlot::resizeEvent(QResizeEvent* event)
{
    PlotCanvas::resizeEvent(event);
    setLegend(d->legend());
}

void HistogramPlot::setContent(Content content)
{
    d->setHover({});
    d->content = std::move(content);
    setLegend(d->legend());
    d->setHome();
    refresh();
}

const HistogramPlot::Content& HistogramPlot::content() const
{
    return d->content;
}

} // namespace lathe::ui

#include "ui/plots/layer_shares.h"

#include <algorithm>
#include <cmath>

#include "core/analysis/significant.h"
#include "ui/format.h"
#include "ui/plots/hover_card.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"
#include "ui/plots/scatter_drawing.h"

namespace lathe::ui {

namespace {

constexpr double kGap = 0.12; // beside a bar, of its column
constexpr double kHeadroom = 1.1;
constexpr double kLeastHeight = 5.0; // %
constexpr int kBarStyle = 0;
constexpr int kLineStyle = 1;

QString percentText(double share)
{
    return toQString(formatFixed(100.0 * share, 1)) + QStringLiteral(" %");
}

} // namespace

class LayerShares::Private {
public:
    explicit Private(LayerShares* plot) : q(plot), card(new HoverCard(plot)) {}

    LayerShares* q;
    HoverCard* card;
    Content content;
    std::optional<std::size_t> hover;

    void draw(QCPPainter& painter) const;
    void drawBar(QCPPainter& painter, std::size_t bar) const;
    void drawWhole(QCPPainter& painter) const;
    std::optional<std::size_t> at(const QPointF& where) const;
    void setHover(const std::optional<std::size_t>& next);
    void step(const QPointF& direction);
    void setHome();
};

void LayerShares::Private::draw(QCPPainter& painter) const
{
    for (std::size_t bar = 0; bar < content.bars.size(); ++bar)
        drawBar(painter, bar);
    if (!content.bars.empty())
        drawWhole(painter);
}

void LayerShares::Private::drawBar(QCPPainter& painter, std::size_t bar) const
{
    const PlotMapping map = q->mapping();
    const double middle = static_cast<double>(bar) + 1.0;
    const QRectF box =
        QRectF(map.toPixel(middle - 0.5 + kGap, 100.0 * content.bars[bar].share), map.toPixel(middle + 0.5 - kGap, 0.0))
            .normalized()
            .intersected(map.area);
    const QColor colour = q->theme().categoryStyle(kBarStyle).colour;
    painter.fillRect(box, q->theme().pale(colour, hover == bar && !content.forExport ? 1.0 : 0.72));
    if (content.current != bar || content.forExport)
        return;
    painter.setPen(QPen(q->theme().selection, 1.6));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(q->columnRect(bar).intersected(map.area).adjusted(0.5, 0.5, -0.5, -0.5));
}

void LayerShares::Private::drawWhole(QCPPainter& painter) const
{
    const PlotMapping map = q->mapping();
    const double y = map.yPixel(100.0 * content.whole);
    painter.setPen(QPen(q->theme().categoryStyle(kLineStyle).colour, 1.8, Qt::DashLine));
    drawLineWithin(painter, {{map.area.left(), y}, {map.area.right(), y}}, map.area);
}

std::optional<std::size_t> LayerShares::Private::at(const QPointF& where) const
{
    const PlotMapping map = q->mapping();
    if (!map.area.contains(where))
        return std::nullopt;
    const double place = std::round(map.toValue(where).x()) - 1.0;
    if (place < 0.0 || place >= static_cast<double>(content.bars.size()))
        return std::nullopt;
    return static_cast<std::size_t>(place);
}

void LayerShares::Private::setHover(const std::optional<std::size_t>& next)
{
    if (next == hover)
        return;
    hover = next;
    QString text;
    if (hover) {
        const Bar& bar = content.bars[*hover];
        text = tr("<b>%1</b><br>%2 pruned<br>%3").arg(bar.layer.toHtmlEscaped(), percentText(bar.share), bar.note);
        card->showAt({q->columnRect(*hover).right(), q->mapping().area.top()}, text);
    } else {
        card->hide();
    }
    q->surface()->setAccessibleDescription(plainCard(text));
    q->refresh();
}

/// The next bar on either side becomes the current one.
void LayerShares::Private::step(const QPointF& direction)
{
    if (content.bars.empty() || direction.x() == 0.0)
        return;
    const auto last = std::ssize(content.bars) - 1;
    const bool right = direction.x() > 0.0;
    const std::ptrdiff_t from = content.current ? static_cast<std::ptrdiff_t>(*content.current) : right ? -1 : last + 1;
    const auto next = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(from + (right ? 1 : -1), 0, last));
    Q_EMIT q->barClicked(next);
    setHover(next);
}

void LayerShares::Private::setHome()
{
    double most = std::max(kLeastHeight, 100.0 * content.whole);
    for (const Bar& bar : content.bars)
        most = std::max(most, 100.0 * bar.share);
    if (!content.bars.empty())
        q->setHome({0.5, static_cast<double>(content.bars.size()) + 0.5}, {0.0, most * kHeadroom});
}

LayerShares::LayerShares(QWidget* parent) : PlotCanvas(parent), d(std::make_unique<Private>(this))
{
    addDrawing(Layer::Main, true, [this](QCPPainter& painter) { d->draw(painter); });
    surface()->setAccessibleName(tr("Share pruned of every layer, in the order they run"));
    connect(navigation(), &PlotNavigation::hovered, this, [this](const QPointF& where) { d->setHover(d->at(where)); });
    connect(navigation(), &PlotNavigation::hoverEnded, this, [this] { d->setHover({}); });
    connect(navigation(), &PlotNavigation::stepped, this, [this](const QPointF& direction) { d->step(direction); });
    connect(navigation(), &PlotNavigation::clicked, this, [this](const QPointF& where) {
        if (const auto bar = d->at(where))
            Q_EMIT barClicked(*bar);
    });
    setTitles({{}, tr("Layers, in the order they run"), tr("Pruned (%)")});
}

LayerShares::~LayerShares() = default;

void LayerShares::setContent(Content content)
{
    d->setHover({});
    d->content = std::move(content);
    std::vector<double> places;
    for (std::size_t bar = 0; bar < d->content.bars.size(); ++bar)
        places.push_back(static_cast<double>(bar) + 1.0);
    setAxes({false, places}, {});
    d->setHome();
    refresh();
}

const LayerShares::Content& LayerShares::content() const
{
    return d->content;
}

void LayerShares::setCurrent(const std::optional<std::size_t>& bar)
{
    d->content.current = bar;
    refresh();
}

QRectF LayerShares::columnRect(std::size_t bar) const
{
    const PlotMapping map = mapping();
    const double middle = static_cast<double>(bar) + 1.0;
    return {QPointF(map.xPixel(middle - 0.5), map.area.top()), QPointF(map.xPixel(middle + 0.5), map.area.bottom())};
}

std::vector<LegendEntry> sharesLegend(const LayerShares::Content& content, const PlotTheme& theme)
{
    SeriesStyle bars = theme.categoryStyle(kBarStyle);
    bars.marker = Marker::Square;
    return {{{}, LayerShares::tr("each layer"), LegendEntry::Icon::Point, bars},
            {{},
             LayerShares::tr("the whole: %1").arg(percentText(content.whole)),
             LegendEntry::Icon::Line,
             theme.categoryStyle(kLineStyle),
             Qt::DashLine}};
}

} // namespace lathe::ui

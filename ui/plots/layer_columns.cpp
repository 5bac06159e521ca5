#include "ui/plots/layer_columns.h"

#include <algorithm>
#include <cmath>

#include "ui/plots/hover_card.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"

namespace lathe::ui {

namespace {

constexpr double kGap = 0.12; // beside a bar, of its column

double middleOf(std::size_t column)
{
    return static_cast<double>(column) + 1.0;
}

} // namespace

class LayerColumns::Private {
public:
    explicit Private(LayerColumns* plot) : q(plot), card(new HoverCard(plot)) {}

    LayerColumns* q;
    HoverCard* card;
    DrawColumn drawColumn;
    CardOf cardOf;
    std::size_t count = 0;
    std::optional<std::size_t> current;
    std::optional<std::size_t> hover;
    bool forExport = false;

    void draw(QCPPainter& painter) const;
    void drawRing(QCPPainter& painter) const;
    std::optional<std::size_t> at(const QPointF& where) const;
    void setHover(const std::optional<std::size_t>& next);
    void step(const QPointF& direction);
};

void LayerColumns::Private::draw(QCPPainter& painter) const
{
    for (std::size_t column = 0; column < count; ++column)
        drawColumn(painter, column, hover == column && !forExport);
    if (current && *current < count && !forExport)
        drawRing(painter);
}

void LayerColumns::Private::drawRing(QCPPainter& painter) const
{
    painter.setPen(QPen(q->theme().selection, 1.6));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(q->columnRect(*current).intersected(q->mapping().area).adjusted(0.5, 0.5, -0.5, -0.5));
}

std::optional<std::size_t> LayerColumns::Private::at(const QPointF& where) const
{
    const PlotMapping map = q->mapping();
    if (!map.area.contains(where))
        return std::nullopt;
    const double place = std::round(map.toValue(where).x()) - 1.0;
    if (place < 0.0 || place >= static_cast<double>(count))
        return std::nullopt;
    return static_cast<std::size_t>(place);
}

void LayerColumns::Private::setHover(const std::optional<std::size_t>& next)
{
    if (next == hover)
        return;
    hover = next;
    const QString text = hover ? cardOf(*hover) : QString();
    if (text.isEmpty())
        card->hide();
    else
        card->showAt({q->columnRect(*hover).right(), q->mapping().area.top()}, text);
    q->surface()->setAccessibleDescription(plainCard(text));
    q->refresh();
}

/// The next column on either side becomes the current one.
void LayerColumns::Private::step(const QPointF& direction)
{
    if (count == 0 || direction.x() == 0.0)
        return;
    const auto last = static_cast<std::ptrdiff_t>(count) - 1;
    const bool right = direction.x() > 0.0;
    const std::ptrdiff_t from = current ? static_cast<std::ptrdiff_t>(*current) : right ? -1 : last + 1;
    const auto next = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(from + (right ? 1 : -1), 0, last));
    Q_EMIT q->barClicked(next);
    setHover(next);
}

LayerColumns::LayerColumns(QWidget* parent) : PlotCanvas(parent), d(std::make_unique<Private>(this))
{
    addDrawing(Layer::Main, true, [this](QCPPainter& painter) { d->draw(painter); });
    connect(navigation(), &PlotNavigation::hovered, this, [this](const QPointF& where) { d->setHover(d->at(where)); });
    connect(navigation(), &PlotNavigation::hoverEnded, this, [this] { d->setHover({}); });
    connect(navigation(), &PlotNavigation::stepped, this, [this](const QPointF& direction) { d->step(direction); });
    connect(navigation(), &PlotNavigation::clicked, this, [this](const QPointF& where) {
        if (const auto column = d->at(where))
            Q_EMIT barClicked(*column);
    });
}

LayerColumns::~LayerColumns() = default;

void LayerColumns::setLook(DrawColumn draw, CardOf card)
{
    d->drawColumn = std::move(draw);
    d->cardOf = std::move(card);
}

void LayerColumns::setColumns(std::size_t count, const Range& heights, bool forExport)
{
    d->setHover({});
    d->count = count;
    d->forExport = forExport;
    std::vector<double> places;
    for (std::size_t column = 0; column < count; ++column)
        places.push_back(middleOf(column));
    setAxes({false, places}, {});
    if (count > 0)
        setHome({0.5, static_cast<double>(count) + 0.5}, heights);
    refresh();
}

void LayerColumns::setCurrent(const std::optional<std::size_t>& column)
{
    d->current = column;
    refresh();
}

const std::optional<std::size_t>& LayerColumns::current() const
{
    return d->current;
}

QRectF LayerColumns::columnRect(std::size_t column) const
{
    const PlotMapping map = mapping();
    return {QPointF(map.xPixel(middleOf(column) - 0.5), map.area.top()),
            QPointF(map.xPixel(middleOf(column) + 0.5), map.area.bottom())};
}

QRectF LayerColumns::barRect(std::size_t column, double height) const
{
    const PlotMapping map = mapping();
    const double middle = middleOf(column);
    return QRectF(map.toPixel(middle - 0.5 + kGap, height), map.toPixel(middle + 0.5 - kGap, 0.0))
        .normalized()
        .intersected(map.area);
}

} // namespace lathe::ui

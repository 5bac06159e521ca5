#include "ui/plots/precision_map.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/analysis/significant.h"
#include "ui/format.h"
#include "ui/plots/hover_card.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"

namespace lathe::ui {

namespace {

constexpr double kGap = 0.12;         // beside a bar, of its column
constexpr double kHeadroom = 1.06;    // above the highest
constexpr double kLeastHeight = 10.0; // dB

int styleOf(Precision precision)
{
    switch (precision) {
    case Precision::Float32:
        break;
    case Precision::BFloat16:
        return 5;
    case Precision::Int8:
        return 0;
    case Precision::Int8Dynamic:
        return 2;
    case Precision::Int8Weights:
        return 3;
    case Precision::Int4Weights:
        return 4;
    }
    return 1;
}

bool isExact(const PrecisionMap::Bar& bar)
{
    return bar.decibels && std::isinf(*bar.decibels);
}

} // namespace

class PrecisionMap::Private {
public:
    explicit Private(PrecisionMap* plot) : q(plot), card(new HoverCard(plot)) {}

    PrecisionMap* q;
    HoverCard* card;
    Content content;
    std::optional<std::size_t> hover;

    double most() const;
    double top() const { return q->mapping().y.high; }
    QRectF barRect(std::size_t bar) const;
    void draw(QCPPainter& painter) const;
    void drawBar(QCPPainter& painter, std::size_t bar) const;
    std::optional<std::size_t> at(const QPointF& where) const;
    void setHover(const std::optional<std::size_t>& next);
    void step(const QPointF& direction);
    QString cardOf(const Bar& bar) const;
    void setHome();
};

double PrecisionMap::Private::most() const
{
    double most = kLeastHeight;
    for (const Bar& bar : content.bars)
        if (bar.decibels && !isExact(bar))
            most = std::max(most, *bar.decibels);
    return most;
}

QRectF PrecisionMap::Private::barRect(std::size_t bar) const
{
    const Bar& drawn = content.bars[bar];
    if (!drawn.decibels)
        return {};
    const PlotMapping map = q->mapping();
    const double middle = static_cast<double>(bar) + 1.0;
    const double height = isExact(drawn) ? top() : *drawn.decibels;
    return QRectF(map.toPixel(middle - 0.5 + kGap, height), map.toPixel(middle + 0.5 - kGap, 0.0)).normalized();
}

void PrecisionMap::Private::draw(QCPPainter& painter) const
{
    for (std::size_t bar = 0; bar < content.bars.size(); ++bar)
        drawBar(painter, bar);
}

void PrecisionMap::Private::drawBar(QCPPainter& painter, std::size_t bar) const
{
    const QRectF area = q->mapping().area;
    const QRectF box = barRect(bar).intersected(area);
    const Bar& drawn = content.bars[bar];
    const QColor colour = q->theme().categoryStyle(styleOf(drawn.precision)).colour;
    if (!box.isEmpty()) {
        const bool isHollow = drawn.precision == Precision::Float32;
        const double strength = hover == bar && !content.forExport ? 1.0 : isHollow ? 0.18 : 0.72;
        painter.fillRect(box, q->theme().pale(colour, strength));
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colour, 1.0, isExact(drawn) ? Qt::DotLine : Qt::SolidLine));
        if (box.width() > 2.5)
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, 0.5).intersected(area));
    }
    if (content.current != bar || content.forExport)
        return;
    painter.setPen(QPen(q->theme().selection, 1.6));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(q->columnRect(bar).intersected(area).adjusted(0.5, 0.5, -0.5, -0.5));
}

std::optional<std::size_t> PrecisionMap::Private::at(const QPointF& where) const
{
    const PlotMapping map = q->mapping();
    if (!map.area.contains(where))
        return std::nullopt;
    const double place = std::round(map.toValue(where).x()) - 1.0;
    if (place < 0.0 || place >= static_cast<double>(content.bars.size()))
        return std::nullopt;
    return static_cast<std::size_t>(place);
}

void PrecisionMap::Private::setHover(const std::optional<std::size_t>& next)
{
    if (next == hover)
        return;
    hover = next;
    const QString text = hover ? cardOf(content.bars[*hover]) : QString();
    if (text.isEmpty())
        card->hide();
    else
        card->showAt({q->columnRect(*hover).right(), q->mapping().area.top()}, text);
    q->surface()->setAccessibleDescription(plainCard(text));
    q->refresh();
}

/// The next bar on either side becomes the current one.
void PrecisionMap::Private::step(const QPointF& direction)
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

QString PrecisionMap::Private::cardOf(const Bar& bar) const
{
    const QString value = !bar.decibels  ? tr("not measured")
                          : isExact(bar) ? tr("no error")
                                         : tr("%1 dB").arg(toQString(formatFixed(*bar.decibels, 1)));
    return tr("<b>%1</b><br>%2<br>%3").arg(escaped(bar.layer.toStdString()), escaped(name(bar.precision)), value);
}

void PrecisionMap::Private::setHome()
{
    if (content.bars.empty())
        return;
    double low = 0.0;
    for (const Bar& bar : content.bars)
        if (bar.decibels && *bar.decibels < low)
            low = *bar.decibels * kHeadroom;
    q->setHome({0.5, static_cast<double>(content.bars.size()) + 0.5}, {low, most() * kHeadroom});
}

PrecisionMap::PrecisionMap(QWidget* parent) : PlotCanvas(parent), d(std::make_unique<Private>(this))
{
    addDrawing(Layer::Main, true, [this](QCPPainter& painter) { d->draw(painter); });
    surface()->setAccessibleName(tr("Signal to noise ratio of every layer, in the order they run"));
    connect(navigation(), &PlotNavigation::hovered, this, [this](const QPointF& where) { d->setHover(d->at(where)); });
    connect(navigation(), &PlotNavigation::hoverEnded, this, [this] { d->setHover({}); });
    connect(navigation(), &PlotNavigation::stepped, this, [this](const QPointF& direction) { d->step(direction); });
    connect(navigation(), &PlotNavigation::clicked, this, [this](const QPointF& where) {
        if (const auto bar = d->at(where))
            Q_EMIT barClicked(*bar);
    });
}

PrecisionMap::~PrecisionMap() = default;

void PrecisionMap::setContent(Content content)
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

const PrecisionMap::Content& PrecisionMap::content() const
{
    return d->content;
}

void PrecisionMap::setCurrent(const std::optional<std::size_t>& bar)
{
    d->content.current = bar;
    refresh();
}

QRectF PrecisionMap::columnRect(std::size_t bar) const
{
    const PlotMapping map = mapping();
    const double middle = static_cast<double>(bar) + 1.0;
    return {QPointF(map.xPixel(middle - 0.5), map.area.top()), QPointF(map.xPixel(middle + 0.5), map.area.bottom())};
}

std::vector<LegendEntry> precisionLegend(const PrecisionMap::Content& content, const PlotTheme& theme)
{
    std::set<Precision> seen;
    for (const PrecisionMap::Bar& bar : content.bars)
        seen.insert(bar.precision);
    std::vector<LegendEntry> entries;
    for (const Precision precision : seen) {
        SeriesStyle style = theme.categoryStyle(styleOf(precision));
        style.marker = Marker::Square;
        const bool isHollow = precision == Precision::Float32;
        entries.push_back(
            {{}, toQString(name(precision)), isHollow ? LegendEntry::Icon::Hollow : LegendEntry::Icon::Point, style});
    }
    if (std::any_of(content.bars.begin(), content.bars.end(), isExact))
        entries.push_back({{}, PrecisionMap::tr("to the top: no error"), LegendEntry::Icon::None, {}});
    return entries;
}

} // namespace lathe::ui

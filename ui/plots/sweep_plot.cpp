#include "ui/plots/sweep_plot.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "ui/plots/figure_text.h"
#include "ui/plots/hover_card.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"
#include "ui/plots/scatter_drawing.h"

namespace lathe::ui {

namespace {

constexpr double kReach = 13.0;
constexpr double kMarkerSize = 7.5;

struct At {
    std::size_t curve = 0;
    std::size_t point = 0;
};

} // namespace

class SweepPlot::Private {
public:
    explicit Private(SweepPlot* plot) : q(plot), card(new HoverCard(plot)) {}

    SweepPlot* q;
    HoverCard* card;
    Content content;

    QPointF pixel(const SweepPoint& point) const
    {
        return q->mapping().toPixel(point.x, sweepFigure(point, content.quantity).value);
    }
    void draw(QCPPainter& painter) const;
    void drawCurve(QCPPainter& painter, const SweepCurve& curve, const SeriesStyle& style) const;
    std::optional<At> at(const QPointF& where) const;
    void hover(const QPointF& where);
};

void SweepPlot::Private::draw(QCPPainter& painter) const
{
    for (std::size_t i = 0; i < content.curves.size(); ++i)
        if (!content.hidden.contains(content.curves[i].key))
            drawCurve(painter, content.curves[i], q->theme().categoryStyle(static_cast<int>(i)));
}

void SweepPlot::Private::drawCurve(QCPPainter& painter, const SweepCurve& curve, const SeriesStyle& style) const
{
    const PlotMapping map = q->mapping();
    std::vector<QPointF> line;
    for (const SweepPoint& point : curve.points)
        line.push_back(pixel(point));
    painter.setPen(QPen(style.colour, 1.6));
    drawLineWithin(painter, line, map.area);
    for (const SweepPoint& point : curve.points) {
        const QPointF centre = pixel(point);
        if (!map.area.contains(centre))
            continue;
        const Measure figure = sweepFigure(point, content.quantity);
        painter.setPen(QPen(style.colour, 1.0));
        if (figure.high > figure.low && map.canShow(point.x, figure.low))
            drawWhisker(painter, {centre.x(), map.yPixel(figure.low)}, {centre.x(), map.yPixel(figure.high)}, map.area);
        drawMarker(painter, centre, {style.marker, kMarkerSize, style.colour, q->theme().background});
        if (point.flagged)
            drawMarker(painter, centre + QPointF(kMarkerSize, -kMarkerSize) * 0.5,
                       {Marker::Circle, 4.6, q->theme().warning, q->theme().background});
        if (!content.forExport && content.selected.contains(point.id))
            drawRing(painter, centre, kMarkerSize, q->theme(), true);
    }
}

std::optional<At> SweepPlot::Private::at(const QPointF& where) const
{
    std::optional<At> nearest;
    double least = kReach;
    for (std::size_t c = 0; c < content.curves.size(); ++c) {
        if (content.hidden.contains(content.curves[c].key))
            continue;
        for (std::size_t p = 0; p < content.curves[c].points.size(); ++p) {
            const QPointF away = pixel(content.curves[c].points[p]) - where;
            const double distance = std::hypot(away.x(), away.y());
            if (distance <= least) {
                least = distance;
                nearest = At{c, p};
            }
        }
    }
    return nearest;
}

void SweepPlot::Private::hover(const QPointF& where)
{
    const auto found = at(where);
    if (!found) {
        card->hide();
        return;
    }
    const SweepCurve& curve = content.curves[found->curve];
    const SweepPoint& point = curve.points[found->point];
    const QString swept = content.axis == SweepAxis::Batch ? tr("batch %1") : tr("%1 threads");
    card->showAt(pixel(point), QStringLiteral("<b>%1</b><br>%2<br>%3<br>%4")
                                   .arg(curve.name.toHtmlEscaped(), swept.arg(point.x),
                                        figureWithUnit(point.latency, Quantity::Latency),
                                        figureWithUnit(point.throughput, Quantity::Throughput)));
}

SweepPlot::SweepPlot(QWidget* parent) : PlotCanvas(parent), d(std::make_unique<Private>(this))
{
    addDrawing(Layer::Main, true, [this](QCPPainter& painter) { d->draw(painter); });
    connect(navigation(), &PlotNavigation::hovered, this, [this](const QPointF& at) { d->hover(at); });
    connect(navigation(), &PlotNavigation::hoverEnded, this, [this] { d->card->hide(); });
    connect(navigation(), &PlotNavigation::clicked, this, [this](const QPointF& at, Qt::KeyboardModifiers keys) {
        if (const auto found = d->at(at))
            Q_EMIT pointClicked(d->content.curves[found->curve].points[found->point].id,
                                keys.testFlag(Qt::ControlModifier));
    });
}

SweepPlot::~SweepPlot() = default;

void SweepPlot::setContent(const Content& content)
{
    const bool otherAxis = content.axis != d->content.axis || content.quantity != d->content.quantity;
    d->content = content;
    d->card->hide();
    setAxes({.log = true, .ticks = sweepValues(content.curves)}, {.log = content.logY, .ticks = {}});
    setHome(paddedRange(sweepValues(content.curves), true, 0.06),
            sweepRange(content.curves, content.quantity, content.logY));
    if (otherAxis)
        fit();
    refresh();
}

const SweepPlot::Content& SweepPlot::content() const
{
    return d->content;
}

namespace {

QString usualTitle(SweepAxis axis)
{
    return axis == SweepAxis::Batch ? QObject::tr("Batch size (images)") : QObject::tr("Threads");
}

QString usualTitle(Quantity quantity)
{
    return QString::fromStdString(axisTitle(quantity));
}

/// An axis' title among (const or changing) settings.
template <class Settings> auto& ownTitle(Settings& settings, SweepAxis axis)
{
    return axis == SweepAxis::Batch ? settings.batchTitle : settings.threadsTitle;
}

template <class Settings> auto& ownTitle(Settings& settings, Quantity quantity)
{
    return quantity == Quantity::Latency ? settings.latencyTitle : settings.throughputTitle;
}

template <class Shown> QString titleOf(const SweepSettings& settings, Shown shown)
{
    const std::string& own = ownTitle(settings, shown);
    return own.empty() ? usualTitle(shown) : QString::fromStdString(own);
}

template <class Shown> void putTitle(SweepSettings& settings, Shown shown, const QString& title)
{
    ownTitle(settings, shown) = title == usualTitle(shown) ? std::string() : title.toStdString();
}

} // namespace

std::vector<LegendEntry> sweepLegend(const SweepPlot::Content& content, const PlotTheme& theme, bool withHidden)
{
    std::vector<LegendEntry> entries;
    for (std::size_t i = 0; i < content.curves.size(); ++i) {
        const SweepCurve& curve = content.curves[i];
        const bool shown = !content.hidden.contains(curve.key);
        if (shown || withHidden)
            entries.push_back({curve.key, curve.name, LegendEntry::Icon::Line, theme.categoryStyle(static_cast<int>(i)),
                               Qt::SolidLine, shown});
    }
    return entries;
}

PlotTitles sweepTitles(SweepAxis axis, Quantity quantity, const SweepSettings& settings)
{
    return {QString(), titleOf(settings, axis), titleOf(settings, quantity)};
}

SweepSettings withTitles(SweepSettings settings, SweepAxis axis, Quantity quantity, const PlotTitles& titles)
{
    putTitle(settings, axis, titles.x);
    putTitle(settings, quantity, titles.y);
    return settings;
}

} // namespace lathe::ui

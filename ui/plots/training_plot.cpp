#include "ui/plots/training_plot.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "ui/format.h"
#include "ui/plots/hover_card.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"
#include "ui/plots/scatter_drawing.h"

namespace lathe::ui {

namespace {

constexpr double kReach = 13.0; // pixels
constexpr double kMarkerSize = 7.0;
constexpr double kRoom = 0.06; // around the values, of their range

struct At {
    std::size_t curve = 0;
    std::size_t point = 0;
};

} // namespace

class TrainingPlot::Private {
public:
    explicit Private(TrainingPlot* plot) : q(plot), card(new HoverCard(plot)) {}

    TrainingPlot* q;
    HoverCard* card;
    Content content;

    SeriesStyle style(std::size_t curve) const { return q->theme().categoryStyle(static_cast<int>(curve)); }
    QPointF pixel(const QPointF& point) const { return q->mapping().toPixel(point.x(), point.y()); }
    void draw(QCPPainter& painter) const;
    void drawCurve(QCPPainter& painter, std::size_t index) const;
    std::optional<At> at(const QPointF& where) const;
    void hover(const QPointF& where);
    void setHome();
    std::vector<LegendEntry> legend() const;
};

void TrainingPlot::Private::draw(QCPPainter& painter) const
{
    for (std::size_t i = 0; i < content.curves.size(); ++i)
        drawCurve(painter, i);
}

void TrainingPlot::Private::drawCurve(QCPPainter& painter, std::size_t index) const
{
    const SeriesStyle own = style(index);
    std::vector<QPointF> line;
    for (const QPointF& point : content.curves[index].points)
        line.push_back(pixel(point));
    painter.setPen(QPen(own.colour, 1.6));
    drawLineWithin(painter, line, q->mapping().area);
    if (index == 0)
        return;
    for (const QPointF& centre : line)
        if (q->mapping().area.contains(centre))
            drawMarker(painter, centre, {own.marker, kMarkerSize, own.colour, q->theme().background});
}

std::optional<At> TrainingPlot::Private::at(const QPointF& where) const
{
    std::optional<At> nearest;
    double least = kReach;
    for (std::size_t c = 0; c < content.curves.size(); ++c)
        for (std::size_t p = 0; p < content.curves[c].points.size(); ++p) {
            const QPointF away = pixel(content.curves[c].points[p]) - where;
            if (const double distance = std::hypot(away.x(), away.y()); distance <= least) {
                least = distance;
                nearest = At{c, p};
            }
        }
    return nearest;
}

void TrainingPlot::Private::hover(const QPointF& where)
{
    const auto found = at(where);
    if (!found)
        return card->hide();
    const TrainingCurve& curve = content.curves[found->curve];
    const QPointF& point = curve.points[found->point];
    const QString value = content.quantity == Quantity::Loss ? tr("loss %1").arg(rounded(point.y(), 4))
                                                             : tr("%1 % right").arg(point.y(), 0, 'f', 2);
    const QString text =
        tr("<b>%1</b><br>after %2 epochs<br>%3").arg(curve.name.toHtmlEscaped(), rounded(point.x(), 3), value);
    card->showAt(pixel(point), text);
    q->surface()->setAccessibleDescription(plainCard(text));
}

/// All values, and what they tend to: 0 or 100.
void TrainingPlot::Private::setHome()
{
    double low = content.quantity == Quantity::Loss ? 0.0 : 100.0;
    double high = low;
    for (const TrainingCurve& curve : content.curves)
        for (const QPointF& point : curve.points) {
            low = std::min(low, point.y());
            high = std::max(high, point.y());
        }
    const double room = high > low ? kRoom * (high - low) : 1.0;
    const bool isLoss = content.quantity == Quantity::Loss;
    q->setHome({0.0, std::max(1e-3, content.epochs)},
               isLoss ? Range{0.0, high + room} : Range{std::max(0.0, low - room), high});
}

std::vector<LegendEntry> TrainingPlot::Private::legend() const
{
    std::vector<LegendEntry> entries;
    for (std::size_t i = 0; i < content.curves.size(); ++i)
        if (!content.curves[i].points.empty())
            entries.push_back({{}, content.curves[i].name, LegendEntry::Icon::Line, style(i), Qt::SolidLine, true});
    return entries;
}

TrainingPlot::TrainingPlot(QWidget* parent) : PlotCanvas(parent), d(std::make_unique<Private>(this))
{
    addDrawing(Layer::Main, true, [this](QCPPainter& painter) { d->draw(painter); });
    connect(navigation(), &PlotNavigation::hovered, this, [this](const QPointF& where) { d->hover(where); });
    connect(navigation(), &PlotNavigation::hoverEnded, this, [this] { d->card->hide(); });
    connect(this, &PlotCanvas::themeChanged, this, [this] { setLegend(d->legend()); });
}

TrainingPlot::~TrainingPlot() = default;

void TrainingPlot::setContent(Content content)
{
    d->card->hide();
    d->content = std::move(content);
    surface()->setAccessibleName(d->content.quantity == Quantity::Loss ? tr("Loss over the epochs of a training")
                                                                       : tr("Accuracy over the epochs of a training"));
    setLegend(d->legend());
    d->setHome();
    refresh();
}

const TrainingPlot::Content& TrainingPlot::content() const
{
    return d->content;
}

PlotTitles trainingTitles(TrainingPlot::Quantity quantity)
{
    const QString epochs = TrainingPlot::tr("Epochs");
    return quantity == TrainingPlot::Quantity::Loss ? PlotTitles{{}, epochs, TrainingPlot::tr("Loss (cross-entropy)")}
                                                    : PlotTitles{{}, epochs, TrainingPlot::tr("Accuracy (%)")};
}

} // namespace lathe::ui

#include "ui/plots/choice_plot.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "ui/format.h"
#include "ui/plots/figure_text.h"
#include "ui/plots/hover_card.h"
#include "ui/plots/nearest_point.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/qcp.h"
#include "ui/plots/scatter_drawing.h"
#include "ui/plots/scatter_labels.h"

namespace lathe::ui {

namespace {

constexpr double kReach = 13.0;
constexpr double kDimmed = 0.3;
constexpr double kNowhere = std::numeric_limits<double>::infinity();
constexpr double kLargestMarker = 2.6; // times the usual diameter
constexpr double kSmallestMarker = 0.7;

} // namespace

class ChoicePlot::Private {
public:
    explicit Private(ChoicePlot* plot) : q(plot), card(new HoverCard(plot)) {}

    ChoicePlot* q;
    HoverCard* card;
    Content content;
    NearestPoint nearest;
    std::vector<DrawnLabel> labels;
    std::function<QString(std::size_t)> cardText;
    std::optional<std::size_t> hover;

    const std::vector<Candidate>& candidates() const { return content.choice.candidates; }
    Quantity axis(std::size_t index) const { return content.choice.axes[index]; }
    bool hasAxes() const { return content.choice.axes.size() >= 2; }
    bool drawn(const Candidate& c) const { return c.figure(axis(0)) && c.figure(axis(1)); }
    bool isBest(std::size_t i) const { return content.choice.best == i; }
    bool isRunnerUp(std::size_t i) const { return content.choice.runnerUp == i; }
    QPointF pixel(const Candidate& c) const
    {
        return q->mapping().toPixel(c.figure(axis(0))->value, c.figure(axis(1))->value);
    }
    double diameter(const Candidate& c) const;
    double largestThird() const;
    template <class Visit> void forEachInSight(Visit visit) const;

    void addDrawings();
    void connectNavigation();
    void setHome();
    void drawBudgets(QCPPainter& painter) const;
    void drawLimit(QCPPainter& painter, const Budget& budget, bool vertical) const;
    void drawFront(QCPPainter& painter) const;
    void drawPoint(QCPPainter& painter, std::size_t index) const;
    void drawRings(QCPPainter& painter) const;
    void drawHover(QCPPainter& painter) const;
    void layoutLabels();
    QString labelOf(std::size_t index) const;
    std::optional<std::size_t> at(const QPointF& where) const;
    void setHover(const std::optional<std::size_t>& next);
    void step(const QPointF& direction);
};

template <class Visit> void ChoicePlot::Private::forEachInSight(Visit visit) const
{
    if (!hasAxes())
        return;
    const QRectF area = q->mapping().area;
    for (std::size_t i = 0; i < candidates().size(); ++i)
        if (drawn(candidates()[i]) && area.contains(pixel(candidates()[i])))
            visit(i, pixel(candidates()[i]));
}

double ChoicePlot::Private::largestThird() const
{
    double largest = 0.0;
    if (content.choice.axes.size() == 3)
        for (const Candidate& candidate : candidates())
            largest = std::max(largest, candidate.figure(axis(2)).value_or(Measure{}).value);
    return largest;
}

double ChoicePlot::Private::diameter(const Candidate& c) const
{
    const double usual = q->theme().pointSize;
    const double largest = largestThird();
    if (largest <= 0.0)
        return usual;
    const double share = c.figure(axis(2)).value_or(Measure{}).value / largest;
    return usual * std::max(kSmallestMarker, kLargestMarker * std::sqrt(share));
}

void ChoicePlot::Private::addDrawings()
{
    const auto add = [this](Layer layer, auto draw) {
        q->addDrawing(layer, true, [this, draw](QCPPainter& painter) { (this->*draw)(painter); });
    };
    add(Layer::Main, &Private::drawBudgets);
    add(Layer::Main, &Private::drawFront);
    q->addDrawing(Layer::Main, true, [this](QCPPainter& painter) {
        std::vector<std::size_t> order;
        forEachInSight([&](std::size_t i, const QPointF&) { order.push_back(i); });
        // What keeps the budgets lies over what does not, and small markers over large ones.
        std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
            const bool keepsA = candidates()[a].keepsAll, keepsB = candidates()[b].keepsAll;
            return keepsA != keepsB ? keepsB : diameter(candidates()[a]) > diameter(candidates()[b]);
        });
        for (const std::size_t i : order)
            drawPoint(painter, i);
    });
    add(Layer::Labels, &Private::drawRings);
    q->addDrawing(Layer::Labels, true, [this](QCPPainter& painter) { drawLabels(painter, labels, q->theme()); });
    add(Layer::Hover, &Private::drawHover);
    q->setAfterLayout([this] { layoutLabels(); });
}

void ChoicePlot::Private::connectNavigation()
{
    PlotNavigation* navigation = q->navigation();
    using Keys = Qt::KeyboardModifiers;
    connect(navigation, &PlotNavigation::hovered, q, [this](const QPointF& where) { setHover(at(where)); });
    connect(navigation, &PlotNavigation::hoverEnded, q, [this] { setHover({}); });
    connect(navigation, &PlotNavigation::clicked, q, [this](const QPointF& where, Keys keys) {
        const bool additive = keys.testFlag(Qt::ControlModifier);
        if (const auto found = at(where))
            Q_EMIT q->pointClicked(content.ids[*found], additive);
        else if (!additive)
            Q_EMIT q->backgroundClicked();
    });
    connect(navigation, &PlotNavigation::stepped, q, [this](const QPointF& direction) { step(direction); });
    connect(navigation, &PlotNavigation::activated, q, [this](Keys keys) {
        if (hover)
            Q_EMIT q->pointClicked(content.ids[*hover], keys.testFlag(Qt::ControlModifier));
    });
}

void ChoicePlot::Private::setHome()
{
    std::vector<double> xs, ys;
    for (const Candidate& candidate : candidates()) {
        if (!drawn(candidate))
            continue;
        const Measure x = *candidate.figure(axis(0)), y = *candidate.figure(axis(1));
        xs.insert(xs.end(), {x.value, x.low, x.high});
        ys.insert(ys.end(), {y.value, y.low, y.high});
    }
    q->setHome(paddedRange(xs, isLogarithmic(axis(0))), paddedRange(ys, isLogarithmic(axis(1))));
}

void ChoicePlot::Private::drawBudgets(QCPPainter& painter) const
{
    if (!hasAxes())
        return;
    for (const Budget& budget : content.choice.budgets) {
        if (budget.quantity == axis(0))
            drawLimit(painter, budget, true);
        if (budget.quantity == axis(1))
            drawLimit(painter, budget, false);
    }
}

/// A dashed line at the limit, and a tint over what is beyond it.
void ChoicePlot::Private::drawLimit(QCPPainter& painter, const Budget& budget, bool vertical) const
{
    const PlotMapping map = q->mapping();
    const bool most = smallerIsBetter(budget.quantity);
    QRectF beyond = map.area;
    if (vertical) {
        const double at = std::clamp(map.xPixel(budget.limit), map.area.left(), map.area.right());
        most ? beyond.setLeft(at) : beyond.setRight(at);
    } else {
        const double at = std::clamp(map.yPixel(budget.limit), map.area.top(), map.area.bottom());
        most ? beyond.setBottom(at) : beyond.setTop(at);
    }
    QColor tint = q->theme().mutedText;
    tint.setAlphaF(0.08f);
    painter.fillRect(beyond, tint);
    painter.setPen(QPen(q->theme().mutedText, 1.0, Qt::DashLine));
    if (vertical)
        drawLineWithin(painter,
                       {{map.xPixel(budget.limit), map.area.top()}, {map.xPixel(budget.limit), map.area.bottom()}},
                       map.area);
    else
        drawLineWithin(painter,
                       {{map.area.left(), map.yPixel(budget.limit)}, {map.area.right(), map.yPixel(budget.limit)}},
                       map.area);
}

void ChoicePlot::Private::drawFront(QCPPainter& painter) const
{
    if (content.choice.axes.size() != 2)
        return;
    std::vector<Point2> members;
    for (const std::size_t i : content.choice.front)
        members.push_back({candidates()[i].figure(axis(0))->value, candidates()[i].figure(axis(1))->value});
    std::vector<QPointF> line;
    for (const Point2& corner : frontLine(members, axis(0), axis(1)))
        line.push_back(q->mapping().toPixel(corner.x, corner.y));
    painter.setPen(QPen(q->theme().front, 1.4));
    drawLineWithin(painter, line, q->mapping().area);
}

void ChoicePlot::Private::drawPoint(QCPPainter& painter, std::size_t index) const
{
    const Candidate& candidate = candidates()[index];
    const PlotMapping map = q->mapping();
    const QPointF centre = pixel(candidate);
    const Measure x = *candidate.figure(axis(0)), y = *candidate.figure(axis(1));
    const SeriesStyle style = q->theme().typeStyle(content.types[index].toStdString());
    const QColor colour = candidate.keepsAll ? style.colour : q->theme().pale(style.colour, kDimmed);
    painter.setPen(QPen(colour, 1.0));
    if (x.high > x.low)
        drawWhisker(painter, {map.xPixel(x.low), centre.y()}, {map.xPixel(x.high), centre.y()}, map.area);
    if (y.high > y.low)
        drawWhisker(painter, {centre.x(), map.yPixel(y.low)}, {centre.x(), map.yPixel(y.high)}, map.area);
    drawMarker(painter, centre, {style.marker, diameter(candidate), colour, q->theme().background});
}

void ChoicePlot::Private::drawRings(QCPPainter& painter) const
{
    forEachInSight([&](std::size_t i, const QPointF& centre) {
        const double size = diameter(candidates()[i]);
        const auto circle = [&](const QColor& colour, double width, double away) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(colour, width));
            painter.drawEllipse(centre, size / 2.0 + away, size / 2.0 + away);
        };
        if (content.choice.axes.size() == 3 && candidates()[i].onFront)
            circle(q->theme().front, 1.2, 2.5);
        // Apart from the thick ring of what is selected.
        if (isBest(i) || isRunnerUp(i))
            circle(q->theme().text, 1.2, 5.0);
        if (isBest(i))
            circle(q->theme().text, 1.2, 8.5);
        if (!content.forExport && content.selected.contains(content.ids[i]))
            drawRing(painter, centre, size, q->theme(), true);
    });
}

void ChoicePlot::Private::drawHover(QCPPainter& painter) const
{
    if (hover && !content.forExport)
        drawRing(painter, pixel(candidates()[*hover]), diameter(candidates()[*hover]), q->theme(), false);
}

QString ChoicePlot::Private::labelOf(std::size_t index) const
{
    const QString name = QString::fromStdString(candidates()[index].name);
    if (isBest(index))
        return tr("%1 (best)").arg(name);
    return isRunnerUp(index) ? tr("%1 (runner-up)").arg(name) : name;
}

void ChoicePlot::Private::layoutLabels()
{
    LabelWishes wishes;
    forEachInSight([&](std::size_t i, const QPointF& centre) {
        const Candidate& candidate = candidates()[i];
        const LabelMarker marker{centre.x(), centre.y(),
                                 diameter(candidate) / 2.0 + (isBest(i) || isRunnerUp(i) ? 6.5 : 2.5)};
        const double priority = isBest(i)       ? 4.0
                                : isRunnerUp(i) ? 3.0
                                                : (candidate.onFront ? 1.0 : 0.0) + (candidate.keepsAll ? 1.0 : 0.0);
        wishes.add(marker, {labelOf(i), {}, {}, candidate.keepsAll ? q->theme().text : q->theme().mutedText, isBest(i)},
                   priority, q->theme());
    });
    labels = placeWishes(std::move(wishes), q->mapping().area);
}

std::optional<std::size_t> ChoicePlot::Private::at(const QPointF& where) const
{
    if (!hasAxes() || !q->mapping().area.contains(where))
        return std::nullopt;
    return nearest.at(where, kReach, q->mapping(), [this](std::size_t i) { return drawn(candidates()[i]); });
}

void ChoicePlot::Private::setHover(const std::optional<std::size_t>& next)
{
    if (next == hover)
        return;
    hover = next;
    const QString text = hover && cardText ? cardText(*hover) : QString();
    if (text.isEmpty())
        card->hide();
    else
        card->showAt(pixel(candidates()[*hover]), text);
    q->surface()->setAccessibleDescription(plainCard(text));
    q->refreshHover();
}

void ChoicePlot::Private::step(const QPointF& direction)
{
    std::vector<QPointF> pixels;
    std::vector<std::size_t> indices;
    const QRectF area = q->mapping().area;
    QPointF from = area.center() - direction * (area.width() + area.height());
    forEachInSight([&](std::size_t i, const QPointF& centre) {
        pixels.push_back(centre);
        indices.push_back(i);
        if (!hover && content.selected.contains(content.ids[i]))
            from = centre;
    });
    if (hover)
        from = pixel(candidates()[*hover]);
    if (const auto next = nextPoint(pixels, from, direction))
        setHover(indices[*next]);
}

ChoicePlot::ChoicePlot(QWidget* parent) : PlotCanvas(parent), d(std::make_unique<Private>(this))
{
    d->addDrawings();
    d->connectNavigation();
    surface()->setAccessibleName(tr("Candidates over two quantities"));
}

ChoicePlot::~ChoicePlot() = default;

void ChoicePlot::setContent(Content content)
{
    const bool otherAxes = content.choice.axes != d->content.choice.axes;
    d->content = std::move(content);
    d->hover.reset();
    d->card->hide();
    std::vector<Point2> points;
    for (const Candidate& candidate : d->candidates())
        points.push_back(d->hasAxes() && d->drawn(candidate)
                             ? Point2{candidate.figure(d->axis(0))->value, candidate.figure(d->axis(1))->value}
                             : Point2{kNowhere, kNowhere});
    d->nearest = NearestPoint(points);
    if (d->hasAxes()) {
        setAxes({.log = isLogarithmic(d->axis(0)), .ticks = {}}, {.log = isLogarithmic(d->axis(1)), .ticks = {}});
        d->setHome();
    }
    if (otherAxes)
        fit();
    refresh();
}

const ChoicePlot::Content& ChoicePlot::content() const
{
    return d->content;
}

void ChoicePlot::setCardText(std::function<QString(std::size_t candidate)> text)
{
    d->cardText = std::move(text);
}

QPointF ChoicePlot::pixelOf(const QString& id) const
{
    for (std::size_t i = 0; i < d->content.ids.size(); ++i)
        if (d->content.ids[i] == id && d->drawn(d->candidates()[i]))
            return d->pixel(d->candidates()[i]);
    return {};
}

QString ChoicePlot::hoveredId() const
{
    return d->hover ? d->content.ids[*d->hover] : QString();
}

bool isLogarithmic(Quantity quantity)
{
    return quantity != Quantity::Top1;
}

std::vector<LegendEntry> choiceLegend(const ChoicePlot::Content& content, const PlotTheme& theme)
{
    std::vector<LegendEntry> entries;
    std::set<QString> types;
    for (const QString& type : content.types)
        if (types.insert(type).second)
            entries.push_back({{}, typeTitle(type), LegendEntry::Icon::Point, theme.typeStyle(type.toStdString())});
    const Choice& choice = content.choice;
    if (choice.keeping() < choice.candidates.size())
        entries.push_back({{},
                           ChoicePlot::tr("breaks a budget"),
                           LegendEntry::Icon::Point,
                           {theme.pale(theme.mutedText, kDimmed), Marker::Circle}});
    if (choice.best)
        entries.push_back({{}, ChoicePlot::tr("two rings: best, one: runner-up"), LegendEntry::Icon::None, {}});
    if (choice.front.size() > 1)
        entries.push_back({{},
                           ChoicePlot::tr("Pareto front"),
                           choice.axes.size() == 2 ? LegendEntry::Icon::Step : LegendEntry::Icon::Hollow,
                           {theme.front, Marker::Circle}});
    if (choice.axes.size() == 3)
        entries.push_back(
            {{}, ChoicePlot::tr("area: %1").arg(toQString(quantityWord(choice.axes[2]))), LegendEntry::Icon::None, {}});
    return entries;
}

} // namespace lathe::ui

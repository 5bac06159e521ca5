#include "ui/plots/residual_plot.h"

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

constexpr double kLeast = 2.0; // the axis goes at least from a half to this
constexpr double kThickness = 0.62;
constexpr double kGap = 5.0; // between a bar's foot and its name, pixels
constexpr double kLeastLetters = 8.0;
constexpr double kFarAway = 1e6; // beyond any axis

} // namespace

class ResidualPlot::Private {
public:
    explicit Private(ResidualPlot* plot) : q(plot), card(new HoverCard(plot)) {}

    ResidualPlot* q;
    HoverCard* card;
    Content content;
    std::optional<std::size_t> hover;

    double rowPixels() const { return q->mapping().area.height() / std::abs(q->mapping().y.high - q->mapping().y.low); }
    /// The first bar is on top.
    double middle(std::size_t index) const { return q->mapping().yPixel(-static_cast<double>(index)); }
    QRectF barRect(std::size_t index) const;
    void draw(QCPPainter& painter) const;
    void drawBar(QCPPainter& painter, std::size_t index) const;
    void drawName(QCPPainter& painter, std::size_t index) const;
    std::optional<std::size_t> at(const QPointF& where) const;
    void setHover(const std::optional<std::size_t>& next);
    void step(const QPointF& direction);
    QString cardOf(const Bar& bar) const;
};

QRectF ResidualPlot::Private::barRect(std::size_t index) const
{
    const PlotMapping map = q->mapping();
    const double half = rowPixels() * kThickness / 2.0;
    return QRectF(QPointF(map.xPixel(1.0), middle(index) - half),
                  QPointF(map.xPixel(content.bars[index].speed), middle(index) + half))
        .normalized();
}

void ResidualPlot::Private::draw(QCPPainter& painter) const
{
    const PlotMapping map = q->mapping();
    for (std::size_t i = 0; i < content.bars.size(); ++i)
        drawBar(painter, i);
    painter.setPen(QPen(q->theme().axis, 1.0));
    drawLineWithin(painter, {{map.xPixel(1.0), map.area.top()}, {map.xPixel(1.0), map.area.bottom()}}, map.area);
    if (rowPixels() >= kLeastLetters)
        for (std::size_t i = 0; i < content.bars.size(); ++i)
            drawName(painter, i);
}

void ResidualPlot::Private::drawBar(QCPPainter& painter, std::size_t index) const
{
    const Bar& bar = content.bars[index];
    const PlotMapping map = q->mapping();
    const QColor colour = q->theme().typeStyle(bar.type.toStdString()).colour;
    const QRectF rect = barRect(index).intersected(map.area);
    const double most = std::min(bar.usual, kFarAway);
    const QRectF usual(QPointF(map.xPixel(1.0 / most), rect.top()), QPointF(map.xPixel(most), rect.bottom()));
    painter.fillRect(usual.intersected(map.area), q->theme().grid);
    painter.fillRect(rect, bar.unusual ? colour : q->theme().pale(colour, 0.55));
    if (!content.forExport && (content.selected.contains(bar.id) || hover == index)) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(content.selected.contains(bar.id) ? q->theme().selection : q->theme().mutedText, 2.0));
        painter.drawRect(rect);
    }
}

/// On the side of 1 that the bar leaves free, as large as the row allows.
void ResidualPlot::Private::drawName(QCPPainter& painter, std::size_t index) const
{
    const Bar& bar = content.bars[index];
    const PlotMapping map = q->mapping();
    const double height = rowPixels();
    QFont font = q->theme().smallFont();
    font.setBold(bar.unusual);
    font.setPixelSize(std::clamp(static_cast<int>(height), static_cast<int>(kLeastLetters), font.pixelSize()));
    painter.setFont(font);
    painter.setPen(QPen(q->theme().text));
    const bool left = bar.speed >= 1.0;
    const double foot = map.xPixel(1.0);
    const double top = middle(index) - height / 2.0;
    if (top < map.area.top() - height / 2.0 || top + height > map.area.bottom() + height / 2.0)
        return;
    const QRectF box = left ? QRectF(map.area.left(), top, foot - kGap - map.area.left(), height)
                            : QRectF(foot + kGap, top, map.area.right() - foot - kGap, height);
    const QString whole = bar.unusual ? tr("%1 (unusual)").arg(bar.name) : bar.name;
    const QFontMetricsF metrics(font);
    const QString text = metrics.horizontalAdvance(whole) <= box.width()
                             ? whole
                             : metrics.elidedText(bar.name, Qt::ElideMiddle, box.width());
    painter.drawText(box, (left ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter | Qt::TextDontClip, text);
}

std::optional<std::size_t> ResidualPlot::Private::at(const QPointF& where) const
{
    if (!q->mapping().area.contains(where))
        return std::nullopt;
    for (std::size_t i = 0; i < content.bars.size(); ++i)
        if (std::abs(where.y() - middle(i)) <= rowPixels() / 2.0)
            return i;
    return std::nullopt;
}

void ResidualPlot::Private::setHover(const std::optional<std::size_t>& next)
{
    if (next == hover)
        return;
    hover = next;
    const QString text = hover ? cardOf(content.bars[*hover]) : QString();
    if (text.isEmpty())
        card->hide();
    else
        card->showAt(QPointF(barRect(*hover).right(), middle(*hover)), text);
    q->surface()->setAccessibleDescription(plainCard(text));
    q->refresh();
}

void ResidualPlot::Private::step(const QPointF& direction)
{
    if (content.bars.empty() || direction.y() == 0.0)
        return;
    const auto last = static_cast<std::ptrdiff_t>(content.bars.size()) - 1;
    const std::ptrdiff_t from = hover ? static_cast<std::ptrdiff_t>(*hover) : direction.y() > 0.0 ? -1 : last + 1;
    setHover(static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(from + (direction.y() > 0.0 ? 1 : -1), 0, last)));
}

QString ResidualPlot::Private::cardOf(const Bar& bar) const
{
    const QString usual = bar.usual < kFarAway ? tr("usual among as many: %1 to %2 times")
                                                     .arg(toQString(formatSignificant(1.0 / bar.usual)),
                                                          toQString(formatSignificant(bar.usual)))
                                               : tr("too few networks to say what is usual");
    return tr("<b>%1</b><br>%2 times as fast as the law of its type<br>%3%4")
        .arg(bar.name.toHtmlEscaped(), toQString(formatSignificant(bar.speed)), usual,
             bar.unusual ? tr("<br>unusual, by the test for outliers") : QString());
}

ResidualPlot::ResidualPlot(QWidget* parent) : PlotCanvas(parent), d(std::make_unique<Private>(this))
{
    addDrawing(Layer::Main, true, [this](QCPPainter& painter) { d->draw(painter); });
    surface()->setAccessibleName(tr("How fast each network is against the law of its type"));
    using Keys = Qt::KeyboardModifiers;
    const auto click = [this](std::size_t index, Keys keys) {
        Q_EMIT barClicked(d->content.bars[index].id, keys.testFlag(Qt::ControlModifier));
    };
    connect(navigation(), &PlotNavigation::hovered, this, [this](const QPointF& where) { d->setHover(d->at(where)); });
    connect(navigation(), &PlotNavigation::hoverEnded, this, [this] { d->setHover({}); });
    connect(navigation(), &PlotNavigation::clicked, this, [this, click](const QPointF& where, Keys keys) {
        if (const auto found = d->at(where))
            click(*found, keys);
    });
    connect(navigation(), &PlotNavigation::stepped, this, [this](const QPointF& direction) { d->step(direction); });
    connect(navigation(), &PlotNavigation::activated, this, [this, click](Keys keys) {
        if (d->hover)
            click(*d->hover, keys);
    });
}

ResidualPlot::~ResidualPlot() = default;

void ResidualPlot::setContent(Content content)
{
    const bool others = content.bars.size() != d->content.bars.size();
    d->content = std::move(content);
    d->hover.reset();
    d->card->hide();
    double reach = kLeast;
    for (const Bar& bar : d->content.bars)
        reach = std::max({reach, bar.speed, 1.0 / bar.speed});
    reach *= 1.15;
    setAxes({.log = true, .ticks = {}}, {.log = false, .ticks = {}, .bare = true});
    setHome({1.0 / reach, reach}, {0.5 - static_cast<double>(std::max<std::size_t>(d->content.bars.size(), 1)), 0.5});
    if (others)
        fit();
    refresh();
}

const ResidualPlot::Content& ResidualPlot::content() const
{
    return d->content;
}

std::vector<ResidualPlot::Bar> residualBars(const TrendReport& report, const std::vector<Record>& records)
{
    std::vector<ResidualPlot::Bar> bars;
    for (const TypeLaw& law : report.laws)
        for (const Residual& residual : law.residuals) {
            const TrendPoint& point = report.points[residual.point];
            bars.push_back({toQString(point.name), point.record ? toQString(records[*point.record].id) : QString(),
                            toQString(law.type), speedFactor(residual, report.y), residual.usual, residual.unusual});
        }
    std::stable_sort(bars.begin(), bars.end(), [](const auto& a, const auto& b) { return a.speed > b.speed; });
    return bars;
}

PlotTitles residualTitles()
{
    return {{}, ResidualPlot::tr("Speed ÷ its type's law (grey: usual)"), {}};
}

} // namespace lathe::ui

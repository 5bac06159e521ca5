#include "ui/plots/waterfall_plot.h"

#include <algorithm>
#include <cmath>

#include "ui/plots/qcp.h"
#include "ui/plots/scatter_drawing.h"

namespace lathe::ui {

namespace {

// In lines of text.
constexpr double kTitleMargin = 0.4; ///< below 0, beside the titles' own lines
constexpr double kMostTitleLines = 4.0;
constexpr double kAccuracyRoom = 3.6;
constexpr double kMostRoom = 0.6; ///< of the height, for both
// Of a column's width.
constexpr double kMargin = 0.08;
constexpr double kBarShare = 0.86;  ///< of a bar's place
constexpr double kTitleInset = 3.0; ///< pixels, each side
constexpr double kLeast = 1.5;      ///< pixels: a bar without height still shows where it is

QString percent(double share)
{
    return WaterfallPlot::tr("%1 %").arg(100.0 * share, 0, 'f', share < 0.0995 ? 1 : 0);
}

double highest(const WaterfallPlot::Content& content)
{
    double most = 1.0;
    for (const WaterfallPlot::Quantity& quantity : content.quantities) {
        for (const double share : quantity.shares)
            most = std::max(most, share);
        for (const auto& interval : quantity.intervals)
            most = std::max(most, interval ? interval->high : 0.0);
    }
    return 100.0 * most;
}

/// Words that are wider than the column lose their middle.
QString fitted(const QString& title, const QFontMetricsF& metrics, double width)
{
    QStringList words;
    for (const QString& word : title.split(QLatin1Char(' ')))
        words << metrics.elidedText(word, Qt::ElideMiddle, width);
    return words.join(QLatin1Char(' '));
}

QString description(const WaterfallPlot::Content& content)
{
    QStringList lines;
    for (std::size_t i = 0; i < content.steps.size(); ++i) {
        QStringList parts{content.steps[i].accuracy};
        for (const WaterfallPlot::Quantity& quantity : content.quantities)
            parts << quantity.name + QLatin1Char(' ') + percent(quantity.shares[i]);
        lines << content.steps[i].title + QStringLiteral(": ") + parts.join(QStringLiteral(", "));
    }
    return lines.join(QStringLiteral("; "));
}

} // namespace

WaterfallPlot::WaterfallPlot(QWidget* parent) : PlotCanvas(parent)
{
    setAfterLayout([this] { makeRoom(); });
    addDrawing(Layer::Main, true, [this](QCPPainter& painter) { draw(painter); });
    surface()->setAccessibleName(tr("What each step took off time, file and multiply-accumulates"));
}

void WaterfallPlot::setContent(Content content)
{
    m_content = std::move(content);
    surface()->setAccessibleDescription(description(m_content));
    PlotAxis steps;
    steps.bare = true;
    PlotAxis shares;
    const double top = highest(m_content);
    for (double tick = 0.0; tick <= top + 1.0; tick += top > 250.0 ? 100.0 : 25.0)
        shares.ticks.push_back(tick);
    setAxes(steps, shares);
    if (!m_content.steps.empty())
        setHome({0.0, static_cast<double>(columns())}, {-0.15 * top, 1.2 * top}); // until the height is known
    refresh();
}

/// The texts above and below the bars have lines of a fixed height, whatever that of the plot.
void WaterfallPlot::makeRoom()
{
    const double height = mapping().area.height();
    if (m_content.steps.empty() || !isFitted() || height <= 0.0)
        return;
    const double line = QFontMetricsF(theme().font).height();
    const double titles = std::min(kMostTitleLines, titleHeight() / line) + kTitleMargin;
    const double room = std::min(kMostRoom * height, (titles + kAccuracyRoom) * line);
    const double top = highest(m_content);
    const double perPixel = top / (height - room);
    const Range home{-perPixel * room * titles / (titles + kAccuracyRoom),
                     top + perPixel * room * kAccuracyRoom / (titles + kAccuracyRoom)};
    if (std::abs(mapping().y.low - home.low) + std::abs(mapping().y.high - home.high) > 1e-6 * top)
        setHome({0.0, static_cast<double>(columns())}, home);
}

QString WaterfallPlot::title(std::size_t column) const
{
    return column == m_content.steps.size() ? tr("left in the end") : m_content.steps[column].title;
}

/// Of the highest title, in pixels, wrapped within its column.
double WaterfallPlot::titleHeight() const
{
    const QFontMetricsF metrics(theme().font);
    const double width = mapping().area.width() / static_cast<double>(columns()) - 2.0 * kTitleInset;
    double most = metrics.height();
    for (std::size_t column = 0; column < columns(); ++column) {
        const QRectF wrapped = metrics.boundingRect(QRectF(0.0, 0.0, width, 1e4), Qt::AlignHCenter | Qt::TextWordWrap,
                                                    fitted(title(column), metrics, width));
        most = std::max(most, wrapped.height());
    }
    return most;
}

QRectF WaterfallPlot::barRect(std::size_t column, std::size_t quantity) const
{
    const Quantity& q = m_content.quantities[quantity];
    const bool isEnd = column == m_content.steps.size();
    const double to = 100.0 * (isEnd ? q.shares.back() : q.shares[column]);
    const double from = isEnd || column == 0 ? 0.0 : 100.0 * q.shares[column - 1];
    const double place = (1.0 - 2.0 * kMargin) / static_cast<double>(m_content.quantities.size());
    const double left = static_cast<double>(column) + kMargin + static_cast<double>(quantity) * place;
    QRectF rect = QRectF(mapping().toPixel(left + 0.5 * (1.0 - kBarShare) * place, from),
                         mapping().toPixel(left + 0.5 * (1.0 + kBarShare) * place, to))
                      .normalized();
    if (rect.height() < kLeast)
        rect.adjust(0.0, -0.5 * kLeast, 0.0, 0.5 * kLeast);
    return rect;
}

void WaterfallPlot::draw(QCPPainter& painter) const
{
    if (m_content.steps.empty())
        return;
    const PlotMapping map = mapping();
    const double floor = map.yPixel(0.0);
    for (std::size_t column = 0; column < columns(); ++column)
        drawColumn(painter, column);
    painter.setPen(theme().axisPen());
    drawLineWithin(painter, {{map.area.left(), floor}, {map.area.right(), floor}}, map.area);
}

void WaterfallPlot::drawColumn(QCPPainter& painter, std::size_t column) const
{
    for (std::size_t quantity = 0; quantity < m_content.quantities.size(); ++quantity)
        drawBar(painter, column, quantity);
    drawTexts(painter, column);
}

void WaterfallPlot::drawBar(QCPPainter& painter, std::size_t column, std::size_t quantity) const
{
    const PlotMapping map = mapping();
    const QRectF bar = barRect(column, quantity);
    const Quantity& q = m_content.quantities[quantity];
    const QColor colour = theme().categoryStyle(static_cast<int>(quantity)).colour;
    const bool isEnd = column == m_content.steps.size();
    const bool isWhole = isEnd || column == 0;
    const std::size_t step = isEnd ? column - 1 : column;
    painter.fillRect(bar.intersected(map.area), isWhole ? colour : theme().pale(colour, 0.6));
    if (column + 1 < columns()) { // the level that the next one begins at
        const double level = map.yPixel(100.0 * q.shares[step]);
        painter.setPen(QPen(colour, 1.0, Qt::DotLine));
        drawLineWithin(painter, {{bar.right(), level}, {barRect(column + 1, quantity).left(), level}}, map.area);
    }
    if (column > 0 && step < q.intervals.size() && q.intervals[step]) {
        painter.setPen(QPen(theme().text, 1.2));
        const double level = map.yPixel(100.0 * q.shares[step]);
        for (const double end : {q.intervals[step]->low, q.intervals[step]->high})
            drawWhisker(painter, {bar.center().x(), level}, {bar.center().x(), map.yPixel(100.0 * end)}, map.area);
    }
    if (!isEnd && column > 0 && q.shares[column] == q.shares[column - 1])
        return; // it did nothing to it
    painter.setFont(theme().smallFont());
    painter.setPen(theme().text);
    double top = bar.top();
    if (column > 0 && step < q.intervals.size() && q.intervals[step])
        top = std::min(top, map.yPixel(100.0 * q.intervals[step]->high));
    const QRectF room(bar.left() - bar.width(), top - 40.0, 3.0 * bar.width(), 38.0);
    if (column == 0)
        return;
    QString text = percent(q.shares[step]);
    if (QFontMetricsF(theme().smallFont()).horizontalAdvance(text) > bar.width() / kBarShare)
        text = text.section(QLatin1Char(' '), 0, 0); // the axis says of what it is
    painter.drawText(room, Qt::AlignHCenter | Qt::AlignBottom, text);
}

void WaterfallPlot::drawTexts(QCPPainter& painter, std::size_t column) const
{
    const PlotMapping map = mapping();
    const bool isEnd = column == m_content.steps.size();
    const double left = map.xPixel(static_cast<double>(column)) + kTitleInset;
    const double width = map.xPixel(static_cast<double>(column) + 1.0) - left - kTitleInset;
    const double floor = map.yPixel(0.0);
    painter.setPen(theme().text);
    painter.setFont(theme().font);
    painter.drawText(QRectF(left, floor + 4.0, width, map.area.bottom() - floor - 4.0),
                     Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap,
                     fitted(title(column), QFontMetricsF(theme().font), width));
    const Step& step = m_content.steps[isEnd ? column - 1 : column];
    QFont bold = theme().font;
    bold.setBold(true);
    painter.setFont(bold);
    const double line = QFontMetricsF(bold).height();
    const double top = map.area.top() + 4.0;
    painter.drawText(QRectF(left, top, width, line), Qt::AlignHCenter, step.accuracy);
    if (isEnd || step.change.isEmpty())
        return;
    painter.setFont(theme().smallFont());
    painter.drawText(QRectF(left, top + line, width, line), Qt::AlignHCenter, step.change);
}

std::vector<LegendEntry> waterfallLegend(const WaterfallPlot::Content& content, const PlotTheme& theme)
{
    std::vector<LegendEntry> entries;
    for (std::size_t i = 0; i < content.quantities.size(); ++i) {
        SeriesStyle style = theme.categoryStyle(static_cast<int>(i));
        style.marker = Marker::Square;
        entries.push_back({{}, content.quantities[i].name, LegendEntry::Icon::Point, style});
    }
    if (!content.steps.empty())
        entries.push_back({{},
                           WaterfallPlot::tr("above: test accuracy, and points from the step before"),
                           LegendEntry::Icon::None,
                           {}});
    return entries;
}

} // namespace lathe::ui

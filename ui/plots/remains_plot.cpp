#include "ui/plots/remains_plot.h"

#include <algorithm>
#include <cmath>

#include "core/analysis/significant.h"
#include "ui/format.h"
#include "ui/plots/qcp.h"
#include "ui/plots/scatter_drawing.h"

namespace lathe::ui {

namespace {

constexpr double kBarTop = 0.06; // of its row, from the middle up; the name is above
constexpr double kBarBottom = -0.40;
constexpr double kHeadroom = 1.08;
constexpr double kPale = 0.72;
constexpr int kBarStyle = 0;
constexpr int kPromiseStyle = 1;
constexpr int kTextGap = 3; // pixels

double most(const RemainsPlot::Content& content)
{
    double most = 1.0;
    for (const RemainsPlot::Row& row : content.rows)
        most = std::max({most, row.share, row.interval ? row.interval->high : 0.0, row.promised.value_or(0.0)});
    return 100.0 * most * kHeadroom;
}

QString percentText(double share)
{
    return toQString(formatSignificant(100.0 * share)) + QStringLiteral(" %");
}

QString rowText(const RemainsPlot::Row& row)
{
    QString text = QStringLiteral("%1: %2").arg(row.text, percentText(row.share));
    if (row.interval)
        text += RemainsPlot::tr(" (%1 to %2)").arg(percentText(row.interval->low), percentText(row.interval->high));
    return row.promised ? text + RemainsPlot::tr(", promised %1").arg(percentText(*row.promised)) : text;
}

QString allText(const RemainsPlot::Content& content)
{
    QStringList texts;
    for (const RemainsPlot::Row& row : content.rows)
        texts << rowText(row);
    return texts.join(QStringLiteral("; "));
}

} // namespace

RemainsPlot::RemainsPlot(QWidget* parent) : PlotCanvas(parent)
{
    addDrawing(Layer::Main, true, [this](QCPPainter& painter) { draw(painter); });
    surface()->setAccessibleName(tr("What is left of the original's figures"));
    setTitles({{}, tr("Left of the original (%)"), {}});
}

void RemainsPlot::setContent(Content content)
{
    m_content = std::move(content);
    surface()->setAccessibleDescription(allText(m_content));
    PlotAxis rows;
    rows.bare = true;
    setAxes({}, rows);
    if (!m_content.rows.empty())
        setHome({0.0, most(m_content)}, {0.0, static_cast<double>(m_content.rows.size())});
    refresh();
}

QRectF RemainsPlot::barRect(std::size_t row) const
{
    const PlotMapping map = mapping();
    const double middle = static_cast<double>(m_content.rows.size() - row) - 0.5;
    return QRectF(map.toPixel(0.0, middle + kBarTop),
                  map.toPixel(100.0 * m_content.rows[row].share, middle + kBarBottom))
        .normalized();
}

void RemainsPlot::draw(QCPPainter& painter) const
{
    if (m_content.rows.empty())
        return;
    for (std::size_t row = 0; row < m_content.rows.size(); ++row)
        drawRow(painter, row);
    const PlotMapping map = mapping();
    const double whole = map.xPixel(100.0);
    painter.setPen(QPen(theme().text, 1.0, Qt::DotLine));
    drawLineWithin(painter, {{whole, map.area.top()}, {whole, map.area.bottom()}}, map.area);
}

void RemainsPlot::drawRow(QCPPainter& painter, std::size_t row) const
{
    const QRectF area = mapping().area;
    const QRectF bar = barRect(row);
    painter.fillRect(bar.intersected(area), theme().pale(theme().categoryStyle(kBarStyle).colour, kPale));
    if (m_content.rows[row].promised) {
        const double x = mapping().xPixel(100.0 * *m_content.rows[row].promised);
        painter.setPen(QPen(theme().categoryStyle(kPromiseStyle).colour, 2.4));
        drawLineWithin(painter, {{x, bar.top() - 2.0}, {x, bar.bottom() + 2.0}}, area);
    }
    if (m_content.rows[row].interval)
        drawInterval(painter, bar, *m_content.rows[row].interval);
    painter.setFont(theme().font);
    painter.setPen(theme().text);
    painter.drawText(QPointF(area.left() + kTextGap + 2, bar.top() - kTextGap), rowText(m_content.rows[row]));
}

void RemainsPlot::drawInterval(QCPPainter& painter, const QRectF& bar, const Interval& interval) const
{
    const PlotMapping map = mapping();
    painter.setPen(QPen(theme().text, 1.2));
    for (const double end : {interval.low, interval.high})
        drawWhisker(painter, {bar.right(), bar.center().y()}, {map.xPixel(100.0 * end), bar.center().y()}, map.area);
}

std::vector<LegendEntry> remainsLegend(const RemainsPlot::Content& content, const PlotTheme& theme)
{
    SeriesStyle bars = theme.categoryStyle(kBarStyle);
    bars.marker = Marker::Square;
    std::vector<LegendEntry> entries{{{}, RemainsPlot::tr("left"), LegendEntry::Icon::Point, bars}};
    if (std::any_of(content.rows.begin(), content.rows.end(), [](const RemainsPlot::Row& r) { return r.promised; }))
        entries.push_back({{},
                           RemainsPlot::tr("promised by its multiply-accumulates"),
                           LegendEntry::Icon::Line,
                           theme.categoryStyle(kPromiseStyle)});
    SeriesStyle whole;
    whole.colour = theme.text;
    entries.push_back({{}, RemainsPlot::tr("the original"), LegendEntry::Icon::Line, whole, Qt::DotLine});
    return entries;
}

} // namespace lathe::ui

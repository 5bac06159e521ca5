#include "ui/plots/plot_legend.h"

#include <QFontMetricsF>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "ui/plots/qcp.h"

namespace lathe::ui {

namespace {

constexpr double kIconWidth = 18.0;
constexpr double kIconGap = 6.0;

QColor colourOf(const LegendEntry& entry, const PlotTheme& theme)
{
    return entry.shown ? entry.style.colour : theme.pale(theme.text, 0.35);
}

void drawIconLine(QPainter& painter, const QPointF& centre, const LegendEntry& entry, const PlotTheme& theme)
{
    const QColor colour = colourOf(entry, theme);
    painter.setPen(QPen(colour, 1.6, entry.line));
    painter.setBrush(Qt::NoBrush);
    const double half = kIconWidth / 2.0;
    if (entry.icon == LegendEntry::Icon::Line) {
        painter.drawLine(centre - QPointF(half, 0.0), centre + QPointF(half, 0.0));
        drawMarker(painter, centre, {entry.style.marker, 7.0, colour, theme.background, !entry.shown});
    } else {
        painter.drawPolyline(QPolygonF({centre + QPointF(-half, 4.0), centre + QPointF(0.0, 4.0),
                                        centre + QPointF(0.0, -4.0), centre + QPointF(half, -4.0)}));
    }
}

void drawIconArrow(QPainter& painter, const QPointF& centre, const QColor& colour)
{
    const QPointF half(kIconWidth / 2.0, 0.0);
    painter.setPen(QPen(colour, 1.3));
    painter.drawLine(centre - half, centre + half / 2.0);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colour);
    painter.drawPolygon(arrowHead(centre + half, half, 7.5));
}

void drawIcon(QPainter& painter, const QPointF& centre, const LegendEntry& entry, const PlotTheme& theme)
{
    using Icon = LegendEntry::Icon;
    const double size = theme.pointSize - 1.0;
    const QColor colour = colourOf(entry, theme);
    switch (entry.icon) {
    case Icon::Point:
        drawMarker(painter, centre, {entry.style.marker, size, colour, theme.background, !entry.shown});
        break;
    case Icon::Hollow:
        drawMarker(painter, centre, {entry.style.marker, size, colour, theme.background, true});
        break;
    case Icon::Overlay:
        for (const double dx : {-6.0, 0.0, 6.0})
            drawMarker(painter, centre + QPointF(dx, dx == 0.0 ? -2.5 : 2.0),
                       {entry.style.marker, theme.overlaySize, theme.pale(colour), theme.background});
        break;
    case Icon::Flag:
        drawMarker(painter, centre, {Marker::Circle, 5.0, colour, theme.background});
        break;
    case Icon::Line:
    case Icon::Step:
        drawIconLine(painter, centre, entry, theme);
        break;
    case Icon::Arrow:
        drawIconArrow(painter, centre, colour);
        break;
    case Icon::None:
        break;
    }
}

class LegendItem : public QCPAbstractLegendItem {
public:
    LegendItem(QCPLegend* legend, LegendEntry entry, const PlotTheme& theme, const QFont& font)
        : QCPAbstractLegendItem(legend), m_entry(std::move(entry)), m_theme(theme)
    {
        setFont(font);
        setMargins(QMargins());
    }

    const LegendEntry& entry() const { return m_entry; }
    QSize minimumOuterSizeHint() const override { return legendEntrySize(m_entry, font()); }

protected:
    void draw(QCPPainter* painter) override { drawLegendEntry(*painter, rect(), m_entry, m_theme, font()); }

private:
    LegendEntry m_entry;
    PlotTheme m_theme;
};

const LegendItem* itemAt(const QCPLegend& legend, int index)
{
    return dynamic_cast<const LegendItem*>(legend.item(index));
}

} // namespace

QSize legendEntrySize(const LegendEntry& entry, const QFont& font)
{
    const QFontMetricsF metrics(font);
    return {static_cast<int>(std::ceil(kIconWidth + kIconGap + metrics.horizontalAdvance(entry.text))),
            static_cast<int>(std::ceil(metrics.height())) + 2};
}

void drawLegendEntry(QPainter& painter, const QRectF& area, const LegendEntry& entry, const PlotTheme& theme,
                     const QFont& font)
{
    drawIcon(painter, QPointF(area.left() + kIconWidth / 2.0, area.center().y() - 0.5), entry, theme);
    const QRectF room = area.adjusted(kIconWidth + kIconGap, -1, 0, -1);
    painter.setFont(font);
    painter.setPen(QPen(entry.shown ? theme.text : theme.pale(theme.text, 0.4)));
    // Rounding may not cost a letter: only what is really too long is shortened.
    const QString text = QFontMetricsF(font).elidedText(entry.text, Qt::ElideMiddle, room.width() + 2.0);
    painter.drawText(room.adjusted(0, 0, 20, 0), Qt::AlignLeft | Qt::AlignVCenter, text);
}

void fillLegend(QCPLegend& legend, const std::vector<LegendEntry>& entries, const PlotTheme& theme, const QSize& plot)
{
    QColor fill = theme.background;
    fill.setAlpha(225);
    legend.clearItems();
    legend.setBrush(fill);
    legend.setBorderPen(QPen(theme.grid, 1.0));
    legend.setMargins(QMargins(8, 6, 10, 6));
    legend.setRowSpacing(0);
    legend.setColumnSpacing(14);
    const bool small = plot.height() < 400 || plot.width() < 520;
    const QFont font = small ? theme.smallFont() : theme.font;
    const double row = QFontMetricsF(font).height() + 2.0;
    legend.setFillOrder(QCPLayoutGrid::foRowsFirst, false);
    legend.setWrap(std::max(3, static_cast<int>((plot.height() - 110) / row)));
    for (const LegendEntry& entry : entries)
        legend.addItem(new LegendItem(&legend, entry, theme, font));
    legend.setVisible(!entries.empty());
}

std::optional<QString> legendKeyAt(const QCPLegend& legend, const QPointF& pixel)
{
    if (!legend.visible())
        return {};
    for (int i = 0; i < legend.itemCount(); ++i)
        if (const LegendItem* item = itemAt(legend, i);
            item && !item->entry().key.isEmpty() && QRectF(item->outerRect()).adjusted(-2, -1, 2, 1).contains(pixel))
            return item->entry().key;
    return {};
}

QRectF legendEntryRect(const QCPLegend& legend, const QString& key)
{
    for (int i = 0; i < legend.itemCount(); ++i)
        if (const LegendItem* item = itemAt(legend, i); item && item->entry().key == key)
            return item->outerRect();
    return {};
}

Qt::Alignment quietestCorner(const QRectF& area, const QSizeF& legend, const std::vector<CrowdPoint>& crowd)
{
    constexpr double kMargin = 14.0;
    const std::array<Qt::Alignment, 4> corners{Qt::AlignTop | Qt::AlignRight, Qt::AlignBottom | Qt::AlignLeft,
                                               Qt::AlignTop | Qt::AlignLeft, Qt::AlignBottom | Qt::AlignRight};
    Qt::Alignment best = corners.front();
    double least = std::numeric_limits<double>::infinity();
    for (const Qt::Alignment corner : corners) {
        const QPointF at(corner & Qt::AlignLeft ? area.left() : area.right() - legend.width(),
                         corner & Qt::AlignTop ? area.top() : area.bottom() - legend.height());
        const QRectF covered = QRectF(at, legend).adjusted(-kMargin, -kMargin, kMargin, kMargin);
        double weight = 0.0;
        for (const CrowdPoint& point : crowd)
            weight += covered.contains(point.at) ? point.weight : 0.0;
        if (weight < least) {
            least = weight;
            best = corner;
        }
    }
    return best;
}

} // namespace lathe::ui

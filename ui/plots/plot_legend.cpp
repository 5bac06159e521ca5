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

class LegendItem : public QCPAbstractLegendItem {
public:
    LegendItem(QCPLegend* legend, LegendEntry entry, const PlotTheme& theme, const QFont& font)
        : QCPAbstractLegendItem(legend), m_entry(std::move(entry)), m_theme(theme)
    {
        setFont(font);
        setMargins(QMargins());
    }

    const LegendEntry& entry() const { return m_entry; }

    QSize minimumOuterSizeHint() const override
    {
        const QFontMetricsF metrics(font());
        const double text = metrics.horizontalAdvance(m_entry.text);
        return {static_cast<int>(std::ceil(kIconWidth + kIconGap + text)),
                static_cast<int>(std::ceil(metrics.height())) + 2};
    }

protected:
    void draw(QCPPainter* painter) override
    {
        const QRectF area = rect();
        drawIcon(*painter, QPointF(area.left() + kIconWidth / 2.0, area.center().y() - 0.5));
        painter->setFont(font());
        painter->setPen(QPen(m_entry.shown ? m_theme.text : m_theme.pale(m_theme.text, 0.4)));
        painter->drawText(area.adjusted(kIconWidth + kIconGap, -1, 20, -1), Qt::AlignLeft | Qt::AlignVCenter,
                          m_entry.text);
    }

private:
    QColor colour() const { return m_entry.shown ? m_entry.style.colour : m_theme.pale(m_theme.text, 0.35); }

    void drawIcon(QCPPainter& painter, const QPointF& centre) const
    {
        using Icon = LegendEntry::Icon;
        const double size = m_theme.pointSize - 1.0;
        switch (m_entry.icon) {
        case Icon::Point:
            drawMarker(painter, centre, {m_entry.style.marker, size, colour(), m_theme.background, !m_entry.shown});
            break;
        case Icon::Hollow:
            drawMarker(painter, centre, {m_entry.style.marker, size, colour(), m_theme.background, true});
            break;
        case Icon::Overlay:
            for (const double dx : {-6.0, 0.0, 6.0})
                drawMarker(painter, centre + QPointF(dx, dx == 0.0 ? -2.5 : 2.0),
                           {m_entry.style.marker, m_theme.overlaySize, m_theme.pale(colour()), m_theme.background});
            break;
        case Icon::Flag:
            drawMarker(painter, centre, {Marker::Circle, 5.0, colour(), m_theme.background});
            break;
        case Icon::Line:
        case Icon::Step:
            drawLine(painter, centre);
            break;
        case Icon::None:
            break;
        }
    }

    void drawLine(QCPPainter& painter, const QPointF& centre) const
    {
        painter.setPen(QPen(colour(), 1.6, m_entry.line));
        painter.setBrush(Qt::NoBrush);
        const double half = kIconWidth / 2.0;
        if (m_entry.icon == LegendEntry::Icon::Line) {
            painter.drawLine(centre - QPointF(half, 0.0), centre + QPointF(half, 0.0));
            drawMarker(painter, centre, {m_entry.style.marker, 7.0, colour(), m_theme.background, !m_entry.shown});
        } else {
            painter.drawPolyline(QPolygonF({centre + QPointF(-half, 4.0), centre + QPointF(0.0, 4.0),
                                            centre + QPointF(0.0, -4.0), centre + QPointF(half, -4.0)}));
        }
    }

    LegendEntry m_entry;
    PlotTheme m_theme;
};

const LegendItem* itemAt(const QCPLegend& legend, int index)
{
    return dynamic_cast<const LegendItem*>(legend.item(index));
}

} // namespace

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

#include "ui/plots/legend_strip.h"

#include <QContextMenuEvent>
#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace lathe::ui {

namespace {

constexpr int kMostRows = 4; // on the screen
constexpr int kSide = 10;
constexpr int kAbove = 5;
constexpr int kGap = 16;

/// Places one thing after another, as words in lines.
struct Flow {
    double room;
    double row; ///< height
    QPointF next{kSide, kAbove};

    QRectF place(double width)
    {
        width = std::min(width, room);
        if (next.x() > kSide && next.x() + width > kSide + room)
            next = {kSide, next.y() + row};
        const QRectF cell(next, QSizeF(width, row));
        next.rx() += width + kGap;
        return cell;
    }
};

QString moreText(std::size_t count)
{
    return QObject::tr("and %1 more").arg(count);
}

} // namespace

StripLayout layoutStrip(const std::vector<LegendEntry>& entries, const QFont& font, int width, int mostRows)
{
    StripLayout layout;
    if (entries.empty())
        return layout;
    const double row = legendEntrySize(entries.front(), font).height();
    const double bottom = kAbove + row * std::max(1, mostRows);
    const double more = QFontMetricsF(font).horizontalAdvance(moreText(entries.size())) + 4.0;
    Flow flow{std::max(1.0, width - 2.0 * kSide), row};
    std::vector<Flow> before; // each entry, so that one can be taken back
    for (const LegendEntry& entry : entries) {
        before.push_back(flow);
        layout.cells.push_back(flow.place(legendEntrySize(entry, font).width()));
        if (layout.cells.back().bottom() > bottom + 0.5)
            break;
    }
    while (!layout.cells.empty() &&
           (layout.cells.back().bottom() > bottom + 0.5 || layout.more.bottom() > bottom + 0.5)) {
        layout.cells.pop_back();
        flow = before[layout.cells.size()];
        layout.more = flow.place(more);
    }
    const double end = layout.more.isNull() ? layout.cells.back().bottom() : layout.more.bottom();
    layout.height = static_cast<int>(std::ceil(end));
    return layout;
}

void drawStrip(QPainter& painter, const std::vector<LegendEntry>& entries, const StripLayout& layout,
               const PlotTheme& theme)
{
    for (std::size_t i = 0; i < layout.cells.size(); ++i)
        drawLegendEntry(painter, layout.cells[i], entries[i], theme, theme.font);
    if (layout.more.isNull())
        return;
    painter.setFont(theme.font);
    painter.setPen(QPen(theme.mutedText));
    painter.drawText(layout.more.adjusted(0, -1, 20, -1), Qt::AlignLeft | Qt::AlignVCenter,
                     moreText(entries.size() - layout.cells.size()));
}

int drawStripAbove(QPainter& painter, const std::vector<LegendEntry>& entries, const PlotTheme& theme, int width)
{
    const StripLayout strip = layoutStrip(entries, theme.font, width, 2);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(0, 0, width, strip.height, theme.background);
    drawStrip(painter, entries, strip, theme);
    return strip.height;
}

LegendStrip::LegendStrip(QWidget* parent) : QWidget(parent), m_theme(PlotTheme::fromPalette(palette(), font()))
{
    setObjectName(QStringLiteral("legendStrip"));
    setAccessibleName(tr("Legend"));
    setToolTip(tr("Click a name to show or hide its curve; Space or the right button lists all"));
    setFocusPolicy(Qt::StrongFocus);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void LegendStrip::setEntries(const std::vector<LegendEntry>& entries, const PlotTheme& theme)
{
    m_entries = entries;
    m_theme = theme;
    QStringList names;
    for (const LegendEntry& entry : m_entries)
        names << (entry.shown ? entry.text : tr("%1 (hidden)").arg(entry.text));
    setAccessibleDescription(names.join(QStringLiteral(", ")));
    updateGeometry();
    update();
}

StripLayout LegendStrip::layoutNow() const
{
    return layoutStrip(m_entries, m_theme.font, width(), kMostRows);
}

QRectF LegendStrip::entryRect(const QString& key) const
{
    const StripLayout layout = layoutNow();
    for (std::size_t i = 0; i < layout.cells.size(); ++i)
        if (m_entries[i].key == key)
            return layout.cells[i];
    return {};
}

int LegendStrip::heightForWidth(int width) const
{
    return layoutStrip(m_entries, m_theme.font, width, kMostRows).height;
}

QSize LegendStrip::sizeHint() const
{
    return {200, heightForWidth(std::max(200, width()))};
}

void LegendStrip::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(rect(), m_theme.background);
    drawStrip(painter, m_entries, layoutNow(), m_theme);
    if (hasFocus()) {
        painter.setPen(QPen(palette().color(QPalette::Highlight)));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
    }
}

void LegendStrip::mouseReleaseEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    const StripLayout layout = layoutNow();
    if (layout.more.contains(event->position()))
        return showMenu(event->globalPosition().toPoint());
    for (std::size_t i = 0; i < layout.cells.size(); ++i)
        if (layout.cells[i].contains(event->position())) {
            Q_EMIT clicked(m_entries[i].key);
            return;
        }
}

void LegendStrip::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Space || event->key() == Qt::Key_Return)
        showMenu(mapToGlobal(rect().bottomLeft()));
    else
        QWidget::keyPressEvent(event);
}

void LegendStrip::contextMenuEvent(QContextMenuEvent* event)
{
    showMenu(event->globalPos());
}

void LegendStrip::showMenu(const QPoint& globalPosition)
{
    auto* menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("legendMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (const LegendEntry& entry : m_entries) {
        QAction* action = menu->addAction(QString(entry.text).replace(QLatin1Char('&'), QLatin1String("&&")));
        action->setCheckable(true);
        action->setChecked(entry.shown);
        connect(action, &QAction::triggered, this, [this, key = entry.key] { Q_EMIT clicked(key); });
    }
    menu->popup(globalPosition);
}

} // namespace lathe::ui

#include "ui/bar_delegate.h"

#include <QApplication>
#include <QPainter>

#include <algorithm>

namespace lathe::ui {

void BarDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyleOptionViewItem cell(option);
    initStyleOption(&cell, index);
    const QStyle* style = cell.widget ? cell.widget->style() : QApplication::style();
    style->drawPrimitive(QStyle::PE_PanelItemViewItem, &cell, painter, cell.widget);

    const double share = index.data(m_fractionRole).toDouble();
    const bool selected = cell.state.testFlag(QStyle::State_Selected);
    if (share > 0.0) {
        QRectF bar = QRectF(cell.rect).adjusted(2, 3, -2, -3);
        bar.setWidth(bar.width() * std::min(share, 1.0));
        QColor colour = cell.palette.color(selected ? QPalette::HighlightedText : QPalette::Highlight);
        colour.setAlpha(90);
        painter->fillRect(bar, colour);
    }
    painter->setPen(cell.palette.color(selected ? QPalette::HighlightedText : QPalette::Text));
    painter->drawText(cell.rect.adjusted(6, 0, -6, 0), static_cast<int>(cell.displayAlignment), cell.text);
}

} // namespace lathe::ui

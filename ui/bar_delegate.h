#pragma once

#include <QStyledItemDelegate>

namespace lathe::ui {

/// Draws a share (role `fractionRole`, 0 to 1; negative: none) as a pale bar behind the cell's text.
class BarDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    BarDelegate(int fractionRole, QObject* parent) : QStyledItemDelegate(parent), m_fractionRole(fractionRole) {}
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    int m_fractionRole;
};

} // namespace lathe::ui

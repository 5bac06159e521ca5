#pragma once

#include <QStyledItemDelegate>

namespace lathe::ui {

/// Edits a layer's precision by a list that opens at once.
class PrecisionDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    /// `choicesRole`: a string list.
    PrecisionDelegate(int choicesRole, QObject* parent) : QStyledItemDelegate(parent), m_choicesRole(choicesRole) {}

    QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void setEditorData(QWidget* editor, const QModelIndex& index) const override;
    void setModelData(QWidget* editor, QAbstractItemModel* model, const QModelIndex& index) const override;

private:
    int m_choicesRole;
};

} // namespace lathe::ui

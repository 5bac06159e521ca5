#include "ui/quantization/precision_delegate.h"

#include <QComboBox>
#include <QTimer>

#include "ui/controls.h"

namespace lathe::ui {

QWidget* PrecisionDelegate::createEditor(QWidget* parent, const QStyleOptionViewItem&, const QModelIndex& index) const
{
    auto* list = new QComboBox(parent);
    describeControl(list, "precisionEditor", tr("Precision of the layer"), {});
    list->addItems(index.data(m_choicesRole).toStringList());
    connect(list, &QComboBox::activated, this, [this, list] {
        auto* self = const_cast<PrecisionDelegate*>(this); // Qt makes editors in a const function
        Q_EMIT self->commitData(list);
        Q_EMIT self->closeEditor(list);
    });
    QTimer::singleShot(0, list, &QComboBox::showPopup);
    return list;
}

void PrecisionDelegate::setEditorData(QWidget* editor, const QModelIndex& index) const
{
    if (auto* list = qobject_cast<QComboBox*>(editor))
        list->setCurrentText(index.data(Qt::EditRole).toString());
}

void PrecisionDelegate::setModelData(QWidget* editor, QAbstractItemModel* model, const QModelIndex& index) const
{
    if (const auto* list = qobject_cast<QComboBox*>(editor))
        model->setData(index, list->currentText());
}

} // namespace lathe::ui

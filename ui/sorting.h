#pragma once

#include <QSortFilterProxyModel>
#include <QVariant>

namespace lathe::ui {

/// Numbers as numbers, text as people read it, unknown values last in either direction.
bool lessByValue(const QVariant& left, const QVariant& right, Qt::SortOrder order);

/// A proxy that sorts so.
class ValueSortProxy : public QSortFilterProxyModel {
    Q_OBJECT

public:
    ValueSortProxy(QAbstractItemModel* model, int sortRole, QObject* parent);

protected:
    bool lessThan(const QModelIndex& left, const QModelIndex& right) const override;
};

} // namespace lathe::ui

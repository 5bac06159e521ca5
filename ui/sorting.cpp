#include "ui/sorting.h"

namespace lathe::ui {

bool lessByValue(const QVariant& left, const QVariant& right, Qt::SortOrder order)
{
    if (left.isValid() != right.isValid())
        return (order == Qt::AscendingOrder) == left.isValid();
    if (left.metaType() == QMetaType::fromType<QString>())
        return QString::localeAwareCompare(left.toString(), right.toString()) < 0;
    return left.toDouble() < right.toDouble();
}

ValueSortProxy::ValueSortProxy(QAbstractItemModel* model, int sortRole, QObject* parent) : QSortFilterProxyModel(parent)
{
    setSourceModel(model);
    setSortRole(sortRole);
    setDynamicSortFilter(true);
}

bool ValueSortProxy::lessThan(const QModelIndex& left, const QModelIndex& right) const
{
    return lessByValue(left.data(sortRole()), right.data(sortRole()), sortOrder());
}

} // namespace lathe::ui

#pragma once

#include <QAbstractItemModel>
#include <QString>
#include <QVariant>

#include <functional>

namespace lathe::ui {

/// Numbers end below each other, all else begins so.
Qt::Alignment cellAlignment(bool isNumber);

/// What stands over a column of a table, aligned as its cells are.
struct ColumnHeader {
    QString title;
    QString tip = {};
    Qt::Alignment alignment = cellAlignment(false);
};

/// headerData of a model with these columns.
QVariant columnHeaderData(const QAbstractItemModel& model, const std::function<ColumnHeader(int column)>& header,
                          int section, Qt::Orientation orientation, int role);

} // namespace lathe::ui

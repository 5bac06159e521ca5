#include "ui/column_header.h"

namespace lathe::ui {

Qt::Alignment cellAlignment(bool isNumber)
{
    return (isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter;
}

QVariant columnHeaderData(const QAbstractItemModel& model, const std::function<ColumnHeader(int column)>& header,
                          int section, Qt::Orientation orientation, int role)
{
    if (orientation != Qt::Horizontal || section < 0 || section >= model.columnCount())
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return header(section).title;
    case Qt::ToolTipRole:
        return header(section).tip;
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(header(section).alignment);
    default:
        return {};
    }
}

} // namespace lathe::ui

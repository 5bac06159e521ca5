#pragma once

#include <QString>
#include <QStringList>

#include <vector>

class QAbstractItemModel;

namespace lathe::ui {

/// Cells as shown, with their headers.
struct TableText {
    QStringList headers;
    std::vector<bool> numbers; ///< right-aligned, one a column
    std::vector<QStringList> rows;
};

/// The given rows and columns of a model, in that order.
TableText tableText(const QAbstractItemModel& model, const QList<int>& rows, const QList<int>& columns);

/// For a spreadsheet: "12.3 ± 0.2" becomes two cells, a number and its interval.
QString toTsv(const TableText& table);

/// For a README; pipes are escaped.
QString toMarkdown(const TableText& table);

} // namespace lathe::ui

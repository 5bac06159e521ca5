#pragma once

#include <QAbstractTableModel>

#include <vector>

#include "ui/column_header.h"

namespace lathe::ui {

/// A cell as people read it, what it is sorted by, and what a pause over it says.
struct FigureCell {
    QString text;
    QVariant value = {}; ///< invalid: unknown, which comes last; for text the text itself
    QString tip = {};

    static FigureCell of(const QString& text, const QString& tip = {}) { return {text, text, tip}; }
};
using FigureRow = std::vector<FigureCell>;

/// A table that somebody else has made: columns once, and rows as they come.
class FiguresModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Role { SortRole = Qt::UserRole };

    FiguresModel(std::vector<ColumnHeader> columns, QObject* parent);

    /// One cell a column. In place where there are as many as before.
    void setRows(std::vector<FigureRow> rows);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    std::vector<ColumnHeader> m_columns;
    std::vector<FigureRow> m_rows;
};

} // namespace lathe::ui

#pragma once

#include <QTableView>

#include <optional>

#include "ui/figures_model.h"

namespace lathe::ui {

class ValueSortProxy;

/// A table of figures that can be sorted; rows are counted as they were given.
class FiguresTable : public QTableView {
    Q_OBJECT

public:
    FiguresTable(const char* name, const QString& accessibleName, std::vector<ColumnHeader> columns, QWidget* parent);

    void setRows(std::vector<FigureRow> rows);
    std::optional<std::size_t> currentRow() const;
    void setCurrentRow(std::size_t row);

Q_SIGNALS:
    void currentRowChanged();

private:
    bool m_endsInText; ///< the last column may be as wide as there is room
    FiguresModel* m_model;
    ValueSortProxy* m_proxy;
};

} // namespace lathe::ui

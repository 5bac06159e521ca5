#include "ui/figures_table.h"

#include <QHeaderView>

#include "ui/controls.h"
#include "ui/sorting.h"

namespace lathe::ui {

FiguresTable::FiguresTable(const char* name, const QString& accessibleName, std::vector<ColumnHeader> columns,
                           QWidget* parent)
    : QTableView(parent), m_endsInText(columns.back().alignment.testFlag(Qt::AlignLeft)),
      m_model(new FiguresModel(std::move(columns), this)),
      m_proxy(new ValueSortProxy(m_model, FiguresModel::SortRole, this))
{
    describeControl(this, name, accessibleName, {});
    makePlainTable(this);
    setModel(m_proxy);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setTextElideMode(Qt::ElideMiddle);
    setSortingEnabled(true);
    sortByColumn(-1, Qt::AscendingOrder); // as it was given, until a header is clicked
    setMinimumHeight(2 * verticalHeader()->defaultSectionSize() + horizontalHeader()->sizeHint().height());
    connect(selectionModel(), &QItemSelectionModel::currentRowChanged, this, &FiguresTable::currentRowChanged);
}

void FiguresTable::setRows(std::vector<FigureRow> rows)
{
    m_model->setRows(std::move(rows));
    horizontalHeader()->setStretchLastSection(false);
    resizeColumnsToContents();
    horizontalHeader()->setStretchLastSection(m_endsInText);
}

std::optional<std::size_t> FiguresTable::currentRow() const
{
    const QModelIndex row = m_proxy->mapToSource(currentIndex());
    return row.isValid() ? std::optional(static_cast<std::size_t>(row.row())) : std::nullopt;
}

void FiguresTable::setCurrentRow(std::size_t row)
{
    const QModelIndex shown = m_proxy->mapFromSource(m_model->index(static_cast<int>(row), 0));
    setCurrentIndex(shown);
    scrollTo(shown);
}

} // namespace lathe::ui

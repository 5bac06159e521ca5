#include "ui/choose/choice_table.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QScopedValueRollback>

#include <algorithm>
#include <utility>

#include "ui/benchmark/table_text.h"
#include "ui/choose/choice_model.h"
#include "ui/controls.h"
#include "ui/sorting.h"

namespace lathe::ui {

ChoiceTable::ChoiceTable(QWidget* parent)
    : QTableView(parent), m_model(new ChoiceModel(this)),
      m_proxy(new ValueSortProxy(m_model, ChoiceModel::SortRole, this))
{
    setModel(m_proxy);
    describeControl(this, "choiceTable", tr("Candidates"), {});
    makePlainTable(this);
    setItemDelegate(new SourceMarkDelegate(this));
    setSortingEnabled(true);
    sortByColumn(m_model->verdictColumn(), Qt::AscendingOrder);
    setMinimumHeight(3 * verticalHeader()->defaultSectionSize());
    // The verdict comes first to the eye: behind the name.
    horizontalHeader()->moveSection(m_model->verdictColumn(), 1);
    auto* copying = new QAction(tr("Copy candidates as a table"), this);
    copying->setObjectName(QStringLiteral("copyCandidates"));
    copying->setShortcut(QKeySequence::Copy);
    copying->setShortcutContext(Qt::WidgetShortcut);
    addAction(copying);
    setContextMenuPolicy(Qt::ActionsContextMenu);
    connect(copying, &QAction::triggered, this, &ChoiceTable::copy);
    connect(selectionModel(), &QItemSelectionModel::selectionChanged, this, &ChoiceTable::takeSelection);
}

void ChoiceTable::setChoice(Choice choice, const std::vector<Record>& records)
{
    const QScopedValueRollback quiet(m_syncing, true); // a reset clears the table's selection, not the document's
    m_model->setChoice(std::move(choice), records);
    resizeColumnsToContents();
}

const Choice& ChoiceTable::choice() const
{
    return m_model->choice();
}

void ChoiceTable::showSelected(const QStringList& ids)
{
    if (m_syncing)
        return;
    const QScopedValueRollback quiet(m_syncing, true);
    QItemSelection selection;
    for (const QString& id : ids)
        if (const int row = m_model->rowOf(id); row >= 0) {
            const QModelIndex shown = m_proxy->mapFromSource(m_model->index(row, 0));
            selection.select(shown, shown);
        }
    selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
}

void ChoiceTable::takeSelection()
{
    if (m_syncing)
        return;
    const QScopedValueRollback quiet(m_syncing, true);
    QStringList ids;
    for (const QModelIndex& row : selectionModel()->selectedRows())
        ids << row.data(ChoiceModel::IdRole).toString();
    Q_EMIT selected(ids);
}

void ChoiceTable::copy() const
{
    QList<int> rows;
    for (const QModelIndex& row : selectionModel()->selectedRows())
        rows << row.row();
    std::sort(rows.begin(), rows.end());
    if (rows.isEmpty())
        for (int row = 0; row < m_proxy->rowCount(); ++row)
            rows << row;
    QList<int> columns;
    for (int place = 0; place < horizontalHeader()->count(); ++place)
        columns << horizontalHeader()->logicalIndex(place);
    QGuiApplication::clipboard()->setText(toTsv(tableText(*m_proxy, rows, columns)));
}

} // namespace lathe::ui

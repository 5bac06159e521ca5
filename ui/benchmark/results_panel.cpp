#include "ui/benchmark/results_panel.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QMenu>
#include <QScopedValueRollback>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>
#include <map>
#include <string_view>

#include "ui/benchmark/results_columns.h"
#include "ui/benchmark/results_model.h"
#include "ui/benchmark/table_text.h"
#include "ui/controls.h"
#include "ui/session/document.h"
#include "ui/sorting.h"
#include "ui/table_hint.h"

namespace lathe::ui {

namespace {

/// For the title with its sorting arrow, and for what such a cell usually says.
int roomFor(const ResultsColumn& column, const QFontMetrics& metrics)
{
    static const std::map<std::string_view, QString> kUsual{
        {"model", QStringLiteral("wide_resnet101_2")},   {"mode", QStringLiteral("channels_last")},
        {"input", QStringLiteral("3x224x224")},          {"latency", QStringLiteral("0.05576 ± 0.00012")},
        {"time", QStringLiteral("2026-11-22 23:46:26")}, {"flags", QStringLiteral("contention, drift")}};
    const auto usual = kUsual.find(column.key);
    const int text = usual == kUsual.end() ? 0 : metrics.horizontalAdvance(usual->second) + 12;
    return std::max(metrics.horizontalAdvance(QObject::tr(column.title)) + 24, text);
}

} // namespace

ResultsPanel::ResultsPanel(Document* document, QWidget* parent)
    : QWidget(parent), m_document(document), m_model(new ResultsModel(document, this)),
      m_proxy(new ValueSortProxy(m_model, ResultsModel::SortRole, this)), m_table(new QTableView(this))
{
    setObjectName("resultsPanel");
    buildTable();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(4, 4, 4, 4);
    layout->addWidget(m_table);

    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &ResultsPanel::takeSelection);
    connect(document, &Document::selectionChanged, this, &ResultsPanel::showSelection);
    connect(m_model, &QAbstractItemModel::modelReset, this, &ResultsPanel::showSelection);
}

void ResultsPanel::buildTable()
{
    m_table->setModel(m_proxy);
    describeControl(m_table, "resultsTable", tr("Results"), {});
    makePlainTable(m_table);
    m_table->setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed);
    m_table->setSortingEnabled(true);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_table, &QTableView::customContextMenuRequested, this,
            [this](const QPoint& where) { Q_EMIT contextMenuRequested(m_table->viewport()->mapToGlobal(where)); });
    auto* header = m_table->horizontalHeader();
    header->setObjectName("resultsHeader");
    header->setSectionsMovable(true);
    header->setSortIndicatorClearable(true);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(header, &QHeaderView::customContextMenuRequested, this, &ResultsPanel::showColumnMenu);
    restoreDefaultColumns();
    showWhenEmpty(m_table, tr("Nothing measured yet.\nTick architectures on the left and press Run (Ctrl+Return), or "
                              "choose the preset “Quick start”."));
}

void ResultsPanel::restoreDefaultColumns()
{
    auto* header = m_table->horizontalHeader();
    const auto& columns = resultsColumns();
    header->setSortIndicator(-1, Qt::AscendingOrder);
    for (int column = 0; column < static_cast<int>(columns.size()); ++column) {
        const ResultsColumn& info = columns[static_cast<std::size_t>(column)];
        header->moveSection(header->visualIndex(column), column);
        header->setSectionHidden(column, !info.isShown);
        header->resizeSection(column, roomFor(info, header->fontMetrics()));
    }
}

void ResultsPanel::takeSelection()
{
    if (m_syncing)
        return;
    const QScopedValueRollback syncing(m_syncing, true);
    QStringList ids;
    for (const QModelIndex& row : m_table->selectionModel()->selectedRows())
        ids << row.data(ResultsModel::IdRole).toString();
    m_document->select(ids);
}

void ResultsPanel::showSelection()
{
    if (m_syncing)
        return;
    const QScopedValueRollback syncing(m_syncing, true);
    QItemSelection selection;
    QModelIndex first;
    for (const QString& id : m_document->selection()) {
        const int row = m_model->rowOf(id);
        if (row < 0)
            continue;
        const QModelIndex shown = m_proxy->mapFromSource(m_model->index(row, 0));
        selection.select(shown, shown);
        first = first.isValid() ? first : shown;
    }
    auto* model = m_table->selectionModel();
    model->select(selection, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    if (first.isValid()) {
        model->setCurrentIndex(first, QItemSelectionModel::NoUpdate);
        m_table->scrollTo(first.siblingAtColumn(m_table->horizontalHeader()->logicalIndexAt(0)));
    }
}

void ResultsPanel::showColumnMenu(const QPoint& where)
{
    QMenu menu(this);
    auto* header = m_table->horizontalHeader();
    const auto& columns = resultsColumns();
    const int shown = header->count() - header->hiddenSectionCount();
    for (int column = 0; column < static_cast<int>(columns.size()); ++column) {
        auto* action = menu.addAction(tr(columns[static_cast<std::size_t>(column)].title));
        action->setCheckable(true);
        action->setChecked(!header->isSectionHidden(column));
        action->setEnabled(!action->isChecked() || shown > 1);
        connect(action, &QAction::toggled, header,
                [header, column](bool on) { header->setSectionHidden(column, !on); });
    }
    menu.addSeparator();
    menu.addAction(tr("Default columns"), this, &ResultsPanel::restoreDefaultColumns);
    menu.exec(header->mapToGlobal(where));
}

QString ResultsPanel::copied(QString (*format)(const TableText&)) const
{
    QList<int> rows;
    for (const QModelIndex& row : m_table->selectionModel()->selectedRows())
        rows << row.row();
    std::sort(rows.begin(), rows.end());
    if (rows.isEmpty())
        for (int row = 0; row < m_proxy->rowCount(); ++row)
            rows << row;
    QList<int> columns;
    const auto* header = m_table->horizontalHeader();
    for (int place = 0; place < header->count(); ++place)
        if (const int column = header->logicalIndex(place); !header->isSectionHidden(column))
            columns << column;
    return format(tableText(*m_proxy, rows, columns));
}

void ResultsPanel::copyTsv() const
{
    QGuiApplication::clipboard()->setText(copied(toTsv));
}

void ResultsPanel::copyMarkdown() const
{
    QGuiApplication::clipboard()->setText(copied(toMarkdown));
}

void ResultsPanel::deleteSelected()
{
    m_document->removeRecords(m_document->selection());
}

} // namespace lathe::ui

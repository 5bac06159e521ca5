#include "ui/benchmark/results_model.h"

#include <algorithm>
#include <utility>

#include "core/analysis/series.h"
#include "core/analysis/throughput_unit.h"
#include "ui/benchmark/results_columns.h"
#include "ui/column_header.h"
#include "ui/format.h"
#include "ui/session/document.h"

namespace lathe::ui {

namespace {

const ResultsColumn& columnAt(int column)
{
    return resultsColumns()[static_cast<std::size_t>(column)];
}

int modelColumn()
{
    static const int column = resultsColumn(QStringLiteral("model"));
    return column;
}

QString flagSentences(const Record& record)
{
    QStringList sentences;
    for (const Flag& flag : record.flags)
        sentences << toQString(flag.text);
    return sentences.join(QLatin1Char('\n'));
}

} // namespace

ResultsModel::ResultsModel(Document* document, QObject* parent)
    : QAbstractTableModel(parent), m_document(document), m_rows(static_cast<int>(document->records().size())),
      m_titles(modelTitles(document->records()))
{
    connect(document, &Document::recordAppended, this, &ResultsModel::appended);
    connect(document, &Document::recordsReset, this, &ResultsModel::reset);
    connect(document, &Document::recordChanged, this, [this](const QString& id) {
        if (const int row = rowOf(id); row >= 0)
            Q_EMIT dataChanged(index(row, 0), index(row, columnCount() - 1));
    });
}

int ResultsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : m_rows;
}

int ResultsModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(resultsColumns().size());
}

QVariant ResultsModel::data(const QModelIndex& index, int role) const
{
    const auto row = static_cast<std::size_t>(index.row());
    if (!index.isValid() || row >= m_document->records().size())
        return {};
    const Record& record = m_document->records()[row];
    const ResultsColumn& column = columnAt(index.column());
    switch (role) {
    case Qt::DisplayRole:
    case Qt::EditRole:
        return text(row, index.column());
    case SortRole:
        return index.column() == modelColumn() ? text(row, index.column()) : column.sortValue(record);
    case IdRole:
        return toQString(record.id);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(cellAlignment(column.isNumber));
    case Qt::ToolTipRole:
        return record.flags.empty() ? column.text(record) : flagSentences(record);
    default:
        return {};
    }
}

/// A model file goes by its title, as in the plots: its folders would push its name out of sight. The tooltip and the
/// details have them.
QString ResultsModel::text(std::size_t row, int column) const
{
    return column == modelColumn() ? toQString(m_titles[row]) : columnAt(column).text(m_document->records()[row]);
}

bool ResultsModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::EditRole || !flags(index).testFlag(Qt::ItemIsEditable))
        return false;
    m_document->setNote(index.data(IdRole).toString(), value.toString());
    return true;
}

Qt::ItemFlags ResultsModel::flags(const QModelIndex& index) const
{
    static const int kNote = resultsColumn(QStringLiteral("note"));
    const auto flags = QAbstractTableModel::flags(index);
    return index.isValid() && index.column() == kNote ? flags | Qt::ItemIsEditable : flags;
}

QVariant ResultsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const auto header = [this](int index) {
        const ResultsColumn& column = columnAt(index);
        return ColumnHeader{toQString(withThroughputUnit(tr(column.title).toStdString(), m_document->records())),
                            tr(column.tip), cellAlignment(column.isNumber)};
    };
    return columnHeaderData(*this, header, section, orientation, role);
}

int ResultsModel::rowOf(const QString& id) const
{
    const std::string wanted = id.toStdString();
    for (std::size_t row = 0; row < m_document->records().size(); ++row)
        if (m_document->records()[row].id == wanted)
            return static_cast<int>(row);
    return -1;
}

void ResultsModel::appended(int row)
{
    beginInsertRows({}, row, row);
    m_rows = row + 1;
    const std::vector<std::string> before = std::exchange(m_titles, modelTitles(m_document->records()));
    endInsertRows();
    // Another file of the same name makes the titles of earlier ones longer.
    if (!std::equal(before.begin(), before.end(), m_titles.begin()))
        Q_EMIT dataChanged(index(0, modelColumn()), index(row, modelColumn()));
    tellUnit();
}

void ResultsModel::reset()
{
    beginResetModel();
    m_rows = static_cast<int>(m_document->records().size());
    m_titles = modelTitles(m_document->records());
    endResetModel();
    tellUnit();
}

/// Tokens among the records are counted otherwise than images.
void ResultsModel::tellUnit()
{
    const int column = resultsColumn(QStringLiteral("throughput"));
    Q_EMIT headerDataChanged(Qt::Horizontal, column, column);
}

} // namespace lathe::ui

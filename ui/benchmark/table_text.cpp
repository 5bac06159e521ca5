#include "ui/benchmark/table_text.h"

#include <QAbstractItemModel>

namespace lathe::ui {

namespace {

const QString kPlusMinus = QStringLiteral(" ± ");

QString cleanTsv(QString cell)
{
    return cell.replace(QLatin1Char('\t'), QLatin1Char(' ')).replace(QLatin1Char('\n'), QLatin1Char(' '));
}

std::vector<bool> columnsWithIntervals(const TableText& table)
{
    std::vector<bool> intervals(table.headers.size());
    for (const QStringList& row : table.rows)
        for (qsizetype i = 0; i < row.size(); ++i)
            intervals[i] = intervals[i] || (table.numbers[i] && row[i].contains(kPlusMinus));
    return intervals;
}

QString cleanMarkdown(QString cell)
{
    return cell.replace(QLatin1Char('|'), QStringLiteral("\\|")).replace(QLatin1Char('\n'), QLatin1Char(' '));
}

QString markdownRow(const QStringList& cells)
{
    QStringList clean;
    for (const QString& cell : cells)
        clean << cleanMarkdown(cell);
    return QStringLiteral("| %1 |\n").arg(clean.join(QStringLiteral(" | ")));
}

} // namespace

TableText tableText(const QAbstractItemModel& model, const QList<int>& rows, const QList<int>& columns)
{
    TableText table;
    for (const int column : columns) {
        table.headers << model.headerData(column, Qt::Horizontal).toString();
        const int alignment = model.headerData(column, Qt::Horizontal, Qt::TextAlignmentRole).toInt();
        table.numbers.push_back((alignment & Qt::AlignRight) != 0);
    }
    for (const int row : rows) {
        QStringList cells;
        for (const int column : columns)
            cells << model.index(row, column).data().toString();
        table.rows.push_back(cells);
    }
    return table;
}

QString toTsv(const TableText& table)
{
    const std::vector<bool> intervals = columnsWithIntervals(table);
    QStringList headers;
    for (qsizetype i = 0; i < table.headers.size(); ++i) {
        headers << cleanTsv(table.headers[i]);
        if (intervals[i])
            headers << QStringLiteral("±");
    }
    QString text = headers.join(QLatin1Char('\t')) + QLatin1Char('\n');
    for (const QStringList& row : table.rows) {
        QStringList cells;
        for (qsizetype i = 0; i < row.size(); ++i) {
            const QString cell = cleanTsv(row[i]);
            cells << (intervals[i] ? cell.section(kPlusMinus, 0, 0) : cell);
            if (intervals[i])
                cells << cell.section(kPlusMinus, 1);
        }
        text += cells.join(QLatin1Char('\t')) + QLatin1Char('\n');
    }
    return text;
}

QString toMarkdown(const TableText& table)
{
    QStringList rule;
    for (const bool number : table.numbers)
        rule << (number ? QStringLiteral("---:") : QStringLiteral("---"));
    QString text = markdownRow(table.headers) + QStringLiteral("| %1 |\n").arg(rule.join(QStringLiteral(" | ")));
    for (const QStringList& row : table.rows)
        text += markdownRow(row);
    return text;
}

} // namespace lathe::ui

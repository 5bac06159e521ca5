#include "ui/choose/choice_model.h"

#include <QFont>
#include <QGuiApplication>
#include <QPalette>

#include "core/analysis/choice_text.h"
#include "ui/column_header.h"
#include "ui/format.h"
#include "ui/plots/figure_text.h"

namespace lathe::ui {

namespace {

constexpr int kFirstQuantity = 1;

int quantityCount()
{
    return static_cast<int>(choiceQuantities().size());
}

std::optional<Quantity> quantityOf(int column)
{
    if (column < kFirstQuantity || column >= kFirstQuantity + quantityCount())
        return std::nullopt;
    return choiceQuantities()[static_cast<std::size_t>(column - kFirstQuantity)];
}

/// Number and unit apart: the header has the unit.
QString numberOf(const Measure& figure, Quantity quantity)
{
    return toQString(measureText(figure, quantity)).section(QLatin1Char(' '), 0, -2);
}

QString sourceText(Provenance provenance)
{
    return toQString(provenanceText(provenance));
}

/// Short enough for a line of three.
QString sourceWord(Provenance provenance)
{
    return provenance == Provenance::Measured ? sourceText(provenance) : toQString(provenanceName(provenance));
}

} // namespace

void ChoiceModel::setChoice(Choice choice, const std::vector<Record>& records)
{
    beginResetModel();
    m_choice = std::move(choice);
    m_rows.clear();
    for (const Candidate& candidate : m_choice.candidates) {
        Row& row = m_rows.emplace_back();
        const Record& record = records[candidate.record];
        row.id = QString::fromStdString(record.id);
        for (const auto& [quantity, figure] : candidate.figures)
            row.sources[quantity] = provenanceOf(record, quantity);
    }
    endResetModel();
}

int ChoiceModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int ChoiceModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : verdictColumn() + 1;
}

int ChoiceModel::verdictColumn() const
{
    return kFirstQuantity + quantityCount();
}

int ChoiceModel::rowOf(const QString& id) const
{
    for (std::size_t i = 0; i < m_rows.size(); ++i)
        if (m_rows[i].id == id)
            return static_cast<int>(i);
    return -1;
}

QVariant ChoiceModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const auto row = static_cast<std::size_t>(index.row());
    const Candidate& candidate = m_choice.candidates[row];
    switch (role) {
    case IdRole:
        return m_rows[row].id;
    case Qt::ForegroundRole:
        return candidate.keepsAll ? QVariant() : QGuiApplication::palette().brush(QPalette::PlaceholderText);
    case Qt::FontRole: {
        if (m_choice.best != row)
            return {};
        QFont bold;
        bold.setBold(true);
        return bold;
    }
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(cellAlignment(quantityOf(index.column()).has_value()));
    default:
        break;
    }
    if (const auto quantity = quantityOf(index.column()))
        return figureData(candidate, m_rows[row], *quantity, role);
    return index.column() == 0 ? nameData(candidate, role) : verdictData(row, role);
}

QVariant ChoiceModel::figureData(const Candidate& candidate, const Row& row, Quantity quantity, int role) const
{
    const auto figure = candidate.figure(quantity);
    if (!figure)
        return role == Qt::DisplayRole ? QVariant(QStringLiteral("–")) : QVariant();
    const Provenance source = row.sources.at(quantity);
    switch (role) {
    case Qt::DisplayRole:
        return numberOf(*figure, quantity);
    case SortRole:
        return figure->value;
    case SourceMarkRole:
        return sourceMark(source);
    case Qt::ToolTipRole:
    case Qt::AccessibleTextRole:
        return tr("%1, %2").arg(toQString(measureText(*figure, quantity)), sourceText(source));
    default:
        return {};
    }
}

QVariant ChoiceModel::nameData(const Candidate& candidate, int role) const
{
    return role == Qt::DisplayRole || role == SortRole ? QVariant(QString::fromStdString(candidate.name)) : QVariant();
}

QVariant ChoiceModel::verdictData(std::size_t index, int role) const
{
    const Candidate& candidate = m_choice.candidates[index];
    if (role == Qt::DisplayRole)
        return verdict(index);
    if (role == SortRole) // the best first, then what keeps the budgets, the front's members before the others
        return m_choice.best == index       ? 0
               : m_choice.runnerUp == index ? 1
                                            : (candidate.keepsAll ? 2 : 4) + (candidate.onFront ? 0 : 1);
    if (role != Qt::ToolTipRole || m_choice.budgets.empty())
        return {};
    QStringList lines;
    for (std::size_t i = 0; i < m_choice.budgets.size(); ++i)
        lines << tr("%1: %2").arg(toQString(budgetText(m_choice.budgets[i])),
                                  toQString(standingName(candidate.standings[i])));
    return lines.join(QLatin1Char('\n'));
}

QString ChoiceModel::verdict(std::size_t index) const
{
    const Candidate& candidate = m_choice.candidates[index];
    QStringList words;
    if (m_choice.best == index)
        words << tr("best");
    else if (m_choice.runnerUp == index)
        words << tr("runner-up");
    if (candidate.onFront)
        words << tr("on the front");
    QStringList broken;
    for (std::size_t i = 0; i < m_choice.budgets.size(); ++i)
        if (!keeps(candidate.standings[i]))
            broken << toQString(quantityWord(m_choice.budgets[i].quantity));
    if (!broken.isEmpty())
        words << tr("breaks %1").arg(broken.join(tr(" and ")));
    return words.join(QStringLiteral(", "));
}

QVariant ChoiceModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const auto header = [this](int column) -> ColumnHeader {
        const auto quantity = quantityOf(column);
        if (!quantity)
            return {column == verdictColumn() ? tr("Verdict") : tr("Network")};
        return {quantityHeader(*quantity), toQString(axisTitle(*quantity)) + QLatin1Char('\n') + sourceLegend(),
                cellAlignment(true)};
    };
    return columnHeaderData(*this, header, section, orientation, role);
}

QString sourceMark(Provenance provenance)
{
    switch (provenance) {
    case Provenance::Measured:
        return QStringLiteral("ᵐ");
    case Provenance::Computed:
        return QStringLiteral("ᶜ");
    case Provenance::Published:
        return QStringLiteral("ᵖ");
    }
    return {};
}

QString sourceLegend()
{
    QStringList entries;
    for (const Provenance source : {Provenance::Measured, Provenance::Computed, Provenance::Published})
        entries << sourceMark(source) + QLatin1Char(' ') + sourceWord(source);
    return entries.join(QStringLiteral("   "));
}

QString quantityHeader(Quantity quantity)
{
    QString word = toQString(quantityWord(quantity));
    word[0] = word[0].toUpper();
    return QStringLiteral("%1 (%2)").arg(word, toQString(unitName(quantity)));
}

void SourceMarkDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    option->text += index.data(ChoiceModel::SourceMarkRole).toString();
}

} // namespace lathe::ui

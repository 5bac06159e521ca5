#pragma once

#include <QAbstractTableModel>
#include <QStyledItemDelegate>

#include <vector>

#include "core/analysis/choice.h"

namespace lathe::ui {

/// The candidates of a choice, one a row: name, the seven quantities, the verdict. Cells give the figure alone, so
/// that copies stay numbers; where it comes from is a role of its own.
class ChoiceModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Role { SortRole = Qt::UserRole, IdRole, SourceMarkRole };

    using QAbstractTableModel::QAbstractTableModel;

    void setChoice(Choice choice, const std::vector<Record>& records);
    const Choice& choice() const { return m_choice; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

    /// -1 if there is none.
    int rowOf(const QString& id) const;
    int verdictColumn() const;

private:
    struct Row {
        QString id;
        std::map<Quantity, Provenance> sources;
    };
    QVariant figureData(const Candidate& candidate, const Row& row, Quantity quantity, int role) const;
    QVariant nameData(const Candidate& candidate, int role) const;
    QVariant verdictData(std::size_t index, int role) const;
    QString verdict(std::size_t index) const;

    Choice m_choice;
    std::vector<Row> m_rows;
};

/// "ᵐ", "ᶜ", "ᵖ": measured, computed, published.
QString sourceMark(Provenance provenance);

/// "ᵐ measured here   ᶜ computed   ᵖ published".
QString sourceLegend();

/// "Throughput (images/s)".
QString quantityHeader(Quantity quantity);

/// Writes the mark behind the figure.
class SourceMarkDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

protected:
    void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override;
};

} // namespace lathe::ui

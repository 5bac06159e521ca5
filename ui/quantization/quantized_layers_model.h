#pragma once

#include <QAbstractTableModel>

#include "ui/quantization/layer_rows.h"

namespace lathe::ui {

/// The layers of a quantized network: how each computes, which can be chosen; what that costs, and what it saves.
class QuantizedLayersModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column {
        Layer,
        Operation,
        ChosenPrecision,
        Weight,
        Output,
        Accumulated,
        Sensitivity,
        FloatTime,
        QuantizedTime,
        Saved,
        Reason,
        ColumnCount
    };
    /// ChoicesRole: the precisions that a layer may have, a string list; empty where there is no choice.
    enum Role { SortRole = Qt::UserRole, ChoicesRole };

    using QAbstractTableModel::QAbstractTableModel;

    /// In place where they are rows of the same layers.
    void setRows(std::vector<LayerRow> rows);
    const std::vector<LayerRow>& rows() const { return m_rows; }

    void setEditable(bool editable);
    /// The ratios are those of an earlier choice of layers.
    void setStale(bool stale);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

Q_SIGNALS:
    void layersChosen(); ///< by an edit: see rows

private:
    QString text(const LayerRow& row, int column) const;
    QVariant sortValue(const LayerRow& row, int column) const;
    bool isStale(int column) const;

    std::vector<LayerRow> m_rows;
    bool m_editable = false;
    bool m_stale = false;
};

} // namespace lathe::ui

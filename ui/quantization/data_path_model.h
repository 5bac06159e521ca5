#pragma once

#include <QAbstractTableModel>

#include "core/quantization/data_path.h"

namespace lathe::ui {

/// The steps of a quantized network, one a row, in the order they run.
class DataPathModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Layer, Kind, Reads, Writes, Time, Bytes, Formula, KernelName, ColumnCount };
    enum Role { SortRole = Qt::UserRole };

    using QAbstractTableModel::QAbstractTableModel;

    void setSteps(std::vector<PathStep> steps);
    const std::vector<PathStep>& steps() const { return m_steps; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QString text(const PathStep& step, int column) const;
    QVariant sortValue(int row, int column) const;

    std::vector<PathStep> m_steps;
};

} // namespace lathe::ui

#pragma once

#include <QAbstractTableModel>

#include <vector>

#include "core/session/record.h"

namespace lathe::ui {

/// The layers of one record with their share of the inference.
class LayerModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Layer, Time, Share, Macs, Rate, Operation, ColumnCount };
    enum Role { SortRole = Qt::UserRole, ShareRole };

    using QAbstractTableModel::QAbstractTableModel;

    void setLayers(std::vector<LayerTime> layers);
    /// Sum of the layers, milliseconds.
    double total() const { return m_total; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    double share(const LayerTime& layer) const;
    QString text(const LayerTime& layer, int column) const;
    QVariant sortValue(const LayerTime& layer, int column) const;

    std::vector<LayerTime> m_layers;
    double m_total = 0.0;
};

/// How far the sum of the layers is from the whole: a sentence for below the table.
QString layersSummary(const Record& record);

} // namespace lathe::ui

#pragma once

#include <QAbstractTableModel>

#include <vector>

#include "core/analysis/roofline.h"

namespace lathe::ui {

/// The layers of a record under the roofs, one a row in the order they run: what each reached, its roof, what bounds
/// it. The sentence with the numbers is the tooltip.
class RooflineModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Layer, Time, Share, BoundBy, OfRoof, Rate, Roof, Intensity, From, Operation, ColumnCount };
    enum Role { SortRole = Qt::UserRole, FractionRole };

    using QAbstractTableModel::QAbstractTableModel;

    void setLayers(std::vector<RooflinePoint> layers, int threads);
    const std::vector<RooflinePoint>& layers() const { return m_layers; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    QString text(const RooflinePoint& layer, int column) const;
    QVariant sortValue(const RooflinePoint& layer, int column) const;
    double fraction(const RooflinePoint& layer, int column) const;

    std::vector<RooflinePoint> m_layers;
    int m_threads = 1;
    double m_totalMs = 0.0;
};

/// "310 GFLOP/s"; for what only moves data "41 GB/s".
QString rateText(const RooflinePoint& point);
QString roofText(const RooflinePoint& point);

} // namespace lathe::ui

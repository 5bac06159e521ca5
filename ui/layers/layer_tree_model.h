#pragma once

#include <QAbstractItemModel>

#include <vector>

#include "core/analysis/layer_tree.h"

namespace lathe::ui {

/// The layers of a network: as a tree of modules, each with the sum of what is below it, or flat in the order they run.
class LayerTreeModel : public QAbstractItemModel {
    Q_OBJECT

public:
    enum Column { Layer, Operation, Time, Share, Rate, Macs, Bytes, Parameters, Input, Output, ColumnCount };
    enum Role { SortRole = Qt::UserRole, ShareRole, PathRole };

    using QAbstractItemModel::QAbstractItemModel;

    void setTable(LayerTable table, const QString& network);
    void setFlat(bool flat);

    const LayerTable& table() const { return m_table; }
    const std::vector<LayerBranch>& branches() const { return m_branches; }

    /// Of a branch; invalid for a module while flat.
    QModelIndex indexOf(int branch) const;
    int branchOf(const QModelIndex& index) const { return index.isValid() ? static_cast<int>(index.internalId()) : -1; }

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    const LayerBranch& branch(const QModelIndex& index) const;
    QString text(const LayerBranch& branch, int column) const;

    LayerTable m_table;
    std::vector<LayerBranch> m_branches;
    std::vector<int> m_layers; ///< branches that are layers, in the order they run
    bool m_flat = false;
};

} // namespace lathe::ui

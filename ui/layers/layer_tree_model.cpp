#include "ui/layers/layer_tree_model.h"

#include "ui/column_header.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

struct ColumnInfo {
    const char* title;
    const char* tip;
};

constexpr ColumnInfo kColumns[LayerTreeModel::ColumnCount] = {
    {QT_TR_NOOP("Layer"), QT_TR_NOOP("The module's path, as PyTorch names it")},
    {QT_TR_NOOP("Operation"), QT_TR_NOOP("What the layer computes")},
    {QT_TR_NOOP("ms"), QT_TR_NOOP("Median time of the layer in one inference of the whole batch")},
    {QT_TR_NOOP("Share"), QT_TR_NOOP("Of the sum of all layers' times")},
    {QT_TR_NOOP("GFLOP/s"), QT_TR_NOOP("Achieved: 10⁹ FLOPs a second at two FLOPs a MAC. How well the layer uses the "
                                       "machine.")},
    {QT_TR_NOOP("MMACs"), QT_TR_NOOP("Millions of multiply-accumulates for the whole batch. One MAC is two FLOPs.")},
    {QT_TR_NOOP("MB moved"), QT_TR_NOOP("What the operation has to read and write at least for the whole batch, in "
                                        "millions of bytes: inputs, parameters and output once each")},
    {QT_TR_NOOP("Params (k)"), QT_TR_NOOP("Thousands of trainable parameters")},
    {QT_TR_NOOP("Input"), QT_TR_NOOP("Shape of the first input, without the batch")},
    {QT_TR_NOOP("Output"), QT_TR_NOOP("Shape of the output, without the batch")},
};

bool isNumber(int column)
{
    return column >= LayerTreeModel::Time && column <= LayerTreeModel::Parameters;
}

QString shapeText(const Shape& shape)
{
    return shape.empty() ? QString() : toQString(toString(shape));
}

/// Empty for nothing, so that zeros do not crowd the table.
QString scaled(std::int64_t count, double unit)
{
    return count > 0 ? rounded(static_cast<double>(count) / unit) : QString();
}

QVariant optionalNumber(const std::optional<double>& value)
{
    return value ? QVariant(*value) : QVariant();
}

QVariant sortValue(const LayerRow& row, const QString& name, int column)
{
    switch (column) {
    case LayerTreeModel::Layer:
        return name;
    case LayerTreeModel::Operation:
        return toQString(row.operation);
    case LayerTreeModel::Input:
        return static_cast<double>(row.input.empty() ? 0 : elementCount(row.input));
    case LayerTreeModel::Output:
        return static_cast<double>(row.output.empty() ? 0 : elementCount(row.output));
    case LayerTreeModel::Parameters:
        return static_cast<double>(row.parameters);
    case LayerTreeModel::Macs:
        return static_cast<double>(row.macs);
    case LayerTreeModel::Bytes:
        return static_cast<double>(row.bytes);
    case LayerTreeModel::Rate:
        return optionalNumber(row.gflopsPerSecond());
    default:
        return optionalNumber(row.milliseconds);
    }
}

} // namespace

void LayerTreeModel::setTable(LayerTable table, const QString& network)
{
    beginResetModel();
    m_table = std::move(table);
    m_branches.clear();
    m_layers.assign(m_table.rows.size(), 0);
    if (!m_table.rows.empty())
        m_branches = layerTree(m_table, network.toStdString());
    for (std::size_t i = 0; i < m_branches.size(); ++i)
        if (m_branches[i].row)
            m_layers[*m_branches[i].row] = static_cast<int>(i);
    endResetModel();
}

void LayerTreeModel::setFlat(bool flat)
{
    if (flat == m_flat)
        return;
    beginResetModel();
    m_flat = flat;
    endResetModel();
}

QModelIndex LayerTreeModel::indexOf(int branch) const
{
    if (branch < 0 || branch >= static_cast<int>(m_branches.size()))
        return {};
    const LayerBranch& at = m_branches[static_cast<std::size_t>(branch)];
    if (m_flat)
        return at.row ? createIndex(static_cast<int>(*at.row), 0, static_cast<quintptr>(branch)) : QModelIndex();
    return createIndex(at.position, 0, static_cast<quintptr>(branch));
}

QModelIndex LayerTreeModel::index(int row, int column, const QModelIndex& parent) const
{
    if (!hasIndex(row, column, parent))
        return {};
    int branch = 0; // the whole network
    if (m_flat)
        branch = m_layers[static_cast<std::size_t>(row)];
    else if (parent.isValid())
        branch = this->branch(parent).children[static_cast<std::size_t>(row)];
    return createIndex(row, column, static_cast<quintptr>(branch));
}

QModelIndex LayerTreeModel::parent(const QModelIndex& child) const
{
    return m_flat || !child.isValid() ? QModelIndex() : indexOf(branch(child).parent);
}

int LayerTreeModel::rowCount(const QModelIndex& parent) const
{
    if (m_flat)
        return parent.isValid() ? 0 : static_cast<int>(m_layers.size());
    if (!parent.isValid())
        return m_branches.empty() ? 0 : 1;
    return parent.column() > 0 ? 0 : static_cast<int>(branch(parent).children.size());
}

int LayerTreeModel::columnCount(const QModelIndex&) const
{
    return ColumnCount;
}

const LayerBranch& LayerTreeModel::branch(const QModelIndex& index) const
{
    return m_branches[static_cast<std::size_t>(index.internalId())];
}

QVariant LayerTreeModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const LayerBranch& at = branch(index);
    switch (role) {
    case Qt::DisplayRole:
        return text(at, index.column());
    case SortRole:
        return sortValue(at.total, text(at, Layer), index.column());
    case ShareRole:
        return at.total.share.value_or(-1.0);
    case PathRole:
    case Qt::ToolTipRole:
        return toQString(at.path.empty() ? at.name : at.path);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(cellAlignment(isNumber(index.column())));
    default:
        return {};
    }
}

QString LayerTreeModel::text(const LayerBranch& branch, int column) const
{
    const LayerRow& row = branch.total;
    switch (column) {
    case Layer:
        return toQString(m_flat ? branch.path : branch.name);
    case Operation:
        return toQString(row.operation);
    case Input:
        return shapeText(row.input);
    case Output:
        return shapeText(row.output);
    case Parameters:
        return scaled(row.parameters, 1e3);
    case Macs:
        return scaled(row.macs, 1e6);
    case Bytes:
        return scaled(row.bytes, 1e6);
    case Time:
        return row.milliseconds ? rounded(*row.milliseconds) : QString();
    case Share:
        return row.share ? tr("%1 %").arg(100.0 * *row.share, 0, 'f', 1) : QString();
    case Rate:
        return row.gflopsPerSecond() ? rounded(*row.gflopsPerSecond()) : QString();
    default:
        return {};
    }
}

QVariant LayerTreeModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const auto header = [](int column) {
        return ColumnHeader{tr(kColumns[column].title), tr(kColumns[column].tip), cellAlignment(isNumber(column))};
    };
    return columnHeaderData(*this, header, section, orientation, role);
}

} // namespace lathe::ui

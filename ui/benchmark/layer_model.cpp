#include "ui/benchmark/layer_model.h"

#include <algorithm>
#include <numeric>

#include "ui/format.h"

namespace lathe::ui {

namespace {

struct ColumnInfo {
    const char* title;
    const char* tip;
};

constexpr ColumnInfo kColumns[LayerModel::ColumnCount] = {
    {QT_TR_NOOP("Layer"), QT_TR_NOOP("The module's path, as PyTorch names it")},
    {QT_TR_NOOP("ms"), QT_TR_NOOP("Median time of the layer in one inference of the whole batch")},
    {QT_TR_NOOP("Share"), QT_TR_NOOP("Of the sum of all layers")},
    {QT_TR_NOOP("MMACs"), QT_TR_NOOP("Millions of multiply-accumulates for the whole batch")},
    {QT_TR_NOOP("GMACs/s"), QT_TR_NOOP("Multiply-accumulates a second, in billions: how well the layer uses the "
                                       "machine")},
    {QT_TR_NOOP("Operation"), QT_TR_NOOP("What the layer computes")},
};

/// GMACs a second; 0 for layers without MACs.
double rate(const LayerTime& layer)
{
    return layer.milliseconds > 0.0 ? static_cast<double>(layer.macs) / layer.milliseconds / 1e6 : 0.0;
}

bool isNumber(int column)
{
    return column != LayerModel::Layer && column != LayerModel::Operation;
}

} // namespace

void LayerModel::setLayers(std::vector<LayerTime> layers)
{
    beginResetModel();
    m_layers = std::move(layers);
    m_total = std::accumulate(m_layers.begin(), m_layers.end(), 0.0,
                              [](double sum, const LayerTime& layer) { return sum + layer.milliseconds; });
    endResetModel();
}

int LayerModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_layers.size());
}

int LayerModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant LayerModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const LayerTime& layer = m_layers[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return text(layer, index.column());
    case SortRole:
        return sortValue(layer, index.column());
    case ShareRole:
        return share(layer);
    case Qt::ToolTipRole:
        return tr("%1, %2: %3 ms").arg(toQString(layer.name), toQString(layer.operation), text(layer, Time));
    case Qt::TextAlignmentRole:
        return QVariant::fromValue((isNumber(index.column()) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    default:
        return {};
    }
}

QVariant LayerModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return tr(kColumns[section].title);
    case Qt::ToolTipRole:
        return tr(kColumns[section].tip);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue((isNumber(section) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    default:
        return {};
    }
}

double LayerModel::share(const LayerTime& layer) const
{
    return m_total > 0.0 ? layer.milliseconds / m_total : 0.0;
}

QString LayerModel::text(const LayerTime& layer, int column) const
{
    switch (column) {
    case Layer:
        return toQString(layer.name);
    case Operation:
        return toQString(layer.operation);
    case Time:
        return rounded(layer.milliseconds);
    case Share:
        return tr("%1 %").arg(100.0 * share(layer), 0, 'f', 1);
    case Macs:
        return layer.macs > 0 ? inMillions(layer.macs) : QString();
    case Rate:
        return layer.macs > 0 ? rounded(rate(layer)) : QString();
    default:
        return {};
    }
}

QVariant LayerModel::sortValue(const LayerTime& layer, int column) const
{
    switch (column) {
    case Layer:
        return toQString(layer.name);
    case Operation:
        return toQString(layer.operation);
    case Macs:
        return static_cast<double>(layer.macs);
    case Rate:
        return rate(layer);
    default:
        return layer.milliseconds;
    }
}

QString layersSummary(const Record& record)
{
    // The whole inferences among the timed ones saw the same machine; the record's samples came before.
    const double whole = record.layersWholeMs > 0.0 ? record.layersWholeMs : record.latency.median;
    if (record.layers.empty() || whole <= 0.0)
        return {};
    const double difference = 100.0 * (record.layersTotalMs - whole) / whole;
    return QObject::tr("The layers add up to %1 ms, the whole takes %2 ms: a difference of %3 %.")
        .arg(rounded(record.layersTotalMs), rounded(whole))
        .arg(difference, 0, 'f', 1);
}

} // namespace lathe::ui

#include "ui/quantization/quantized_layers_model.h"

#include <QBrush>
#include <QGuiApplication>
#include <QPalette>
#include <QStringList>

#include <algorithm>
#include <utility>

#include "core/analysis/significant.h"
#include "ui/column_header.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

struct ColumnInfo {
    const char* title;
    const char* tip;
};

constexpr ColumnInfo kColumns[QuantizedLayersModel::ColumnCount] = {
    {QT_TR_NOOP("Layer"), QT_TR_NOOP("The module's path, as PyTorch names it; sorted by it, in the order they run")},
    {QT_TR_NOOP("Operation"), QT_TR_NOOP("What the layer computes")},
    {QT_TR_NOOP("Precision"), QT_TR_NOOP("How the layer computes. Choose float32 for a layer that loses too much: the "
                                         "rest is compared anew at once, and nothing is calibrated again")},
    {QT_TR_NOOP("Weight dB"), QT_TR_NOOP("How far the layer's weights are from the rounding errors in them: signal to "
                                         "quantization noise ratio. 20 dB more is a tenth of the error")},
    {QT_TR_NOOP("Output dB"), QT_TR_NOOP("The same of what the layer gives out, from exact inputs: what this layer "
                                         "alone costs")},
    {QT_TR_NOOP("Accumulated dB"), QT_TR_NOOP("The same with the errors of all layers before it")},
    {QT_TR_NOOP("Alone dB"), QT_TR_NOOP("Sensitivity: signal to noise ratio of the network's output with this layer "
                                        "alone quantized. The lowest are worth leaving in float32")},
    {QT_TR_NOOP("Float ms"), QT_TR_NOOP("Median time of the layer in the network in float32, fused")},
    {QT_TR_NOOP("Quantized ms"), QT_TR_NOOP("Median time of the layer in the quantized network, with the conversions "
                                            "that are made for it")},
    {QT_TR_NOOP("Saved ms"), QT_TR_NOOP("What quantizing this layer saves; less than nothing: it is slower")},
    {QT_TR_NOOP("Why float32"), QT_TR_NOOP("Why the layer stays in float32")},
};

bool isNumber(int column)
{
    return column >= QuantizedLayersModel::Weight && column <= QuantizedLayersModel::Saved;
}

QString precisionText(Precision precision)
{
    return toQString(name(precision));
}

/// To the microsecond.
QString millisecondText(const std::optional<double>& value)
{
    return value ? toQString(formatFixed(*value, 3)) : QString();
}

QVariant valueOf(const std::optional<double>& value)
{
    return value ? QVariant(*value) : QVariant();
}

QStringList choices(const LayerRow& row)
{
    QStringList texts;
    for (const Precision precision : choicesFor(row.given))
        texts += precisionText(precision);
    return texts;
}

bool areSameLayers(const std::vector<LayerRow>& a, const std::vector<LayerRow>& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const LayerRow& one, const LayerRow& other) {
        return one.node == other.node && one.name == other.name;
    });
}

} // namespace

void QuantizedLayersModel::setRows(std::vector<LayerRow> rows)
{
    if (!rows.empty() && areSameLayers(rows, m_rows)) {
        m_rows = std::move(rows);
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
        return;
    }
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

void QuantizedLayersModel::setEditable(bool editable)
{
    m_editable = editable;
}

void QuantizedLayersModel::setStale(bool stale)
{
    if (std::exchange(m_stale, stale) != stale && !m_rows.empty())
        Q_EMIT dataChanged(index(0, Weight), index(rowCount() - 1, Accumulated), {Qt::ForegroundRole});
}

int QuantizedLayersModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int QuantizedLayersModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant QuantizedLayersModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const LayerRow& row = m_rows[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return text(row, index.column());
    case Qt::EditRole:
        return index.column() == ChosenPrecision ? precisionText(row.chosen) : text(row, index.column());
    case SortRole:
        return sortValue(row, index.column());
    case ChoicesRole:
        return choices(row);
    case Qt::ToolTipRole:
        return index.column() == Reason || index.column() == Layer ? text(row, index.column()) : QVariant();
    case Qt::ForegroundRole:
        return isStale(index.column()) ? QVariant(QGuiApplication::palette().brush(QPalette::PlaceholderText))
                                       : QVariant();
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(cellAlignment(isNumber(index.column())));
    default:
        return {};
    }
}

bool QuantizedLayersModel::isStale(int column) const
{
    return m_stale && column >= Weight && column <= Accumulated;
}

bool QuantizedLayersModel::setData(const QModelIndex& index, const QVariant& value, int role)
{
    if (role != Qt::EditRole || !flags(index).testFlag(Qt::ItemIsEditable))
        return false;
    LayerRow& row = m_rows[static_cast<std::size_t>(index.row())];
    const auto precision = precisionFromName(value.toString().toStdString());
    if (!precision || !choices(row).contains(precisionText(*precision)))
        return false;
    if (*precision == row.chosen)
        return true;
    row.chosen = *precision;
    Q_EMIT dataChanged(this->index(index.row(), 0), this->index(index.row(), ColumnCount - 1));
    Q_EMIT layersChosen();
    return true;
}

Qt::ItemFlags QuantizedLayersModel::flags(const QModelIndex& index) const
{
    Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    if (index.isValid() && m_editable && index.column() == ChosenPrecision &&
        m_rows[static_cast<std::size_t>(index.row())].hasChoice())
        flags |= Qt::ItemIsEditable;
    return flags;
}

QString QuantizedLayersModel::text(const LayerRow& row, int column) const
{
    switch (column) {
    case Layer:
        return toQString(row.name);
    case Operation:
        return toQString(row.operation);
    case ChosenPrecision:
        return row.hasChoice() ? precisionText(row.chosen) + QStringLiteral(" ▾") : precisionText(row.chosen);
    case Weight:
        return toQString(decibelText(row.weightDb));
    case Output:
        return toQString(decibelText(row.outputDb));
    case Accumulated:
        return toQString(decibelText(row.accumulatedDb));
    case Sensitivity:
        return toQString(decibelText(row.sensitivityDb));
    case FloatTime:
        return millisecondText(row.floatMs);
    case QuantizedTime:
        return millisecondText(row.quantizedMs);
    case Saved:
        return millisecondText(row.savedMs());
    case Reason:
        return toQString(row.hasChoice() && row.chosen == Precision::Float32 ? kChosenReason : row.reason);
    default:
        return {};
    }
}

QVariant QuantizedLayersModel::sortValue(const LayerRow& row, int column) const
{
    switch (column) {
    case Layer:
        return row.node;
    case Weight:
        return valueOf(row.weightDb);
    case Output:
        return valueOf(row.outputDb);
    case Accumulated:
        return valueOf(row.accumulatedDb);
    case Sensitivity:
        return valueOf(row.sensitivityDb);
    case FloatTime:
        return valueOf(row.floatMs);
    case QuantizedTime:
        return valueOf(row.quantizedMs);
    case Saved:
        return valueOf(row.savedMs());
    default:
        return text(row, column);
    }
}

QVariant QuantizedLayersModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const auto header = [](int column) {
        return ColumnHeader{tr(kColumns[column].title), tr(kColumns[column].tip), cellAlignment(isNumber(column))};
    };
    return columnHeaderData(*this, header, section, orientation, role);
}

} // namespace lathe::ui

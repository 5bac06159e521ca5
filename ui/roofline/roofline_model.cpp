#include "ui/roofline/roofline_model.h"

#include "core/analysis/significant.h"
#include "ui/column_header.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

struct ColumnInfo {
    const char* title;
    const char* tip;
};

constexpr ColumnInfo kColumns[RooflineModel::ColumnCount] = {
    {QT_TR_NOOP("Layer"), QT_TR_NOOP("The module's path, as PyTorch names it")},
    {QT_TR_NOOP("ms"), QT_TR_NOOP("Median time of the layer in one inference of the whole batch")},
    {QT_TR_NOOP("Share"), QT_TR_NOOP("Of the sum of all layers' times")},
    {QT_TR_NOOP("Bound by"), QT_TR_NOOP("Memory or arithmetic from half of the roof on; neither below: the kernel, or "
                                        "the work of calling it")},
    {QT_TR_NOOP("Of roof"), QT_TR_NOOP("Share of the roof that was reached. Low, with much time: worth a look.")},
    {QT_TR_NOOP("Reached"), QT_TR_NOOP("FLOPs a second; bytes a second of what only moves data")},
    {QT_TR_NOOP("Roof"), QT_TR_NOOP("What this machine allows at that intensity, with data from where they lie")},
    {QT_TR_NOOP("FLOPs/byte"), QT_TR_NOOP("Arithmetic intensity: what it computes for each byte that it has to read "
                                          "or write")},
    {QT_TR_NOOP("Data from"), QT_TR_NOOP("The nearest level of the memory that holds its data")},
    {QT_TR_NOOP("Operation"), QT_TR_NOOP("What the layer computes")},
};

bool isNumber(int column)
{
    return column != RooflineModel::Layer && column != RooflineModel::Operation && column != RooflineModel::BoundBy &&
           column != RooflineModel::From;
}

QString percent(double share)
{
    return QStringLiteral("%1 %").arg(rounded(100.0 * share, 2));
}

} // namespace

void RooflineModel::setLayers(std::vector<RooflinePoint> layers, int threads)
{
    beginResetModel();
    m_layers = std::move(layers);
    m_threads = threads;
    m_totalMs = 0.0;
    for (const RooflinePoint& layer : m_layers)
        m_totalMs += layer.milliseconds;
    endResetModel();
}

int RooflineModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_layers.size());
}

int RooflineModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant RooflineModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid())
        return {};
    const RooflinePoint& layer = m_layers[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return text(layer, index.column());
    case SortRole:
        return sortValue(layer, index.column());
    case FractionRole:
        return fraction(layer, index.column());
    case Qt::ToolTipRole:
        return toQString(layer.layer + ": " + boundText(layer, m_threads));
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(cellAlignment(isNumber(index.column())));
    default:
        return {};
    }
}

QString RooflineModel::text(const RooflinePoint& layer, int column) const
{
    switch (column) {
    case Layer:
        return toQString(layer.layer);
    case Operation:
        return toQString(layer.operation);
    case Time:
        return rounded(layer.milliseconds);
    case Share:
        return tr("%1 %").arg(100.0 * layer.milliseconds / m_totalMs, 0, 'f', 1);
    case Intensity:
        return layer.isDrawable() ? rounded(layer.intensity(), 2) : QString();
    case Rate:
        return rateText(layer);
    case Roof:
        return roofText(layer);
    case OfRoof:
        return percent(layer.share);
    case BoundBy:
        return toQString(boundName(layer.bound));
    case From:
        return layer.bytes > 0.0 ? toQString(layer.level) : QString();
    default:
        return {};
    }
}

QVariant RooflineModel::sortValue(const RooflinePoint& layer, int column) const
{
    switch (column) {
    case Time:
    case Share:
        return layer.milliseconds;
    case Intensity:
        return layer.isDrawable() ? QVariant(layer.intensity()) : QVariant();
    case Rate:
        return layer.flops > 0.0 ? QVariant(layer.rate()) : QVariant();
    case Roof:
        return layer.flops > 0.0 ? QVariant(layer.roof()) : QVariant();
    case OfRoof:
        return layer.share;
    default:
        return text(layer, column);
    }
}

/// A bar behind shares; negative: none.
double RooflineModel::fraction(const RooflinePoint& layer, int column) const
{
    if (column == Share)
        return layer.milliseconds / m_totalMs;
    return column == OfRoof ? std::min(layer.share, 1.0) : -1.0;
}

QVariant RooflineModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const auto header = [](int column) {
        return ColumnHeader{tr(kColumns[column].title), tr(kColumns[column].tip), cellAlignment(isNumber(column))};
    };
    return columnHeaderData(*this, header, section, orientation, role);
}

QString rateText(const RooflinePoint& point)
{
    if (point.flops <= 0.0)
        return point.bytes > 0.0 ? toQString(formatBytes(point.byteRate()) + "/s") : QString();
    return toQString(formatSi(point.rate(), "FLOP/s"));
}

QString roofText(const RooflinePoint& point)
{
    if (point.flops <= 0.0)
        return point.bytes > 0.0 ? toQString(formatBytes(point.bandwidth) + "/s") : QString();
    return toQString(formatSi(point.roof(), "FLOP/s"));
}

} // namespace lathe::ui

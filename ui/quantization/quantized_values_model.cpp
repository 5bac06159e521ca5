#include "ui/quantization/quantized_values_model.h"

#include <QGuiApplication>
#include <QPalette>

#include "core/quantization/quantization_text.h"
#include "ui/format.h"
#include "ui/theme.h"

namespace lathe::ui {

namespace {

QString textOf(const QuantizedValue& value, int column)
{
    switch (column) {
    case QuantizedValuesModel::Place:
        return QString::number(value.place + 1);
    case QuantizedValuesModel::Value:
        return toQString(figureText(static_cast<double>(value.x)));
    case QuantizedValuesModel::Integer:
        return toQString(figureText(value.integer));
    case QuantizedValuesModel::Rounded:
        return toQString(figureText(static_cast<double>(value.rounded)));
    default:
        return toQString(figureText(value.error(), 2));
    }
}

QString tipOf(int column)
{
    switch (column) {
    case QuantizedValuesModel::Place:
        return QuantizedValuesModel::tr("Place of the value in the tensor, row by row");
    case QuantizedValuesModel::Value:
        return QuantizedValuesModel::tr("The value, a float32 number of 4 bytes");
    case QuantizedValuesModel::Integer:
        return QuantizedValuesModel::tr("The integer that is stored: round(x / s + z), clamped");
    case QuantizedValuesModel::Rounded:
        return QuantizedValuesModel::tr("What the integer stands for: s (x_int − z)");
    default:
        return QuantizedValuesModel::tr("The error: what the integer stands for less the value");
    }
}

} // namespace

void QuantizedValuesModel::setPart(const QuantizedPart& part)
{
    beginResetModel();
    m_values = part.first;
    m_parameters = part.parameters;
    endResetModel();
}

bool QuantizedValuesModel::isClipped(const QuantizedValue& value) const
{
    return lathe::isClipped(value.x, m_parameters);
}

int QuantizedValuesModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_values.size());
}

int QuantizedValuesModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant QuantizedValuesModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const QuantizedValue& value = m_values[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return textOf(value, index.column());
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    case Qt::ForegroundRole:
        return isClipped(value) ? QVariant(warningColour(QGuiApplication::palette())) : QVariant();
    case Qt::ToolTipRole:
        return isClipped(value) ? QVariant(tr("Clipped: it lies outside of what the integers reach")) : QVariant();
    default:
        return {};
    }
}

QVariant QuantizedValuesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    const QString names[ColumnCount] = {tr("No."), tr("x"), tr("x_int"), tr("x_hat"), tr("error")};
    if (role == Qt::DisplayRole)
        return names[section];
    if (role == Qt::ToolTipRole)
        return tipOf(section);
    return role == Qt::TextAlignmentRole ? QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
}

} // namespace lathe::ui

#include "ui/quantization/data_path_model.h"

#include "core/analysis/significant.h"
#include "ui/column_header.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

QString kindText(StepKind kind)
{
    switch (kind) {
    case StepKind::Quantize:
        return DataPathModel::tr("to integers");
    case StepKind::Dequantize:
        return DataPathModel::tr("to float32");
    case StepKind::Integers:
        return DataPathModel::tr("on integers");
    case StepKind::Float:
        break;
    }
    return DataPathModel::tr("in float");
}

struct Header {
    const char* title;
    const char* tip;
};
constexpr Header kHeaders[] = {
    {QT_TRANSLATE_NOOP("lathe::ui::DataPathModel", "Layer"),
     QT_TRANSLATE_NOOP("lathe::ui::DataPathModel", "The layer that the step belongs to, in the order they run")},
    {QT_TRANSLATE_NOOP("lathe::ui::DataPathModel", "Step"),
     QT_TRANSLATE_NOOP("lathe::ui::DataPathModel", "A conversion, or what the step computes on")},
    {QT_TRANSLATE_NOOP("lathe::ui::DataPathModel", "Reads"),
     QT_TRANSLATE_NOOP("lathe::ui::DataPathModel", "Type and shape of what comes from the layers before")},
    {QT_TRANSLATE_NOOP("lathe::ui::DataPathModel", "Writes"),
     QT_TRANSLATE_NOOP("lathe::ui::DataPathModel", "Type and shape of what it gives")},
    {QT_TRANSLATE_NOOP("lathe::ui::DataPathModel", "ms"),
     QT_TRANSLATE_NOOP("lathe::ui::DataPathModel", "Median time of the step")},
    {QT_TRANSLATE_NOOP("lathe::ui::DataPathModel", "Moved"),
     QT_TRANSLATE_NOOP("lathe::ui::DataPathModel", "Bytes of values that it reads and writes")},
    {QT_TRANSLATE_NOOP("lathe::ui::DataPathModel", "Formula"),
     QT_TRANSLATE_NOOP("lathe::ui::DataPathModel", "What is computed with the integers")},
    {QT_TRANSLATE_NOOP("lathe::ui::DataPathModel", "Kernel"),
     QT_TRANSLATE_NOOP("lathe::ui::DataPathModel", "The code that computes it")},
};

bool isNumber(int column)
{
    return column == DataPathModel::Time || column == DataPathModel::Bytes;
}

} // namespace

void DataPathModel::setSteps(std::vector<PathStep> steps)
{
    beginResetModel();
    m_steps = std::move(steps);
    endResetModel();
}

int DataPathModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_steps.size());
}

int DataPathModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString DataPathModel::text(const PathStep& step, int column) const
{
    switch (column) {
    case Layer:
        return toQString(step.layer);
    case Kind:
        return kindText(step.kind);
    case Reads:
        return toQString(step.reads);
    case Writes:
        return toQString(step.writes);
    case Time:
        return toQString(formatSignificant(step.milliseconds));
    case Bytes:
        return toQString(formatBytes(static_cast<double>(step.bytes)));
    case Formula:
        return toQString(step.formula);
    default:
        return toQString(step.kernel);
    }
}

QVariant DataPathModel::sortValue(int row, int column) const
{
    const PathStep& step = m_steps[static_cast<std::size_t>(row)];
    if (column == Layer)
        return row;
    if (column == Time)
        return step.milliseconds;
    return column == Bytes ? QVariant(static_cast<qlonglong>(step.bytes)) : QVariant(text(step, column));
}

QVariant DataPathModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    switch (role) {
    case Qt::DisplayRole:
    case Qt::ToolTipRole:
        return text(m_steps[static_cast<std::size_t>(index.row())], index.column());
    case SortRole:
        return sortValue(index.row(), index.column());
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(cellAlignment(isNumber(index.column())));
    default:
        return {};
    }
}

QVariant DataPathModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const auto header = [](int column) {
        return ColumnHeader{tr(kHeaders[column].title), tr(kHeaders[column].tip), cellAlignment(isNumber(column))};
    };
    return columnHeaderData(*this, header, section, orientation, role);
}

} // namespace lathe::ui

#include "ui/quantization/variants_model.h"

#include "core/analysis/significant.h"
#include "core/training/training_text.h"
#include "ui/column_header.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

const QString kNone = QStringLiteral("–");

QString bytesText(std::int64_t bytes)
{
    return toQString(formatBytes(static_cast<double>(bytes)));
}

struct FixedHeader {
    const char* title;
    const char* tip;
};
constexpr FixedHeader kFixed[] = {
    {QT_TRANSLATE_NOOP("lathe::ui::VariantsModel", "Network"),
     QT_TRANSLATE_NOOP("lathe::ui::VariantsModel",
                       "Eager: as PyTorch runs it. Fused: as it would be deployed in float32")},
    {QT_TRANSLATE_NOOP("lathe::ui::VariantsModel", "File"),
     QT_TRANSLATE_NOOP("lathe::ui::VariantsModel", "Size of the safetensors file")},
    {QT_TRANSLATE_NOOP("lathe::ui::VariantsModel", "gzip"),
     QT_TRANSLATE_NOOP("lathe::ui::VariantsModel", "Size of that file once gzip has compressed it")},
    {QT_TRANSLATE_NOOP("lathe::ui::VariantsModel", "Peak memory"),
     QT_TRANSLATE_NOOP("lathe::ui::VariantsModel",
                       "The most that values hold during an inference of the largest batch, weights aside")},
    {QT_TRANSLATE_NOOP("lathe::ui::VariantsModel", "Data moved"),
     QT_TRANSLATE_NOOP("lathe::ui::VariantsModel",
                       "Bytes that an inference of the largest batch reads and writes, weights included")},
    {QT_TRANSLATE_NOOP("lathe::ui::VariantsModel", "Accuracy"),
     QT_TRANSLATE_NOOP("lathe::ui::VariantsModel",
                       "Share of the test images sorted right, with its 95 % interval; for networks that were trained "
                       "on the dataset")},
    {QT_TRANSLATE_NOOP("lathe::ui::VariantsModel", "Same class"),
     QT_TRANSLATE_NOOP("lathe::ui::VariantsModel",
                       "Share of the test images that it gives the same class as the fused float32 network")},
};

} // namespace

void VariantsModel::setVariants(std::vector<Variant> variants)
{
    beginResetModel();
    m_variants = std::move(variants);
    endResetModel();
}

int VariantsModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_variants.size());
}

int VariantsModel::columnCount(const QModelIndex& parent) const
{
    if (parent.isValid())
        return 0;
    const std::size_t batches = m_variants.empty() ? 0 : m_variants.front().timings.size();
    return FixedColumns + ColumnsABatch * static_cast<int>(batches);
}

const VariantTiming& VariantsModel::timing(const Variant& variant, int column) const
{
    return variant.timings[static_cast<std::size_t>((column - FixedColumns) / ColumnsABatch)];
}

QString VariantsModel::text(const Variant& variant, int column) const
{
    switch (column) {
    case Name:
        return toQString(variant.name);
    case File:
        return bytesText(variant.size.bytes);
    case Gzip:
        return bytesText(variant.size.gzipBytes);
    case PeakMemory:
        return bytesText(variant.peakTensorBytes);
    case Moved:
        return variant.movedBytes ? bytesText(*variant.movedBytes) : kNone;
    case Accuracy:
        return variant.evaluation ? toQString(percentText(variant.evaluation->accuracy)) : kNone;
    case Agreement:
        return variant.accuracy ? toQString(percentText(variant.accuracy->agreement())) : kNone;
    default:
        break;
    }
    const VariantTiming& timed = timing(variant, column);
    switch ((column - FixedColumns) % ColumnsABatch) {
    case Milliseconds:
        return toQString(formatWithInterval(timed.milliseconds, timed.ciLow, timed.ciHigh));
    case Throughput:
        return toQString(formatSignificant(timed.throughput));
    default:
        return timed.againstFused ? tr("%1 (%2 to %3)")
                                        .arg(1.0 / timed.againstFused->ratio, 0, 'f', 2)
                                        .arg(1.0 / timed.againstFused->ciHigh, 0, 'f', 2)
                                        .arg(1.0 / timed.againstFused->ciLow, 0, 'f', 2)
                                  : QString();
    }
}

QString VariantsModel::tip(const Variant& variant, int column) const
{
    if (column == Accuracy && variant.evaluation) {
        const stats::Interval& interval = variant.evaluation->interval;
        QString tip = tr("95 % interval %1 to %2")
                          .arg(toQString(percentText(interval.low)), toQString(percentText(interval.high)));
        return variant.accuracy ? tip + QStringLiteral("\n") + toQString(accuracySentence(*variant.accuracy)) : tip;
    }
    if (column >= FixedColumns && timing(variant, column).againstFused)
        return toQString(timing(variant, column).againstFused->sentence);
    return {};
}

QVariant VariantsModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Variant& variant = m_variants[static_cast<std::size_t>(index.row())];
    switch (role) {
    case Qt::DisplayRole:
        return text(variant, index.column());
    case Qt::ToolTipRole:
        return tip(variant, index.column());
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(cellAlignment(index.column() != Name));
    default:
        return {};
    }
}

QVariant VariantsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const auto header = [this](int column) -> ColumnHeader {
        if (column < FixedColumns)
            return {tr(kFixed[column].title), tr(kFixed[column].tip), cellAlignment(column != Name)};
        const auto batch = static_cast<qlonglong>(timing(m_variants.front(), column).batch);
        const QString titles[] = {tr("ms, batch %1").arg(batch), tr("images/s, batch %1").arg(batch),
                                  tr("speed-up, batch %1").arg(batch)};
        const QString tips[] = {tr("Median time of an inference, with its 95 % interval"),
                                tr("Inputs worked through in a second"),
                                tr("How many times as fast as the fused float32 network, with its 99 % interval, from "
                                   "inferences in turns")};
        const int which = (column - FixedColumns) % ColumnsABatch;
        return {titles[which], tips[which], cellAlignment(true)};
    };
    return columnHeaderData(*this, header, section, orientation, role);
}

} // namespace lathe::ui

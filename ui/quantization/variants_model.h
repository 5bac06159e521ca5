#pragma once

#include <QAbstractTableModel>

#include <vector>

#include "core/quantization/variants.h"

namespace lathe::ui {

/// A network in float and quantized, one a row: size, memory, accuracy, and for each batch size time and speed against
/// the fused float32 network.
class VariantsModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Name, File, Gzip, PeakMemory, Moved, Accuracy, Agreement, FixedColumns };

    using QAbstractTableModel::QAbstractTableModel;

    void setVariants(std::vector<Variant> variants);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    enum Timed { Milliseconds, Throughput, SpeedUp, ColumnsABatch };
    const VariantTiming& timing(const Variant& variant, int column) const;
    QString text(const Variant& variant, int column) const;
    QString tip(const Variant& variant, int column) const;

    std::vector<Variant> m_variants;
};

} // namespace lathe::ui

#pragma once

#include <QAbstractTableModel>

#include "core/quantization/quantized_tensor.h"

namespace lathe::ui {

/// Values of one part, side by side with their integers and what these stand for.
class QuantizedValuesModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Place, Value, Integer, Rounded, Error, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    void setPart(const QuantizedPart& part);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    bool isClipped(const QuantizedValue& value) const;

    std::vector<QuantizedValue> m_values;
    QuantizationParameters m_parameters;
};

} // namespace lathe::ui

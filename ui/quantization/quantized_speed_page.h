#pragma once

#include <QWidget>

#include <cstdint>
#include <vector>

#include "ui/quantization/quantize_work.h"

class QLineEdit;
class QStackedWidget;
class QTableView;
class QToolButton;

namespace lathe::ui {

class AnswerLabel;
class ErrorLabel;
class VariantsModel;

/// The quantized network beside the same in float32, and why it is faster or is not.
class QuantizedSpeedPage : public QWidget {
    Q_OBJECT

public:
    explicit QuantizedSpeedPage(QWidget* parent);

    void showNetwork(const QuantizedNetwork& network);
    void setMeasureEnabled(bool enabled);
    std::vector<std::int64_t> batches() const; ///< as they are written; {1, 8} where that is none

Q_SIGNALS:
    void measureRequested(const std::vector<std::int64_t>& batches);

private:
    void request();

    QLineEdit* m_batches = nullptr;
    QToolButton* m_measure = nullptr;
    ErrorLabel* m_problem = nullptr;
    QStackedWidget* m_stack = nullptr; ///< the hint, the table
    VariantsModel* m_model = nullptr;
    QTableView* m_table = nullptr;
    AnswerLabel* m_reasons = nullptr;
};

} // namespace lathe::ui

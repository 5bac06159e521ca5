#pragma once

#include <QWidget>

#include "ui/pruning/prune_work.h"

class QComboBox;
class QLineEdit;
class QSpinBox;
class QStackedWidget;
class QToolButton;

namespace lathe::ui {

class AnswerLabel;
class CurvesPanel;
class CurvesPlot;
class ErrorLabel;
class FiguresTable;
class RemainsPanel;
class RemainsPlot;

/// What fewer multiply-accumulates and parameters promise, beside the speed, size and accuracy that are found.
class PrunedPromisesPage : public QWidget {
    Q_OBJECT

public:
    explicit PrunedPromisesPage(QWidget* parent);

    void showNetwork(const PrunedNetwork& network);
    void setMeasureEnabled(bool enabled);
    CurvesPlot* curves() const;
    RemainsPlot* remains() const;
    bool showsRemains() const; ///< instead of the curves

Q_SIGNALS:
    void measureRequested(const lathe::ui::PromiseWish& wish);

private:
    void buildControls(QWidget& strip);
    QWidget* buildResult();
    void showNeeded();
    void request();
    void showPlot();
    void showRemains();
    void showVariants();

    QComboBox* m_what = nullptr;
    QLineEdit* m_amounts = nullptr;
    QComboBox* m_mode = nullptr;
    QSpinBox* m_batch = nullptr;
    QSpinBox* m_pairs = nullptr;
    QComboBox* m_shown = nullptr;
    QToolButton* m_measure = nullptr;
    ErrorLabel* m_problem = nullptr;
    QStackedWidget* m_stack = nullptr; ///< the hint, the result
    FiguresTable* m_table = nullptr;
    QStackedWidget* m_plots = nullptr; ///< what is left, the curves
    RemainsPanel* m_remains = nullptr;
    CurvesPanel* m_curves = nullptr;
    AnswerLabel* m_answer = nullptr;
    std::shared_ptr<const std::vector<PrunedVariant>> m_variants;
};

} // namespace lathe::ui

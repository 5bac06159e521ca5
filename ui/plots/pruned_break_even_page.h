#pragma once

#include <QWidget>

#include "ui/pruning/prune_work.h"

class QComboBox;
class QSpinBox;
class QStackedWidget;
class QToolButton;

namespace lathe::ui {

class AnswerLabel;
class CurvesPanel;
class CurvesPlot;
class FiguresTable;

/// Time of one layer, dense and stored sparse, over its share of zeros; and which layers of the pruned network gain.
class PrunedBreakEvenPage : public QWidget {
    Q_OBJECT

public:
    explicit PrunedBreakEvenPage(QWidget* parent);

    void showNetwork(const PrunedNetwork& network);
    void setMeasureEnabled(bool enabled);
    CurvesPlot* plot() const;

Q_SIGNALS:
    void measureRequested(const lathe::ui::BreakEvenWish& wish);
    void gainsRequested(std::int64_t batch);

private:
    void buildControls(QWidget& strip);
    QWidget* buildScan();
    QWidget* buildGains();
    void takeLayers(const PrunedNetwork& network);
    void showScan(const PrunedNetwork& network);
    void showGains(const PrunedNetwork& network);

    QComboBox* m_layer = nullptr;
    QSpinBox* m_batch = nullptr;
    QSpinBox* m_seconds = nullptr;
    QToolButton* m_measure = nullptr;
    QToolButton* m_gain = nullptr;
    QStackedWidget* m_scanStack = nullptr; ///< the hint, the curves
    CurvesPanel* m_panel = nullptr;
    AnswerLabel* m_answer = nullptr;
    QStackedWidget* m_gainStack = nullptr; ///< the hint, the table
    FiguresTable* m_table = nullptr;
    AnswerLabel* m_gainAnswer = nullptr;
    std::shared_ptr<const CompressionSubject> m_subject;
    std::shared_ptr<const BreakEven> m_scan;
};

} // namespace lathe::ui

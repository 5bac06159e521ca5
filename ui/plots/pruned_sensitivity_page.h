#pragma once

#include <QWidget>

#include "ui/pruning/prune_work.h"

class QCheckBox;
class QStackedWidget;
class QToolButton;

namespace lathe::ui {

class AnswerLabel;
class CurvesPanel;
class CurvesPlot;

/// What each amount costs without training afterwards, for all layers together and for each alone.
class PrunedSensitivityPage : public QWidget {
    Q_OBJECT

public:
    explicit PrunedSensitivityPage(QWidget* parent);

    void showNetwork(const PrunedNetwork& network);
    void setMeasureEnabled(bool enabled);
    CurvesPlot* plot() const;

Q_SIGNALS:
    void measureRequested(const lathe::SensitivityOptions& options);

private:
    bool m_goesByAmount = true;
    QToolButton* m_measure = nullptr;
    QCheckBox* m_each = nullptr;
    QStackedWidget* m_stack = nullptr; ///< the hint, the curves
    CurvesPanel* m_panel = nullptr;
    AnswerLabel* m_answer = nullptr;
    std::shared_ptr<const std::vector<SensitivityCurve>> m_curves;
};

} // namespace lathe::ui

#pragma once

#include <QWidget>

#include <vector>

#include "core/analysis/choice.h"
#include "core/session/session.h"

class QCheckBox;
class QDoubleSpinBox;
class QLabel;
class QSlider;

namespace lathe::ui {

/// One budget: a tick, a slider over what was measured, the exact limit, and how many keep it.
class BudgetRow : public QWidget {
    Q_OBJECT

public:
    BudgetRow(Quantity quantity, QWidget* parent);

    Quantity quantity() const { return m_quantity; }
    std::optional<double> limit() const; ///< none while it is not ticked; as it was set, or edited since

    /// The figures that there are; the slider spans them.
    void setFigures(const std::vector<double>& figures);
    void setLimit(const std::optional<double>& limit); ///< without a signal
    void setCount(const QString& text);

Q_SIGNALS:
    void edited();

private:
    void slide(int place);
    int placeOf(double limit) const;
    double limitAt(int place) const;

    Quantity m_quantity;
    double m_low = 0.0; ///< of the slider
    double m_high = 1.0;
    double m_limit = 1.0; ///< the field shows it rounded, and within its range
    QCheckBox* m_on;
    QDoubleSpinBox* m_value;
    QSlider* m_slider;
    QLabel* m_count;
};

/// A row for each of the quantities of a choice.
class BudgetPanel : public QWidget {
    Q_OBJECT

public:
    explicit BudgetPanel(QWidget* parent = nullptr);

    void setChoice(const Choice& choice);

Q_SIGNALS:
    /// The budgets there are now, and which one changed.
    void edited(const std::vector<lathe::BudgetSetting>& budgets, lathe::Quantity changed);

private:
    std::vector<BudgetSetting> budgets() const;

    std::vector<BudgetRow*> m_rows;
};

} // namespace lathe::ui

#pragma once

#include <QWidget>

#include "core/session/session.h"
#include "ui/plots/plot_navigation.h"

class QAction;
class QComboBox;
class QToolButton;

namespace lathe::ui {

/// Axes, colour, size, what is drawn, the mouse's tool, and the overlay's menu: two rows in a window of 1280 pixels,
/// more where it is narrower.
class ScatterControls : public QWidget {
    Q_OBJECT

public:
    explicit ScatterControls(QWidget* parent = nullptr);

    /// Shows these without a signal.
    void setSettings(const PlotSettings& settings);

Q_SIGNALS:
    /// By the user; `what` names the change for undo.
    void edited(const lathe::PlotSettings& settings, const QString& what);
    void toolChosen(lathe::ui::PlotNavigation::Tool tool);
    void fitRequested();
    void openOverlayRequested();
    void accuracyRequested();
    void clearOverlayRequested();

private:
    QComboBox* addCombo(const QString& label, const QString& name, const QString& tip);
    QToolButton* addToggle(const QString& text, const QString& name, const QString& tip);
    QToolButton* addMenuButton(const QString& text, const QString& name, const QString& tip);
    void addAxis(const QString& label, const QString& name, QComboBox*& combo, QToolButton*& log);
    void addColourAndSize();
    void addShowMenu();
    void addTools();
    void addFit();
    void addOverlayMenu();
    void connectEdits();
    void edit(const QString& what);

    PlotSettings m_settings;
    QComboBox* m_x = nullptr;
    QComboBox* m_y = nullptr;
    QToolButton* m_xLog = nullptr;
    QToolButton* m_yLog = nullptr;
    QComboBox* m_colour = nullptr;
    QComboBox* m_size = nullptr;
    QAction* m_labels = nullptr;
    QAction* m_intervals = nullptr;
    QAction* m_front = nullptr;
    QAction* m_trend = nullptr;
    QAction* m_arrows = nullptr;
    QAction* m_accuracy = nullptr;
    QAction* m_clear = nullptr;
};

} // namespace lathe::ui

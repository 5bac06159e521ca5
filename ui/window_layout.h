#pragma once

#include <QString>

class QDockWidget;
class QMainWindow;
class QMenu;
class QWidget;

namespace lathe::ui {

class CataloguePanel;
class ResultsPanel;

/// Where everything is: docks around the plots, remembered between runs.
class WindowLayout {
public:
    struct Panels {
        QWidget* setup;
        QWidget* details;
        ResultsPanel* results;
        QWidget* jobs;
    };
    WindowLayout(QMainWindow* window, const Panels& panels);

    QDockWidget* setupDock() const { return m_setup; }
    void fillMenu(QMenu* menu) const;

    void save() const;
    /// As it was left, or the default.
    void restore();
    void restoreDefault();

private:
    QDockWidget* addDock(const char* name, const QString& title, const QString& tip, QWidget* panel, int area);

    QMainWindow* m_window;
    ResultsPanel* m_resultsPanel;
    QDockWidget* m_setup;
    QDockWidget* m_details;
    QDockWidget* m_results;
    QDockWidget* m_jobs;
};

} // namespace lathe::ui

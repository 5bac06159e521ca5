#pragma once

#include <QByteArray>
#include <QMap>
#include <QString>

class QDockWidget;
class QMainWindow;
class QMenu;
class QWidget;

namespace lathe::ui {

/// Where everything is: docks around the plots, the columns of tables and what splitters share out, remembered between
/// runs.
class WindowLayout {
public:
    struct Panels {
        QWidget* setup;
        QWidget* details;
        QWidget* results;
        QWidget* jobs;
    };
    WindowLayout(QMainWindow* window, const Panels& panels);

    QDockWidget* setupDock() const { return m_setup; }
    void fillMenu(QMenu* menu) const;

    void save();
    /// As it was left, or the default.
    void restore();
    void restoreDefault();
    /// Hides the docks that are beside the plots; false brings those back.
    void setWide(bool wide);

private:
    QDockWidget* addDock(const char* name, const QString& title, const QString& tip, QWidget* panel, int area);

    /// Of every table's header and every splitter, by object name.
    QMap<QString, QByteArray> innerStates() const;
    void applyInner(const QMap<QString, QByteArray>& states) const;

    QMainWindow* m_window;
    QMap<QString, QByteArray> m_defaults; ///< inner states as built
    QByteArray m_beforeWide;              ///< where the docks were; empty: the plots are not wide
    QDockWidget* m_setup;
    QDockWidget* m_details;
    QDockWidget* m_results;
    QDockWidget* m_jobs;
};

} // namespace lathe::ui

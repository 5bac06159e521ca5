#pragma once

class QMainWindow;
class QMenu;

namespace lathe::ui {

class JobQueue;
struct MainActions;

/// What the window fills later.
struct MainMenus {
    QMenu* recent;
    QMenu* panels; ///< shows and hides docks
};

MainMenus buildMenus(QMainWindow* window, const MainActions& actions);

/// Run, Stop, presets; undo; theme.
void buildToolBar(QMainWindow* window, const MainActions& actions, JobQueue* queue);

/// The strip at the left that chooses the left panel.
void buildRail(QMainWindow* window, const MainActions& actions);

} // namespace lathe::ui

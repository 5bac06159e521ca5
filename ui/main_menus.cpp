#include "ui/main_menus.h"

#include <QAction>
#include <QActionGroup>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <QToolBar>
#include <QToolButton>

#include "ui/benchmark/run_button.h"
#include "ui/controls.h"
#include "ui/icons.h"
#include "ui/main_actions.h"

namespace lathe::ui {

namespace {

QMenu* addMenu(QMainWindow* window, const char* name, const QString& title)
{
    auto* menu = window->menuBar()->addMenu(title);
    menu->setObjectName(QString::fromLatin1(name));
    menu->setToolTipsVisible(true);
    return menu;
}

QMenu* buildFileMenu(QMainWindow* window, const MainActions& a)
{
    auto* file = addMenu(window, "fileMenu", QObject::tr("&File"));
    file->addActions({a.newSession, a.open});
    auto* recent = file->addMenu(QObject::tr("Open &recent"));
    recent->setObjectName("recentMenu");
    file->addActions({a.openTimm, a.closeTimm});
    file->addSeparator();
    file->addActions({a.save, a.saveAs});
    file->addSeparator();
    file->addActions({a.addModel, a.saveArchitecture});
    file->addSeparator();
    file->addActions({a.exportPlot, a.exportTable});
    file->addSeparator();
    file->addAction(a.quit);
    return recent;
}

void buildEditMenu(QMainWindow* window, const MainActions& a)
{
    auto* edit = addMenu(window, "editMenu", QObject::tr("&Edit"));
    edit->addActions({a.undo, a.redo});
    edit->addSeparator();
    edit->addActions({a.copyTsv, a.copyMarkdown, a.copyPlot});
    edit->addSeparator();
    edit->addActions({a.deleteRecords, a.find});
}

QMenu* buildViewMenu(QMainWindow* window, const MainActions& a)
{
    auto* view = addMenu(window, "viewMenu", QObject::tr("&View"));
    auto* panels = view->addMenu(QObject::tr("&Panels"));
    panels->setObjectName("panelsMenu");
    view->addAction(a.widePlots);
    view->addSeparator();
    view->addActions({a.showTrain, a.showQuantize, a.showPrune, a.showDistil, a.showRecipe});
    view->addSeparator();
    view->addActions(a.theme->actions());
    view->addSeparator();
    view->addAction(a.restoreLayout);
    return panels;
}

void buildRunMenu(QMainWindow* window, const MainActions& a)
{
    auto* run = addMenu(window, "runMenu", QObject::tr("&Run"));
    run->addActions({a.run, a.stop});
    run->addSeparator();
    run->addSection(QObject::tr("Presets"));
    run->addActions(a.presets);
    run->addSeparator();
    run->addAction(a.compare);
}

void buildHelpMenu(QMainWindow* window, const MainActions& a)
{
    auto* help = addMenu(window, "helpMenu", QObject::tr("&Help"));
    help->addActions({a.figures, a.choosing, a.roofline, a.why, a.quantization, a.pruning, a.training, a.distillation,
                      a.recipes, a.graphFormat, a.shortcuts});
    help->addSeparator();
    help->addAction(a.about);
}

QToolButton* menuButton(const char* name, const QString& text, const QString& tip, const QList<QAction*>& actions,
                        QWidget* parent)
{
    auto* button = new QToolButton(parent);
    describeControl(button, name, text, tip);
    button->setText(text);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setPopupMode(QToolButton::InstantPopup);
    button->setFocusPolicy(Qt::StrongFocus);
    auto* menu = new QMenu(button);
    menu->setToolTipsVisible(true);
    menu->addActions(actions);
    button->setMenu(menu);
    return button;
}

} // namespace

MainMenus buildMenus(QMainWindow* window, const MainActions& actions)
{
    MainMenus menus{};
    menus.recent = buildFileMenu(window, actions);
    buildEditMenu(window, actions);
    menus.panels = buildViewMenu(window, actions);
    buildRunMenu(window, actions);
    buildHelpMenu(window, actions);
    return menus;
}

void buildToolBar(QMainWindow* window, const MainActions& a, JobQueue* queue)
{
    auto* bar = window->addToolBar(QObject::tr("Main tools"));
    bar->setObjectName("mainToolBar");
    bar->setIconSize({18, 18});
    bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    auto* run = new RunButton(a.run, queue, bar);
    run->setObjectName("runButton");
    bar->addWidget(run);
    bar->addAction(a.stop);
    auto* presets = menuButton("presetsButton", QObject::tr("Presets"), QObject::tr("Set-ups that are ready to run"),
                               a.presets, bar);
    presets->setIcon(symbol("presets"));
    bar->addWidget(presets);
    bar->addSeparator();
    bar->addActions({a.open, a.save, a.exportPlot});
    bar->addSeparator();
    bar->addActions({a.undo, a.redo});
    for (QAction* action : {a.undo, a.redo})
        qobject_cast<QToolButton*>(bar->widgetForAction(action))->setToolButtonStyle(Qt::ToolButtonIconOnly);

    auto* space = new QWidget(bar);
    space->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    bar->addWidget(space);
    auto* theme = menuButton("themeButton", QObject::tr("Theme"), QObject::tr("Light, dark, or as the system is"),
                             a.theme->actions(), bar);
    theme->setIcon(symbol("theme"));
    bar->addWidget(theme);
    bar->addAction(a.figures);
    qobject_cast<QToolButton*>(bar->widgetForAction(a.figures))->setToolButtonStyle(Qt::ToolButtonIconOnly);
}

void buildRail(QMainWindow* window, const MainActions& actions)
{
    auto* rail = new QToolBar(QObject::tr("Rail"), window);
    rail->setObjectName("railToolBar");
    rail->setMovable(false);
    rail->setIconSize({22, 22});
    rail->setToolButtonStyle(Qt::ToolButtonIconOnly);
    rail->addAction(actions.showArchitectures);
    rail->addSeparator();
    rail->addActions(
        {actions.showTrain, actions.showQuantize, actions.showPrune, actions.showDistil, actions.showRecipe});
    rail->addSeparator();
    rail->addAction(actions.widePlots);
    window->addToolBar(Qt::LeftToolBarArea, rail);
}

} // namespace lathe::ui

#pragma once

#include <QList>

class QAction;
class QActionGroup;
class QUndoStack;
class QWidget;

namespace lathe::ui {

/// Every command of the window: text, shortcut, symbol, tooltip. What they do is wired by the window.
struct MainActions {
    QAction* newSession;
    QAction* open;
    QAction* openTimm;
    QAction* closeTimm;
    QAction* save;
    QAction* saveAs;
    QAction* addModel;
    QAction* saveArchitecture;
    QAction* exportPlot;
    QAction* exportTable;
    QAction* quit;

    QAction* undo;
    QAction* redo;
    QAction* copyTsv;
    QAction* copyMarkdown;
    QAction* copyPlot;
    QAction* deleteRecords;
    QAction* find;

    QActionGroup* theme; ///< data: themeName
    QAction* restoreLayout;

    QAction* run;
    QAction* stop;
    QAction* compare;
    QList<QAction*> presets; ///< data: index into presets()

    QAction* figures;
    QAction* graphFormat;
    QAction* choosing;
    QAction* roofline;
    QAction* why;
    QAction* quantization;
    QAction* pruning;
    QAction* training;
    QAction* distillation;
    QAction* recipes;
    QAction* shortcuts;
    QAction* about;

    // Of the rail.
    QAction* showArchitectures;
    QAction* showQuantize;
    QAction* showPrune;
    QAction* showTrain;
    QAction* showDistil;
    QAction* showRecipe;
    QAction* widePlots; ///< the panels around the plots are hidden
};

MainActions makeActions(QWidget* window, QUndoStack* undo);

} // namespace lathe::ui

#include "ui/main_actions.h"

#include <QAction>
#include <QActionGroup>
#include <QUndoStack>
#include <QWidget>

#include "core/benchmark/presets.h"
#include "ui/format.h"
#include "ui/icons.h"
#include "ui/theme.h"

namespace lathe::ui {

namespace {

/// Makes actions that belong to the window and are found by name.
struct Maker {
    QWidget* window;

    QAction* operator()(const char* name, const QString& text, const QKeySequence& keys, const QString& tip,
                        const char* icon = nullptr) const
    {
        auto* action = new QAction(text, window);
        action->setObjectName(QString::fromLatin1(name));
        action->setShortcut(keys);
        const QString shown = keys.toString(QKeySequence::NativeText);
        action->setToolTip(shown.isEmpty() ? tip : QStringLiteral("%1 (%2)").arg(tip, shown));
        action->setStatusTip(tip);
        if (icon)
            action->setIcon(symbol(QString::fromLatin1(icon)));
        window->addAction(action);
        return action;
    }
};

void makeFileActions(MainActions& a, const Maker& make)
{
    const auto tr = [](const char* text) { return QObject::tr(text); };
    a.newSession = make("newAction", tr("&New"), QKeySequence::New, tr("Start an empty session"), "new");
    a.open = make("openAction", tr("&Open…"), QKeySequence::Open, tr("Open a session (.lathe)"), "open");
    a.openTimm = make("openTimmAction", tr("Open a &timm benchmark table…"), {},
                      tr("Show timm's published figures (benchmark-infer-*.csv) behind your own"));
    a.closeTimm =
        make("closeTimmAction", tr("&Close the timm table"), {}, tr("Take timm's figures out of the scatter"));
    a.save = make("saveAction", tr("&Save"), QKeySequence::Save, tr("Save the session"), "save");
    a.saveAs = make("saveAsAction", tr("Save &as…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S),
                    tr("Save the session under another name"));
    a.addModel =
        make("addModelAction", tr("Add &model file…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_O),
             tr("Put a model of your own (.json, .safetensors, .pth, TorchScript) on the list of what to run"));
    a.saveArchitecture = make("saveArchitectureAction", tr("Save a&rchitecture as…"), {},
                              tr("Write the current row's architecture as JSON, to be changed by hand"));
    a.exportPlot = make("exportPlotAction", tr("&Export plot…"), QKeySequence(Qt::CTRL | Qt::Key_E),
                        tr("Write the plot in front as SVG, PDF or PNG"), "export");
    a.exportTable = make("exportTableAction", tr("Export ta&ble…"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E),
                         tr("Write all records as CSV or JSON"));
    a.quit = make("quitAction", tr("&Quit"), QKeySequence(Qt::CTRL | Qt::Key_Q), tr("Close Lathe"));
    a.quit->setMenuRole(QAction::QuitRole);
}

void makeEditActions(MainActions& a, const Maker& make, QUndoStack* undo)
{
    const auto tr = [](const char* text) { return QObject::tr(text); };
    a.undo = undo->createUndoAction(make.window, tr("&Undo"));
    a.undo->setObjectName("undoAction");
    a.undo->setShortcut(QKeySequence::Undo);
    a.undo->setIcon(symbol("undo"));
    a.redo = undo->createRedoAction(make.window, tr("&Redo"));
    a.redo->setObjectName("redoAction");
    a.redo->setShortcuts({QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_Z), QKeySequence(Qt::CTRL | Qt::Key_Y)});
    a.redo->setIcon(symbol("redo"));
    a.copyTsv = make("copyTsvAction", tr("&Copy results as TSV"), QKeySequence::Copy,
                     tr("Copy the selected rows (all if none) for a spreadsheet"));
    a.copyMarkdown =
        make("copyMarkdownAction", tr("Copy results as &Markdown"), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C),
             tr("Copy the selected rows (all if none) as a Markdown table"));
    a.copyPlot = make("copyPlotAction", tr("Copy &plot"), QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_C),
                      tr("Copy the plot in front as an image"));
    a.deleteRecords = make("deleteAction", tr("&Delete records"), QKeySequence(Qt::Key_Delete),
                           tr("Take the selected records out of the session; can be undone"));
    // Elsewhere Delete means a letter.
    a.deleteRecords->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    a.find = make("findAction", tr("&Find architecture"), QKeySequence::Find, tr("Search the catalogue"));
}

void makeViewActions(MainActions& a, const Maker& make)
{
    const auto tr = [](const char* text) { return QObject::tr(text); };
    a.theme = new QActionGroup(make.window);
    const std::pair<Theme, QString> themes[] = {
        {Theme::System, tr("&System theme")}, {Theme::Light, tr("&Light theme")}, {Theme::Dark, tr("&Dark theme")}};
    for (const auto& [theme, text] : themes) {
        auto* action =
            make(qPrintable(themeName(theme) + "ThemeAction"), text, {}, tr("Colours of the window and the plots"));
        action->setCheckable(true);
        action->setData(themeName(theme));
        a.theme->addAction(action);
    }
    a.restoreLayout = make("restoreLayoutAction", tr("&Restore default layout"), {},
                           tr("Bring panels, columns and plots back to where they were shipped"));
    a.showArchitectures = make("architecturesAction", tr("&Architectures"), QKeySequence(Qt::CTRL | Qt::Key_1),
                               tr("Show or hide what to run"), "architectures");
    a.showArchitectures->setCheckable(true);
    a.showTrain = make("showTrainAction", tr("&Train"), QKeySequence(Qt::CTRL | Qt::Key_2),
                       tr("Go to the tab that trains networks"), "train");
    a.showQuantize = make("showQuantizeAction", tr("&Quantize"), QKeySequence(Qt::CTRL | Qt::Key_3),
                          tr("Go to the tab that quantizes networks"), "quantize");
    a.showPrune = make("showPruneAction", tr("&Prune"), QKeySequence(Qt::CTRL | Qt::Key_4),
                       tr("Go to the tab that prunes networks"), "prune");
    a.showDistil = make("showDistilAction", tr("&Distil"), QKeySequence(Qt::CTRL | Qt::Key_5),
                        tr("Go to the tab that trains small networks with a teacher"), "distil");
    a.showRecipe = make("showRecipeAction", tr("R&ecipe"), QKeySequence(Qt::CTRL | Qt::Key_6),
                        tr("Go to the tab that takes a network through several steps"), "recipe");
    a.widePlots = make("widePlotsAction", tr("&Wide plots"), QKeySequence(Qt::Key_F11),
                       tr("Hide the panels around the plots, or bring them back"), "wide");
    a.widePlots->setCheckable(true);
}

void makeRunActions(MainActions& a, const Maker& make)
{
    const auto tr = [](const char* text) { return QObject::tr(text); };
    a.run = make("runAction", tr("&Run"), QKeySequence(Qt::CTRL | Qt::Key_Return), tr("Measure what is set up"), "run");
    a.run->setShortcuts({QKeySequence(Qt::CTRL | Qt::Key_Return), QKeySequence(Qt::CTRL | Qt::Key_Enter)});
    a.stop = make("stopAction", tr("&Stop"), QKeySequence(Qt::Key_Escape),
                  tr("Stop what runs and drop what waits; what was measured stays"), "stop");
    a.stop->setEnabled(false);
    a.compare = make("compareAction", tr("&Compare (interleaved)"), {},
                     tr("Run the two selected records' configurations in turns and tell which is faster"), "compare");
    const auto& all = presets();
    for (std::size_t i = 0; i < all.size(); ++i) {
        auto* action = make(qPrintable(QStringLiteral("preset%1Action").arg(i)), toQString(all[i].name), {},
                            toQString(all[i].description));
        action->setData(static_cast<int>(i));
        a.presets << action;
    }
}

void makeHelpActions(MainActions& a, const Maker& make)
{
    const auto tr = [](const char* text) { return QObject::tr(text); };
    a.choosing = make("choosingAction", tr("&Choosing a network"), {},
                      tr("What the views Choose and Trend say, and how surely"));
    a.roofline = make("rooflineAction", tr("The roo&fline"), {}, tr("How the roofline is measured and read"));
    a.why = make("whyAction", tr("Wh&y a network takes its time"), {},
                 tr("What the explanations beside a record say, and what they rest on"));
    a.distillation = make("distillationAction", tr("&Distillation"), {},
                          tr("How a student learns from a teacher, and how to tell whether it helped"));
    a.recipes = make("recipesAction", tr("R&ecipes"), {},
                     tr("Steps from a trained network to a cheap one, and what each of them brings"));
    a.training = make("trainingAction", tr("&Training"), {},
                      tr("Datasets, what training chooses by itself, stopping and going on"));
    a.quantization = make("quantizationAction", tr("&Quantization"), {},
                          tr("What the playground shows, its formulas, and where they are from"));
    a.pruning = make("pruningAction", tr("&Pruning"), {},
                     tr("Masks, channels, sparse formats, and when pruning makes a network faster"));
    a.figures = make("figuresAction", tr("&What the figures mean"), QKeySequence::HelpContents,
                     tr("What each figure means and how it is measured"), "help");
    a.graphFormat = make("graphFormatAction", tr("Weights and a&rchitectures of your own"), {},
                         tr("Which files of weights can be opened, and the JSON form of architectures"));
    a.shortcuts =
        make("shortcutsAction", tr("&Keyboard shortcuts"), {}, tr("Every key and what the mouse does in plots"));
    a.about = make("aboutAction", tr("&About Lathe"), {}, tr("Versions and licence"));
    a.about->setMenuRole(QAction::AboutRole);
}

} // namespace

MainActions makeActions(QWidget* window, QUndoStack* undo)
{
    MainActions actions{};
    const Maker make{window};
    makeFileActions(actions, make);
    makeEditActions(actions, make, undo);
    makeViewActions(actions, make);
    makeRunActions(actions, make);
    makeHelpActions(actions, make);
    return actions;
}

} // namespace lathe::ui

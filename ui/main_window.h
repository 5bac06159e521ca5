#pragma once

#include <QMainWindow>

#include <memory>

#include "core/engine/backend.h"
#include "ui/benchmark/measuring.h"
#include "ui/main_actions.h"
#include "ui/questions.h"

class QLabel;

namespace lathe::ui {

class Autosave;
class DetailsPanel;
class Document;
class JobQueue;
class LayersView;
class ModelFiles;
class PlotTabs;
class PlotWidget;
class PruneView;
class QuantizeView;
class RecoveryFolder;
class ResultsPanel;
class Runner;
class ScatterView;
class SessionFiles;
class SetupPanel;
class TrainView;
class DistilView;
class RecipeView;
class WindowLayout;

/// The window: makes the parts and wires them; what they do is theirs.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    /// What the window reaches outside for; tests put their own in.
    struct Outside {
        Measuring measuring;
        Questions questions;
        QString recoveryBase; ///< where crashed runs leave what they measured
    };
    explicit MainWindow(Outside outside, QWidget* parent = nullptr);
    ~MainWindow() override;

    Document* document() const { return m_document.get(); }
    JobQueue* jobs() const { return m_queue.get(); }
    const MainActions& actions() const { return m_actions; }

    /// In place of the open session, if the user lets that go.
    void openSession(const QString& path);

    /// What can wait until the window shows: costs of the catalogue, loading LibTorch, what a crash left.
    void startUp();

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void buildPanels();
    void buildPlots();
    void buildStatusBar();
    void wireFile();
    void wireEdit();
    void wireView();
    void wireRun();
    void fillRecentMenu();
    void exportPlot(PlotWidget* plot);
    void copyPlot(PlotWidget* plot);
    void updateTitle();
    void updateActions();
    void showBackend(const BackendInfo& info);
    void tell(const QString& message);

    Outside m_outside;
    std::unique_ptr<Document> m_document;
    std::unique_ptr<RecoveryFolder> m_recovery;
    std::unique_ptr<Autosave> m_autosave;
    std::unique_ptr<Runner> m_runner;
    std::unique_ptr<JobQueue> m_queue; ///< goes first: its worker reports to the others
    MainActions m_actions;
    SessionFiles* m_files;
    ModelFiles* m_models;
    SetupPanel* m_setup;
    ResultsPanel* m_results;
    PlotTabs* m_plots;
    ScatterView* m_scatter;
    LayersView* m_layers = nullptr;
    QuantizeView* m_quantize = nullptr;
    PruneView* m_prune = nullptr;
    TrainView* m_train = nullptr;
    DistilView* m_distil = nullptr;
    RecipeView* m_recipe = nullptr;
    QMenu* m_recent;
    QLabel* m_machine;
    std::unique_ptr<WindowLayout> m_layout;
    bool m_inCloseEvent = false;
    bool m_left = false; ///< all is asked, stopped and saved: the window may go
};

} // namespace lathe::ui

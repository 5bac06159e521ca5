#include "ui/main_window.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QStatusBar>
#include <QTableView>

#include "core/benchmark/environment.h"
#include "core/benchmark/presets.h"
#include "core/formats/script_rehearsal.h"
#include "ui/architectures/catalogue_panel.h"
#include "ui/architectures/model_file.h"
#include "ui/architectures/model_files.h"
#include "ui/benchmark/details_panel.h"
#include "ui/benchmark/plan.h"
#include "ui/benchmark/results_panel.h"
#include "ui/benchmark/runner.h"
#include "ui/benchmark/setup_form.h"
#include "ui/benchmark/setup_panel.h"
#include "ui/format.h"
#include "ui/help/help.h"
#include "ui/icons.h"
#include "ui/jobs/job_queue.h"
#include "ui/jobs/jobs_panel.h"
#include "ui/layers/layers_view.h"
#include "ui/main_menus.h"
#include "ui/plot_tabs.h"
#include "ui/plots/choose_view.h"
#include "ui/plots/claim_view.h"
#include "ui/plots/distil_view.h"
#include "ui/plots/distribution_view.h"
#include "ui/plots/export_dialog.h"
#include "ui/plots/playground_view.h"
#include "ui/plots/prune_view.h"
#include "ui/plots/quantize_view.h"
#include "ui/plots/recipe_view.h"
#include "ui/plots/roofline_view.h"
#include "ui/plots/scatter_view.h"
#include "ui/plots/sweep_view.h"
#include "ui/plots/train_view.h"
#include "ui/plots/trend_view.h"
#include "ui/plots/width_view.h"
#include "ui/session/autosave.h"
#include "ui/session/document.h"
#include "ui/session/recent_files.h"
#include "ui/session/session_files.h"
#include "ui/theme.h"
#include "ui/window_layout.h"

namespace lathe::ui {

namespace {

bool hasEnding(const QUrl& url, const char* ending)
{
    return url.fileName().endsWith(QLatin1String(ending), Qt::CaseInsensitive);
}

} // namespace

MainWindow::MainWindow(Outside outside, QWidget* parent)
    : QMainWindow(parent), m_outside(std::move(outside)), m_document(std::make_unique<Document>()),
      m_recovery(std::make_unique<RecoveryFolder>(m_outside.recoveryBase)),
      m_autosave(std::make_unique<Autosave>(m_document.get(), m_recovery.get())), m_queue(std::make_unique<JobQueue>())
{
    m_runner = std::make_unique<Runner>(m_document.get(), m_queue.get(), m_outside.measuring);
    m_actions = makeActions(this, m_document->undoStack());
    m_files = new SessionFiles({m_document.get(), m_queue.get(), m_runner.get(), m_autosave.get()}, m_outside.questions,
                               this);
    if (m_recovery->isValid())
        m_document->setUnsavedJournal(m_recovery->journalPath());
    setObjectName("mainWindow");
    setWindowIcon(applicationIcon());
    setAcceptDrops(true);
    setMinimumSize(960, 600);

    const MainMenus menus = buildMenus(this, m_actions);
    m_recent = menus.recent;
    buildToolBar(this, m_actions, m_queue.get());
    buildRail(this, m_actions);
    buildPlots();
    buildPanels();
    buildStatusBar();
    m_layout->fillMenu(menus.panels);
    wireFile();
    wireEdit();
    wireView();
    wireRun();
    m_layout->restore();
    updateTitle();
    updateActions();
}

MainWindow::~MainWindow()
{
    m_queue.reset(); // waits for what runs, while everything that it reports to is there
}

void MainWindow::openSession(const QString& path)
{
    m_files->openPath(path);
}

void MainWindow::startUp()
{
    m_setup->catalogue()->loadCosts();
    m_runner->prepare();
    m_files->offerLeftBehind(m_outside.recoveryBase);
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    m_inCloseEvent = true;
    if (!m_left)
        m_files->leave([this] {
            m_left = true;
            if (!m_inCloseEvent)
                close();
        });
    m_inCloseEvent = false;
    if (!m_left)
        return event->ignore();
    m_layout->save();
    m_runner->abandon();
    abandonRehearsals();
    m_document->reset();       // drops the journal of what the user did not want to keep
    (void)m_autosave->flush(); // nothing is left to keep
    m_recovery->remove();
    m_plots->bringAllBack();
    event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    for (const QUrl& url : event->mimeData()->urls())
        if (hasEnding(url, ".lathe") || hasEnding(url, ".csv") || isModelFile(url.fileName()))
            return event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    for (const QUrl& url : event->mimeData()->urls()) {
        if (hasEnding(url, ".csv"))
            m_scatter->openOverlay(url.toLocalFile());
        else if (hasEnding(url, ".lathe"))
            m_files->openPath(url.toLocalFile());
        else if (isModelFile(url.fileName()))
            m_setup->catalogue()->addModelFiles({url.toLocalFile()});
    }
    event->acceptProposedAction();
}

void MainWindow::buildPlots()
{
    m_plots = new PlotTabs(this);
    const auto overlays = std::make_shared<OverlayReader>();
    m_scatter = new ScatterView(m_document.get(), overlays);
    m_plots->addPlot(m_scatter, tr("Scatter"), tr("Any two quantities of all records against each other"));
    m_plots->addPlot(new ChooseView(m_document.get()), tr("Choose"),
                     tr("Which network to take: budgets, the front, the best and its runner-up"));
    m_plots->addPlot(new TrendView(m_document.get(), overlays), tr("Trend"),
                     tr("What size costs, for each type, and which networks go by it"));
    m_plots->addPlot(new SweepView(m_document.get()), tr("Sweep"), tr("Latency and throughput over batch or threads"));
    m_plots->addPlot(new RooflineView(m_document.get(), m_queue.get(), m_outside.measuring), tr("Roofline"),
                     tr("How near networks and their layers come to what this machine can do"));
    m_plots->addPlot(new WidthView(m_document.get(), m_queue.get(), m_outside.measuring), tr("Widths"),
                     tr("How long one layer takes over a range of channel counts, and where it jumps"));
    m_plots->addPlot(new PlaygroundView(m_document.get(), m_queue.get(), m_outside.measuring), tr("Playground"),
                     tr("What quantization does to numbers, and why its errors do not add up"));
    m_quantize = new QuantizeView(m_document.get(), m_queue.get(), m_outside.measuring, m_outside.questions);
    m_plots->addPlot(m_quantize, tr("Quantize"),
                     tr("Quantize a network: what it costs layer by layer, and which layers to leave in float32"));
    m_prune = new PruneView(m_document.get(), m_queue.get(), m_outside.measuring, m_outside.questions);
    m_plots->addPlot(m_prune, tr("Prune"),
                     tr("Prune a network: weights under masks, or whole channels, and what that really buys"));
    m_distil = new DistilView(m_document.get(), m_queue.get(), m_outside.measuring, m_outside.questions);
    m_plots->addPlot(m_distil, tr("Distil"),
                     tr("Train a small network with and without a teacher, and see whether the teacher helped"));
    m_recipe = new RecipeView(m_document.get(), m_queue.get(), m_outside.measuring, m_outside.questions);
    m_plots->addPlot(m_recipe, tr("Recipe"),
                     tr("Take a network through several steps, and see what each of them brings"));
    m_plots->addPlot(new ClaimView(m_document.get(), m_queue.get(), m_outside.measuring), tr("DistilBERT"),
                     tr("What was published about the best known distilled network, beside what is found here"));
    m_layers = new LayersView(m_document.get(), m_queue.get());
    m_layers->setQuestions(m_outside.questions);
    m_plots->addPlot(m_layers, tr("Layers"), tr("Where parameters, MACs, bytes and time of one network go"));
    connect(m_layers, &LayersView::told, this, &MainWindow::tell);
    m_plots->addPlot(new DistributionView(m_document.get()), tr("Samples"), tr("Raw samples of the selected records"));
    m_train = new TrainView(m_queue.get(), m_outside.measuring, m_outside.questions);
    m_plots->addPlot(m_train, tr("Train"), tr("Train a network on labelled images, with its curves as it goes"));
    setCentralWidget(m_plots);
    connect(m_plots, &PlotTabs::exportRequested, this, &MainWindow::exportPlot);
    connect(m_plots, &PlotTabs::copyRequested, this, &MainWindow::copyPlot);
}

void MainWindow::buildPanels()
{
    m_setup = new SetupPanel(m_document.get(), m_queue.get(), m_actions.run, this);
    m_setup->catalogue()->setFileActions(m_actions.addModel, m_actions.saveArchitecture);
    connect(m_train, &TrainView::trained, m_setup->catalogue(),
            [this](const QString& path) { m_setup->catalogue()->addModelFiles({path}); });
    const auto takeFile = [this](const QString& path, const QString& mode) {
        m_setup->catalogue()->addModelFiles({path});
        m_setup->form()->tickMode(mode);
    };
    connect(m_quantize, &QuantizeView::saved, this, takeFile);
    connect(m_prune, &PruneView::saved, this, takeFile);
    connect(m_distil, &DistilView::distilled, m_setup->catalogue(), &CataloguePanel::addModelFiles);
    connect(m_distil, &DistilView::modelFileWanted, m_actions.addModel, &QAction::trigger);
    connect(m_quantize, &QuantizeView::modelFileWanted, m_actions.addModel, &QAction::trigger);
    connect(m_prune, &PruneView::modelFileWanted, m_actions.addModel, &QAction::trigger);
    m_models = new ModelFiles(m_setup->catalogue(), m_outside.questions, this);
    m_results = new ResultsPanel(m_document.get(), this);
    auto* details = new DetailsPanel(m_document.get(), m_queue.get(), m_outside.measuring, m_actions.compare, this);
    connect(details, &DetailsPanel::layersRequested, this, [this] { m_plots->bringToFront(m_layers); });
    auto* jobs = new JobsPanel(m_queue.get(), this);
    m_layout = std::make_unique<WindowLayout>(this, WindowLayout::Panels{m_setup, details, m_results, jobs});
}

void MainWindow::buildStatusBar()
{
    m_machine = new QLabel(this);
    m_machine->setObjectName("machineLabel");
    m_machine->setToolTip(tr("Where measurements run"));
    m_machine->setText(tr("%1 usable, LibTorch is being loaded…").arg(counted(usableCores(), tr("core"), tr("cores"))));
    statusBar()->addPermanentWidget(m_machine);
}

void MainWindow::wireFile()
{
    connect(m_actions.newSession, &QAction::triggered, m_files, &SessionFiles::newSession);
    connect(m_actions.open, &QAction::triggered, m_files, &SessionFiles::open);
    connect(m_actions.save, &QAction::triggered, m_files, &SessionFiles::save);
    connect(m_actions.saveAs, &QAction::triggered, m_files, &SessionFiles::saveAs);
    connect(m_actions.addModel, &QAction::triggered, m_models, &ModelFiles::add);
    connect(m_actions.saveArchitecture, &QAction::triggered, m_models, &ModelFiles::saveArchitecture);
    connect(m_models, &ModelFiles::told, this, &MainWindow::tell);
    connect(m_actions.exportTable, &QAction::triggered, m_files, &SessionFiles::exportTable);
    connect(m_actions.openTimm, &QAction::triggered, m_scatter, &ScatterView::chooseOverlay);
    connect(m_actions.closeTimm, &QAction::triggered, m_scatter, &ScatterView::clearOverlay);
    connect(m_actions.exportPlot, &QAction::triggered, this, [this] { exportPlot(m_plots->currentPlot()); });
    connect(m_actions.quit, &QAction::triggered, this, &QWidget::close);
    connect(m_files, &SessionFiles::told, this, &MainWindow::tell);
    connect(m_files, &SessionFiles::leavingChanged, this, &QWidget::setDisabled);
    connect(m_files, &SessionFiles::recentChanged, this, &MainWindow::fillRecentMenu);
    connect(m_document.get(), &Document::journalFailed, this, &MainWindow::tell);
    connect(m_document.get(), &Document::pathChanged, this, &MainWindow::updateTitle);
    connect(m_document.get(), &Document::modifiedChanged, this, &MainWindow::updateTitle);
    fillRecentMenu();
}

void MainWindow::wireEdit()
{
    m_results->addAction(m_actions.deleteRecords);
    connect(m_actions.copyTsv, &QAction::triggered, m_results, &ResultsPanel::copyTsv);
    connect(m_actions.copyMarkdown, &QAction::triggered, m_results, &ResultsPanel::copyMarkdown);
    connect(m_actions.deleteRecords, &QAction::triggered, m_results, &ResultsPanel::deleteSelected);
    connect(m_actions.copyPlot, &QAction::triggered, this, [this] { copyPlot(m_plots->currentPlot()); });
    connect(m_actions.find, &QAction::triggered, this, [this] {
        m_layout->setupDock()->show();
        m_setup->catalogue()->focusSearch();
    });
    connect(m_results, &ResultsPanel::contextMenuRequested, this, [this](const QPoint& where) {
        QMenu menu(this);
        menu.addActions({m_actions.compare, m_actions.copyTsv, m_actions.copyMarkdown, m_actions.deleteRecords});
        menu.exec(where);
    });
    for (const auto changed : {&Document::selectionChanged, &Document::recordsReset, &Document::plotChanged})
        connect(m_document.get(), changed, this, &MainWindow::updateActions);
    connect(m_document.get(), &Document::recordAppended, this, &MainWindow::updateActions);
}

void MainWindow::wireView()
{
    for (QAction* action : m_actions.theme->actions())
        action->setChecked(action->data().toString() == themeName(savedTheme()));
    connect(m_actions.theme, &QActionGroup::triggered, this, [](const QAction* action) {
        const Theme theme = themeFromName(action->data().toString());
        saveTheme(theme);
        applyTheme(theme);
    });
    connect(m_actions.restoreLayout, &QAction::triggered, this, [this] {
        m_plots->bringAllBack();
        m_actions.widePlots->setChecked(false);
        m_layout->restoreDefault();
    });
    auto* dock = m_layout->setupDock();
    connect(m_actions.showArchitectures, &QAction::triggered, dock, &QDockWidget::setVisible);
    connect(dock->toggleViewAction(), &QAction::toggled, m_actions.showArchitectures, &QAction::setChecked);
    m_actions.showArchitectures->setChecked(true);
    connect(m_actions.widePlots, &QAction::toggled, this, [this](bool wide) { m_layout->setWide(wide); });
    const std::pair<QAction*, PlotWidget*> tabs[] = {{m_actions.showTrain, m_train},
                                                     {m_actions.showQuantize, m_quantize},
                                                     {m_actions.showPrune, m_prune},
                                                     {m_actions.showDistil, m_distil},
                                                     {m_actions.showRecipe, m_recipe}};
    for (const auto& [action, plot] : tabs)
        connect(action, &QAction::triggered, this, [this, plot = plot] { m_plots->bringToFront(plot); });
    connect(m_actions.figures, &QAction::triggered, this, [this] { showFiguresHelp(this); });
    connect(m_actions.graphFormat, &QAction::triggered, this, [this] { showGraphFormatHelp(this); });
    connect(m_actions.roofline, &QAction::triggered, this, [this] { showRooflineHelp(this); });
    connect(m_actions.why, &QAction::triggered, this, [this] { showWhyHelp(this); });
    connect(m_actions.quantization, &QAction::triggered, this, [this] { showQuantizationHelp(this); });
    connect(m_actions.pruning, &QAction::triggered, this, [this] { showPruningHelp(this); });
    connect(m_actions.distillation, &QAction::triggered, this, [this] { showDistillationHelp(this); });
    connect(m_actions.recipes, &QAction::triggered, this, [this] { showRecipesHelp(this); });
    connect(m_actions.training, &QAction::triggered, this, [this] { showTrainingHelp(this); });
    connect(m_actions.choosing, &QAction::triggered, this, [this] { showChoosingHelp(this); });
    connect(m_actions.shortcuts, &QAction::triggered, this, [this] { showShortcuts(this); });
    connect(m_actions.about, &QAction::triggered, this, [this] { showAbout(this); });
}

void MainWindow::wireRun()
{
    connect(m_actions.run, &QAction::triggered, m_setup, &SetupPanel::requestRun);
    connect(m_setup, &SetupPanel::runRequested, m_runner.get(), &Runner::start);
    connect(m_actions.stop, &QAction::triggered, m_queue.get(), &JobQueue::cancelAll);
    connect(m_queue.get(), &JobQueue::busyChanged, m_actions.stop, &QAction::setEnabled);
    connect(m_actions.compare, &QAction::triggered, this, [this] {
        const QStringList& ids = m_document->selection();
        if (ids.size() == 2)
            m_runner->compare(ids[0], ids[1]);
    });
    for (QAction* action : m_actions.presets)
        connect(action, &QAction::triggered, this, [this, index = action->data().toUInt()] {
            const Preset& preset = presets()[index];
            m_document->setSetup(preset.setup, tr("Use “%1”").arg(toQString(preset.name)));
        });
    connect(m_runner.get(), &Runner::prepared, this, &MainWindow::showBackend);
    connect(m_runner.get(), &Runner::prepareFailed, this, [this](const QString& message) {
        m_machine->setText(tr("LibTorch could not be loaded"));
        m_machine->setToolTip(message);
        m_outside.questions.tell(this, tr("Nothing can be measured yet"), message);
    });
}

void MainWindow::fillRecentMenu()
{
    m_recent->clear();
    for (const QString& path : recentFiles())
        m_recent->addAction(path, this, [this, path] { m_files->openPath(path); });
    m_recent->setEnabled(!m_recent->isEmpty());
    if (m_recent->isEmpty())
        return;
    m_recent->addSeparator();
    m_recent->addAction(tr("Clear the list"), this, [this] {
        forgetRecentFiles();
        fillRecentMenu();
    });
}

void MainWindow::exportPlot(PlotWidget* plot)
{
    if (plot)
        ExportDialog(plot, this).exec();
}

void MainWindow::copyPlot(PlotWidget* plot)
{
    if (!plot)
        return;
    lathe::ui::copyPlot(*plot, isDark(palette()));
    tell(tr("Copied the plot."));
}

void MainWindow::updateTitle()
{
    setWindowTitle(tr("%1[*] — Lathe").arg(m_document->name()));
    setWindowModified(m_document->isModified());
}

void MainWindow::updateActions()
{
    const auto selected = m_document->selection().size();
    const bool any = !m_document->records().empty();
    m_actions.deleteRecords->setEnabled(selected > 0);
    m_actions.compare->setEnabled(selected == 2);
    m_actions.copyTsv->setEnabled(any);
    m_actions.copyMarkdown->setEnabled(any);
    m_actions.exportTable->setEnabled(any);
    m_actions.closeTimm->setEnabled(!m_document->plot().overlay.empty());
}

void MainWindow::showBackend(const BackendInfo& info)
{
    m_machine->setText(
        tr("%1 usable, %2, %3")
            .arg(counted(usableCores(), tr("core"), tr("cores")), toQString(info.library), toQString(info.capability)));
    m_machine->setToolTip(toQString(info.kernels));
    QStringList devices;
    for (const std::string& device : info.devices)
        devices << toQString(device);
    m_setup->form()->setDevices(devices);
}

void MainWindow::tell(const QString& message)
{
    statusBar()->showMessage(message, 8000);
}

} // namespace lathe::ui

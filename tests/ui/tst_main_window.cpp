#include <QAbstractItemModelTester>
#include <QAction>
#include <QClipboard>
#include <QDialog>
#include <QDockWidget>
#include <QDropEvent>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QSettings>
#include <QStandardPaths>
#include <QTableView>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QTextBrowser>
#include <QToolButton>
#include <QTreeView>
#include <QUndoStack>

#include <atomic>
#include <fstream>
#include <thread>

#include "core/benchmark/presets.h"
#include "ui/benchmark/details_panel.h"
#include "ui/jobs/job_queue.h"
#include "ui/main_window.h"
#include "ui/plot_tabs.h"
#include "ui/plots/plot_widget.h"
#include "ui/session/document.h"

using lathe::Comparison;
using lathe::Configuration;
using lathe::ProgressSink;
using lathe::Record;
using lathe::Result;
using lathe::Setup;
using lathe::ui::MainWindow;
using lathe::ui::Measuring;
using lathe::ui::Questions;

namespace {

Record recordOf(const Configuration& configuration)
{
    Record record;
    record.time = "2026-11-22T10:00:00Z";
    record.configuration = configuration;
    record.params = 25557032;
    record.macs = 4089184256;
    record.latency = {12.5, 12.4, 12.6, 12.3, 12.8, 12.9, 0, {12.4, 12.5, 12.6}};
    record.throughput = 80.0;
    record.throughputLow = 79.0;
    record.throughputHigh = 81.0;
    record.layers = {{"conv1", "Conv2d", 8.0, 1000}, {"fc", "Linear", 4.0, 100}};
    record.layersTotalMs = 12.0;
    return record;
}

Measuring quick()
{
    Measuring measuring;
    measuring.prepare = [] {
        return Result<lathe::BackendInfo>(lathe::BackendInfo{"Library 1.0", "AVX2", "kernels", {"cpu"}});
    };
    measuring.measure = [](const Configuration& configuration, const Setup&, std::stop_token,
                           const ProgressSink&) -> Result<Record> { return recordOf(configuration); };
    measuring.compare = [](const Configuration&, const Configuration&, const Setup&, std::stop_token,
                           const ProgressSink&) -> Result<Comparison> {
        Comparison comparison;
        comparison.sentence = "lenet is 1.50 times as fast as resnet18.";
        return comparison;
    };
    return measuring;
}

/// Answers to the window's questions, and what it told.
struct Answers {
    QString openPath;
    QString savePath;
    Questions::Changes changes = Questions::Changes::Discard;
    Questions::LeftBehind leftBehind = Questions::LeftBehind::Later;
    bool confirm = true;
    QStringList told;
    int asked = 0;

    Questions questions()
    {
        return {[this](QWidget*, const QString&, const QString&) { return openPath; },
                [this](QWidget*, const QString&, const QString&, const QString&) { return savePath; },
                [this](QWidget*, const QString&) {
                    ++asked;
                    return changes;
                },
                [this](QWidget*, const QString& text) {
                    told << text;
                    return leftBehind;
                },
                [this](QWidget*, const QString&, const QString&) { return confirm; },
                [this](QWidget*, const QString&, const QString& text) { told << text; }};
    }
};

} // namespace

class MainWindowTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup();
    void runMeasuresWhatIsSetUp();
    void escapeStopsWhatRuns();
    void tableAndDocumentAreOneSelection();
    void detailsShowTheSelectedRecord();
    void twoSelectedCanBeCompared();
    void deleteIsUndone();
    void savesOpensAndShowsTheName();
    void damagedFileSaysWhatWasLostAndIsKept();
    void fileOfAnotherKindLeavesTheSession();
    void closingAsksAboutUnsavedChanges();
    void crashIsOfferedAtTheNextStart();
    void closingWaitsForTheRecordAtHandAndSavesIt();
    void thinkingBetterOfClosingLeavesTheSweepRunning();
    void resultsOfAnAbandonedSessionAreDropped();
    void presetSetsUp();
    void copiesTheTable();
    void exportsTheTable();
    void droppedSessionIsOpened();
    void droppedModelFileIsAddedAndSavedFromTheMenu();
    void helpShowsTheGraphFormat();
    void plotsCanBeTornOffAndComeBack();
    void everyPlotIsInTheListOfPlots();
    void helpExplainsTheFigures();
    void defaultLayoutComesBack();
    void widePlotsHideThePanelsAndBringBackThoseThatWere();
    void theRailGoesToTheTabsThatChangeNetworks();
    void fitsASmallScreen();

private:
    template <class Widget> Widget* find(const char* name) const
    {
        return m_window->findChild<Widget*>(QString::fromLatin1(name));
    }
    void makeWindow(const Measuring& measuring = quick());
    void choose(const std::vector<std::string>& models);
    void runAll();

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<MainWindow> m_window;
    Answers m_answers;
};

void MainWindowTest::initTestCase()
{
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName("lathe-test");
    QCoreApplication::setApplicationName("tst_main_window");
}

void MainWindowTest::init()
{
    QSettings().clear();
    m_folder = std::make_unique<QTemporaryDir>();
    m_answers = {};
    makeWindow();
}

void MainWindowTest::cleanup()
{
    m_window.reset();
}

void MainWindowTest::makeWindow(const Measuring& measuring)
{
    m_window.reset();
    m_window = std::make_unique<MainWindow>(
        MainWindow::Outside{measuring, m_answers.questions(), m_folder->filePath("recovery")});
    m_window->resize(1280, 800);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
}

void MainWindowTest::choose(const std::vector<std::string>& models)
{
    Setup setup = m_window->document()->setup();
    setup.models = models;
    setup.threads = {1};
    m_window->document()->setSetup(setup, "Tick");
}

void MainWindowTest::runAll()
{
    const auto before = m_window->document()->records().size();
    QTRY_VERIFY(m_window->actions().run->isEnabled());
    m_window->actions().run->trigger();
    QTRY_VERIFY(m_window->document()->records().size() > before);
    QTRY_VERIFY(!m_window->jobs()->isBusy());
    QTest::qWait(0);
}

void MainWindowTest::runMeasuresWhatIsSetUp()
{
    choose({"lenet", "resnet18"});
    QTRY_VERIFY(m_window->actions().run->isEnabled());
    QTest::keyClick(m_window.get(), Qt::Key_Return, Qt::ControlModifier);
    QTRY_COMPARE(m_window->document()->records().size(), std::size_t{2});
    QCOMPARE(find<QTableView>("resultsTable")->model()->rowCount(), 2);
    QVERIFY(m_window->isWindowModified());
    QVERIFY(m_window->windowTitle().startsWith("Untitled"));
    QTRY_VERIFY(find<QLabel>("jobsSummary")->text().startsWith("2 of 2 · 0:"));
}

void MainWindowTest::escapeStopsWhatRuns()
{
    Measuring slow = quick();
    slow.measure = [](const Configuration&, const Setup&, std::stop_token stop, const ProgressSink&) -> Result<Record> {
        while (!stop.stop_requested())
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return lathe::fail(lathe::ErrorCode::Cancelled, "Stopped.");
    };
    makeWindow(slow);
    choose({"lenet", "resnet18"});
    m_window->actions().run->trigger();
    QTRY_VERIFY(m_window->jobs()->isBusy());
    QVERIFY(m_window->actions().stop->isEnabled());
    QTRY_VERIFY(find<QToolButton>("runButton")->text() != "Run");
    QTest::keyClick(m_window.get(), Qt::Key_Escape);
    QTRY_VERIFY(!m_window->jobs()->isBusy());
    QVERIFY(m_window->document()->records().empty());
    QVERIFY(!m_window->actions().stop->isEnabled());
}

void MainWindowTest::tableAndDocumentAreOneSelection()
{
    choose({"lenet", "resnet18"});
    runAll();
    auto* table = find<QTableView>("resultsTable");
    table->selectRow(1);
    const QString second = QString::fromStdString(m_window->document()->records()[1].id);
    QCOMPARE(m_window->document()->selection(), QStringList({second}));
    const QString first = QString::fromStdString(m_window->document()->records()[0].id);
    m_window->document()->select({first});
    QCOMPARE(table->selectionModel()->selectedRows().size(), 1);
    QCOMPARE(table->selectionModel()->selectedRows().first().row(), 0);
}

void MainWindowTest::detailsShowTheSelectedRecord()
{
    choose({"resnet18"});
    runAll();
    QVERIFY(find<QTextBrowser>("detailsText")->toPlainText().contains("Select a row"));
    find<QTableView>("resultsTable")->selectRow(0);
    QVERIFY(find<QTextBrowser>("detailsText")->toPlainText().contains("resnet18"));
    QVERIFY(find<QTextBrowser>("detailsText")->toPlainText().contains("Slowest layers"));
    Q_EMIT find<lathe::ui::DetailsPanel>("detailsPanel")->layersRequested();
    QTRY_COMPARE(find<QTreeView>("layerTree")->model()->rowCount(), 1);
    QVERIFY(find<QLabel>("layerNote")->text().contains("-4.0 %"));
}

void MainWindowTest::twoSelectedCanBeCompared()
{
    choose({"lenet", "resnet18"});
    runAll();
    QVERIFY(!m_window->actions().compare->isEnabled());
    find<QTableView>("resultsTable")->selectAll();
    QVERIFY(m_window->actions().compare->isEnabled());
    m_window->actions().compare->trigger();
    QTRY_COMPARE(find<QLabel>("verdictLabel")->text(), QString("lenet is 1.50 times as fast as resnet18."));

    const QString path = m_folder->filePath("compared.lathe");
    m_answers.savePath = path;
    m_window->actions().save->trigger();
    m_window->actions().newSession->trigger();
    m_window->openSession(path);
    find<QTableView>("resultsTable")->selectAll();
    QCOMPARE(find<QLabel>("verdictLabel")->text(), QString("lenet is 1.50 times as fast as resnet18."));
}

void MainWindowTest::deleteIsUndone()
{
    choose({"lenet"});
    runAll();
    find<QTableView>("resultsTable")->selectRow(0);
    m_window->actions().deleteRecords->trigger();
    QVERIFY(m_window->document()->records().empty());
    QCOMPARE(m_window->actions().undo->text(), QString("&Undo Delete 1 record"));
    m_window->actions().undo->trigger();
    QCOMPARE(m_window->document()->records().size(), std::size_t{1});
}

void MainWindowTest::savesOpensAndShowsTheName()
{
    choose({"lenet"});
    runAll();
    m_answers.savePath = m_folder->filePath("mine.lathe");
    m_window->actions().save->trigger();
    QVERIFY(QFile::exists(m_folder->filePath("mine.lathe")));
    QCOMPARE(m_window->windowTitle(), QString("mine[*] — Lathe"));
    QVERIFY(!m_window->isWindowModified());

    m_window->actions().newSession->trigger();
    QVERIFY(m_window->document()->records().empty());
    m_answers.openPath = m_folder->filePath("mine.lathe");
    m_window->actions().open->trigger();
    QCOMPARE(m_window->document()->records().size(), std::size_t{1});
}

void MainWindowTest::damagedFileSaysWhatWasLostAndIsKept()
{
    choose({"lenet", "resnet18"});
    runAll();
    const QString path = m_folder->filePath("torn.lathe");
    m_answers.savePath = path;
    m_window->actions().save->trigger();
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.resize(file.size() * 3 / 4));
    file.close();
    m_answers.told.clear();
    m_window->openSession(path);
    QCOMPARE(m_answers.told.size(), 1);
    if (m_window->document()->path() == path)
        QVERIFY(QFile::exists(path + ".damaged"));
}

void MainWindowTest::fileOfAnotherKindLeavesTheSession()
{
    choose({"lenet"});
    runAll();
    const QString path = m_folder->filePath("newer.lathe");
    std::ofstream(path.toStdString()) << "not a session";
    m_window->openSession(path);
    QCOMPARE(m_answers.told.size(), 1);
    QCOMPARE(m_window->document()->records().size(), std::size_t{1});
}

void MainWindowTest::closingAsksAboutUnsavedChanges()
{
    choose({"lenet"});
    m_answers.changes = Questions::Changes::Cancel;
    QVERIFY(!m_window->close());
    QCOMPARE(m_answers.asked, 1);
    m_answers.changes = Questions::Changes::Discard;
    QVERIFY(m_window->close());
    QVERIFY(QDir(m_folder->filePath("recovery")).isEmpty());
}

void MainWindowTest::crashIsOfferedAtTheNextStart()
{
    choose({"lenet", "resnet18"});
    runAll();
    m_answers.leftBehind = Questions::LeftBehind::Restore;
    makeWindow(); // the last one went without a farewell
    m_window->startUp();
    QCOMPARE(m_answers.told.size(), 1);
    QVERIFY(m_answers.told.front().contains("2 records"));
    QCOMPARE(m_window->document()->records().size(), std::size_t{2});
    QVERIFY(m_window->document()->isModified());
}

namespace {

/// Measures until it is stopped, and then takes its time over the record.
Measuring slowToStop()
{
    Measuring measuring = quick();
    measuring.measure = [](const Configuration& configuration, const Setup&, const std::stop_token& stop,
                           const ProgressSink&) -> Result<Record> {
        while (!stop.stop_requested())
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        return recordOf(configuration);
    };
    return measuring;
}

} // namespace

void MainWindowTest::closingWaitsForTheRecordAtHandAndSavesIt()
{
    makeWindow(slowToStop());
    choose({"lenet", "resnet18"});
    m_window->actions().run->trigger();
    QTRY_VERIFY(m_window->jobs()->isBusy());
    m_answers.changes = Questions::Changes::Save;
    m_answers.savePath = m_folder->filePath("late.lathe");
    QVERIFY(!m_window->close());
    QVERIFY(!m_window->isEnabled()); // nothing new starts on the way out
    QVERIFY(!m_window->close());
    QTRY_VERIFY(!m_window->isVisible());
    QCOMPARE(m_answers.asked, 1);
    const auto saved = lathe::loadSession(m_answers.savePath.toStdString());
    QVERIFY(saved);
    QCOMPARE(saved->session.records.size(), std::size_t{1});
}

void MainWindowTest::thinkingBetterOfClosingLeavesTheSweepRunning()
{
    makeWindow(slowToStop());
    choose({"lenet"});
    m_window->actions().run->trigger();
    QTRY_VERIFY(m_window->jobs()->isBusy());
    m_answers.changes = Questions::Changes::Cancel;
    QVERIFY(!m_window->close());
    m_answers.confirm = false;
    QVERIFY(!m_window->close());
    QTest::qWait(60);
    QVERIFY(m_window->jobs()->isBusy());
    QVERIFY(m_window->isEnabled());
    m_window->jobs()->cancelAll();
    QTRY_VERIFY(!m_window->jobs()->isBusy());
    QCOMPARE(m_window->document()->records().size(), std::size_t{1});
}

void MainWindowTest::resultsOfAnAbandonedSessionAreDropped()
{
    std::atomic<bool> release = false;
    Measuring stubborn = quick();
    stubborn.measure = [&release](const Configuration& configuration, const Setup&, std::stop_token,
                                  const ProgressSink&) -> Result<Record> {
        while (!release)
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return recordOf(configuration);
    };
    makeWindow(stubborn);
    choose({"lenet"});
    m_window->actions().run->trigger();
    QTRY_VERIFY(m_window->jobs()->isBusy());
    m_window->actions().newSession->trigger();
    release = true;
    QTRY_VERIFY(!m_window->jobs()->isBusy());
    QTest::qWait(20);
    QVERIFY(m_window->document()->records().empty());
}

void MainWindowTest::presetSetsUp()
{
    m_window->actions().presets.first()->trigger();
    QCOMPARE(m_window->document()->setup(), lathe::presets().front().setup);
    m_window->actions().undo->trigger();
    QCOMPARE(m_window->document()->setup(), Setup{});
}

void MainWindowTest::copiesTheTable()
{
    choose({"lenet"});
    runAll();
    m_window->actions().copyTsv->trigger();
    QVERIFY(QGuiApplication::clipboard()->text().startsWith("Model\tMode\tInput\tBatch\t"));
    m_window->actions().copyMarkdown->trigger();
    QVERIFY(QGuiApplication::clipboard()->text().startsWith("| Model | Mode | Input | Batch |"));
}

void MainWindowTest::exportsTheTable()
{
    choose({"lenet"});
    runAll();
    for (const QString ending : {".csv", ".json"}) {
        m_answers.savePath = m_folder->filePath("table" + ending);
        m_window->actions().exportTable->trigger();
        QFile file(m_answers.savePath);
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll().contains("lenet"));
    }
}

void MainWindowTest::droppedSessionIsOpened()
{
    choose({"lenet"});
    m_answers.savePath = m_folder->filePath("dropped.lathe");
    m_window->actions().save->trigger();
    m_window->actions().newSession->trigger();
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(m_answers.savePath)});
    QDragEnterEvent enter(QPoint(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(m_window.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(m_window.get(), &drop);
    QCOMPARE(m_window->document()->name(), QString("dropped"));
}

void MainWindowTest::droppedModelFileIsAddedAndSavedFromTheMenu()
{
    m_answers.savePath = m_folder->filePath("mine.json");
    auto* table = find<QTableView>("catalogueTable");
    table->setCurrentIndex(table->model()->index(0, 0));
    m_window->actions().saveArchitecture->trigger();
    QTRY_VERIFY(QFile::exists(m_answers.savePath));
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(m_answers.savePath)});
    QDragEnterEvent enter(QPoint(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(m_window.get(), &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent drop(QPointF(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(m_window.get(), &drop);
    const std::vector<std::string> expected{m_answers.savePath.toStdString()};
    QTRY_COMPARE(m_window->document()->setup().models, expected);
}

void MainWindowTest::helpShowsTheGraphFormat()
{
    m_window->actions().graphFormat->trigger();
    auto* help = find<QDialog>("graphFormatHelp");
    QVERIFY(help);
    QVERIFY(help->findChild<QTextBrowser*>("helpText")->toPlainText().contains("tiny_resnet"));
}

void MainWindowTest::plotsCanBeTornOffAndComeBack()
{
    auto* tabs = find<QTabWidget>("plotTabs");
    const int plots = tabs->count();
    Q_EMIT tabs->tabBarDoubleClicked(1);
    QCOMPARE(tabs->count(), plots - 1);
    auto* window = find<QWidget>("plotWindow");
    QVERIFY(window && window->isVisible());
    window->close();
    QCOMPARE(tabs->count(), plots);
    QCOMPARE(tabs->tabText(1), QString("Choose"));
}

void MainWindowTest::everyPlotIsInTheListOfPlots()
{
    auto* tabs = find<QTabWidget>("plotTabs");
    QMenu* list = find<QToolButton>("plotList")->menu();
    Q_EMIT list->aboutToShow();
    QCOMPARE(list->actions().size(), tabs->count());
    list->actions().last()->trigger();
    QCOMPARE(tabs->currentIndex(), tabs->count() - 1);
    Q_EMIT list->aboutToShow();
    QVERIFY(list->actions().last()->isChecked());
    QVERIFY(!list->actions().first()->isChecked());
}

void MainWindowTest::helpExplainsTheFigures()
{
    m_window->actions().figures->trigger();
    const QString figures = find<QDialog>("figuresHelp")->findChild<QTextBrowser*>("helpText")->toPlainText();
    for (const auto* word : {"Latency", "Throughput", "MACs", "contention", "Pareto front"})
        QVERIFY2(figures.contains(word), word);
    m_window->actions().choosing->trigger();
    const QString choosing = find<QDialog>("choosingHelp")->findChild<QTextBrowser*>("helpText")->toPlainText();
    for (const auto* word : {"runner-up", "by its median alone", "published with its weights", "Spearman"})
        QVERIFY2(choosing.contains(word), word);
    m_window->actions().roofline->trigger();
    const QString roofline = find<QDialog>("rooflineHelp")->findChild<QTextBrowser*>("helpText")->toPlainText();
    for (const auto* word : {"Arithmetic intensity", "bandwidths", "neither", "--remeasure"})
        QVERIFY2(roofline.contains(word), word);
    m_window->actions().shortcuts->trigger();
    const QString keys = find<QDialog>("shortcutsHelp")->findChild<QTextBrowser*>("helpText")->toPlainText();
    QVERIFY(keys.contains("Ctrl+Return"));
    QVERIFY(keys.contains("Measure what is set up"));
}

void MainWindowTest::defaultLayoutComesBack()
{
    auto* results = find<QDockWidget>("resultsDock");
    results->hide();
    find<QDockWidget>("detailsDock")->setFloating(true);
    m_window->actions().restoreLayout->trigger();
    QVERIFY(results->isVisible());
    QVERIFY(!find<QDockWidget>("detailsDock")->isFloating());
}

void MainWindowTest::widePlotsHideThePanelsAndBringBackThoseThatWere()
{
    const auto dock = [&](const char* name) { return find<QDockWidget>(name); };
    auto* wide = find<QAction>("widePlotsAction");
    dock("jobsDock")->hide();
    wide->trigger();
    for (const char* name : {"setupDock", "detailsDock", "resultsDock", "jobsDock"})
        QVERIFY2(!dock(name)->isVisible(), name);
    wide->trigger();
    for (const char* name : {"setupDock", "detailsDock", "resultsDock"})
        QVERIFY2(dock(name)->isVisible(), name);
    QVERIFY(!dock("jobsDock")->isVisible());
}

void MainWindowTest::theRailGoesToTheTabsThatChangeNetworks()
{
    for (const auto& [action, view] :
         {std::pair("showTrainAction", "trainView"), std::pair("showQuantizeAction", "quantizeView"),
          std::pair("showPruneAction", "pruneView")}) {
        find<QAction>(action)->trigger();
        QCOMPARE(find<lathe::ui::PlotTabs>("plotTabs")->currentPlot()->objectName(), QString::fromLatin1(view));
    }
}

void MainWindowTest::fitsASmallScreen()
{
    m_window->actions().restoreLayout->trigger();
    QVERIFY(m_window->minimumSizeHint().width() <= 1024);
    QVERIFY(m_window->minimumSizeHint().height() <= 700);
    m_window->resize(1024, 700);
    QTest::qWait(0);
    QCOMPARE(m_window->size(), QSize(1024, 700));
}

QTEST_MAIN(MainWindowTest)
#include "tst_main_window.moc"

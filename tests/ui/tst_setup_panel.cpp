#include <QAction>
#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTableView>
#include <QTest>
#include <QUndoStack>

#include "core/benchmark/environment.h"
#include "core/benchmark/instructions.h"
#include "ui/architectures/catalogue_model.h"
#include "ui/architectures/catalogue_panel.h"
#include "ui/benchmark/plan.h"
#include "ui/benchmark/setup_panel.h"
#include "ui/benchmark/setup_text.h"
#include "ui/jobs/job_queue.h"
#include "ui/session/document.h"

using lathe::Setup;
using lathe::Shape;
using lathe::ui::Document;
using lathe::ui::JobQueue;
using lathe::ui::Plan;
using lathe::ui::SetupPanel;

namespace {

constexpr std::int64_t kGiB = 1LL << 30;

/// The panel with what it needs.
struct Bench {
    Document document;
    JobQueue queue;
    QAction run;
    SetupPanel panel{&document, &queue, &run};

    template <class Widget> Widget* find(const char* name)
    {
        return panel.findChild<Widget*>(QString::fromLatin1(name));
    }
    void write(const char* name, const QString& text)
    {
        auto* edit = find<QLineEdit>(name);
        edit->selectAll();
        QTest::keyClicks(edit, text);
    }
};

} // namespace

class SetupPanelTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsBatches();
    void readsThreads();
    void readsInputs();
    void refusesWhatCannotBe_data();
    void refusesWhatCannotBe();
    void writtenBatchesAreTheSetups();
    void wrongFieldSaysSoAndBlocksTheRun();
    void otherEditsLeaveAWrongFieldAlone();
    void keepMemoryAddsATwinToEachModeThatHasOne();
    void aModeThatIsSlowHereSaysWhy();
    void undoRewritesTheField();
    void tickingARowIsUndoable();
    void searchNarrowsTheTable();
    void planCountsConfigurations();
    void planRefusesWhatDoesNotFit();
    void emptySetupSaysWhatToDo();
    void impossibleInputNamesTheArchitecture();
    void eachModelTakesTheInputsOfItsKind();
    void runIsRequestedOnceItIsPlanned();
    void everyControlHasAName();
};

void SetupPanelTest::readsBatches()
{
    QCOMPARE(*lathe::ui::parseBatches("1, 8,8 ,100"), (std::vector<std::int64_t>{1, 8, 100}));
    QCOMPARE(lathe::ui::batchesText({1, 8}), QString("1, 8"));
}

void SetupPanelTest::readsThreads()
{
    QVERIFY(lathe::ui::parseThreads("all")->empty());
    QVERIFY(lathe::ui::parseThreads("")->empty());
    QCOMPARE(*lathe::ui::parseThreads("1, 2"), (std::vector<int>{1, 2}));
    QCOMPARE(lathe::ui::threadsText({}), QString("all"));
}

void SetupPanelTest::readsInputs()
{
    QVERIFY(lathe::ui::parseInputs("default")->empty());
    QCOMPARE(*lathe::ui::parseInputs("3x256x256, default"), (std::vector<Shape>{{3, 256, 256}, {}}));
    QCOMPARE(lathe::ui::inputsText({{3, 256, 256}, {}}), QString("3x256x256, default"));
    QCOMPARE(*lathe::ui::parseInputs("128, 3x64x64"), (std::vector<Shape>{{128}, {3, 64, 64}}));
    QCOMPARE(lathe::ui::inputsText({{128}, {3, 64, 64}}), QString("128, 3x64x64"));
}

void SetupPanelTest::refusesWhatCannotBe_data()
{
    QTest::addColumn<QString>("batches");
    QTest::newRow("nothing") << "";
    QTest::newRow("zero") << "0";
    QTest::newRow("negative") << "-1";
    QTest::newRow("a word") << "many";
    QTest::newRow("a fraction") << "1.5";
    QTest::newRow("a dangling comma") << "1,";
    QTest::newRow("too many") << "100000";
}

void SetupPanelTest::refusesWhatCannotBe()
{
    QFETCH(QString, batches);
    const auto parsed = lathe::ui::parseBatches(batches);
    QVERIFY(!parsed);
    QVERIFY(QString::fromStdString(parsed.error().message).contains("such as 1, 8"));
    QVERIFY(!lathe::ui::parseInputs("224x224"));
    QVERIFY(!lathe::ui::parseThreads("0"));
}

void SetupPanelTest::writtenBatchesAreTheSetups()
{
    Bench bench;
    bench.write("setupBatches", "1, 8");
    QCOMPARE(bench.document.setup().batches, (std::vector<std::int64_t>{1, 8}));
    QCOMPARE(bench.document.undoStack()->undoText(), QString("Change batch sizes"));
    QCOMPARE(bench.document.undoStack()->count(), 1);
}

void SetupPanelTest::wrongFieldSaysSoAndBlocksTheRun()
{
    Bench bench;
    auto* error = bench.find<QLabel>("setupBatchesError");
    QVERIFY(error->isHidden());
    bench.write("setupBatches", "x");
    QVERIFY(!error->isHidden());
    QVERIFY(!error->text().isEmpty());
    QVERIFY(!bench.run.isEnabled());
    bench.write("setupBatches", "4");
    QVERIFY(error->isHidden());
}

void SetupPanelTest::otherEditsLeaveAWrongFieldAlone()
{
    Bench bench;
    bench.write("setupBatches", "1, x");
    bench.find<QCheckBox>("setupIsolate")->click();
    QVERIFY(bench.document.setup().isolate);
    QCOMPARE(bench.find<QLineEdit>("setupBatches")->text(), QString("1, x"));
}

void SetupPanelTest::undoRewritesTheField()
{
    Bench bench;
    bench.write("setupBatches", "16");
    bench.document.undoStack()->undo();
    QCOMPARE(bench.find<QLineEdit>("setupBatches")->text(), QString("1"));
    bench.find<QDoubleSpinBox>("setupSeconds")->setValue(7.5);
    QCOMPARE(bench.document.setup().maxSeconds, 7.5);
    bench.document.undoStack()->undo();
    QCOMPARE(bench.find<QDoubleSpinBox>("setupSeconds")->value(), 20.0);
}

void SetupPanelTest::tickingARowIsUndoable()
{
    Bench bench;
    auto* table = bench.find<QTableView>("catalogueTable");
    table->selectRow(0);
    const QString name = table->model()->index(0, 0).data().toString();
    QTest::keyClick(table, Qt::Key_Space);
    QCOMPARE(bench.document.setup().models, std::vector<std::string>{name.toStdString()});
    QCOMPARE(bench.document.undoStack()->undoText(), QString("Tick %1").arg(name));
    bench.document.undoStack()->undo();
    QVERIFY(bench.document.setup().models.empty());
    QCOMPARE(table->model()->index(0, 0).data(Qt::CheckStateRole).toInt(), static_cast<int>(Qt::Unchecked));
}

void SetupPanelTest::searchNarrowsTheTable()
{
    Bench bench;
    auto* table = bench.find<QTableView>("catalogueTable");
    bench.write("catalogueSearch", "swin");
    for (int row = 0; row < table->model()->rowCount(); ++row)
        QVERIFY(table->model()->index(row, 0).data().toString().contains("swin"));
    bench.write("catalogueSearch", "params:x");
    QVERIFY(!bench.find<QLabel>("catalogueError")->isHidden());
}

void SetupPanelTest::keepMemoryAddsATwinToEachModeThatHasOne()
{
    Bench bench;
    Setup setup = bench.document.setup();
    setup.modes = {"eager"};
    bench.document.setSetup(setup, "modes");
    bench.find<QCheckBox>("setupKeepMemory")->click();
    bench.find<QCheckBox>("mode_fused")->click();
    QCOMPARE(bench.document.setup().modes, (std::vector<std::string>{"eager", "eager_kept", "fused"}));
    bench.find<QCheckBox>("setupKeepMemory")->click();
    QCOMPARE(bench.document.setup().modes, (std::vector<std::string>{"eager", "fused"}));
    setup.modes = {"eager_kept"};
    bench.document.setSetup(setup, "a session's modes");
    QVERIFY(bench.find<QCheckBox>("setupKeepMemory")->isChecked());
    QVERIFY(bench.find<QCheckBox>("mode_eager")->isChecked());
}

void SetupPanelTest::aModeThatIsSlowHereSaysWhy()
{
    Bench bench;
    auto* note = bench.find<QLabel>("modeNote");
    QVERIFY(note->isHidden());
    bench.find<QCheckBox>("mode_bf16")->click();
    const auto slow = lathe::slownessOf(lathe::Mode::BFloat16, lathe::currentInstructionSets());
    QCOMPARE(note->isHidden(), !slow.has_value());
    QCOMPARE(note->text(), QString::fromStdString(slow.value_or("")));
}

void SetupPanelTest::planCountsConfigurations()
{
    Setup setup;
    setup.models = {"resnet18", "lenet"};
    setup.modes = {"eager", "channels_last"};
    setup.batches = {1, 2};
    setup.threads = {1};
    const Plan plan = lathe::ui::makePlan(setup, 64 * kGiB);
    QVERIFY(plan.canRun());
    QCOMPARE(plan.configurations.size(), std::size_t{8});
    QCOMPARE(plan.seconds.size(), std::size_t{8});
    QVERIFY(lathe::ui::warningText(plan).isEmpty());
    QVERIFY(lathe::ui::planText(plan).startsWith("8 configurations, "));
}

void SetupPanelTest::planRefusesWhatDoesNotFit()
{
    Setup setup;
    setup.models = {"efficientnet_b5"};
    setup.batches = {100};
    const Plan plan = lathe::ui::makePlan(setup, 2 * kGiB);
    QCOMPARE(plan.tooLarge.size(), 1);
    QVERIFY(plan.tooLarge.front().contains("efficientnet_b5"));
    QCOMPARE(lathe::ui::warningText(plan), plan.tooLarge.front());
}

void SetupPanelTest::emptySetupSaysWhatToDo()
{
    const Plan plan = lathe::ui::makePlan({}, kGiB);
    QVERIFY(!plan.canRun());
    QVERIFY(lathe::ui::planText(plan).contains("Tick at least one architecture"));
}

void SetupPanelTest::impossibleInputNamesTheArchitecture()
{
    Setup setup;
    setup.models = {"vit_b_16"};
    setup.inputs = {{3, 100, 100}};
    const Plan plan = lathe::ui::makePlan(setup, kGiB);
    QVERIFY(!plan.canRun());
    QVERIFY(plan.error.contains("vit_b_16"));
}

void SetupPanelTest::eachModelTakesTheInputsOfItsKind()
{
    Setup setup;
    setup.models = {"lenet", "distilbert_base_uncased"};
    setup.inputs = {{64}, {1, 32, 32}};
    const Plan plan = lathe::ui::makePlan(setup, 16 * kGiB);
    QVERIFY2(plan.canRun(), qPrintable(plan.error));
    QCOMPARE(plan.configurations.size(), std::size_t{2});
    QCOMPARE(plan.configurations[0].input, (Shape{1, 32, 32}));
    QCOMPARE(plan.configurations[1].input, (Shape{64}));
    setup.inputs = {{1, 32, 32}};
    QCOMPARE(lathe::ui::makePlan(setup, 16 * kGiB).error,
             QString("distilbert_base_uncased takes a number of tokens, such as 128, and none of the input sizes is "
                     "one: add one, or leave distilbert_base_uncased out."));
}

void SetupPanelTest::runIsRequestedOnceItIsPlanned()
{
    Bench bench;
    Setup setup;
    setup.models = {"lenet"};
    bench.document.setSetup(setup, "Tick lenet");
    QSignalSpy requested(&bench.panel, &SetupPanel::runRequested);
    bench.panel.requestRun();
    QTRY_COMPARE(requested.count(), 1);
}

void SetupPanelTest::everyControlHasAName()
{
    Bench bench;
    bench.panel.show();
    const auto controls = bench.panel.findChildren<QWidget*>();
    for (const QWidget* control : controls) {
        const bool focusable = (control->focusPolicy() & Qt::TabFocus) && control->isVisible();
        const bool internal = control->objectName().startsWith("qt_") || control->parent()->inherits("QSpinBox") ||
                              control->parent()->inherits("QDoubleSpinBox") || control->parent()->inherits("QComboBox");
        if (!focusable || internal)
            continue;
        QVERIFY2(!control->objectName().isEmpty(), control->metaObject()->className());
        QVERIFY2(!control->accessibleName().isEmpty(), qPrintable(control->objectName()));
    }
}

QTEST_MAIN(SetupPanelTest)
#include "tst_setup_panel.moc"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QGuiApplication>
#include <QLabel>
#include <QSlider>
#include <QTableView>
#include <QTest>
#include <QUndoStack>

#include <map>

#include "tests/support/widgets.h"
#include "ui/choose/answer_label.h"
#include "ui/choose/budget_panel.h"
#include "ui/choose/choice_model.h"
#include "ui/choose/choice_table.h"
#include "ui/plots/choice_plot.h"
#include "ui/plots/choose_view.h"
#include "ui/plots/empty_hint.h"
#include "ui/plots/plot_export.h"
#include "ui/session/document.h"

using namespace lathe;
using namespace lathe::ui;
using lathe::test::child;

namespace {

Record record(const std::string& model, double latency, double halfWidth, double top1Percent, double params)
{
    Record r;
    r.id = model;
    r.configuration = {model, "eager", 1, 2, {3, 224, 224}, "cpu"};
    r.type = "cnn";
    r.params = static_cast<std::int64_t>(params * 1e6);
    r.macs = 1'000'000'000;
    r.fileBytes = static_cast<std::int64_t>(params * 4e6);
    r.top1 = top1Percent / 100.0;
    r.latency.median = latency;
    r.latency.ciLow = latency - halfWidth;
    r.latency.ciHigh = latency + halfWidth;
    r.throughput = 1000.0 / latency;
    r.throughputLow = 1000.0 / (latency + halfWidth);
    r.throughputHigh = 1000.0 / (latency - halfWidth);
    r.peakTensorBytes = 20'000'000;
    return r;
}

void fill(Document& document)
{
    for (const Record& r : {record("resnet18", 10.0, 0.1, 69.76, 11.7), record("resnet50", 25.0, 0.2, 80.86, 25.6),
                            record("convnext_tiny", 40.0, 0.4, 82.52, 28.6), record("swin_t", 60.0, 0.5, 81.47, 28.3)})
        document.appendRecord(r);
}

void setBudget(Document& document, const std::string& quantity, double limit)
{
    PlotSettings plot = document.plot();
    plot.choose.budgets = {{quantity, limit}};
    document.setPlot(plot, "test");
}

} // namespace

class TestChooseView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void anEmptySessionSaysWhatToDo()
    {
        Document document;
        ChooseView view(&document);
        view.resize(900, 600);
        view.show();
        QVERIFY(child<EmptyHint>(view, "emptyHint")->isVisible());
        QVERIFY(view.isEmpty());
        fill(document);
        QVERIFY(!child<EmptyHint>(view, "emptyHint")->isVisible());
        QVERIFY(!view.isEmpty());
    }

    void theAnswerNamesTheBestThatKeepsTheBudget()
    {
        Document document;
        fill(document);
        ChooseView view(&document);
        view.show();
        auto* answer = child<QLabel>(view, "chooseAnswer");
        QVERIFY(answer->text().contains("convnext_tiny has the highest top-1, 82.52 %, of 4 networks."));
        setBudget(document, "latency", 30.0);
        QVERIFY2(answer->text().contains("resnet50 has the highest top-1"), qPrintable(answer->text()));
        QVERIFY(answer->text().contains("The runner-up is resnet18"));
        const Choice& choice = child<ChoicePlot>(view, "choicePlot")->content().choice;
        QVERIFY(!choice.candidates[2].keepsAll && !choice.candidates[3].keepsAll);
        QCOMPARE(child<QLabel>(view, "budgetCount_latency")->text(), QString("2 of 4 keep it"));
    }

    void aBudgetIsSetBySliderAndExactlyByItsFieldAndUndone()
    {
        Document document;
        fill(document);
        ChooseView view(&document);
        view.show();
        auto* slider = child<QSlider>(view, "budgetSlider_latency");
        auto* value = child<QDoubleSpinBox>(view, "budgetValue_latency");
        auto* on = child<QCheckBox>(view, "budgetOn_latency");
        QVERIFY(!on->isChecked());
        QVERIFY(document.plot().choose.budgets.empty());
        slider->setValue(slider->maximum() / 2); // the geometric middle of 10 and 60 ms
        QVERIFY(on->isChecked());
        QCOMPARE(document.plot().choose.budgets.size(), std::size_t(1));
        QCOMPARE(document.plot().choose.budgets[0].quantity, std::string("latency"));
        QVERIFY(std::abs(document.plot().choose.budgets[0].limit - std::sqrt(600.0)) < 0.2);
        value->setValue(25.0);
        QCOMPARE(document.plot().choose.budgets[0].limit, 25.0);
        QCOMPARE(document.undoStack()->undoText(), QString("Change the budget of latency"));
        document.undoStack()->undo();
        QVERIFY(document.plot().choose.budgets.empty());
        QVERIFY(!on->isChecked());
        on->setChecked(true); // from the end that all keep
        QCOMPARE(child<QLabel>(view, "budgetCount_latency")->text(), QString("4 of 4 keep it"));
        on->setChecked(false);
        QVERIFY(document.plot().choose.budgets.empty());
    }

    void everyBudgetStartsWhereAllKeepIt()
    {
        Document document;
        fill(document);
        ChooseView view(&document);
        view.show();
        for (const Quantity quantity : choiceQuantities()) {
            const QByteArray name(quantityName(quantity).data());
            auto* on = child<QCheckBox>(view, "budgetOn_" + name);
            QVERIFY2(on, name);
            on->setChecked(true);
            QCOMPARE(child<QLabel>(view, "budgetCount_" + name)->text(), QString("4 of 4 keep it"));
        }
        QCOMPARE(document.plot().choose.budgets.size(), choiceQuantities().size());
    }

    void whatIsPreferredAndTheAxesAreChosenInTheControls()
    {
        Document document;
        fill(document);
        ChooseView view(&document);
        view.show();
        auto* prefer = child<QComboBox>(view, "choosePrefer");
        prefer->setCurrentIndex(prefer->findData("throughput"));
        QCOMPARE(document.plot().choose.prefer, std::string("throughput"));
        QVERIFY(child<QLabel>(view, "chooseAnswer")->text().contains("resnet18 has the highest throughput"));
        auto* x = child<QComboBox>(view, "chooseX");
        x->setCurrentIndex(x->findData("params"));
        QCOMPARE(view.titles().x, QString("Parameters (millions)"));
        auto* third = child<QComboBox>(view, "chooseThird");
        third->setCurrentIndex(third->findData("latency"));
        const Choice& choice = child<ChoicePlot>(view, "choicePlot")->content().choice;
        QVERIFY(choice.axes == (std::vector{Quantity::Params, Quantity::Top1, Quantity::Latency}));
        QCOMPARE(choice.front.size(), std::size_t(4)); // swin_t is the smallest of its accuracy
        document.undoStack()->undo();
        QCOMPARE(third->currentIndex(), 0);
    }

    void pointTableAndDocumentAreOneSelection()
    {
        Document document;
        fill(document);
        ChooseView view(&document);
        view.resize(1000, 700);
        view.show();
        QTest::qWait(1);
        auto* plot = child<ChoicePlot>(view, "choicePlot");
        QTest::mouseClick(plot->surface(), Qt::LeftButton, {}, plot->pixelOf("resnet50").toPoint());
        QCOMPARE(document.selection(), QStringList{"resnet50"});
        auto* table = child<QTableView>(view, "choiceTable");
        QCOMPARE(table->selectionModel()->selectedRows().size(), 1);
        QCOMPARE(table->selectionModel()->selectedRows().front().data(ChoiceModel::IdRole).toString(),
                 QString("resnet50"));
        table->selectRow(0); // the best comes first
        QCOMPARE(document.selection(), QStringList{"convnext_tiny"});
        setBudget(document, "latency", 30.0);
        QCOMPARE(document.selection(), QStringList{"convnext_tiny"}); // a new answer leaves the selection alone
    }

    void theKeyboardReachesPoints()
    {
        Document document;
        fill(document);
        ChooseView view(&document);
        view.resize(1000, 700);
        view.show();
        QTest::qWait(1);
        auto* plot = child<ChoicePlot>(view, "choicePlot");
        plot->surface()->setFocus();
        QTest::keyClick(plot->surface(), Qt::Key_Right);
        QVERIFY(!plot->hoveredId().isEmpty());
        const QString reached = plot->hoveredId();
        QTest::keyClick(plot->surface(), Qt::Key_Return);
        QCOMPARE(document.selection(), QStringList{reached});
    }

    void everyFigureSaysWhereItIsFrom()
    {
        Document document;
        fill(document);
        ChoiceModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setChoice(choose(document.records(), questionOf(document.plot().choose)), document.records());
        const auto cell = [&](int column, int role) { return model.index(1, column).data(role).toString(); };
        QCOMPARE(model.headerData(0, Qt::Horizontal).toString(), QString("Network"));
        QCOMPARE(model.headerData(1, Qt::Horizontal).toString(), QString("Top-1 (%)"));
        QVERIFY(model.headerData(1, Qt::Horizontal, Qt::TextAlignmentRole).toInt() & Qt::AlignRight);
        QVERIFY(model.headerData(model.verdictColumn(), Qt::Horizontal, Qt::TextAlignmentRole).toInt() & Qt::AlignLeft);
        QVERIFY(!model.headerData(model.columnCount(), Qt::Horizontal).isValid());
        QCOMPARE(cell(1, Qt::DisplayRole), QString("80.86"));
        QCOMPARE(cell(1, ChoiceModel::SourceMarkRole), QString("ᵖ"));
        QCOMPARE(cell(1, Qt::ToolTipRole), QString("80.86 %, published with its weights"));
        QCOMPARE(cell(3, Qt::DisplayRole), QString("25.0 ± 0.2"));
        QCOMPARE(cell(3, Qt::AccessibleTextRole), QString("25.0 ± 0.2 ms, measured here"));
        QCOMPARE(cell(5, ChoiceModel::SourceMarkRole), QString("ᶜ"));
        QVERIFY(sourceLegend().contains("ᵐ measured here"));
        model.setChoice({}, {});
        QCOMPARE(model.rowCount(), 0);
    }

    void theVerdictSaysWhichBudgetIsBroken()
    {
        Document document;
        fill(document);
        setBudget(document, "latency", 30.0);
        ChoiceModel model;
        model.setChoice(choose(document.records(), questionOf(document.plot().choose)), document.records());
        const int column = model.verdictColumn();
        QCOMPARE(model.index(1, column).data().toString(), QString("best, on the front"));
        QCOMPARE(model.index(0, column).data().toString(), QString("runner-up, on the front"));
        QCOMPARE(model.index(3, column).data().toString(), QString("breaks latency"));
        QCOMPARE(model.index(3, column).data(Qt::ToolTipRole).toString(), QString("latency at most 30 ms: broken"));
    }

    void theTableIsCopiedAsNumbers()
    {
        Document document;
        fill(document);
        ChooseView view(&document);
        child<ChoiceTable>(view, "choiceTable")->copy();
        const QStringList lines = QGuiApplication::clipboard()->text().split('\n', Qt::SkipEmptyParts);
        QCOMPARE(lines.size(), 5);
        QVERIFY2(lines[1].startsWith("convnext_tiny\tbest, on the front\t82.52\t"), qPrintable(lines[1]));
        QVERIFY(!lines.join(QString()).contains("ᵐ"));
    }

    void theExportHasTextLegendAndTheBest()
    {
        Document document;
        fill(document);
        setBudget(document, "latency", 30.0);
        ChooseView view(&document);
        view.resize(1000, 700);
        QCOMPARE(view.exportName(), QString("choose"));
        ExportOptions options;
        options.titles = PlotTitles{"Which one", "Time (ms)", "Right (%)"};
        const auto svg = encodePlot(view, PlotFormat::Svg, options);
        QVERIFY(svg.has_value());
        for (const char* text :
             {"resnet50 (best)", "resnet18 (runner-up)", "breaks a budget", "Which one", "Right (%)"})
            QVERIFY2(svg->contains(text), text);
    }

    void aHiddenViewIsComputedWhenItIsAskedFor()
    {
        Document document;
        ChooseView view(&document);
        fill(document);
        const auto* plot = child<ChoicePlot>(view, "choicePlot");
        QVERIFY(plot->content().choice.candidates.empty()); // nobody has looked
        QVERIFY(!view.isEmpty());
        QCOMPARE(plot->content().choice.candidates.size(), std::size_t(4));

        PlotSettings settings = document.plot();
        settings.choose.x = "params";
        settings.choose.budgets = {{"latency", 30.0}};
        document.setPlot(settings, "test");
        document.select({"resnet18"});
        QVERIFY(plot->content().choice.budgets.empty());
        QCOMPARE(view.titles().x, QString("Parameters (millions)"));

        document.appendRecord(record("vgg16", 20.0, 0.1, 90.0, 138.0));
        const auto svg = encodePlot(view, PlotFormat::Svg, {});
        QVERIFY(svg.has_value() && svg->contains("vgg16 (best)"));

        document.appendRecord(record("vgg19", 21.0, 0.1, 91.0, 144.0));
        view.show();
        QVERIFY(child<QLabel>(view, "chooseAnswer")->text().contains("vgg19 has the highest top-1"));
        QCOMPARE(child<QTableView>(view, "choiceTable")->selectionModel()->selectedRows().size(), 1);
    }

    void editingOneBudgetLeavesTheOthersAsTheyWereGiven()
    {
        Document document;
        fill(document);
        ChooseView view(&document);
        view.show();
        PlotSettings settings = document.plot();
        settings.choose.budgets = {{"latency", 29.98765}, {"params", 5e6}, {"top1", 70.0}};
        document.setPlot(settings, "test");
        child<QDoubleSpinBox>(view, "budgetValue_top1")->setValue(75.0);
        std::map<std::string, double> limits;
        for (const BudgetSetting& budget : document.plot().choose.budgets)
            limits[budget.quantity] = budget.limit;
        QVERIFY(limits == (std::map<std::string, double>{{"latency", 29.98765}, {"params", 5e6}, {"top1", 75.0}}));
    }

    void aFigureOfZeroHasASliderToo()
    {
        Choice choice;
        choice.candidates.resize(2);
        choice.candidates[0].figures[Quantity::Throughput] = {0.0, 0.0, 0.0};
        choice.candidates[1].figures[Quantity::Throughput] = {50.0, 50.0, 50.0};
        BudgetPanel panel;
        panel.setChoice(choice);
        std::vector<BudgetSetting> budgets;
        connect(&panel, &BudgetPanel::edited, this,
                [&](const std::vector<BudgetSetting>& now, Quantity) { budgets = now; });
        child<QCheckBox>(panel, "budgetOn_throughput")->setChecked(true);
        QCOMPARE(budgets.at(0).limit, 0.0); // where all keep it
        auto* slider = child<QSlider>(panel, "budgetSlider_throughput");
        QCOMPARE(slider->value(), 0);
        slider->setValue(slider->maximum() / 2);
        QCOMPARE(budgets.at(0).limit, 25.0);
    }

    void onlyRecordsOfOneMachineAreCandidates()
    {
        Document document;
        fill(document);
        Record other = record("vgg16", 1.0, 0.1, 99.0, 138.0);
        other.environment.cpu = "another CPU";
        document.appendRecord(other);
        ChooseView view(&document);
        QCOMPARE(child<QTableView>(view, "choiceTable")->model()->rowCount(), 4);
        QVERIFY(child<QLabel>(view, "chooseNotice")->text().contains("1 record is left out"));
    }
};

QTEST_MAIN(TestChooseView)
#include "tst_choose_view.moc"

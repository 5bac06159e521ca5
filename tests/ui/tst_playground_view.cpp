#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>
#include <QTabBar>
#include <QTableView>
#include <QTest>
#include <QToolButton>

#include <cmath>
#include <mutex>

#include "tests/support/widgets.h"
#include "ui/jobs/job_queue.h"
#include "ui/plots/growth_plot.h"
#include "ui/plots/histogram_plot.h"
#include "ui/plots/playground_view.h"
#include "ui/plots/plot_export.h"
#include "ui/quantization/quantized_values_model.h"
#include "ui/session/document.h"

using namespace lathe;
using namespace lathe::ui;

namespace {

/// What the view asked to be read; it is given three channels of four numbers.
struct Engine {
    std::mutex mutex;
    std::string model;
    LayerRequest request;
    bool fails = false;

    Measuring measuring()
    {
        Measuring measuring;
        measuring.layerValues = [this](const std::string& of, const LayerRequest& asked) -> Result<TensorValues> {
            const std::lock_guard lock(mutex);
            model = of;
            request = asked;
            if (fails)
                return fail(ErrorCode::EngineFailure, "It failed as it was told to.");
            TensorValues values = *parsedValues("1, 2, 3, 4; 10, 20, 30, 40; 5, 5, 5, 5");
            values.notes = {"These weights are not trained."};
            return values;
        };
        return measuring;
    }
};

/// Document, view and queue, in the order in which they must go.
struct Fixture {
    Engine engine;
    Document document;
    std::unique_ptr<JobQueue> queue = std::make_unique<JobQueue>();
    std::unique_ptr<PlaygroundView> view;

    Fixture()
    {
        view = std::make_unique<PlaygroundView>(&document, queue.get(), engine.measuring());
        view->resize(1000, 700);
        view->show();
    }
    ~Fixture() { queue.reset(); }

    void choose(const char* name, const char* text) const
    {
        auto* combo = test::child<QComboBox>(*view, name);
        const int index = combo->findText(QString::fromLatin1(text));
        QVERIFY2(index >= 0, text);
        combo->setCurrentIndex(index);
    }
    void set(const char* name, int value) const { test::child<QSpinBox>(*view, name)->setValue(value); }
    bool isShown(const char* name) const { return test::child<QWidget>(*view, name)->isVisible(); }
    void give(const char* numbers) const
    {
        choose("playgroundSource", "numbers of your own");
        auto* line = test::child<QLineEdit>(*view, "playgroundNumbers");
        line->setText(QString::fromLatin1(numbers));
        Q_EMIT line->editingFinished();
    }
    QTabBar* pages() const { return test::child<QTabBar>(*view, "playgroundPages"); }
    QToolButton* load() const { return test::child<QToolButton>(*view, "playgroundLoad"); }
    QString formulas() const { return test::child<QLabel>(*view, "playgroundFormulas")->text(); }
    QString findings() const { return test::child<QLabel>(*view, "growthFindings")->text(); }
    QAbstractItemModel* table() const { return test::child<QTableView>(*view, "playgroundTable")->model(); }
    QString cell(int row, int column) const { return table()->index(row, column).data().toString(); }
    const HistogramPlot::Content& plot(const char* name) const
    {
        return test::child<HistogramPlot>(*view, name)->content();
    }
    std::shared_ptr<const ErrorGrowth> growth() const
    {
        return test::child<GrowthPlot>(*view, "growthPlot")->content().growth;
    }
};

} // namespace

/// The Playground tab: what it shows of the values chosen, and what it asks to be read.
class TestPlaygroundView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void itBeginsWithNormalValues()
    {
        const Fixture f;
        QTRY_VERIFY(!f.view->isEmpty());
        QCOMPARE(f.plot("playgroundValues").bars.total(), std::int64_t{4096});
        QCOMPARE(f.plot("playgroundValues").grid.size(), std::size_t{256});
        QCOMPARE(f.table()->rowCount(), 4096);
        QVERIFY(f.formulas().contains("SQNR"));
        QVERIFY(!f.isShown("playgroundModel"));
        QVERIFY(!f.isShown("playgroundPart"));
    }

    void numbersOfOnesOwnStandSideBySideWithTheirIntegers()
    {
        const Fixture f;
        f.give("-1, 2, 0.9");
        f.set("playgroundBits", 2);
        QTRY_COMPARE(f.plot("playgroundValues").grid, (std::vector<double>{-1.0, 0.0, 1.0, 2.0}));
        QCOMPARE(f.table()->rowCount(), 3);
        QCOMPARE(f.cell(2, QuantizedValuesModel::Value), QString("0.9"));
        QCOMPARE(f.cell(2, QuantizedValuesModel::Integer), QString("0"));
        QCOMPARE(f.cell(2, QuantizedValuesModel::Rounded), QString("1"));
        QCOMPARE(f.cell(2, QuantizedValuesModel::Error), QString("0.1"));
        QVERIFY(f.formulas().contains("s = (high − low) / 3 = (2 − (−1)) / 3 = 1"));
    }

    void theTablesModelIsSound()
    {
        const Fixture f;
        QTRY_COMPARE(f.table()->rowCount(), 4096);
        const QAbstractItemModelTester tester(f.table(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        f.give("1, 2");
        QTRY_COMPARE(f.table()->rowCount(), 2);
    }

    void whatIsNoNumberIsSaidAndTheLastResultStays()
    {
        const Fixture f;
        f.give("1, 2");
        QTRY_COMPARE(f.table()->rowCount(), 2);
        f.give("1, two");
        const auto* problem = test::child<QLabel>(*f.view, "playgroundProblem");
        QTRY_VERIFY(problem->isVisible());
        QVERIFY(problem->text().contains("\"two\" is no finite number"));
        QCOMPARE(f.table()->rowCount(), 2);
        f.give("1, 2, 3");
        QTRY_VERIFY(!problem->isVisible());
    }

    void aScalePerChannelShowsOneChannelAtATime()
    {
        const Fixture f;
        f.give("1, -1; 10, -10");
        f.choose("playgroundGranularity", "channel");
        QTRY_VERIFY(f.isShown("playgroundPart"));
        f.set("playgroundPart", 2);
        QTRY_COMPARE(f.cell(0, QuantizedValuesModel::Value), QString("10"));
        QCOMPARE(test::child<QSpinBox>(*f.view, "playgroundPart")->maximum(), 2);
    }

    void aScalePerChannelDrawsSeveralChannels()
    {
        const Fixture f;
        f.choose("playgroundGranularity", "channel");
        QTRY_COMPARE(test::child<QSpinBox>(*f.view, "playgroundPart")->maximum(), 8);
    }

    void clippedValuesAreShaded()
    {
        const Fixture f;
        f.choose("playgroundSource", "heavy-tailed");
        f.choose("playgroundObserver", "squared error");
        f.set("playgroundBits", 4);
        QTRY_COMPARE(f.plot("playgroundValues").grid.size(), std::size_t{16});
        const HistogramPlot::Content& content = f.plot("playgroundValues");
        QVERIFY(content.bars.high > content.grid.back());
        QVERIFY(f.formulas().contains("more than half a step outside"));
    }

    void aLayerIsReadAsAJob()
    {
        Fixture f;
        f.choose("playgroundSource", "weights of a layer");
        f.choose("playgroundModel", "lenet");
        QTRY_VERIFY(f.load()->isEnabled() &&
                    test::child<QComboBox>(*f.view, "playgroundLayer")->findText("conv2") >= 0);
        f.choose("playgroundLayer", "conv2");
        QVERIFY(f.view->isEmpty());
        QTest::mouseClick(f.load(), Qt::LeftButton);
        QTRY_VERIFY(!f.view->isEmpty());
        QCOMPARE(f.engine.model, std::string("lenet"));
        QCOMPARE(f.engine.request.layer, std::string("conv2"));
        QVERIFY(!f.engine.request.activations);
        QCOMPARE(f.table()->rowCount(), 12);
        QVERIFY(f.formulas().contains("These weights are not trained."));
        f.choose("playgroundLayer", "conv1"); // one that was not read
        QTRY_VERIFY(f.view->isEmpty());
    }

    void activationsAreOfferedOfEveryNode()
    {
        Fixture f;
        f.choose("playgroundSource", "activations of a layer");
        f.choose("playgroundModel", "resnet18");
        QTRY_VERIFY(test::child<QComboBox>(*f.view, "playgroundLayer")->findText("relu") >= 0);
        f.choose("playgroundLayer", "relu");
        QTest::mouseClick(f.load(), Qt::LeftButton);
        QTRY_VERIFY(!f.view->isEmpty());
        QVERIFY(f.engine.request.activations);
        QCOMPARE(f.engine.request.layer, std::string("relu"));
    }

    void aLayerThatCannotBeReadIsSaid()
    {
        Fixture f;
        f.engine.fails = true;
        f.choose("playgroundSource", "weights of a layer");
        QTRY_VERIFY(f.load()->isEnabled());
        QTest::mouseClick(f.load(), Qt::LeftButton);
        const auto* problem = test::child<QLabel>(*f.view, "playgroundProblem");
        QTRY_VERIFY(problem->isVisible());
        QCOMPARE(problem->text(), QString("It failed as it was told to."));
        QTRY_VERIFY(f.load()->isEnabled());
        QVERIFY(f.view->isEmpty());
    }

    void modelFilesAreListedAmongTheNetworks()
    {
        Fixture f;
        Setup setup = f.document.setup();
        setup.models = {"resnet18", "/somewhere/trained.safetensors"};
        f.document.setSetup(setup, "Add");
        const auto* models = test::child<QComboBox>(*f.view, "playgroundModel");
        QCOMPARE(models->itemText(0), QString("trained.safetensors"));
        QCOMPARE(models->currentText(), QString("resnet18"));
    }

    void errorsAreSummedOnThePageThatShowsThem()
    {
        const Fixture f;
        QTRY_VERIFY(!f.view->isEmpty());
        QVERIFY(!f.growth());
        f.pages()->setCurrentIndex(1);
        QTRY_VERIFY(f.growth());
        QVERIFY(f.growth()->holds());
        QVERIFY(f.findings().contains("The prediction holds"));
        const HistogramPlot::Content& sums = f.plot("growthSums");
        QCOMPARE(sums.bars.total(), std::int64_t{4000});
        double area = 0.0;
        for (const QPointF& point : sums.curve)
            area += point.y() * (sums.bars.high - sums.bars.low) / 200.0 / sums.bars.binWidth();
        QVERIFY(std::abs(area - 4000.0) < 10.0);
        QVERIFY(!f.view->isEmpty());
    }

    void equalValuesAreSaidToAddUp()
    {
        const Fixture f;
        f.pages()->setCurrentIndex(1);
        f.set("growthLength", 64);
        f.choose("growthOrder", "all equal");
        QTRY_VERIFY(f.growth() && f.growth()->options.order == VectorOrder::Constant);
        QVERIFY(f.findings().contains("Correlated errors"));
        QCOMPARE(f.growth()->longest().length, std::int64_t{64});
        test::child<QCheckBox>(*f.view, "growthWeighted")->setChecked(true);
        QTRY_VERIFY(f.growth()->options.weighted);
    }

    void sumsThatCannotBeDrawnAreSaid()
    {
        const Fixture f;
        f.give("1, 2, 3");
        f.pages()->setCurrentIndex(1);
        f.choose("growthOrder", "in order");
        const auto* problem = test::child<QLabel>(*f.view, "playgroundProblem");
        QTRY_VERIFY(problem->text().contains("too few for vectors of 1024"));
    }

    void bothPagesAreExported()
    {
        const Fixture f;
        QTRY_VERIFY(!f.view->isEmpty());
        QCOMPARE(f.view->exportName(), QString("quantization"));
        const QByteArray values = *encodePlot(*f.view, PlotFormat::Svg, {});
        f.pages()->setCurrentIndex(1);
        QTRY_VERIFY(f.growth());
        QCOMPARE(f.view->exportName(), QString("error-growth"));
        const QByteArray sums = *encodePlot(*f.view, PlotFormat::Svg, {});
        QVERIFY(values.contains("half a step") && sums.contains("predicted"));
    }
};

QTEST_MAIN(TestPlaygroundView)
#include "tst_playground_view.moc"

#include <QAbstractItemModelTester>
#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTabBar>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include <algorithm>

#include "core/formats/model_file.h"
#include "core/formats/safetensors.h"
#include "core/graph/cost.h"
#include "core/training/train_to_file.h"
#include "tests/support/widgets.h"
#include "ui/jobs/job_queue.h"
#include "ui/plots/curves_plot.h"
#include "ui/plots/histogram_plot.h"
#include "ui/plots/layer_shares.h"
#include "ui/plots/legend_strip.h"
#include "ui/plots/plot_export.h"
#include "ui/plots/prune_view.h"
#include "ui/plots/remains_plot.h"
#include "ui/session/document.h"

using namespace Qt::StringLiterals;
using namespace lathe;
using namespace lathe::ui;

namespace {

constexpr int kPatience = 120'000;            // ms; the engine runs
constexpr std::int64_t kLenetWeights = 59838; // of its five layers, without biases
constexpr std::int64_t kLenetParameters = 60074;

enum Page { LayersPage, NamesPage, PromisesPage, SensitivityPage, SizesPage, BreakEvenPage };
enum LayerColumn { Layer, Operation, Pruned, Weights, Share, ChannelsBefore, ChannelsAfter };

/// Document, view and queue, in the order in which they must go; the user's answer.
struct Fixture {
    Document document;
    QTemporaryDir folder;
    QString file = folder.filePath("p.safetensors");
    QString suggested;
    std::unique_ptr<JobQueue> queue = std::make_unique<JobQueue>();
    std::unique_ptr<PruneView> view;
    std::vector<std::unique_ptr<QAbstractItemModelTester>> testers;

    Fixture()
    {
        Measuring measuring;
        measuring.backend = loadBackend;
        Questions questions;
        questions.saveFile = [this](QWidget*, const QString&, const QString& name, const QString&) {
            suggested = name;
            return file;
        };
        view = std::make_unique<PruneView>(&document, queue.get(), measuring, questions);
        view->resize(1200, 800);
        view->show();
        for (const QTableView* table : view->findChildren<QTableView*>())
            testers.push_back(std::make_unique<QAbstractItemModelTester>(
                table->model(), QAbstractItemModelTester::FailureReportingMode::QtTest));
    }
    ~Fixture() { queue.reset(); }

    template <class Widget> Widget* find(const char* name) const { return test::child<Widget>(*view, name); }
    void choose(const char* name, const QString& entry) const
    {
        auto* box = find<QComboBox>(name);
        const int index = box->findText(entry);
        QVERIFY2(index >= 0, qPrintable(entry));
        box->setCurrentIndex(index);
        Q_EMIT box->activated(index);
    }
    void click(const char* name) const { QTest::mouseClick(find<QToolButton>(name), Qt::LeftButton); }
    void open(Page page) const { find<QTabBar>("prunePages")->setCurrentIndex(page); }
    bool isShown(const char* name) const { return find<QWidget>(name)->isVisible(); }
    bool isReady() const { return find<QToolButton>("pruneStart")->isEnabled(); }
    QString answer() const { return find<QLabel>("pruneAnswer")->text(); }
    QString problem() const { return find<QLabel>("pruneProblem")->text(); }
    QAbstractItemModel* table(const char* name) const { return find<QTableView>(name)->model(); }
    QString cell(const char* name, int row, int column) const
    {
        return table(name)->index(row, column).data().toString();
    }
    qlonglong number(const char* name, int row, int column) const
    {
        return table(name)->index(row, column).data(Qt::UserRole).toLongLong();
    }

    /// LeNet on 32 synthetic images.
    void takeLenet() const
    {
        choose("pruneNetwork", u"lenet"_s);
        choose("pruneDataset", u"synthetic images"_s);
        find<QSpinBox>("pruneImages")->setValue(32);
    }
    void run(const char* button) const
    {
        click(button);
        QTRY_VERIFY_WITH_TIMEOUT(isReady(), kPatience);
        QVERIFY2(problem().isEmpty(), qPrintable(problem()));
    }
    void pruneLenet() const
    {
        takeLenet();
        run("pruneStart");
    }
    std::int64_t prunedWeights() const
    {
        std::int64_t sum = 0;
        for (int row = 0; row < table("pruneTable")->rowCount(); ++row)
            sum += number("pruneTable", row, Pruned);
        return sum;
    }
};

} // namespace

/// The Prune tab, with the engine: what each layer loses, what that promises and what is found, and what is saved.
class TestPruneView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void showsOnlyWhatAChoiceNeeds()
    {
        const Fixture f;
        f.choose("pruneDataset", u"random inputs"_s);
        QVERIFY(!f.isShown("pruneImages"));
        QVERIFY(!f.isShown("pruneExclude"));
        QVERIFY(f.isShown("pruneAmount"));
        QVERIFY(!f.isShown("pruneKept"));
        f.choose("pruneMethod", u"N of each M"_s);
        QVERIFY(!f.isShown("pruneAmount"));
        QVERIFY(!f.isShown("pruneScope"));
        QVERIFY(f.isShown("pruneKept"));
        f.click("pruneMore");
        QVERIFY(f.isShown("pruneExclude"));
        QVERIFY(f.isShown("prunePermanent"));
        QVERIFY(!f.isShown("pruneSteps"));  // a pattern is made at once
        QVERIFY(!f.isShown("pruneEpochs")); // there is nothing to train on
        f.choose("pruneWay", u"channels"_s);
        QVERIFY(f.isShown("pruneAmount"));
        QVERIFY(!f.isShown("prunePermanent"));
        QVERIFY(f.isShown("pruneRoundTo"));
        QVERIFY(!f.isShown("pruneSteps"));
        f.choose("pruneAim", u"MACs"_s);
        QVERIFY(f.isShown("pruneSteps"));
        f.choose("pruneDataset", u"CIFAR-10"_s);
        QVERIFY(f.isShown("pruneFolder"));
        QVERIFY(f.isShown("pruneEpochs"));
    }

    void badChoicesAreToldInPlaceAndNothingIsPruned_data()
    {
        QTest::addColumn<QString>("excluded");
        QTest::addColumn<QString>("rules");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("no such layer") << u"nowhere"_s << QString() << u"lenet has no layer \"nowhere\""_s;
        QTest::newRow("all excluded") << u"*"_s << QString() << u"is excluded"_s;
        QTest::newRow("over 1") << QString() << u"conv=l1:1.5"_s << u"1.5"_s;
        QTest::newRow("over the size") << QString() << u"conv1=l1:55"_s << u"55"_s;
        QTest::newRow("no rule") << QString() << u"conv"_s << u"conv"_s;
    }
    void badChoicesAreToldInPlaceAndNothingIsPruned()
    {
        QFETCH(QString, excluded);
        QFETCH(QString, rules);
        QFETCH(QString, sentence);
        const Fixture f;
        f.click("pruneMore");
        f.takeLenet();
        f.find<QLineEdit>("pruneExclude")->setText(excluded);
        f.find<QLineEdit>("pruneRules")->setText(rules);
        f.click("pruneStart");
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        QVERIFY2(f.problem().contains(sentence), qPrintable(f.problem()));
        QVERIFY(f.view->isEmpty());
    }

    void masksSetTheAskedShareToZeroAndSayThatTheyChangeNothingElse()
    {
        const Fixture f;
        QVERIFY(f.view->isEmpty());
        QVERIFY(!f.find<QToolButton>("pruneSave")->isEnabled());
        f.choose("pruneScope", u"all layers together"_s);
        f.find<QDoubleSpinBox>("pruneAmount")->setValue(20.0);
        f.pruneLenet();
        QCOMPARE(f.table("pruneTable")->rowCount(), 5);
        QCOMPARE(f.prunedWeights(), std::int64_t{11968}); // a fifth of 59,838
        QVERIFY2(f.answer().contains(u"20.0 % of the weights of its layers are 0 (11,968 of 59,838)"_s),
                 qPrintable(f.answer()));
        QVERIFY(f.answer().contains(u"masks change neither"_s));
        QVERIFY(f.answer().contains(u"Its weights are not trained"_s));
        const auto& shares = f.find<LayerShares>("pruneShares")->content();
        QCOMPARE(shares.bars.size(), std::size_t{5});
        QCOMPARE(shares.whole, 11968.0 / static_cast<double>(kLenetWeights));
        const auto [least, most] = std::minmax_element(shares.bars.begin(), shares.bars.end(),
                                                       [](const auto& a, const auto& b) { return a.share < b.share; });
        QVERIFY(least->share < shares.whole && most->share > shares.whole); // and not each layer's
        QVERIFY(encodePlot(*f.view, PlotFormat::Svg, {}));
    }

    void theHistogramCountsWhatWasThereAndWhatIsLeft()
    {
        const Fixture f;
        f.pruneLenet();
        const auto& weights = f.find<HistogramPlot>("pruneWeights")->content();
        QCOMPARE(weights.bars.total(), std::int64_t{6 * 1 * 3 * 3});
        double left = 0.0;
        for (std::size_t i = 0; i < weights.curve.size(); i += 2) // a bar's two upper corners
            left += weights.curve[i].y();
        QCOMPARE(left, 27.0);
        QCOMPARE(weights.grid.size(), std::size_t{2}); // plus and minus the threshold
    }

    void barsAndTableShareTheCurrentLayer()
    {
        const Fixture f;
        f.pruneLenet();
        auto* bars = f.find<LayerShares>("pruneShares");
        const QPoint third = bars->columnRect(2).center().toPoint();
        QTest::mouseClick(bars->surface(), Qt::LeftButton, {}, third);
        auto* table = f.find<QTableView>("pruneTable");
        QCOMPARE(table->currentIndex().row(), 2);
        table->setCurrentIndex(table->model()->index(4, 0));
        QCOMPARE(bars->current(), std::optional<std::size_t>(4));
        QVERIFY(f.find<HistogramPlot>("pruneWeights")->titles().x.contains(f.cell("pruneTable", 4, Layer)));
    }

    void namesChangeUnderMasksAndComeBackWhenTheyArePermanent()
    {
        const Fixture f;
        f.pruneLenet();
        f.open(NamesPage);
        const auto hasAfter = [&](const QString& name) {
            for (int row = 0; row < f.table("pruneNames")->rowCount(); ++row)
                if (f.cell("pruneNames", row, 2) == name)
                    return true;
            return false;
        };
        QVERIFY(hasAfter(u"conv1.weight_orig"_s));
        QVERIFY(hasAfter(u"conv1.weight_mask"_s));
        QVERIFY(!hasAfter(u"conv1.weight"_s));
        f.click("prunePermanently");
        QVERIFY(hasAfter(u"conv1.weight"_s));
        QVERIFY(!hasAfter(u"conv1.weight_mask"_s));
        QVERIFY(!f.find<QToolButton>("prunePermanently")->isEnabled());
        QCOMPARE(f.prunedWeights(), std::int64_t{kLenetWeights / 2}); // the zeros stay
        f.click("pruneSave");
        QTRY_VERIFY_WITH_TIMEOUT(f.answer().contains(u"Saved as "_s), kPatience);
        const auto opened = loadModel(f.file.toStdString(), {});
        QVERIFY2(opened && !opened->pruning, opened ? "" : opened.error().message.c_str());
    }

    void patternsKeepTwoOfFour()
    {
        const Fixture f;
        f.choose("pruneMethod", u"N of each M"_s);
        f.pruneLenet();
        QCOMPARE(f.cell("pruneTable", 2, Layer), u"fc1"_s);
        QCOMPARE(f.cell("pruneTable", 2, Share), u"50.0 %"_s);
        QVERIFY(!f.find<QComboBox>("promisesWhat")
                     ->model()
                     ->flags(f.find<QComboBox>("promisesWhat")->model()->index(1, 0))
                     .testFlag(Qt::ItemIsEnabled)); // it goes by no amount
    }

    void masksOfAFileAreTakenAndMissingOnesAskedFor()
    {
        const Fixture f;
        f.choose("pruneMethod", u"masks of a file"_s);
        QVERIFY(!f.isShown("pruneAmount"));
        f.takeLenet();
        f.click("pruneStart");
        QCOMPARE(f.problem(), u"Write where the masks lie into the field Mask file."_s);
        const WritableTensor keep = makeTensor(DType::UInt8, {6, 1, 3, 3});
        std::fill_n(keep.bytes, 54, std::byte{1});
        std::fill_n(keep.bytes, 9, std::byte{0});
        QVERIFY(writeSafetensors(f.file.toStdString(), {{"conv1.weight_mask", keep.tensor}}));
        f.find<QLineEdit>("pruneMaskFile")->setText(f.file);
        f.run("pruneStart");
        QCOMPARE(f.number("pruneTable", 0, Pruned), 9);
        QCOMPARE(f.prunedWeights(), std::int64_t{9});
        QVERIFY(!f.find<QToolButton>("pruneSensitivity")->isEnabled()); // they go by no amount
    }

    void widthsAreRoundedByMeasurement()
    {
        const Fixture f;
        f.choose("pruneWay", u"channels"_s);
        f.find<QCheckBox>("pruneByMeasurement")->setChecked(true);
        f.pruneLenet();
        QVERIFY2(f.answer().contains(u"groups of channels were chosen by measurement"_s), qPrintable(f.answer()));
    }

    void channelsMakeTheNetworkSmaller()
    {
        const Fixture f;
        f.choose("pruneWay", u"channels"_s);
        f.pruneLenet();
        QCOMPARE(f.number("pruneTable", 0, ChannelsBefore), 6);
        QCOMPARE(f.number("pruneTable", 0, ChannelsAfter), 3);
        QVERIFY2(f.answer().contains(u"of its parameters are gone"_s), qPrintable(f.answer()));
        QVERIFY2(f.answer().contains(u"instead of 60.1k"_s), qPrintable(f.answer()));
        const QSignalSpy saved(f.view.get(), &PruneView::saved);
        f.click("pruneSave");
        QTRY_COMPARE_WITH_TIMEOUT(saved.count(), 1, kPatience);
        QCOMPARE(f.suggested, u"lenet-l2-channels-0.5-local.safetensors"_s);
        QCOMPARE(saved.first().last().toString(), u"fused"_s);
        const auto opened = loadModel(f.file.toStdString(), {});
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        QVERIFY(cost(opened->graph).parameters < kLenetParameters / 2);
    }

    void aTargetInMacsIsReachedInSteps()
    {
        const Fixture f;
        f.click("pruneMore");
        f.choose("pruneWay", u"channels"_s);
        f.choose("pruneAim", u"MACs"_s);
        f.find<QSpinBox>("pruneSteps")->setValue(2);
        f.pruneLenet();
        QVERIFY2(f.answer().contains(u"It was pruned in 2 steps"_s), qPrintable(f.answer()));
        QVERIFY2(f.answer().contains(u"The target is met."_s), qPrintable(f.answer()));
    }

    void comparesWithTheOriginal()
    {
        const Fixture f;
        f.pruneLenet();
        f.open(PromisesPage);
        f.find<QSpinBox>("promisesPairs")->setValue(20);
        f.run("promisesMeasure");
        QCOMPARE(f.table("promisesTable")->rowCount(), 2);
        QCOMPARE(f.cell("promisesTable", 0, 0), u"original"_s);
        QCOMPARE(f.cell("promisesTable", 1, 1), u"50.0 %"_s);
        QCOMPARE(f.cell("promisesTable", 1, 4), u"1.00"_s); // promised
        QVERIFY(f.find<QLabel>("promisesAnswer")->text().contains(u"masks alone change neither"_s));
        QVERIFY(encodePlot(*f.view, PlotFormat::Svg, {}));
        QCOMPARE(f.view->exportName(), u"promised-and-found"_s);
    }

    void whatIsLeftHasTheIntervalOfTheTimeAndItsPromise()
    {
        const Fixture f;
        f.choose("pruneWay", u"channels"_s);
        f.pruneLenet();
        f.open(PromisesPage);
        f.find<QSpinBox>("promisesPairs")->setValue(20);
        f.run("promisesMeasure");
        const auto* plot = f.find<RemainsPlot>("promisesRemains");
        QVERIFY(plot->isVisible());
        const std::vector<RemainsPlot::Row>& rows = plot->content().rows;
        QCOMPARE(rows.size(), std::size_t{5});
        QCOMPARE(std::round(rows[0].share * kLenetParameters), 15306.0); // half of each width
        QVERIFY(rows[1].share < 0.5);
        QCOMPARE(*rows[2].promised, rows[1].share);
        QVERIFY(rows[2].interval->low <= rows[2].share && rows[2].share <= rows[2].interval->high);
        QVERIFY(plot->barRect(1).width() < 0.9 * plot->mapping().area.width());
        QVERIFY(plot->barRect(0).bottom() < plot->barRect(1).top()); // the first on top
        f.choose("promisesShown", u"cost over time"_s);
        QVERIFY(!plot->isVisible());
    }

    void sweepsAmountsAndRefusesOthers()
    {
        const Fixture f;
        f.choose("pruneWay", u"channels"_s);
        f.pruneLenet();
        f.open(PromisesPage);
        f.choose("promisesWhat", u"a range of amounts"_s);
        f.find<QLineEdit>("promisesAmounts")->setText(u"100"_s);
        f.click("promisesMeasure");
        QVERIFY(f.find<QLabel>("promisesProblem")->text().contains(u"\"100\" are no amounts"_s));
        f.find<QLineEdit>("promisesAmounts")->setText(u"50, 30"_s);
        f.find<QSpinBox>("promisesPairs")->setValue(20);
        f.run("promisesMeasure");
        QCOMPARE(f.table("promisesTable")->rowCount(), 3);
        QCOMPARE(f.cell("promisesTable", 1, 0), u"30 %"_s);
        QVERIFY(f.number("promisesTable", 2, 3) < f.number("promisesTable", 1, 3)); // MACs
        QVERIFY(!f.find<RemainsPlot>("promisesRemains")->isVisible());
        f.choose("promisesShown", u"cost over MACs"_s);
        QCOMPARE(f.find<CurvesPlot>("promisesPlot")->titles().x, u"MACs of one input (millions)"_s);
    }

    void sensitivityHasACurveALayerThatTheLegendHides()
    {
        const Fixture f;
        f.pruneLenet();
        f.open(SensitivityPage);
        QVERIFY(f.view->isEmpty());
        f.run("pruneSensitivity");
        auto* plot = f.find<CurvesPlot>("sensitivityPlot");
        QCOMPARE(plot->content().series.size(), std::size_t{6});
        QCOMPARE(plot->content().series.front().points.size(), std::size_t{10});
        QVERIFY(f.find<QLabel>("sensitivityAnswer")->text().contains(u"Half of one layer hurts most in"_s));
        auto* legend = f.find<LegendStrip>("sensitivityPlotLegend");
        QTest::mouseClick(legend, Qt::LeftButton, {}, legend->entryRect(u"conv1"_s).center().toPoint());
        QVERIFY(plot->content().hidden.contains(u"conv1"_s));
        QVERIFY(!f.view->isEmpty());
    }

    void sizesSetExpectedBesideFound()
    {
        const Fixture f;
        f.pruneLenet();
        f.open(SizesPage);
        f.run("pruneSizes");
        QVERIFY(f.table("sizesTable")->rowCount() >= 5);
        QCOMPARE(f.cell("sizesTable", 0, 0), u"dense .pt"_s);
        QCOMPARE(f.number("sizesTable", 0, 1), qlonglong{4 * kLenetParameters});
        QVERIFY(f.number("sizesTable", 0, 2) >= 4 * kLenetParameters);
        QVERIFY(f.find<QLabel>("sizesNote")->text().contains(u"(50.0 %)"_s));
    }

    void breakEvenDrawsDenseAndSparseAndLayersThatGain()
    {
        const Fixture f;
        f.pruneLenet();
        f.open(BreakEvenPage);
        f.choose("breakEvenLayer", u"fc1"_s);
        f.find<QSpinBox>("breakEvenSeconds")->setValue(3);
        f.run("breakEvenMeasure");
        const auto& content = f.find<CurvesPlot>("breakEvenPlot")->content();
        QVERIFY(content.series.size() >= 2);
        QVERIFY(content.series.front().isLevel);
        QCOMPARE(content.series[1].points.size(), std::size_t{11});
        QVERIFY(content.yLog);
        f.run("breakEvenGains");
        QCOMPARE(f.table("breakEvenTable")->rowCount(), 5);
        QVERIFY(!f.find<QLabel>("breakEvenGainAnswer")->text().isEmpty());
    }

    void aTrainedNetworksAccuracyIsComparedAndFineTuned()
    {
        Fixture f;
        TrainingWish wish;
        wish.names = {"lenet", "synthetic", {}, 1};
        wish.options.epochs = 1;
        wish.options.learningRate = 0.05;
        wish.out = f.folder.filePath("trained.safetensors").toStdString();
        const auto trained = trainAsWished(wish, {}, {});
        QVERIFY2(trained, trained ? "" : trained.error().message.c_str());
        Setup setup = f.document.setup();
        setup.models = {wish.out.string()};
        f.document.setSetup(setup, u"add"_s);
        f.choose("pruneNetwork", u"trained.safetensors"_s);
        f.choose("pruneDataset", u"synthetic images"_s);
        f.click("pruneMore");
        f.find<QSpinBox>("pruneEpochs")->setValue(1);
        f.run("pruneStart");
        QVERIFY2(f.answer().contains(u"(95 % intervals)"_s), qPrintable(f.answer()));
        QCOMPARE(f.prunedWeights(), std::int64_t{kLenetWeights / 2}); // training leaves them at 0
        f.click("pruneSave");
        QTRY_VERIFY_WITH_TIMEOUT(f.answer().contains(u"Saved as "_s), kPatience);
        const auto opened = loadModel(f.file.toStdString(), {});
        QVERIFY2(opened && opened->pruning, opened ? "" : opened.error().message.c_str());
    }

    void stopsAndKeepsWhatWasThere()
    {
        const Fixture f;
        f.pruneLenet();
        const QString before = f.answer();
        f.open(SensitivityPage);
        f.click("pruneSensitivity");
        QVERIFY(!f.isReady());
        f.click("pruneStop");
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        QCOMPARE(f.problem(), u"Stopped."_s);
        QCOMPARE(f.answer(), before);
    }
};

QTEST_MAIN(TestPruneView)
#include "tst_prune_view.moc"

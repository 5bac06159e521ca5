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
#include <QThread>
#include <QToolButton>

#include <atomic>
#include <cmath>

#include "core/formats/model_file.h"
#include "core/training/train_to_file.h"
#include "tests/support/widgets.h"
#include "ui/jobs/job_queue.h"
#include "ui/plots/data_path_picture.h"
#include "ui/plots/histogram_plot.h"
#include "ui/plots/plot_export.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/precision_map.h"
#include "ui/plots/quantize_view.h"
#include "ui/quantization/data_path_model.h"
#include "ui/quantization/quantized_layers_model.h"
#include "ui/session/document.h"

using namespace Qt::StringLiterals;
using namespace lathe;
using namespace lathe::ui;

namespace {

constexpr int kPatience = 60'000; // ms; the engine runs

/// Document, view and queue, in the order in which they must go; the user's answer.
struct Fixture {
    Document document;
    QTemporaryDir folder;
    QString file = folder.filePath("q.safetensors");
    QString suggested;
    std::unique_ptr<JobQueue> queue = std::make_unique<JobQueue>();
    std::unique_ptr<QuantizeView> view;

    Fixture()
    {
        Measuring measuring;
        measuring.backend = loadBackend;
        Questions questions;
        questions.saveFile = [this](QWidget*, const QString&, const QString& name, const QString&) {
            suggested = name;
            return file;
        };
        view = std::make_unique<QuantizeView>(&document, queue.get(), measuring, questions);
        view->resize(1200, 800);
        view->show();
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
    bool isShown(const char* name) const { return find<QWidget>(name)->isVisible(); }
    bool isReady() const { return find<QToolButton>("quantizeStart")->isEnabled(); }
    QString answer() const { return find<QLabel>("quantizeAnswer")->text(); }
    QString problem() const { return find<QLabel>("quantizeProblem")->text(); }
    QAbstractItemModel* table() const { return find<QTableView>("quantizeTable")->model(); }
    QString cell(int row, int column) const { return table()->index(row, column).data().toString(); }

    /// LeNet on 32 synthetic images.
    void takeLenet() const
    {
        choose("quantizeNetwork", u"lenet"_s);
        choose("quantizeDataset", u"synthetic images"_s);
        find<QSpinBox>("quantizeImages")->setValue(32);
    }
    void quantizeLenet() const
    {
        takeLenet();
        click("quantizeStart");
        QTRY_VERIFY_WITH_TIMEOUT(isReady(), kPatience);
        QVERIFY2(problem().isEmpty(), qPrintable(problem()));
    }
};

using Model = QuantizedLayersModel;

} // namespace

/// The Quantize tab, with the engine: what a network's layers cost, which of them are quantized, and what is saved.
class TestQuantizeView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void comparesWithFloatAndShowsEachStep()
    {
        const Fixture f;
        f.quantizeLenet();
        auto* batches = f.find<QLineEdit>("quantizeBatches");
        f.find<QTabBar>("quantizePages")->setCurrentIndex(2);
        batches->setText(u"one"_s);
        f.click("quantizeCompare");
        QVERIFY(f.find<QLabel>("quantizeBatchesProblem")->text().contains(u"\"one\" are no batch sizes"_s));
        batches->setText(u"2"_s);
        f.click("quantizeCompare");
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        QVERIFY2(f.problem().isEmpty(), qPrintable(f.problem()));
        const QAbstractItemModel* variants = f.find<QTableView>("variantsTable")->model();
        QCOMPARE(variants->rowCount(), 3);
        QCOMPARE(variants->index(2, 0).data().toString(), u"int8"_s);
        QVERIFY(variants->headerData(7, Qt::Horizontal).toString().contains(u"batch 2"_s));
        QVERIFY(f.find<QLabel>("speedReasons")->text().contains(u"fused float32"_s));
        QVERIFY(f.find<QLabel>("speedReasons")->text().contains(u"75 % smaller"_s));

        f.find<QTabBar>("quantizePages")->setCurrentIndex(3);
        auto* steps = f.find<QTableView>("dataPathTable");
        QVERIFY(steps->model()->rowCount() >= 6); // the input's conversion and five layers
        QCOMPARE(steps->model()->index(0, DataPathModel::Kind).data().toString(), u"to integers"_s);
        QVERIFY(f.find<QLabel>("dataPathSummary")->text().contains(u"1 to integers, 0 back to float"_s));
        auto* picture = f.find<DataPathPicture>("dataPathPicture");
        const QString whole = picture->accessibleDescription();
        QVERIFY2(whole.contains(u"Integers"_s) && whole.contains(u"Quantize"_s), qPrintable(whole));
        steps->setCurrentIndex(steps->model()->index(0, 0));
        QVERIFY(!picture->isEmpty());
        QVERIFY(picture->accessibleDescription().contains(u"x_int = round(x / "_s));
        QVERIFY(picture->accessibleDescription() != whole);
        f.click("dataPathWhole");
        QCOMPARE(picture->accessibleDescription(), whole);
        QVERIFY(!f.view->isEmpty());
        QCOMPARE(f.view->exportName(), u"data-path"_s);

        f.choose("quantizePreset", u"none"_s); // what was measured is of another choice
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        QVERIFY(picture->isEmpty());
    }

    void saysWhenTheFormHasChangedSince()
    {
        const Fixture f;
        f.quantizeLenet();
        QVERIFY(f.find<QLabel>("quantizeProgress")->text().isEmpty());
        auto* scheme = f.find<QComboBox>("quantizeScheme");
        scheme->setFocus();
        QTest::keyClick(scheme, Qt::Key_Down);
        QVERIFY(f.find<QLabel>("quantizeProgress")->text().startsWith(u"Not of the choices above"_s));
        f.click("quantizeStart");
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        QVERIFY(f.find<QLabel>("quantizeProgress")->text().isEmpty());
    }

    void showsOnlyWhatAChoiceNeeds()
    {
        const Fixture f;
        f.choose("quantizeDataset", u"random inputs"_s);
        QVERIFY(!f.isShown("quantizeImages"));
        QVERIFY(!f.isShown("quantizeFolder"));
        QVERIFY(!f.isShown("quantizeBits"));
        f.click("quantizeMore");
        QVERIFY(f.isShown("quantizeBits"));
        QVERIFY(f.isShown("quantizeObserver"));
        QVERIFY(!f.isShown("quantizePercentile"));
        QVERIFY(!f.isShown("quantizeEpochs")); // there is nothing to train on
        f.choose("quantizeObserver", u"percentile"_s);
        QVERIFY(f.isShown("quantizePercentile"));
        f.choose("quantizeDataset", u"CIFAR-10"_s);
        QVERIFY(f.isShown("quantizeFolder"));
        QVERIFY(f.isShown("quantizeEpochs"));
        f.choose("quantizeScheme", u"weights only"_s);
        QVERIFY(!f.isShown("quantizeObserver"));
        QVERIFY(!f.isShown("quantizeGroup"));
        f.find<QSpinBox>("quantizeBits")->setValue(4);
        QCOMPARE(f.find<QComboBox>("quantizeGranularity")->currentText(), u"group"_s);
        QVERIFY(f.isShown("quantizeGroup"));
        f.choose("quantizeScheme", u"static int8"_s);
        QCOMPARE(f.find<QComboBox>("quantizeGranularity")->currentText(), u"channel"_s);
        QVERIFY(f.find<QSpinBox>("quantizeBits")->value() >= 7);
    }

    void aFolderThatIsMissingIsAskedFor()
    {
        const Fixture f;
        f.choose("quantizeDataset", u"CIFAR-10"_s);
        f.click("quantizeStart");
        QCOMPARE(f.problem(), u"Write where CIFAR-10's binary files lie into the field Folder."_s);
        QVERIFY(f.queue->jobs().empty());
    }

    void imagesThatDoNotFitAreToldInPlace()
    {
        const Fixture f;
        f.takeLenet();
        f.find<QSpinBox>("quantizeImages")->setValue(99'999);
        f.click("quantizeStart");
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        QVERIFY2(f.problem().contains(u"99999"_s), qPrintable(f.problem()));
        QVERIFY(f.view->isEmpty());
    }

    void quantizesAndTellsWhatItCosts()
    {
        const Fixture f;
        QVERIFY(f.view->isEmpty());
        QVERIFY(!f.find<QToolButton>("quantizeSave")->isEnabled());
        f.quantizeLenet();
        QVERIFY(!f.view->isEmpty());
        QCOMPARE(f.table()->rowCount(), 5);
        QCOMPARE(f.cell(0, Model::ChosenPrecision), u"int8 ▾"_s);
        for (const int column : {Model::Weight, Model::Output, Model::Accumulated})
            QVERIFY2(f.cell(0, column).toDouble() > 20.0, qPrintable(f.cell(0, column)));
        QVERIFY(f.cell(0, Model::Sensitivity).isEmpty());
        QVERIFY2(f.answer().contains(u"lenet in int8: "_s), qPrintable(f.answer()));
        QVERIFY2(f.answer().contains(u"of 32 inputs"_s), qPrintable(f.answer()));
        QVERIFY2(f.answer().contains(u"Its weights are not trained"_s), qPrintable(f.answer()));
        QCOMPARE(f.find<PrecisionMap>("precisionMap")->content().bars.size(), std::size_t{5});
    }

    void aLayersPrecisionIsChosenInTheTable()
    {
        const Fixture f;
        f.quantizeLenet();
        const QString before = f.cell(1, Model::Accumulated);
        QVERIFY(f.table()->setData(f.table()->index(0, Model::ChosenPrecision), u"float32"_s));
        QCOMPARE(f.cell(0, Model::ChosenPrecision), u"float32 ▾"_s);
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        QCOMPARE(f.cell(0, Model::Weight), u"exact"_s);
        QCOMPARE(f.cell(0, Model::Reason), u"chosen so"_s);
        QVERIFY(f.cell(1, Model::Accumulated).toDouble() > before.toDouble());
        QVERIFY2(f.answer().contains(u"lenet in int8 mixed"_s), qPrintable(f.answer()));
        QCOMPARE(f.find<QComboBox>("quantizePreset")->currentIndex(), -1);
        QCOMPARE(f.find<PrecisionMap>("precisionMap")->content().bars[0].precision, Precision::Float32);
    }

    void oneChoiceAfterAnotherEndsWithTheLast()
    {
        const Fixture f;
        f.quantizeLenet();
        for (int row = 0; row < 3; ++row)
            QVERIFY(f.table()->setData(f.table()->index(row, Model::ChosenPrecision), u"float32"_s));
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        for (int row = 0; row < 5; ++row)
            QCOMPARE(f.cell(row, Model::ChosenPrecision), row < 3 ? u"float32 ▾"_s : u"int8 ▾"_s);
        QVERIFY2(f.problem().isEmpty(), qPrintable(f.problem()));
    }

    void presetsChooseManyLayers_data()
    {
        QTest::addColumn<QString>("preset");
        QTest::addColumn<QString>("quantized"); // a letter a layer
        QTest::newRow("ends") << u"all but the first and last"_s << u"fqqqf"_s;
        QTest::newRow("convolutions") << u"convolutions only"_s << u"qqfff"_s;
        QTest::newRow("linear") << u"linear layers only"_s << u"ffqqq"_s;
    }
    void presetsChooseManyLayers()
    {
        QFETCH(QString, preset);
        QFETCH(QString, quantized);
        const Fixture f;
        f.quantizeLenet();
        f.choose("quantizePreset", preset);
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        QString found;
        for (int row = 0; row < f.table()->rowCount(); ++row)
            found += f.cell(row, Model::ChosenPrecision) == u"int8 ▾"_s ? u'q' : u'f';
        QCOMPARE(found, quantized);
        QCOMPARE(f.find<QComboBox>("quantizePreset")->currentText(), preset);
    }

    void withoutAnyQuantizedLayerNothingIsSaved()
    {
        const Fixture f;
        f.quantizeLenet();
        f.choose("quantizePreset", u"none"_s);
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        QVERIFY2(f.answer().contains(u"nothing is quantized"_s), qPrintable(f.answer()));
        QVERIFY(!f.find<QToolButton>("quantizeSave")->isEnabled());
    }

    void measuresLayersAndSuggestsWhichToLeave()
    {
        const Fixture f;
        f.quantizeLenet();
        f.click("quantizeMeasure");
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        for (int row = 0; row < 5; ++row) {
            QVERIFY(f.cell(row, Model::Sensitivity).toDouble() > 10.0);
            QVERIFY(f.cell(row, Model::FloatTime).toDouble() > 0.0);
            QVERIFY(!f.cell(row, Model::Saved).isEmpty());
        }
        f.choose("quantizeHeights", u"sensitivity"_s);
        QCOMPARE(f.find<PrecisionMap>("precisionMap")->titles().x,
                 u"The network's output with one layer alone quantized, in the order they run"_s);
        f.find<QDoubleSpinBox>("quantizeBudget")->setValue(120.0); // only without any rounding
        f.click("quantizeSuggest");
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        QVERIFY2(f.problem().isEmpty(), qPrintable(f.problem()));
        for (int row = 0; row < 5; ++row)
            QCOMPARE(f.cell(row, Model::ChosenPrecision), u"float32 ▾"_s);
        f.find<QDoubleSpinBox>("quantizeBudget")->setValue(1.0);
        f.click("quantizeSuggest");
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        QVERIFY2(f.answer().contains(u"For 1.0 dB no layer has to stay in float32"_s), qPrintable(f.answer()));
        QCOMPARE(f.cell(0, Model::ChosenPrecision), u"int8 ▾"_s);
    }

    void mapAndTableShareTheCurrentLayer()
    {
        const Fixture f;
        f.quantizeLenet();
        auto* map = f.find<PrecisionMap>("precisionMap");
        const QPoint third = map->columnRect(2).center().toPoint();
        QTest::mouseClick(map->surface(), Qt::LeftButton, {}, third);
        QCOMPARE(f.find<QTableView>("quantizeTable")->currentIndex().row(), 2);
        QCOMPARE(f.find<QComboBox>("quantizeLayer")->currentText(), f.cell(2, Model::Layer));
        f.choose("quantizeLayer", f.cell(4, Model::Layer));
        QCOMPARE(map->current(), std::optional<std::size_t>(4));
    }

    void histogramsCountTheSameValuesBeforeAndAfter()
    {
        const Fixture f;
        f.quantizeLenet();
        f.find<QTabBar>("quantizePages")->setCurrentIndex(1);
        const auto& weights = f.find<HistogramPlot>("quantizeWeights")->content();
        QCOMPARE(weights.bars.total(), std::int64_t{6 * 1 * 3 * 3});
        double rounded = 0.0;
        for (std::size_t i = 0; i < weights.curve.size(); i += 2) // a bar's two upper corners
            rounded += weights.curve[i].y();
        QCOMPARE(rounded, 54.0);
        QVERIFY(f.find<HistogramPlot>("quantizeOutputs")->content().bars.total() > 0);
        QVERIFY(encodePlot(*f.view, PlotFormat::Svg, {}));
    }

    void everySchemeSaysWhatItLeavesInFloat_data()
    {
        QTest::addColumn<QString>("scheme");
        QTest::addColumn<int>("bits");
        QTest::addColumn<QString>("convolution");
        QTest::addColumn<QString>("linear");
        QTest::newRow("dynamic") << u"dynamic int8"_s << 7 << u"float32"_s << u"int8-dynamic ▾"_s;
        QTest::newRow("weights") << u"weights only"_s << 8 << u"int8-weight-only ▾"_s << u"int8-weight-only ▾"_s;
        QTest::newRow("4 bits") << u"weights only"_s << 4 << u"int4-weight-only ▾"_s << u"int4-weight-only ▾"_s;
    }
    void everySchemeSaysWhatItLeavesInFloat()
    {
        QFETCH(QString, scheme);
        QFETCH(int, bits);
        QFETCH(QString, convolution);
        QFETCH(QString, linear);
        const Fixture f;
        f.choose("quantizeScheme", scheme);
        f.find<QSpinBox>("quantizeBits")->setValue(bits);
        f.quantizeLenet();
        QCOMPARE(f.cell(0, Model::ChosenPrecision), convolution);
        QCOMPARE(f.cell(4, Model::ChosenPrecision), linear);
        QCOMPARE(f.cell(0, Model::Reason).isEmpty(), convolution != u"float32"_s);
        f.click("quantizeSave");
        QTRY_VERIFY_WITH_TIMEOUT(f.answer().contains(u"Saved as "_s), kPatience);
        const auto opened = loadModel(f.file.toStdString(), {});
        QVERIFY2(opened && opened->quantization, opened ? "" : opened.error().message.c_str());
    }

    void fineTunesAfterwards()
    {
        const Fixture f;
        f.find<QToolButton>("quantizeMore")->click();
        f.takeLenet();
        f.find<QSpinBox>("quantizeEpochs")->setValue(1);
        f.click("quantizeStart");
        bool tuned = false;
        QTRY_VERIFY_WITH_TIMEOUT(
            (tuned = tuned || f.find<QLabel>("quantizeProgress")->text().contains(u"fine-tuning, epoch 1 of 1"_s)) ||
                f.isReady(),
            kPatience);
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        QVERIFY(tuned);
        QVERIFY2(f.problem().isEmpty(), qPrintable(f.problem()));
        QVERIFY2(f.answer().contains(u"lenet in int8: "_s), qPrintable(f.answer()));
    }

    void waitsWhileSomethingIsMeasured()
    {
        const Fixture f;
        std::atomic<bool> measures = true;
        f.queue->enqueue(u"a measurement"_s, [&](std::stop_token, const ProgressSink&) -> Result<void> {
            while (measures)
                QThread::msleep(5);
            return {};
        });
        f.takeLenet();
        f.click("quantizeStart");
        QTest::qWait(300);
        QVERIFY(f.view->isEmpty());
        QVERIFY(!f.isReady());
        QVERIFY(f.queue->jobs().back().state == Job::State::Waiting);
        measures = false;
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        QVERIFY(!f.view->isEmpty());
    }

    void aTrainedNetworksAccuracyIsComparedAndItsFileOpens()
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
        f.choose("quantizeNetwork", u"trained.safetensors"_s);
        f.choose("quantizeDataset", u"synthetic images"_s);
        f.click("quantizeStart");
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        QVERIFY2(f.answer().contains(u"Accuracy "_s), qPrintable(f.answer()));
        QVERIFY2(f.answer().contains(u"(95 % intervals)"_s), qPrintable(f.answer()));

        const QSignalSpy saved(f.view.get(), &QuantizeView::saved);
        f.click("quantizeSave");
        QTRY_COMPARE_WITH_TIMEOUT(saved.count(), 1, kPatience);
        QCOMPARE(f.suggested, u"trained-int8.safetensors"_s);
        QCOMPARE(saved.first().first().toString(), f.file);
        const auto opened = loadModel(f.file.toStdString(), {});
        QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
        QVERIFY(opened->quantization);
        QVERIFY(opened->preprocessing);
    }

    void stopsAndKeepsWhatWasThere()
    {
        const Fixture f;
        f.quantizeLenet();
        const QString before = f.answer();
        f.choose("quantizeNetwork", u"resnet50"_s);
        f.click("quantizeStart");
        QVERIFY(!f.isReady());
        f.click("quantizeStop");
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        QCOMPARE(f.problem(), u"Stopped."_s);
        QCOMPARE(f.answer(), before);
    }
};

QTEST_MAIN(TestQuantizeView)
#include "tst_quantize_view.moc"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include <atomic>
#include <mutex>

#include "tests/support/datasets.h"
#include "tests/support/widgets.h"
#include "ui/jobs/job_queue.h"
#include "ui/plots/plot_export.h"
#include "ui/plots/train_view.h"
#include "ui/plots/training_plot.h"

using namespace Qt::StringLiterals;
using namespace lathe;
using namespace lathe::ui;

namespace {

/// Takes the wish down and tells of two epochs of two steps.
struct Trainer {
    std::mutex mutex;
    TrainingWish wish;
    bool waits = false; ///< for the stop
    bool fails = false;

    Measuring measuring()
    {
        Measuring measuring;
        measuring.train = [this](const TrainingWish& asked, const TrainingEvents& events,
                                 std::stop_token stop) -> Result<TrainedFile> {
            {
                const std::lock_guard lock(mutex);
                wish = asked;
            }
            if (fails)
                return fail(ErrorCode::NotFound, "There is no such dataset, as it was told to say.");
            TrainedFile trained;
            for (int epoch = 1; epoch <= 2; ++epoch) {
                for (int step = 1; step <= 2; ++step)
                    events.stepDone({epoch, 2, step, 2, 1.0 / epoch, 0.4 * epoch, 1000.0, 3.0});
                EpochResult result{.epoch = epoch, .validationLoss = 0.9 / epoch, .validationAccuracy = 0.35 * epoch};
                result.seconds = 2.0;
                result.images = 4000;
                trained.result.history.push_back(result);
                events.epochDone(result);
            }
            while (waits && !stop.stop_requested())
                QThread::msleep(5);
            if (waits)
                return fail(ErrorCode::Cancelled, "The training was stopped in epoch 2 of 2.");
            trained.dataset = "fashion-mnist";
            trained.classNames = {"shirt", "coat"};
            trained.result.test.samples = 10;
            trained.result.test.accuracy = 0.8;
            trained.result.test.interval = {0.49, 0.94};
            trained.result.test.confusion = {{5, 0}, {2, 3}};
            return trained;
        };
        return measuring;
    }
};

/// View and queue, in the order in which they must go; the user's answers.
struct Fixture {
    Trainer trainer;
    QTemporaryDir folder;
    QString file = folder.filePath("w.safetensors");
    bool goesOn = true;
    QStringList asked;
    std::unique_ptr<JobQueue> queue = std::make_unique<JobQueue>();
    std::unique_ptr<TrainView> view;

    Fixture()
    {
        Questions questions;
        questions.saveFile = [this](QWidget*, const QString&, const QString& suggested, const QString&) {
            asked << suggested;
            return file;
        };
        questions.confirm = [this](QWidget*, const QString& text, const QString&) {
            asked << text;
            return goesOn;
        };
        view = std::make_unique<TrainView>(queue.get(), trainer.measuring(), questions);
        view->resize(1100, 700);
        view->show();
    }
    ~Fixture() { queue.reset(); }

    template <class Widget> Widget* find(const char* name) const { return test::child<Widget>(*view, name); }
    void choose(const char* name, const QString& entry) const
    {
        auto* box = find<QComboBox>(name);
        box->setCurrentIndex(box->findText(entry));
        Q_EMIT box->activated(box->currentIndex());
    }
    void train() const { QTest::mouseClick(find<QToolButton>("trainStart"), Qt::LeftButton); }
    bool isReady() const { return find<QToolButton>("trainStart")->isEnabled(); }
    QString answer() const { return find<QLabel>("trainAnswer")->text(); }
};

} // namespace

/// The Train tab: what it asks to have trained, and how it shows what comes.
class TestTrainView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyNetworkBringsItsUsualOptions()
    {
        const Fixture f;
        f.choose("trainNetwork", u"resnet20"_s);
        QCOMPARE(f.find<QComboBox>("trainOptimizer")->currentText(), u"SGD"_s);
        QCOMPARE(f.find<QComboBox>("trainAugmentation")->currentText(), u"crop and flip"_s);
        const double rate = f.find<QDoubleSpinBox>("trainLearningRate")->value();
        f.choose("trainOptimizer", u"AdamW"_s);
        QVERIFY(f.find<QDoubleSpinBox>("trainLearningRate")->value() < rate);
        f.choose("trainNetwork", u"lenet"_s);
        QCOMPARE(f.find<QComboBox>("trainOptimizer")->currentText(), u"AdamW"_s);
        QCOMPARE(f.find<QComboBox>("trainAugmentation")->currentText(), u"none"_s);
        QVERIFY(f.find<QComboBox>("trainNetwork")->findText(u"bert_base_uncased"_s) < 0); // takes no images
    }

    void asksForWhatWasChosen()
    {
        Fixture f;
        f.choose("trainNetwork", u"resnet20"_s);
        f.choose("trainDataset", u"CIFAR-10"_s);
        f.find<QLineEdit>("trainFolder")->setText(u" /data/cifar "_s);
        f.find<QSpinBox>("trainEpochs")->setValue(3);
        f.find<QSpinBox>("trainSeed")->setValue(7);
        f.choose("trainKept", u"best epoch"_s);
        f.train();
        QTRY_VERIFY(f.isReady());
        const TrainingWish& wish = f.trainer.wish;
        QCOMPARE(wish.names.model, std::string("resnet20"));
        QCOMPARE(wish.names.dataset, std::string("cifar10:/data/cifar"));
        QCOMPARE(wish.out.string(), f.file.toStdString());
        QVERIFY(!wish.resume);
        QCOMPARE(wish.options.epochs, 3);
        QCOMPARE(wish.options.seed, std::uint64_t{7});
        QCOMPARE(wish.options.augmentation.cropPadding, std::int64_t{4});
        QVERIFY(wish.options.kept == Kept::Best);
        QVERIFY(check(wish.options));
        QCOMPARE(f.asked, QStringList{u"resnet20-cifar10.safetensors"_s});
    }

    void syntheticImagesHaveNoFolder()
    {
        Fixture f;
        f.find<QLineEdit>("trainFolder")->setText(u"/data"_s);
        f.choose("trainDataset", u"synthetic images"_s);
        QVERIFY(!f.find<QLineEdit>("trainFolder")->isVisibleTo(f.view.get()));
        f.train();
        QTRY_VERIFY(f.isReady());
        QCOMPARE(f.trainer.wish.names.dataset, std::string("synthetic"));
    }

    void drawsCurvesAndTellsTheAccuracy()
    {
        Fixture f;
        const QSignalSpy trained(f.view.get(), &TrainView::trained);
        QVERIFY(f.view->isEmpty());
        f.train();
        QTRY_COMPARE(trained.count(), 1);
        QCOMPARE(trained.first().first().toString(), f.file);
        QVERIFY(!f.view->isEmpty());
        const auto& loss = f.find<TrainingPlot>("lossPlot")->content();
        QVERIFY(loss.curves[0].points.size() >= 2);
        QCOMPARE(loss.curves[0].points.back(), QPointF(2.0, 0.5));
        QCOMPARE(loss.curves[1].points.size(), std::size_t{2});
        QCOMPARE(f.find<TrainingPlot>("accuracyPlot")->content().curves[1].points.back(), QPointF(2.0, 70.0));
        QVERIFY2(
            f.answer().contains(u"80.00 % of 10 test images are sorted right (95 % interval 49.00 % to 94.00 %)."_s),
            qPrintable(f.answer()));
        QVERIFY(f.answer().contains(u"coat taken for shirt, 2 times"_s));
        QVERIFY2(f.answer().contains(u"4.0 s, 2000 images/s"_s), qPrintable(f.answer()));
    }

    void stopsAndGoesOn()
    {
        Fixture f;
        f.trainer.waits = true;
        f.train();
        QTRY_VERIFY(f.find<QToolButton>("trainStop")->isEnabled());
        QVERIFY(!f.isReady());
        QTRY_COMPARE(f.find<TrainingPlot>("lossPlot")->content().curves[1].points.size(), std::size_t{2});
        QTest::mouseClick(f.find<QToolButton>("trainStop"), Qt::LeftButton);
        QTRY_VERIFY(f.isReady());
        QVERIFY2(f.answer().contains(u"Stopped: "_s), qPrintable(f.answer()));
        test::writeBytes(f.file + u".checkpoint"_s, "as a stop leaves it");
        f.trainer.waits = false;
        f.goesOn = false;
        f.asked.clear();
        f.train();
        QCOMPARE(f.asked.last(), u"A training into “w.safetensors” was stopped before its end."_s);
        QVERIFY(f.isReady()); // thought better of it
        f.goesOn = true;
        f.train();
        QTRY_VERIFY(f.isReady());
        QVERIFY(f.trainer.wish.resume);
    }

    void nothingBeginsWithoutAFile()
    {
        Fixture f;
        f.file.clear();
        f.train();
        QVERIFY(f.isReady());
        QVERIFY(f.view->isEmpty());
        QVERIFY(f.queue->jobs().empty());
    }

    void tellsWhyATrainingFailed()
    {
        Fixture f;
        f.trainer.fails = true;
        f.train();
        QTRY_VERIFY(f.isReady());
        QVERIFY2(f.answer().contains(u"There is no such dataset, as it was told to say."_s), qPrintable(f.answer()));
    }
};

QTEST_MAIN(TestTrainView)
#include "tst_train_view.moc"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include <numeric>

#include "core/distillation/experiment.h"
#include "tests/support/datasets.h"
#include "tests/support/widgets.h"
#include "ui/distillation/distil_wizard.h"
#include "ui/jobs/job_queue.h"
#include "ui/plots/confusion_plot.h"
#include "ui/plots/curves_plot.h"
#include "ui/plots/distil_view.h"
#include "ui/plots/plot_export.h"
#include "ui/plots/soft_labels_plot.h"
#include "ui/session/document.h"

using namespace Qt::StringLiterals;
using namespace lathe;
using namespace lathe::ui;

namespace {

constexpr int kPatience = 120'000; // ms; the engine runs

enum Tab { AccuracyTab, LossTab, ClassesTab, ConfusionTab, SoftTab };

/// Document, view and queue, in the order in which they must go; the user's answer.
struct Fixture {
    Document document;
    QTemporaryDir folder;
    QString chosen = folder.filePath("experiment");
    std::unique_ptr<JobQueue> queue = std::make_unique<JobQueue>();
    std::unique_ptr<DistilView> view;

    explicit Fixture(bool hasTeacher = true)
    {
        QDir(folder.path()).mkdir(u"data"_s);
        test::writeIdxFolder(folder.filePath("data"));
        Measuring measuring;
        measuring.backend = loadBackend;
        Questions questions;
        questions.chooseFolder = [this](QWidget*, const QString&) { return chosen; };
        if (hasTeacher)
            addTeacher();
        view = std::make_unique<DistilView>(&document, queue.get(), measuring, questions);
        view->resize(1200, 800);
        view->show();
        find<QLineEdit>("distilFolder")->setText(folder.filePath("data"));
        find<QSpinBox>("distilEpochs")->setValue(2);
        find<QSpinBox>("distilSeeds")->setValue(2);
        find<QSpinBox>("distilBatch")->setValue(20);
        find<QComboBox>("distilStudent")->setEditText(u"convnet:2,4"_s);
    }
    ~Fixture() { queue.reset(); }

    void addTeacher()
    {
        auto model = buildModel("convnet:4,8", {{1, 28, 28}, 10});
        model->weights = *(*loadBackend())->initialise(model->graph, 5);
        const QString path = folder.filePath("teacher.safetensors");
        if (!saveModel(path.toStdString(), *model))
            qFatal("no teacher");
        Setup setup = document.setup();
        setup.models = {path.toStdString()};
        document.setSetup(setup, {});
    }
    template <class Widget> Widget* find(const char* name) const { return test::child<Widget>(*view, name); }
    void choose(const char* name, const QString& entry) const
    {
        auto* box = find<QComboBox>(name);
        const int index = box->findText(entry);
        QVERIFY2(index >= 0, qPrintable(entry));
        box->setCurrentIndex(index);
        Q_EMIT box->activated(index);
    }
    void distil() const { QTest::mouseClick(find<QToolButton>("distilStart"), Qt::LeftButton); }
    bool isReady() const { return find<QToolButton>("distilStart")->isEnabled(); }
    QString answer() const { return find<QLabel>("distilAnswer")->text(); }
    QString problem() const { return find<QLabel>("distilProblem")->text(); }
    QString resultFile() const { return chosen + u"/result.json"_s; }
    QJsonObject result() const
    {
        QFile file(resultFile());
        return file.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(file.readAll()).object() : QJsonObject();
    }
};

} // namespace

/// The Distil tab, with the engine on small images.
class TestDistilView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void withoutATeacherItSaysHowToGetOne()
    {
        const Fixture f(false);
        QVERIFY(!f.find<QComboBox>("distilTeacher")->isEnabled());
        f.distil();
        QVERIFY2(f.problem().contains(u"train a network"_s), qPrintable(f.problem()));
        QVERIFY(f.view->isEmpty());
    }

    void showsBothArmsAndTheVerdict()
    {
        const Fixture f;
        QSignalSpy distilled(f.view.get(), &DistilView::distilled);
        QVERIFY(!f.find<QToolButton>("distilStop")->isEnabled());
        f.distil();
        QTRY_VERIFY_WITH_TIMEOUT(distilled.count() == 1, kPatience);
        QCOMPARE(distilled[0][0].toStringList().size(), 2);
        QVERIFY(QFile::exists(distilled[0][0].toStringList().last()));
        QVERIFY2(f.answer().contains(u"means of 2 seeds"_s), qPrintable(f.answer()));
        QCOMPARE(f.document.records().size(), std::size_t{3});
        QCOMPARE(f.document.records()[2].scheme, std::string("distilled"));
        QCOMPARE(*f.document.records()[2].top1, f.result()["distilled"][0].toDouble());
        QVERIFY(f.answer().contains(f.result()["sentences"][1].toString().toHtmlEscaped()));
        // Two arms, two seeds, two epochs: means with their range.
        const CurvesPlot::Content accuracy = f.find<CurvesPlot>("distilAccuracy")->content();
        QCOMPARE(accuracy.series.size(), std::size_t{4});
        for (const CurvesPlot::Series& series : accuracy.series) {
            QCOMPARE(series.points.size(), std::size_t{2});
            QVERIFY(series.isBand && series.points[0].yInterval);
            QVERIFY(series.points[0].yInterval->low <= series.points[0].y &&
                    series.points[0].y <= series.points[0].yInterval->high);
        }
        const QJsonObject json = f.result();
        QCOMPARE(accuracy.series[1].text, u"control, validation"_s);
        const double mean = 50.0 * (json["arms"][0]["history"][1]["validation_accuracy"].toDouble() +
                                    json["arms"][1]["history"][1]["validation_accuracy"].toDouble());
        QVERIFY(std::abs(accuracy.series[1].points[1].y - mean) < 1e-9);
        QCOMPARE(f.find<CurvesPlot>("distilLossPlot")->content().series.size(), std::size_t{3});
        const CurvesPlot::Content classes = f.find<CurvesPlot>("distilClasses")->content();
        QCOMPARE(classes.series[1].points.size(), std::size_t{10});
        QVERIFY(std::abs(classes.series[1].points[3].y - 100.0 * json["class_gain"][3]["difference"].toDouble()) <
                1e-9);
        QTRY_VERIFY(f.isReady());
        const auto* confusion = f.find<ConfusionPlot>("distilConfusion");
        const auto images = [&](std::size_t label) {
            const auto& row = confusion->content().counts[label];
            return std::accumulate(row.begin(), row.end(), std::int64_t{0});
        };
        QCOMPARE(images(3), 20); // ten test images of each class, and two seeds
        f.choose("distilConfused", u"teacher"_s);
        QCOMPARE(images(3), 10);
        for (const int tab : {AccuracyTab, LossTab, ClassesTab, ConfusionTab}) {
            f.find<QTabBar>("distilPages")->setCurrentIndex(tab);
            QVERIFY(!f.view->isEmpty());
            QVERIFY(encodePlot(*f.view, PlotFormat::Png, {}));
        }
    }

    void showsTheSoftLabelsOfImages()
    {
        const Fixture f;
        QSignalSpy distilled(f.view.get(), &DistilView::distilled);
        f.distil();
        QTRY_VERIFY_WITH_TIMEOUT(distilled.count() == 1 && f.isReady(), kPatience);
        f.find<QTabBar>("distilPages")->setCurrentIndex(SoftTab);
        const auto* plot = f.find<SoftLabelsPlot>("softPlot");
        QTRY_COMPARE_WITH_TIMEOUT(plot->content().networks.size(), std::size_t{3}, kPatience); // unasked
        f.find<QCheckBox>("softDiffering")->setChecked(false);
        auto* image = f.find<QSpinBox>("softImage");
        image->setValue(5);
        QTRY_COMPARE_WITH_TIMEOUT(plot->content().label, 5, kPatience);
        QCOMPARE(plot->content().networks.size(), std::size_t{3});
        for (const SoftLabelsPlot::Network& network : plot->content().networks) {
            double sum = 0.0;
            for (const double p : network.probabilities)
                sum += p;
            QVERIFY(std::abs(sum - 1.0) < 1e-6);
        }
        QVERIFY(!f.find<QLabel>("softPicture")->pixmap().isNull());
        QVERIFY(f.find<QLabel>("softText")->text().contains(u"Label: Sandal"_s));
        QTest::mouseClick(f.find<QToolButton>("softNext"), Qt::LeftButton);
        QCOMPARE(image->value(), 6);
        QTRY_COMPARE_WITH_TIMEOUT(plot->content().label, 6, kPatience);
        QVERIFY(!f.view->isEmpty());
        QVERIFY(encodePlot(*f.view, PlotFormat::Png, {}));
    }

    void pausesAndGoesOn()
    {
        const Fixture f;
        f.find<QSpinBox>("distilEpochs")->setValue(400);
        f.find<QSpinBox>("distilSeeds")->setValue(1);
        f.distil();
        const auto* plot = f.find<CurvesPlot>("distilAccuracy");
        QTRY_VERIFY_WITH_TIMEOUT(!plot->content().series.empty() && plot->content().series[0].points.size() > 2,
                                 kPatience);
        QVERIFY2(f.find<QLabel>("distilProgress")->text().contains(u"images/s"_s),
                 qPrintable(f.find<QLabel>("distilProgress")->text()));
        QTest::mouseClick(f.find<QToolButton>("distilStop"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
        QVERIFY2(f.problem().contains(u"go on from here"_s), qPrintable(f.problem()));
        const std::size_t before = plot->content().series[0].points.size();
        f.distil();
        QTRY_VERIFY_WITH_TIMEOUT(!plot->content().series.empty() && plot->content().series[0].points.size() > before,
                                 kPatience);
        QTest::mouseClick(f.find<QToolButton>("distilStop"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(f.isReady(), kPatience);
    }

    void whatIsChosenIsWhatIsDone()
    {
        const Fixture f;
        f.find<QSpinBox>("distilSeeds")->setValue(1);
        f.find<QSpinBox>("distilEpochs")->setValue(1);
        f.find<QSpinBox>("distilSeed")->setValue(4);
        f.find<QDoubleSpinBox>("distilAlpha")->setValue(0.5);
        f.find<QDoubleSpinBox>("distilTemperature")->setValue(2.5);
        f.find<QDoubleSpinBox>("distilLearningRate")->setValue(0.01);
        f.choose("distilAugmentation", u"crop"_s);
        f.find<QSpinBox>("distilViews")->setValue(2);
        f.choose("distilOptimizer", u"Adam"_s);
        f.distil();
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(f.resultFile()) && f.isReady(), kPatience);
        const QJsonObject options = f.result()["options"].toObject();
        QCOMPARE(options["seed"].toInt(), 4);
        QCOMPARE(options["views"].toInt(), 2);
        QCOMPARE(options["optimizer"].toString(), u"adam"_s);
        QCOMPARE(options["learning_rate"].toDouble(), 0.01);
        QCOMPARE(options["distillation"]["alpha"].toDouble(), 0.5);
        QCOMPARE(options["distillation"]["temperature"].toDouble(), 2.5);
        QVERIFY2(f.answer().contains(u"One seed tells nothing"_s), qPrintable(f.answer()));
        f.choose("distilLoss", u"hard labels"_s);
        QVERIFY(!f.find<QDoubleSpinBox>("distilTemperature")->isVisibleTo(f.view.get()));
    }

    void asksStepByStep()
    {
        const Fixture f;
        QTest::mouseClick(f.find<QToolButton>("distilWizardButton"), Qt::LeftButton);
        auto* wizard = f.find<DistilWizard>("distilWizard");
        QVERIFY(wizard);
        test::child<QLineEdit>(*wizard, "wizardFolder")->setText(f.folder.filePath("data"));
        wizard->next();
        QVERIFY(test::child<QComboBox>(*wizard, "wizardTeacher")->isEnabled());
        wizard->next();
        auto* student = test::child<QComboBox>(*wizard, "wizardStudent");
        const auto about = [&] { return test::child<QLabel>(*wizard, "wizardAboutStudent")->text(); };
        student->setEditText(u"convnet:8,16,32"_s);
        QVERIFY2(about().contains(u"6,274 parameters"_s), qPrintable(about()));
        student->setEditText(u"nonsense"_s);
        QVERIFY2(about().contains(u"nonsense"_s), qPrintable(about()));
        student->setEditText(u"convnet:2"_s);
        wizard->next();
        test::child<QSpinBox>(*wizard, "wizardSeeds")->setValue(1);
        test::child<QSpinBox>(*wizard, "wizardEpochs")->setValue(1);
        QVERIFY(test::child<QLabel>(*wizard, "wizardSummary")->text().startsWith(u"2 trainings of 1 epochs"_s));
        wizard->accept();
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(f.resultFile()) && f.isReady(), kPatience);
        QCOMPARE(f.result()["student"].toString(), u"convnet:2"_s);
    }

    void theWizardSaysWhatIsMissing()
    {
        const Fixture f(false);
        QTest::mouseClick(f.find<QToolButton>("distilWizardButton"), Qt::LeftButton);
        auto* wizard = f.find<DistilWizard>("distilWizard");
        auto* images = test::child<QComboBox>(*wizard, "wizardDataset");
        images->setCurrentIndex(images->findData(u"folder"_s));
        test::child<QLineEdit>(*wizard, "wizardFolder")->clear();
        wizard->next();
        QVERIFY(test::child<QLabel>(*wizard, "wizardProblem")->text().contains(u"a folder for each class"_s));
        images->setCurrentIndex(images->findData(u"synthetic"_s));
        wizard->next();
        QVERIFY(!test::child<QComboBox>(*wizard, "wizardTeacher")->isEnabled());
        QVERIFY(!wizard->button(QWizard::NextButton)->isEnabled());
        wizard->next();
        QCOMPARE(wizard->currentId(), 1); // without a teacher there is nothing to go on with
        const QSignalSpy wanted(wizard, &DistilWizard::modelFileWanted);
        QTest::mouseClick(test::child<QPushButton>(*wizard, "wizardAddTeacher"), Qt::LeftButton);
        QCOMPARE(wanted.count(), 1);
        wizard->setTeachers({"some/teacher.safetensors"});
        QCOMPARE(test::child<QComboBox>(*wizard, "wizardTeacher")->currentText(), u"teacher.safetensors"_s);
        wizard->next();
        QCOMPARE(wizard->currentId(), 2);
        auto* student = test::child<QComboBox>(*wizard, "wizardStudent");
        student->setEditText(u"lennet"_s);
        QVERIFY(!wizard->button(QWizard::NextButton)->isEnabled());
        student->setEditText(u"lenet"_s);
        QVERIFY(wizard->button(QWizard::NextButton)->isEnabled());
        wizard->reject();
    }

    void hintsAndTheTeachersNormalisationAreTaken()
    {
        const Fixture f;
        f.find<QSpinBox>("distilSeeds")->setValue(1);
        f.find<QSpinBox>("distilEpochs")->setValue(1);
        QVERIFY(!f.find<QLineEdit>("distilTeacherLayer")->isVisibleTo(f.find<QWidget>("distilDetails")));
        f.choose("distilHint", u"attention"_s);
        QVERIFY(f.find<QLineEdit>("distilTeacherLayer")->isVisibleTo(f.find<QWidget>("distilDetails")));
        f.distil();
        QVERIFY2(f.problem().contains(u"write both names"_s), qPrintable(f.problem()));
        f.find<QLineEdit>("distilTeacherLayer")->setText(u"relu1"_s);
        f.find<QLineEdit>("distilStudentLayer")->setText(u"relu1"_s);
        f.find<QLineEdit>("distilMean")->setText(u"0.5"_s);
        f.distil();
        QVERIFY2(f.problem().contains(u"as many numbers"_s), qPrintable(f.problem()));
        f.find<QLineEdit>("distilDeviation")->setText(u"0.25"_s);
        f.distil();
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(f.resultFile()) && f.isReady(), kPatience);
        const QJsonObject teaching = f.result().value(u"options"_s).toObject().value(u"distillation"_s).toObject();
        QCOMPARE(teaching.value(u"hint"_s).toObject().value(u"kind"_s).toString(), u"attention"_s);
        QFile identity(f.chosen + u"/experiment.json"_s);
        QVERIFY(identity.open(QIODevice::ReadOnly));
        const QJsonObject teacher = QJsonDocument::fromJson(identity.readAll()).object().value(u"teacher"_s).toObject();
        QCOMPARE(teacher.value(u"mean"_s).toArray().at(0).toDouble(), 0.5);
        QCOMPARE(teacher.value(u"deviation"_s).toArray().at(0).toDouble(), 0.25);
    }

    void whatCannotBeIsSaid()
    {
        const Fixture f;
        f.find<QComboBox>("distilStudent")->setEditText(u"convnet:none"_s);
        f.distil();
        QTRY_VERIFY_WITH_TIMEOUT(f.problem().contains(u"convnet:8,16,32"_s), kPatience);
        QTRY_VERIFY(f.isReady());
        f.find<QComboBox>("distilStudent")->setEditText(u"convnet:2"_s);
        QVERIFY(f.problem().isEmpty());
    }
};

QTEST_MAIN(TestDistilView)
#include "tst_distil_view.moc"

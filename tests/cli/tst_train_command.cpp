#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

#include "core/formats/model_file.h"
#include "core/formats/safetensors.h"
#include "tests/support/datasets.h"
#include "tests/support/program.h"

using namespace Qt::StringLiterals;

/// `lathe train` and `lathe eval` through the program itself, on small files that the test writes.
class TestTrainCommand : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void trainsAndEvaluates();
    void theFileOpensAsAModelEverywhere();
    void trainsAnArchitectureForImagesOfItsDataset();
    void goesOnFromAFileOfWeights();
    void endsOutOfPatience();
    void stopsOnInterruptAndResumes();
    void tellsPeopleWhatItCameTo();
    void refusesBadUsageWithTwoAndOneLine_data();
    void refusesBadUsageWithTwoAndOneLine();
    void failsWithOneAndOneLine_data();
    void failsWithOneAndOneLine();

private:
    using Run = lathe::test::Run;
    Run lathe(const QStringList& arguments) const { return lathe::test::runLathe(arguments, m_folder->path()); }
    QString path(const QString& name) const { return m_folder->filePath(name); }
    QStringList training(int epochs, const QStringList& more, const QString& out = u"w.safetensors"_s) const
    {
        return QStringList{"train",     "lenet",
                           "--dataset", "fashion-mnist:data",
                           "--epochs",  QString::number(epochs),
                           "--batch",   "20",
                           "--seed",    "3",
                           "--threads", "1",
                           "--out",     out} +
               more;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestTrainCommand::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(QDir(m_folder->path()).mkdir(u"data"_s));
    lathe::test::writeIdxFolder(path(u"data"_s));
}

void TestTrainCommand::trainsAndEvaluates()
{
    const Run run = lathe(training(4, {"--learning-rate", "0.005", "--json"}));
    QVERIFY2(run.code == 0, run.error);
    const QJsonObject trained = run.json();
    QCOMPARE(trained["model"].toString(), u"lenet"_s);
    QCOMPARE(trained["samples"].toInt(), 100);
    QVERIFY(trained["accuracy"].toDouble() > 0.8);
    QVERIFY(trained["ci_low"].toDouble() < trained["accuracy"].toDouble());
    QCOMPARE(trained["history"].toArray().size(), 4);
    QVERIFY(trained["history"].toArray().last()["validation_accuracy"].toDouble() > 0.0);
    QCOMPARE(trained["options"]["seed"].toInt(), 3);
    QVERIFY(!QFile::exists(path(u"w.safetensors.checkpoint"_s)));
    for (const QString& mode : {u"eager"_s, u"channels_last"_s, u"fused"_s}) {
        const Run eval = lathe(
            {"eval", "w.safetensors", "--dataset", "fashion-mnist:data", "--mode", mode, "--batch", "32", "--json"});
        QVERIFY2(eval.code == 0, eval.error);
        QCOMPARE(eval.json()["accuracy"].toDouble(), trained["accuracy"].toDouble());
        QCOMPARE(eval.json()["correct"].toInt(), trained["correct"].toInt());
        QCOMPARE(eval.json()["confusion"].toArray(), trained["confusion"].toArray());
        QCOMPARE(eval.json()["classes"].toArray().at(9).toString(), u"Ankle boot"_s);
    }
}

void TestTrainCommand::theFileOpensAsAModelEverywhere()
{
    QVERIFY(lathe(training(2, {})).code == 0);
    const auto model = lathe::loadModel(path(u"w.safetensors"_s).toStdString(), {});
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    QCOMPARE(model->graph.name(), std::string("lenet"));
    QVERIFY(model->preprocessing.has_value());
    QCOMPARE(model->preprocessing->dataset, std::string("fashion-mnist"));
    QCOMPARE(model->preprocessing->classNames.size(), std::size_t{10});
    const Run bench = lathe({"bench", "w.safetensors", "--max-seconds", "0.2", "--json"});
    QVERIFY2(bench.code == 0, bench.error);
    QVERIFY(lathe({"export", "w.safetensors", "--out", "again.safetensors"}).code == 0);
    const auto again = lathe::loadModel(path(u"again.safetensors"_s).toStdString(), {});
    QVERIFY(again && again->preprocessing);
    QVERIFY(again->preprocessing->normalisation == model->preprocessing->normalisation);
}

void TestTrainCommand::trainsAnArchitectureForImagesOfItsDataset()
{
    const Run run = lathe({"train", "resnet18", "--dataset", "synthetic", "--input", "3x16x20", "--epochs", "1",
                           "--batch", "500", "--out", "r.safetensors", "--json"});
    QVERIFY2(run.code == 0, run.error);
    const auto model = lathe::loadModel(path(u"r.safetensors"_s).toStdString(), {});
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    QCOMPARE(model->graph.inputShape(), (lathe::Shape{3, 16, 20}));
    QCOMPARE(model->graph.outputShape(), lathe::Shape{10});
    const Run eval = lathe({"eval", "r.safetensors", "--dataset", "synthetic", "--json"});
    QVERIFY2(eval.code == 0, eval.error);
    QCOMPARE(eval.json()["correct"].toInt(), run.json()["correct"].toInt());
}

void TestTrainCommand::goesOnFromAFileOfWeights()
{
    QVERIFY(lathe(training(2, {"--learning-rate", "0.005"})).code == 0);
    const Run more = lathe({"train", "w.safetensors", "--dataset", "fashion-mnist:data", "--epochs", "1", "--out",
                            "v.safetensors", "--learning-rate", "0.0001", "--json"});
    QVERIFY2(more.code == 0, more.error);
    const Run fresh = lathe(training(1, {"--learning-rate", "0.0001", "--json"}, u"u.safetensors"_s));
    const double first = fresh.json()["history"][0]["loss"].toDouble();
    QVERIFY(more.json()["history"][0]["loss"].toDouble() < first);
}

void TestTrainCommand::endsOutOfPatience()
{
    const Run run = lathe(training(200, {"--patience", "2", "--schedule", "constant", "--json"}));
    QVERIFY2(run.code == 0, run.error);
    const auto epochs = run.json()["history"].toArray().size();
    QVERIFY(epochs < 200);
    QCOMPARE(run.json()["kept_epoch"].toInt(), static_cast<int>(epochs) - 2);
}

void TestTrainCommand::stopsOnInterruptAndResumes()
{
    const QStringList arguments = training(400, {"--augment", "crop,flip"});
    QProcess process;
    process.setWorkingDirectory(m_folder->path());
    process.start(qEnvironmentVariable("LATHE_EXECUTABLE"), arguments);
    process.setReadChannel(QProcess::StandardError);
    QByteArray error;
    while (!error.contains("epoch 2/400")) {
        QVERIFY2(process.waitForReadyRead(60000), error);
        error += process.readAllStandardError();
    }
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    QVERIFY(process.waitForFinished(60000));
    QCOMPARE(process.exitCode(), 1);
    QVERIFY(process.readAllStandardError().contains("w.safetensors.checkpoint"));
    QVERIFY(QFile::exists(path(u"w.safetensors.checkpoint"_s)));
    QVERIFY(!QFile::exists(path(u"w.safetensors"_s)));
    const Run again = lathe(arguments);
    QCOMPARE(again.code, 2);
    QVERIFY(again.error.contains("resume that one, or delete the file to start over"));
    const Run other = lathe(training(2, {"--resume"})); // two epochs, and not 400
    QCOMPARE(other.code, 2);
    QVERIFY2(other.error.contains("another epochs (400 and not 2)"), other.error);
}

void TestTrainCommand::tellsPeopleWhatItCameTo()
{
    const Run run = lathe(training(2, {"--resume"})); // there is nothing to go on from
    QVERIFY2(run.code == 0, run.error);
    QVERIFY(run.error.contains("There is no checkpoint beside w.safetensors"));
    QVERIFY(run.error.contains("epoch 2/2: loss "));
    QVERIFY2(run.out.startsWith("w.safetensors: lenet after 2 epochs on fashion-mnist in "), run.out);
    QVERIFY(run.out.contains(" % of 100 test images are sorted right (95 % interval "));
    QVERIFY(run.out.contains("Ankle boot"));
}

void TestTrainCommand::refusesBadUsageWithTwoAndOneLine_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("says");
    const QStringList train{"train", "lenet", "--out", "w.safetensors"};
    QTest::newRow("no dataset") << train << "--dataset"_ba;
    QTest::newRow("unknown dataset") << train + QStringList{"--dataset", "mnist"} << "no dataset \"mnist\""_ba;
    QTest::newRow("no folder") << train + QStringList{"--dataset", "fashion-mnist:nowhere"} << "no folder nowhere"_ba;
    QTest::newRow("samples") << train + QStringList{"--dataset", "fashion-mnist:data:20"} << "leave \":20\" out"_ba;
    QTest::newRow("files missing") << train + QStringList{"--dataset", "fashion-mnist:."}
                                   << "lacks train-images-idx3-ubyte"_ba;
    QTest::newRow("unknown network") << QStringList{"train", "lenat", "--dataset", "synthetic", "--out", "w"}
                                     << "did you mean lenet"_ba;
    QTest::newRow("encoder") << QStringList{"train", "bert_base_uncased", "--dataset", "fashion-mnist:data", "--out",
                                            "w"}
                             << "bert_base_uncased"_ba;
    QTest::newRow("too small an input") << QStringList{"train", "alexnet", "--dataset", "fashion-mnist:data",
                                                       "--out", "w"}
                                        << "alexnet: node features."_ba;
    QTest::newRow("input beside files") << train + QStringList{"--dataset", "fashion-mnist:data", "--input", "1x32x32"}
                                        << "leave the input size out"_ba;
    QTest::newRow("optimizer") << train + QStringList{"--dataset", "fashion-mnist:data", "--optimizer", "lion"}
                               << "no optimizer \"lion\"; choose from sgd, adam, adamw"_ba;
    QTest::newRow("schedule") << train + QStringList{"--dataset", "fashion-mnist:data", "--schedule", "step"}
                              << "no schedule \"step\"; choose from cosine, constant"_ba;
    QTest::newRow("augmentation") << train + QStringList{"--dataset", "fashion-mnist:data", "--augment", "crop,blur"}
                                  << "no augmentation \"blur\"; choose from crop, flip, none"_ba;
    QTest::newRow("learning rate") << train + QStringList{"--dataset", "fashion-mnist:data", "--learning-rate", "-1"}
                                   << "learning rate of -1"_ba;
    QTest::newRow("epochs") << train + QStringList{"--dataset", "fashion-mnist:data", "--epochs", "0"} << "0 epochs"_ba;
    QTest::newRow("patience") << train + QStringList{"--dataset", "fashion-mnist:data", "--patience", "-1"}
                              << "patience of -1"_ba;
    QTest::newRow("no such place") << QStringList{"train",     "lenet",
                                                  "--dataset", "fashion-mnist:data",
                                                  "--out",     "no/where/w.safetensors"}
                                   << "no folder no/where"_ba;
    QTest::newRow("eval without weights") << QStringList{"eval", "lenet", "--dataset", "fashion-mnist:data"}
                                          << "an architecture without weights; train it first"_ba;
    QTest::newRow("eval of nothing") << QStringList{"eval", "no.safetensors", "--dataset", "fashion-mnist:data"}
                                     << "no.safetensors"_ba;
}

void TestTrainCommand::refusesBadUsageWithTwoAndOneLine()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QByteArray, says);
    const Run run = lathe(arguments);
    QVERIFY2(run.code == 2, run.error);
    QVERIFY2(run.error.contains(says), run.error);
    QCOMPARE(run.error.count('\n'), 1);
    QVERIFY(run.out.isEmpty());
}

void TestTrainCommand::failsWithOneAndOneLine_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("damaged images") << QStringList{"--dataset", "fashion-mnist:damaged"}
                                    << "train-images-idx3-ubyte is truncated"_ba;
    QTest::newRow("divergence") << QStringList{"--dataset", "fashion-mnist:data", "--learning-rate",
                                               "1e30",      "--optimizer",        "sgd"}
                                << "The training diverged in epoch 1"_ba;
}

void TestTrainCommand::failsWithOneAndOneLine()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QByteArray, says);
    QVERIFY(QDir(m_folder->path()).mkdir(u"damaged"_s));
    lathe::test::writeIdxFolder(path(u"damaged"_s), 20, 10);
    QVERIFY(QFile::resize(path(u"damaged/train-images-idx3-ubyte"_s), 5000));
    const Run run = lathe(QStringList{"train", "lenet", "--out", "w.safetensors"} + arguments);
    QVERIFY2(run.code == 1, run.error);
    QVERIFY2(run.error.contains(says), run.error);
    QVERIFY(run.out.isEmpty());
    QVERIFY(!QFile::exists(path(u"w.safetensors"_s)));
}

QTEST_GUILESS_MAIN(TestTrainCommand)
#include "tst_train_command.moc"

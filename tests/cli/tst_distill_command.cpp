#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

#include "tests/support/datasets.h"
#include "tests/support/program.h"

using namespace Qt::StringLiterals;

/// `lathe distill` through the program itself, on small files that the test writes.
class TestDistillCommand : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void keepsTheContract();
    void tellsPeopleWhatItCameTo();
    void isTheSameHoweverOftenItIsKilled();
    void stopsOnInterruptAndGoesOn();
    void refusesBadUsageWithOneLine_data();
    void refusesBadUsageWithOneLine();

private:
    using Run = lathe::test::Run;
    Run lathe(const QStringList& arguments) const { return lathe::test::runLathe(arguments, m_folder.path()); }
    /// With those flags added, or in place of its own.
    QStringList experiment(const QString& out, const QStringList& flags = {}) const;
    /// Starts it and kills it after that long, with that signal.
    void killed(const QString& out, int milliseconds, int signal) const;

    QTemporaryDir m_folder;
};

QStringList TestDistillCommand::experiment(const QString& out, const QStringList& flags) const
{
    QStringList arguments{"distill",
                          "--dataset",
                          "fashion-mnist:data",
                          "--teacher",
                          "t.safetensors",
                          "--student",
                          "convnet:2,4",
                          "--temperature",
                          "4",
                          "--alpha",
                          "0.9",
                          "--seeds",
                          "2",
                          "--epochs",
                          "3",
                          "--batch",
                          "20",
                          "--threads",
                          "1",
                          "--out",
                          out};
    for (qsizetype i = 0; i < flags.size(); i += 2) {
        const qsizetype at = arguments.indexOf(flags[i]);
        if (at < 0)
            arguments += flags.mid(i, 2);
        else
            arguments[at + 1] = flags[i + 1];
    }
    return arguments;
}

void TestDistillCommand::initTestCase()
{
    QVERIFY(QDir(m_folder.path()).mkdir(u"data"_s));
    lathe::test::writeIdxFolder(m_folder.filePath(u"data"_s));
    const Run run = lathe({"train", "lenet", "--dataset", "fashion-mnist:data", "--epochs", "3", "--batch", "20",
                           "--learning-rate", "0.005", "--out", "t.safetensors"});
    QVERIFY2(run.code == 0, run.error);
}

void TestDistillCommand::keepsTheContract()
{
    const Run run = lathe(experiment(u"contract"_s) << "--json");
    QVERIFY2(run.code == 0, run.error);
    const QJsonObject json = run.json();
    QCOMPARE(json["control"].toArray().size(), 2);
    QCOMPARE(json["distilled"].toArray().size(), 2);
    const double difference = 0.5 * (json["distilled"][0].toDouble() + json["distilled"][1].toDouble() -
                                     json["control"][0].toDouble() - json["control"][1].toDouble());
    QVERIFY(std::abs(json["difference"].toDouble() - difference) < 1e-12);
    QVERIFY(json["ci_low"].toDouble() <= json["difference"].toDouble());
    QVERIFY(json["ci_high"].toDouble() >= json["difference"].toDouble());
    QVERIFY(!json["verdict"].toString().isEmpty());
    QCOMPARE(json["class_gain"].toArray().size(), 10);
    QCOMPARE(json["arms"].toArray().size(), 4);
    QCOMPARE(json["options"]["distillation"]["temperature"].toDouble(), 4.0);
    // What it wrote is a model like any other, and does what was said of it.
    const Run eval = lathe({"eval", "contract/distilled-1.safetensors", "--dataset", "fashion-mnist:data", "--json"});
    QVERIFY2(eval.code == 0, eval.error);
    QCOMPARE(eval.json()["accuracy"].toDouble(), json["distilled"][1].toDouble());
    const Run teacher = lathe({"eval", "t.safetensors", "--dataset", "fashion-mnist:data", "--json"});
    QCOMPARE(teacher.json()["accuracy"].toDouble(), json["teacher_accuracy"].toDouble());
}

void TestDistillCommand::tellsPeopleWhatItCameTo()
{
    const Run run = lathe(experiment(
        u"people"_s, {"--student", "lenet", "--seeds", "1", "--loss", "logits", "--augment", "crop", "--views", "2",
                      "--hint", "features", "--teacher-layer", "relu2", "--student-layer", "relu2", "--epochs", "1"}));
    QVERIFY2(run.code == 0, run.error);
    QVERIFY2(run.out.contains("One seed tells nothing"), run.out);
    QVERIFY(run.out.contains("To try next:\n- Train with at least 3 seeds"));
    QVERIFY(run.out.contains("Ankle boot"));
    QVERIFY2(run.error.contains("1/2 control, seed 0: epoch 1/1: loss"), run.error);
    // Changed images with a teacher that saw them unchanged: said.
    const Run other = lathe(experiment(u"other"_s, {"--seeds", "1", "--augment", "crop", "--epochs", "1"}));
    QVERIFY2(other.error.contains("answers to the unchanged images"), other.error);
}

/// SIGKILL, wherever it is: the experiment goes on and comes to the figures of an unbroken one.
void TestDistillCommand::isTheSameHoweverOftenItIsKilled()
{
    const Run whole = lathe(experiment(u"whole"_s) << "--json");
    QVERIFY2(whole.code == 0, whole.error);
    QRandomGenerator random(1);
    for (int i = 0; i < 10; ++i)
        killed(u"broken"_s, 100 + static_cast<int>(random.bounded(1500)), SIGKILL);
    const Run broken = lathe(experiment(u"broken"_s) << "--json");
    QVERIFY2(broken.code == 0, broken.error);
    for (const QString& figure : {u"control"_s, u"distilled"_s, u"difference"_s, u"ci_low"_s, u"class_gain"_s})
        QVERIFY2(broken.json()[figure] == whole.json()[figure], qPrintable(figure));
    for (const QString& arm : {u"control-0"_s, u"distilled-1"_s}) {
        QFile first(m_folder.filePath(u"whole/%1.safetensors"_s.arg(arm)));
        QFile second(m_folder.filePath(u"broken/%1.safetensors"_s.arg(arm)));
        QVERIFY(first.open(QIODevice::ReadOnly) && second.open(QIODevice::ReadOnly));
        QVERIFY(first.readAll() == second.readAll());
    }
}

void TestDistillCommand::killed(const QString& out, int milliseconds, int signal) const
{
    QProcess process;
    process.setWorkingDirectory(m_folder.path());
    process.start(qEnvironmentVariable("LATHE_EXECUTABLE"), experiment(out));
    QVERIFY(process.waitForStarted());
    QTest::qWait(milliseconds);
    if (process.state() == QProcess::Running)
        ::kill(static_cast<pid_t>(process.processId()), signal);
    process.waitForFinished(60000);
}

void TestDistillCommand::stopsOnInterruptAndGoesOn()
{
    QProcess process;
    process.setWorkingDirectory(m_folder.path());
    process.start(qEnvironmentVariable("LATHE_EXECUTABLE"), experiment(u"stopped"_s, {"--epochs", "2000"}));
    process.setReadChannel(QProcess::StandardError);
    QByteArray told;
    while (!told.contains("epoch 1/2000") && process.waitForReadyRead(60000))
        told += process.readAllStandardError();
    QVERIFY2(told.contains("1/4 control, seed 0: epoch 1/2000"), told);
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    QVERIFY(process.waitForFinished(60000));
    QCOMPARE(process.exitCode(), 1);
    QVERIFY(process.readAllStandardError().contains("was stopped in epoch"));
}

void TestDistillCommand::refusesBadUsageWithOneLine_data()
{
    QTest::addColumn<QStringList>("more");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("no weights") << QStringList{"--teacher", "lenet"} << QByteArray("without weights");
    QTest::newRow("no such file") << QStringList{"--teacher", "none.safetensors"} << QByteArray("none.safetensors");
    QTest::newRow("no such student") << QStringList{"--student", "convnet:0"} << QByteArray("convnet:8,16,32");
    QTest::newRow("temperature") << QStringList{"--temperature", "0"} << QByteArray("temperature of 0");
    QTest::newRow("alpha") << QStringList{"--alpha", "1.5"} << QByteArray("alpha of 1.5");
    QTest::newRow("seeds") << QStringList{"--seeds", "0"} << QByteArray("0 seeds");
    QTest::newRow("views alone") << QStringList{"--views", "2", "--augment", "none"}
                                 << QByteArray("choose an augmentation");
    QTest::newRow("half a hint") << QStringList{"--hint", "attention"} << QByteArray("all three");
    QTest::newRow("no such layer") << QStringList{"--hint",  "attention",       "--teacher-layer",
                                                  "nowhere", "--student-layer", "nowhere"}
                                   << QByteArray("nowhere");
    QTest::newRow("half a normalisation") << QStringList{"--teacher-mean", "0.5"} << QByteArray("as many numbers");
    QTest::newRow("another experiment's folder")
        << QStringList{"--temperature", "3", "--out", "contract"} << QByteArray("another experiment");
}

void TestDistillCommand::refusesBadUsageWithOneLine()
{
    QFETCH(const QStringList, more);
    QFETCH(const QByteArray, says);
    const Run run = lathe(experiment(u"refused"_s, more));
    QCOMPARE(run.code, 2);
    QVERIFY2(run.error.contains(says), run.error);
    QCOMPARE(run.error.trimmed().count('\n'), 0);
    QVERIFY(run.out.isEmpty());
}

QTEST_GUILESS_MAIN(TestDistillCommand)
#include "tst_distill_command.moc"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "core/benchmark/peaks_file.h"
#include "core/session/session.h"
#include "tests/support/sample_record.h"

/// `lathe why` and `lathe widths` through the program itself; no timing is asserted.
class TestWhyCommand : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void explainsARecord();
    void takesTheStartOfAnIdAndAModel();
    void usesTheRoofsThatAreKnown();
    void saysWhatIsMissing();
    void explainsADifference();
    void tellsPeopleTheSame();
    void anEmptySessionIsRefused();
    void badUsageOfWhyIsRefused_data();
    void badUsageOfWhyIsRefused();
    void scansWidths();
    void writesWidthsAsCsv();
    void badUsageOfWidthsIsRefused_data();
    void badUsageOfWidthsIsRefused();

private:
    struct Run {
        int code;
        QByteArray out;
        QByteArray error;
        QJsonObject json() const { return QJsonDocument::fromJson(out).object(); }
        /// The explanation of that code; empty: there is none.
        QJsonObject said(const QString& what) const;
    };
    Run lathe(const QStringList& arguments) const;
    void writePeaks(const lathe::Environment& environment) const;

    QTemporaryDir m_folder;
};

QJsonObject TestWhyCommand::Run::said(const QString& what) const
{
    for (const QJsonValue& explanation : json()["explanations"].toArray())
        if (explanation["code"].toString() == what)
            return explanation.toObject();
    return {};
}

TestWhyCommand::Run TestWhyCommand::lathe(const QStringList& arguments) const
{
    QProcess process;
    process.setWorkingDirectory(m_folder.path());
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("XDG_CACHE_HOME", m_folder.filePath("cache"));
    process.setProcessEnvironment(environment);
    process.start(qEnvironmentVariable("LATHE_EXECUTABLE"), arguments);
    process.closeWriteChannel();
    process.waitForFinished(120000);
    const int code = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    return {code, process.readAllStandardOutput(), process.readAllStandardError()};
}

/// Roofs of 2 threads alone.
void TestWhyCommand::writePeaks(const lathe::Environment& environment) const
{
    lathe::Peaks peaks;
    peaks.environment = environment;
    peaks.time = "2026-01-01T00:00:00Z";
    peaks.threads = 2;
    peaks.fp32 = 1e11;
    peaks.bf16 = 1e11;
    peaks.int8 = 1e11;
    peaks.vectors = "AVX2";
    peaks.bandwidth = {{"memory", 1 << 30, 1, 1e10, 5e9, 8e9}};
    QDir(m_folder.path()).mkpath("cache/lathe");
    QFile file(m_folder.filePath("cache/lathe/peaks-2.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray::fromStdString(lathe::peaksToJson(peaks)));
}

void TestWhyCommand::initTestCase()
{
    lathe::Record slow = lathe::test::sampleRecord("aaa1", "resnet18");
    slow.configuration = {"resnet18", "eager", 1, 2, {3, 224, 224}, "cpu"};
    slow.latency.median = 100.0;
    slow.latency.ciLow = 99.0;
    slow.latency.ciHigh = 101.0;
    slow.pageFaults = 1000.0;
    slow.flags.clear();
    slow.layers = {{"conv1", "Conv2d", 60.0, 118013952}, {"bn1", "BatchNorm2d", 40.0, 0}};
    lathe::Record fast = slow;
    fast.id = "aab2";
    fast.configuration.mode = "fused";
    fast.latency.median = 50.0;
    fast.latency.ciLow = 49.0;
    fast.latency.ciHigh = 51.0;
    fast.pageFaults = 0.0;
    fast.layers = {{"conv1", "Conv2d", 50.0, 118013952}, {"bn1", "BatchNorm2d", 0.0, 0}};
    lathe::Record gone = fast;
    gone.id = "ccc3";
    gone.configuration.model = "gone.pth";
    gone.configuration.threads = 1;
    gone.layers.clear();
    gone.flags = {{"contention", "Others ran."}};
    lathe::Session session;
    session.records = {slow, fast, gone};
    QVERIFY(lathe::saveSession(session, m_folder.filePath("s.lathe").toStdString()));
    QVERIFY(lathe::saveSession({}, m_folder.filePath("empty.lathe").toStdString()));
    writePeaks(slow.environment);
}

void TestWhyCommand::explainsARecord()
{
    const Run run = lathe({"why", "s.lathe", "aaa1", "--json"});
    QVERIFY2(run.code == 0, run.error);
    QCOMPARE(run.json()["records"].toArray().size(), 1);
    QCOMPARE(run.json()["records"].toArray().first()["latency_ms"].toDouble(), 100.0);
    const QJsonObject faults = run.said("page_faults");
    QCOMPARE(faults["record"].toString(), QString("aaa1"));
    QCOMPARE(faults["share"].toDouble(), 0.5);
    QVERIFY(faults["layers"].isArray());
    QVERIFY(faults["sentence"].toString().contains("They cost 50 ms at most (50 µs each): mode fused"));
    const QJsonObject contention = lathe({"why", "s.lathe", "ccc3", "--json"}).said("contention");
    QCOMPARE(contention["sentence"].toString(), QString("Others ran."));
    QVERIFY(contention["share"].isNull());
}

void TestWhyCommand::takesTheStartOfAnIdAndAModel()
{
    const auto idsOf = [&](const QString& text) {
        QStringList ids;
        for (const QJsonValue& record : lathe({"why", "s.lathe", text, "--json"}).json()["records"].toArray())
            ids << record["record"].toString();
        return ids;
    };
    QCOMPARE(idsOf("aa"), (QStringList{"aaa1", "aab2"}));
    QCOMPARE(idsOf("aab"), QStringList{"aab2"});
    QCOMPARE(idsOf("resnet18"), (QStringList{"aaa1", "aab2"}));
    QCOMPARE(lathe({"why", "s.lathe", "--json"}).json()["records"].toArray().size(), 3);
}

void TestWhyCommand::usesTheRoofsThatAreKnown()
{
    const QJsonObject roofline = lathe({"why", "s.lathe", "aaa1", "--json"}).said("roofline");
    // 2.36 ms: 236 MFLOPs at 100 GFLOP/s; 0.64 ms: 6.4 MB of the batch norm at 10 GB/s.
    QVERIFY2(roofline["sentence"].toString().startsWith("It took 100.0 ± 1.0 ms, 33 times the 3 ms that the roofs"),
             qPrintable(roofline["sentence"].toString()));
    QCOMPARE(roofline["layers"].toArray(), (QJsonArray{"conv1", "bn1"}));
}

void TestWhyCommand::saysWhatIsMissing()
{
    const Run run = lathe({"why", "s.lathe", "ccc3", "--json"});
    QVERIFY2(run.code == 0, run.error);
    const QJsonArray missing = run.json()["records"].toArray().first()["missing"].toArray();
    QCOMPARE(missing.size(), 3);
    QVERIFY(missing.at(0).toString().startsWith("The network of gone.pth cannot be read"));
    QVERIFY(missing.at(2).toString().endsWith("lathe roofline --threads 1."));
    QVERIFY(run.said("roofline").isEmpty());
}

void TestWhyCommand::explainsADifference()
{
    const Run run = lathe({"why", "s.lathe", "aaa1", "--against", "aab2", "--json"});
    QVERIFY2(run.code == 0, run.error);
    QCOMPARE(run.json()["record"].toObject()["mode"].toString(), QString("eager"));
    QCOMPARE(run.json()["against"].toObject()["mode"].toString(), QString("fused"));
    const QJsonArray explanations = run.json()["explanations"].toArray();
    QCOMPARE(explanations.at(0)["code"].toString(), QString("time"));
    QCOMPARE(explanations.at(1)["share"].toDouble(), 0.8);
    QCOMPARE(explanations.at(1)["layers"].toArray(), QJsonArray{"bn1"});
    QVERIFY(run.said("page_faults")["sentence"].toString().contains("1000"));
}

void TestWhyCommand::tellsPeopleTheSame()
{
    const Run run = lathe({"why", "s.lathe"});
    QVERIFY2(run.code == 0, run.error);
    for (const char* part : {"resnet18 · eager · batch 1 · 2 threads · 3x224x224  aaa1", "  50 %  1k page faults",
                             "gone.pth", "Its layers were not timed"})
        QVERIFY2(run.out.contains(part), run.out);
    QVERIFY(lathe({"why", "s.lathe", "aaa1", "--against", "aab2"}).out.contains(" 100 %  resnet18 · fused"));
}

void TestWhyCommand::anEmptySessionIsRefused()
{
    const Run run = lathe({"why", "empty.lathe"});
    QCOMPARE(run.code, 2);
    QVERIFY(run.error.contains("The session holds no records; measure networks with lathe bench"));
}

void TestWhyCommand::badUsageOfWhyIsRefused_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("no session") << QStringList{"gone.lathe"} << QByteArray("there is no such file");
    QTest::newRow("no record") << QStringList{"s.lathe", "zzz"} << QByteArray("no record and no model \"zzz\"");
    QTest::newRow("no other") << QStringList{"s.lathe", "aaa1", "--against", "zzz"} << QByteArray("\"zzz\"");
    QTest::newRow("no first") << QStringList{"s.lathe", "--against", "aaa1"} << QByteArray("takes two records");
    QTest::newRow("itself") << QStringList{"s.lathe", "aaa1", "--against", "aaa"} << QByteArray("differ from itself");
    QTest::newRow("several") << QStringList{"s.lathe", "resnet18", "--against", "ccc3"}
                             << QByteArray("\"resnet18\" is 2 records");
}

void TestWhyCommand::badUsageOfWhyIsRefused()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, says);
    const Run run = lathe(QStringList{"why"} + arguments);
    QCOMPARE(run.code, 2);
    QVERIFY2(run.error.contains(says), run.error);
    QCOMPARE(run.error.count('\n'), 1);
    QVERIFY(run.out.isEmpty());
}

void TestWhyCommand::scansWidths()
{
    const Run run = lathe({"widths", "lenet", "--layer", "conv2", "--channels", "8:10", "--axis", "out", "--mode",
                           "eager", "--threads", "1", "--max-seconds", "0.2", "--json"});
    QVERIFY2(run.code == 0, run.error);
    const QJsonObject json = run.json();
    QCOMPARE(json["layer"].toString(), QString("conv2"));
    QCOMPARE(json["own_channels"].toInt(), 16);
    const QJsonArray points = json["points"].toArray();
    QCOMPARE(points.size(), 3);
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(points.at(i)["channels"].toInt(), 8 + i);
        QVERIFY(points.at(i)["median_ms"].toDouble() > 0.0);
    }
    QVERIFY(!json["sentences"].toArray().isEmpty());
    QVERIFY(run.error.contains("round 1"));
}

void TestWhyCommand::writesWidthsAsCsv()
{
    const Run run = lathe({"widths", "mobilenet_v2", "--layer", "features.2.conv.1.0", "--channels", "16:18:2",
                           "--mode", "eager", "--threads", "1", "--max-seconds", "0.2", "--csv", "w.csv"});
    QVERIFY2(run.code == 0, run.error);
    QVERIFY(run.out.contains("features.2.conv.1.0 of mobilenet_v2: both channels"));
    QFile file(m_folder.filePath("w.csv"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray csv = file.readAll();
    QVERIFY(csv.startsWith("channels,macs_of_batch,"));
    QCOMPARE(csv.count("\r\n"), 3);
}

void TestWhyCommand::badUsageOfWidthsIsRefused_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("no layer") << QStringList{"resnet18"} << QByteArray("--layer");
    QTest::newRow("unknown layer") << QStringList{"resnet18", "--layer", "nope"} << QByteArray("no layer \"nope\"");
    QTest::newRow("another kind") << QStringList{"resnet18", "--layer", "avgpool"} << QByteArray("avgpool is");
    QTest::newRow("no model") << QStringList{"gone", "--layer", "x"} << QByteArray("\"gone\"");
    const QStringList layer{"resnet18", "--layer", "conv1"};
    QTest::newRow("no range") << layer + QStringList{"--channels", "x:3"} << QByteArray("\"x:3\" is no range");
    QTest::newRow("half a range") << layer + QStringList{"--channels", "8"} << QByteArray("\"8\" is no range");
    QTest::newRow("backwards") << layer + QStringList{"--channels", "9:3"} << QByteArray("from 9 to 3");
    QTest::newRow("no mode") << layer + QStringList{"--mode", "best"} << QByteArray("no mode \"best\"");
    QTest::newRow("no axis") << layer + QStringList{"--axis", "up"} << QByteArray("\"up\"");
    QTest::newRow("no threads") << layer + QStringList{"--threads", "0"} << QByteArray("--threads");
    QTest::newRow("depthwise") << QStringList{"mobilenet_v2", "--layer", "features.2.conv.1.0", "--axis", "out"}
                               << QByteArray("it is depthwise");
}

void TestWhyCommand::badUsageOfWidthsIsRefused()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, says);
    const Run run = lathe(QStringList{"widths"} + arguments);
    QVERIFY2(run.error.contains(says), run.error);
    QCOMPARE(run.error.count('\n'), 1);
    QVERIFY(run.code == 2 || QByteArray(QTest::currentDataTag()) == "another kind"); // that one is no wrong usage
    QVERIFY(run.code != 0 && run.out.isEmpty());
}

QTEST_GUILESS_MAIN(TestWhyCommand)
#include "tst_why_command.moc"

#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include "core/benchmark/peaks_file.h"
#include "core/session/session.h"
#include "tests/support/program.h"
#include "tests/support/sample_record.h"

using lathe::test::Run;

/// `lathe roofline` through the program itself; what the machine reaches is nowhere asserted.
class TestRooflineCommand : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void tellsPeaksAndBandwidths();
    void readsWhatWasMeasuredBefore();
    void measuresAgainWhenAsked();
    void placesRecordsAndTheirLayers();
    void tellsPeopleTheSame();
    void saysThatADamagedFileIsMeasuredAgain();
    void refusesBadUsage_data();
    void refusesBadUsage();

private:
    Run lathe(const QStringList& arguments) const { return lathe::test::runLathe(arguments, m_folder.path()); }
    /// A session with a record of this environment, one with layers, and one of other threads.
    void writeSession(const lathe::Environment& environment) const;

    QTemporaryDir m_folder;
};

void TestRooflineCommand::writeSession(const lathe::Environment& environment) const
{
    lathe::Record record = lathe::test::sampleRecord("first", "resnet18");
    record.configuration = {"resnet18", "eager", 1, 1, {3, 224, 224}, "cpu"};
    record.environment = environment;
    record.latency.median = 1e6; // far below any roof
    record.layers = {{"conv1", "Conv2d", 1e5, 118013952}, {"gone", "ReLU", 1.0, 0}};
    lathe::Record other = record;
    other.id = "second";
    other.configuration.threads = 2;
    lathe::Session session;
    session.records = {record, other};
    QVERIFY(lathe::saveSession(session, m_folder.filePath("s.lathe").toStdString()));
}

void TestRooflineCommand::initTestCase()
{
    qputenv("XDG_CACHE_HOME", m_folder.filePath("cache").toUtf8()); // the program's too
    const Run run = lathe({"roofline", "--threads", "1", "--seconds", "0.05", "--json"});
    QVERIFY2(run.code == 0, run.error);
    const auto peaks = lathe::peaksFromJson(run.out.toStdString());
    QVERIFY2(peaks, peaks ? "" : peaks.error().message.c_str());
    writeSession(peaks->environment);
}

void TestRooflineCommand::tellsPeaksAndBandwidths()
{
    const Run run = lathe({"roofline", "--threads", "1", "--json"});
    QVERIFY2(run.code == 0, run.error);
    const QJsonObject json = run.json();
    QCOMPARE(json["threads"].toInt(), 1);
    QVERIFY(!json["environment"]["library"].toString().isEmpty());
    for (const char* type : {"fp32", "bf16", "int8"})
        QVERIFY(json["peaks"][type].toDouble() > 0.0);
    const QJsonArray bandwidth = json["bandwidth"].toArray();
    QCOMPARE(bandwidth.last()["level"].toString(), QString("memory"));
    for (const QJsonValue& level : bandwidth)
        for (const char* figure : {"bytes", "read", "write", "copy"})
            QVERIFY(level[figure].toDouble() > 0.0);
    QVERIFY(json["points"].isArray() && json["points"].toArray().isEmpty());
}

void TestRooflineCommand::readsWhatWasMeasuredBefore()
{
    const Run first = lathe({"roofline", "--threads", "1", "--json"});
    const Run second = lathe({"roofline", "--threads", "1", "--json"});
    QCOMPARE(second.json()["measured_now"].toBool(true), false);
    QCOMPARE(second.json()["peaks"], first.json()["peaks"]);
    QVERIFY(second.error.isEmpty());
}

void TestRooflineCommand::measuresAgainWhenAsked()
{
    const Run run = lathe({"roofline", "--threads", "1", "--seconds", "0.05", "--remeasure", "--json"});
    QVERIFY2(run.code == 0, run.error);
    QCOMPARE(run.json()["measured_now"].toBool(), true);
    QVERIFY(run.error.contains("measuring the bandwidth of memory"));
    QVERIFY(run.error.contains("measuring int8 matrix products"));
}

void TestRooflineCommand::placesRecordsAndTheirLayers()
{
    const Run run = lathe({"roofline", "s.lathe", "--threads", "1", "--json"});
    QVERIFY2(run.code == 0, run.error);
    const QJsonArray points = run.json()["points"].toArray();
    QCOMPARE(points.size(), 2);
    const QJsonObject whole = points.at(0).toObject();
    QCOMPARE(whole["record"].toString(), QString("first"));
    QVERIFY(whole["layer"].isNull());
    QCOMPARE(whole["ms"].toDouble(), 1e6);
    QCOMPARE(whole["precision"].toString(), QString("fp32"));
    QCOMPARE(whole["bound"].toString(), QString("neither"));
    const QJsonObject layer = points.at(1).toObject();
    QCOMPARE(layer["layer"].toString(), QString("conv1"));
    QCOMPARE(layer["op"].toString(), QString("Conv2d"));
    QCOMPARE(layer["flops"].toDouble(), 2.0 * 118013952);
    QCOMPARE(layer["bytes"].toDouble(), 4.0 * (3 * 224 * 224 + 64 * 112 * 112 + 64 * 3 * 49));
    QCOMPARE(layer["flops_per_second"].toDouble(), 2.0 * 118013952 / 1e2);
    QVERIFY(layer["share"].toDouble() > 0.0 && layer["share"].toDouble() < 0.5);
    QVERIFY(layer["sentence"].toString().startsWith("Bound by neither"));
    const QJsonArray left = run.json()["left_out"].toArray();
    QCOMPARE(left.size(), 1);
    QCOMPARE(left.at(0)["record"].toString(), QString("second"));
    QCOMPARE(left.at(0)["reason"].toString(), QString("it ran on 2 threads, and the roofs are those of 1"));
}

void TestRooflineCommand::tellsPeopleTheSame()
{
    const Run run = lathe({"roofline", "s.lathe", "--threads", "1"});
    QVERIFY2(run.code == 0, run.error);
    for (const char* part : {"matrix products", "bandwidth", "memory", "  conv1", "neither", "Bound by neither",
                             "Left out: resnet18 · eager · batch 1 · 2 threads"})
        QVERIFY2(run.out.contains(part), run.out);
}

void TestRooflineCommand::saysThatADamagedFileIsMeasuredAgain()
{
    QFile file(m_folder.filePath("cache/lathe/peaks-1.json"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{\"format\": 1, \"thr");
    file.close();
    const Run run = lathe({"roofline", "--threads", "1", "--seconds", "0.05", "--json"});
    QVERIFY2(run.code == 0, run.error);
    QVERIFY2(run.error.contains("is damaged (it is not JSON). This machine is measured again."), run.error);
    QCOMPARE(run.json()["measured_now"].toBool(), true);
    QCOMPARE(lathe({"roofline", "--threads", "1", "--json"}).json()["measured_now"].toBool(true), false);
}

void TestRooflineCommand::refusesBadUsage_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("no session") << QStringList{"gone.lathe"} << QByteArray("there is no such file");
    QTest::newRow("no threads") << QStringList{"--threads", "0"} << QByteArray("--threads");
    QTest::newRow("too many threads") << QStringList{"--threads", "99999"}
                                      << QByteArray("The roofs of 99999 threads cannot be measured");
    QTest::newRow("no time") << QStringList{"--seconds", "0"} << QByteArray("--seconds");
}

void TestRooflineCommand::refusesBadUsage()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, says);
    const Run run = lathe(QStringList{"roofline"} + arguments);
    QCOMPARE(run.code, 2);
    QVERIFY2(run.error.contains(says), run.error);
    QCOMPARE(run.error.count('\n'), 1);
    QVERIFY(run.out.isEmpty());
}

QTEST_GUILESS_MAIN(TestRooflineCommand)
#include "tst_roofline_command.moc"

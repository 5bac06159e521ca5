#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

#include "core/session/session.h"
#include "tests/support/program.h"
#include "tests/support/sample_record.h"

namespace {

lathe::Record record(const std::string& model, double latency, double top1, std::int64_t params)
{
    lathe::Record r = lathe::test::sampleRecord(model, model);
    r.configuration.batch = 1;
    r.params = params;
    r.macs = params * 100;
    r.top1 = top1;
    r.latency.median = latency;
    r.latency.ciLow = latency * 0.99;
    r.latency.ciHigh = latency * 1.01;
    r.throughput = 1000.0 / latency;
    r.throughputLow = r.throughput / 1.01;
    r.throughputHigh = r.throughput / 0.99;
    return r;
}

} // namespace

/// `lathe choose` and `lathe trend` through the program itself.
class TestChooseCommand : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void namesTheBestAsJson();
    void tellsPeopleTheSame();
    void refusesWhatIsNoBudget_data();
    void refusesWhatIsNoBudget();
    void tellsTheTrendOverBothSizes();
    void listsNetworksWithoutALaw();
    void comparesTheOrderWithATable();
    void saysThatAnEmptySessionHasNothing();

private:
    using Run = lathe::test::Run;
    Run lathe(const QStringList& arguments) const { return lathe::test::runLathe(arguments, m_folder->path()); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestChooseCommand::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    lathe::Session session;
    session.records = {record("resnet18", 10.0, 0.6976, 11'689'512), record("resnet50", 25.0, 0.8086, 25'557'032),
                       record("resnet101", 40.0, 0.8189, 44'549'160), record("resnet152", 55.0, 0.8228, 60'192'808),
                       record("resnet34", 20.0, 0.7331, 21'797'672)};
    QVERIFY(lathe::saveSession(session, m_folder->filePath("s.lathe").toStdString()).has_value());
}

void TestChooseCommand::namesTheBestAsJson()
{
    const Run run = lathe({"choose", "s.lathe", "--max", "latency=45,params=50", "--min", "top1=0.75", "--json"});
    QVERIFY2(run.code == 0, run.error);
    const QJsonObject json = run.json();
    QCOMPARE(json["prefer"].toString(), QString("throughput")); // there is a budget of accuracy
    QCOMPARE(json["best"].toString(), QString("resnet50"));
    QCOMPARE(json["runner_up"].toString(), QString("resnet101"));
    const auto recordOf = [&](int candidate) { return json["candidates"].toArray().at(candidate)["record"]; };
    QVERIFY(json["best_id"].isString() && json["best_id"] == recordOf(1));
    QVERIFY(json["runner_up_id"].isString() && json["runner_up_id"] == recordOf(2));
    QVERIFY(json["near_miss_id"].isNull());
    QCOMPARE(json["budgets"].toArray().at(2)["min"].toDouble(), 0.75);
    const QJsonObject first = json["candidates"].toArray().at(0).toObject();
    QCOMPARE(first["name"].toString(), QString("resnet18"));
    QCOMPARE(first["keeps_budgets"].toBool(), false);
    QCOMPARE(first["budgets"]["top1"].toString(), QString("broken"));
    QCOMPARE(first["budgets"]["latency"].toString(), QString("kept"));
    QCOMPARE(first["figures"]["top1"]["value"].toDouble(), 0.6976);
    QCOMPARE(first["figures"]["top1"]["source"].toString(), QString("published"));
    QCOMPARE(first["figures"]["latency"]["source"].toString(), QString("measured"));
    QCOMPARE(first["figures"]["params"]["source"].toString(), QString("computed"));
    const Run accurate = lathe({"choose", "s.lathe", "--max", "latency=45", "--prefer", "accuracy", "--json"});
    QCOMPARE(accurate.json()["best"].toString(), QString("resnet101"));
}

void TestChooseCommand::tellsPeopleTheSame()
{
    const Run run = lathe({"choose", "s.lathe", "--max", "latency=45"});
    QVERIFY2(run.code == 0, run.error);
    QVERIFY2(run.out.contains("resnet101 has the highest top-1, 81.89 %, of the 4 of 5 networks that keep latency at "
                              "most 45 ms."),
             run.out);
    QVERIFY(run.out.contains("measured here: throughput, latency and peak memory"));
    QVERIFY(run.out.contains("published with its weights: top-1 and file size"));
}

void TestChooseCommand::refusesWhatIsNoBudget_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("no number") << QStringList{"--max", "latency"} << QByteArray("\"latency\" is no budget");
    QTest::newRow("no quantity") << QStringList{"--max", "price=3"} << QByteArray("There is no quantity \"price\"");
    QTest::newRow("wrong way") << QStringList{"--min", "latency=5"}
                               << QByteArray("Less latency is better; write --max latency=5.");
    QTest::newRow("percent") << QStringList{"--min", "top1=75"} << QByteArray("write a fraction, like top1=0.75.");
    QTest::newRow("negative") << QStringList{"--max", "latency=-3"} << QByteArray("a number above 0");
    QTest::newRow("infinite") << QStringList{"--max", "latency=inf"} << QByteArray("a number above 0");
    QTest::newRow("no number at all") << QStringList{"--max", "latency=nan"} << QByteArray("a number above 0");
    QTest::newRow("repeated") << QStringList{"--max", "latency=20,params=30,latency=30"}
                              << QByteArray("There is more than one budget of latency; write one.");
    QTest::newRow("preference") << QStringList{"--prefer", "beauty"} << QByteArray("There is no quantity \"beauty\"");
    QTest::newRow("one axis") << QStringList{"--axes", "latency"}
                              << QByteArray("A front is over two or three quantities");
}

void TestChooseCommand::refusesWhatIsNoBudget()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, says);
    const Run run = lathe(QStringList{"choose", "s.lathe"} + arguments);
    QCOMPARE(run.code, 2);
    QVERIFY2(run.error.contains(says), run.error);
    QCOMPARE(run.error.count('\n'), 1);
    QVERIFY(run.out.isEmpty());
}

void TestChooseCommand::tellsTheTrendOverBothSizes()
{
    const Run run = lathe({"trend", "s.lathe", "--json"});
    QVERIFY2(run.code == 0, run.error);
    const QJsonArray trends = run.json()["trends"].toArray();
    QCOMPARE(trends.size(), 2);
    QCOMPARE(trends.at(0)["x"].toString(), QString("params"));
    QCOMPARE(trends.at(1)["x"].toString(), QString("macs"));
    QCOMPARE(trends.at(0)["conditions"].toString(), QString("channels_last · batch 1 · 2 threads"));
    const QJsonObject law = trends.at(0)["laws"].toArray().at(0).toObject();
    QCOMPARE(law["type"].toString(), QString("cnn"));
    QCOMPARE(law["networks"].toInt(), 5);
    QVERIFY(std::abs(law["exponent"].toDouble() + 1.02580231) < 1e-6); // NumPy's polyfit on the logarithms
    QCOMPARE(law["residuals"].toArray().size(), 5);
    QVERIFY(run.json()["table"].isNull());
    QVERIFY(lathe({"trend", "s.lathe"}).out.contains("CNN: throughput falls as parameters^−1.03"));
    const Run other = lathe({"trend", "s.lathe", "--conditions", "fused"});
    QCOMPARE(other.code, 2);
    QVERIFY(
        other.error.contains("Nothing was measured under \"fused\"; there is channels_last · batch 1 · 2 threads."));
}

void TestChooseCommand::listsNetworksWithoutALaw()
{
    lathe::Session session;
    session.records = {record("resnet18", 10.0, 0.6976, 11'689'512), record("resnet50", 25.0, 0.8086, 25'557'032)};
    QVERIFY(lathe::saveSession(session, m_folder->filePath("two.lathe").toStdString()).has_value());
    const Run run = lathe({"trend", "two.lathe", "--x", "params", "--json"});
    QVERIFY2(run.code == 0, run.error);
    const QJsonObject trend = run.json()["trends"].toArray().at(0).toObject();
    QVERIFY(trend["laws"].toArray().isEmpty());
    const QJsonArray points = trend["without_law"].toArray();
    QCOMPARE(points.size(), 2);
    QCOMPARE(points.at(1)["name"].toString(), QString("resnet50"));
    QCOMPARE(points.at(1)["y"].toDouble(), 40.0);
    QVERIFY(points.at(1).toObject().contains("factor") && points.at(1)["factor"].isNull());
    const Run told = lathe({"trend", "two.lathe", "--x", "params"});
    QVERIFY2(told.out.contains("times the law") && told.out.contains("resnet50"), told.out);

    for (lathe::Record& each : session.records)
        each.params = 0; // of which there is no logarithm
    QVERIFY(lathe::saveSession(session, m_folder->filePath("none.lathe").toStdString()).has_value());
    const Run none = lathe({"trend", "none.lathe", "--x", "params"});
    QVERIFY2(none.code == 0, none.error);
    QVERIFY2(!none.out.contains("times the law"), none.out); // no headers without rows
}

void TestChooseCommand::comparesTheOrderWithATable()
{
    QFile table(m_folder->filePath("benchmark-infer-tiny.csv"));
    QVERIFY(table.open(QIODevice::WriteOnly));
    table.write(
        "model,infer_img_size,infer_samples_per_sec,param_count\nresnet18,224,900,11.69\nresnet34,224,500,21.8\n"
        "resnet50.a1_in1k,224,300,25.56\nresnet101,224,150,44.55\nresnet152,224,160,60.19\n");
    table.close();
    const Run run = lathe({"trend", "s.lathe", "--table", table.fileName(), "--json"});
    QVERIFY2(run.code == 0, run.error);
    const QJsonObject json = run.json()["table"].toObject();
    QCOMPARE(json["spearman"].toDouble(), 0.9);
    QCOMPARE(json["pairs"].toArray().size(), 5);
    QCOMPARE(json["pairs"].toArray().at(1)["row"].toString(), QString("resnet50.a1_in1k"));
    QVERIFY(json["sentence"].toString().startsWith("The order of 5 networks by throughput on tiny and here"));
    const Run missing = lathe({"trend", "s.lathe", "--table", "none.csv"});
    QCOMPARE(missing.code, 2);
    QCOMPARE(missing.error.count('\n'), 1);
}

void TestChooseCommand::saysThatAnEmptySessionHasNothing()
{
    QVERIFY(lathe::saveSession({}, m_folder->filePath("empty.lathe").toStdString()).has_value());
    for (const char* command : {"choose", "trend"}) {
        const Run run = lathe({command, "empty.lathe"});
        QCOMPARE(run.code, 2);
        QVERIFY2(run.error.contains("The session holds no records"), run.error);
    }
}

QTEST_GUILESS_MAIN(TestChooseCommand)
#include "tst_choose_command.moc"

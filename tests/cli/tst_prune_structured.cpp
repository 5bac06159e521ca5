#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include "tests/support/program.h"

/// `lathe prune --structured` through the program itself.
class TestPruneStructured : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void describesTheSmallerNetwork();
    void writesAFileThatOpens();
    void takesEachMethod_data();
    void takesEachMethod();
    void meetsATarget();
    void roundsWidths();
    void measuresWidths();
    void ranksAllLayersTogether();
    void takesHeadsWhereAskedFor();
    void listsWhatGoesTogether();
    void tellsPeopleTheSame();
    void refusesBadUsage_data();
    void refusesBadUsage();
    void refusesFlagsOfTheOtherKind();

private:
    lathe::test::Run prune(const QStringList& arguments) const
    {
        return lathe::test::runLathe(QStringList{"prune"} + arguments, m_folder.path());
    }
    QTemporaryDir m_folder;
};

namespace {

QJsonObject layerOf(const QJsonObject& json, const QString& name)
{
    for (const QJsonValue& layer : json["layers"].toArray())
        if (layer["name"] == name)
            return layer.toObject();
    return {};
}

} // namespace

void TestPruneStructured::describesTheSmallerNetwork()
{
    const auto run = prune({"resnet18", "--structured", "--amount", "0.5", "--json"});
    QVERIFY2(run.code == 0, run.error);
    const QJsonObject json = run.json();
    // As ../shared/reference/structured_pruning.json has it, operations counted as there.
    QCOMPARE(json["params_before"].toInteger(), 11689512);
    QCOMPARE(json["params"].toInteger(), 3055880);
    QCOMPARE(json["module_operations_before"].toInteger(), 1822177768);
    QCOMPARE(json["module_operations"].toInteger(), 487202536);
    QCOMPARE(json["macs_before"].toInteger(), 1814073344);
    QVERIFY(json["macs"].toInteger() < 487202536);
    QCOMPARE(json["sparsity"].toDouble(), 1.0 - 3055880.0 / 11689512.0);
    QCOMPARE(json["scheme"].toString(), QString("l2 channels 0.5 local"));
    const QJsonObject layer = layerOf(json, "layer1.0.conv1");
    QCOMPARE(layer["numel"].toInteger(), 64 * 64 * 9);
    QCOMPARE(layer["pruned"].toInteger(), 64 * 64 * 9 - 32 * 32 * 9);
    QCOMPARE(layer["channels"].toInteger(), 32);
}

void TestPruneStructured::writesAFileThatOpens()
{
    const auto run = prune({"lenet", "--structured", "--amount", "0.5", "--out", "half.safetensors", "--json"});
    QVERIFY2(run.code == 0, run.error);
    QCOMPARE(run.json()["out"].toString(), QString("half.safetensors"));
    const auto again = prune({"half.safetensors", "--structured", "--amount", "0.5", "--json"});
    QVERIFY2(again.code == 0, again.error);
    QCOMPARE(again.json()["params_before"], run.json()["params"]);
    QCOMPARE(layerOf(again.json(), "fc1")["channels"].toInteger(), 30);
}

void TestPruneStructured::takesEachMethod_data()
{
    QTest::addColumn<QStringList>("flags");
    QTest::newRow("l1") << QStringList{"--method", "l1"};
    QTest::newRow("l2") << QStringList{"--method", "l2"};
    QTest::newRow("random") << QStringList{"--method", "random", "--seed", "3"};
    QTest::newRow("bn-scale") << QStringList{"--method", "bn-scale"};
    QTest::newRow("taylor") << QStringList{"--method", "taylor", "--dataset", "synthetic:32"};
}

void TestPruneStructured::takesEachMethod()
{
    QFETCH(QStringList, flags);
    const auto run = prune(QStringList{"resnet20", "--structured", "--amount", "0.5", "--json"} + flags);
    QVERIFY2(run.code == 0, run.error);
    QVERIFY(run.json()["scheme"].toString().startsWith(flags[1] + " channels 0.5"));
    QVERIFY(run.json()["sparsity"].toDouble() > 0.5);
}

void TestPruneStructured::meetsATarget()
{
    const auto run = prune({"resnet20", "--structured", "--target-macs", "0.5", "--json"});
    QVERIFY2(run.code == 0, run.error);
    const double share = run.json()["macs"].toDouble() / run.json()["macs_before"].toDouble();
    QVERIFY(share <= 0.5 && share > 0.45);
    const auto parameters = prune({"resnet20", "--structured", "--target-params", "100000", "--json"});
    QVERIFY2(parameters.code == 0, parameters.error);
    QVERIFY(parameters.json()["params"].toInteger() <= 100000);
}

void TestPruneStructured::roundsWidths()
{
    const auto run = prune({"resnet18", "--structured", "--amount", "0.3", "--round-to", "16", "--json"});
    QVERIFY2(run.code == 0, run.error);
    for (const QJsonValue& layer : run.json()["layers"].toArray())
        QVERIFY(layer["name"] == "fc" || layer["channels"].toInteger() % 16 == 0);
}

void TestPruneStructured::measuresWidths()
{
    const auto run = prune({"lenet", "--structured", "--amount", "0.4", "--round-by-measurement", "--json"});
    QVERIFY2(run.code == 0, run.error);
    for (const QJsonValue& width : run.json()["widths"].toArray())
        for (const QJsonValue& tried : width["tried"].toArray())
            QVERIFY(tried["ms"].toDouble() > 0.0);
    QCOMPARE(run.json()["widths"].toArray().size(), 4);
}

void TestPruneStructured::ranksAllLayersTogether()
{
    const auto run =
        prune({"resnet20", "--structured", "--amount", "0.5", "--scope", "global", "--least-share", "0.2", "--json"});
    QVERIFY2(run.code == 0, run.error);
    QVERIFY(run.json()["scheme"].toString().endsWith("global"));
    for (const QJsonValue& layer : run.json()["layers"].toArray())
        QVERIFY(5 * layer["channels"].toInteger() >= layer["channels_before"].toInteger());
}

void TestPruneStructured::takesHeadsWhereAskedFor()
{
    const QStringList usual{"deit_tiny_patch16_224", "--structured", "--amount", "0.34", "--json"};
    QVERIFY(layerOf(prune(usual).json(), "blocks.0.attn.qkv").isEmpty());
    const auto run = prune(usual + QStringList{"--heads"});
    QVERIFY2(run.code == 0, run.error);
    QCOMPARE(layerOf(run.json(), "blocks.0.attn.qkv")["channels"].toInteger(), 64 * 3); // of three heads one
}

void TestPruneStructured::listsWhatGoesTogether()
{
    const auto run = prune({"resnet18", "--structured", "--groups", "--exclude", "layer4.*", "--json"});
    QVERIFY2(run.code == 0, run.error);
    const QJsonArray groups = run.json()["groups"].toArray();
    const QJsonObject first = groups.first().toObject();
    QCOMPARE(first["layers"].toArray(), (QJsonArray{"conv1", "layer1.0.conv2", "layer1.1.conv2"}));
    QCOMPARE(first["kind"].toString(), QString("residual stream"));
    QCOMPARE(first["channels"].toInteger(), 64);
    QVERIFY(first["stays"].isNull());
    QCOMPARE(groups.last()["stays"].toString(), QString("they are the network's output"));
    QCOMPARE(groups.at(groups.size() - 2)["stays"].toString(), QString("they are excluded"));
}

void TestPruneStructured::tellsPeopleTheSame()
{
    const auto run = prune({"lenet", "--structured", "--amount", "0.5"});
    QVERIFY2(run.code == 0, run.error);
    QVERIFY(run.out.contains("fc1         120    60    48000    36000  75"));
    QVERIFY(run.out.contains("lenet by l2 channels 0.5 local: 15.3k of 60.1k (25.5 %) parameters"));
}

void TestPruneStructured::refusesBadUsage_data()
{
    QTest::addColumn<QStringList>("flags");
    QTest::addColumn<QByteArray>("message");
    QTest::newRow("no amount") << QStringList{} << QByteArray("How much should go?");
    QTest::newRow("an amount over 1") << QStringList{"--amount", "1.5"} << QByteArray("1.5");
    QTest::newRow("a ratio that empties layers") << QStringList{"--amount", "1.0"} << QByteArray("leave no channel");
    QTest::newRow("a ratio that empties a thin layer")
        << QStringList{"--amount", "0.9"}
        << QByteArray("nothing would be left of conv1 (6 in all); give at "
                      "most 0.833");
    QTest::newRow("a target and an amount")
        << QStringList{"--amount", "0.5", "--target-macs", "0.5"} << QByteArray("leave --amount out");
    QTest::newRow("a number of channels") << QStringList{"--amount", "30"} << QByteArray("give a share such as 0.5");
    QTest::newRow("another method") << QStringList{"--amount", "0.5", "--method", "l7"}
                                    << QByteArray("There is no criterion \"l7\"");
    QTest::newRow("no gradients") << QStringList{"--amount", "0.5", "--method", "taylor"} << QByteArray("--dataset");
    QTest::newRow("a layer that is not there")
        << QStringList{"--amount", "0.5", "--exclude", "conv7"} << QByteArray("no layer with channels named \"conv7\"");
    QTest::newRow("everything excluded") << QStringList{"--amount", "0.5", "--exclude", "*"}
                                         << QByteArray("No channels of lenet may go");
    QTest::newRow("a target out of reach") << QStringList{"--target-macs", "10"} << QByteArray("cannot get to that");
    QTest::newRow("a target by measurement")
        << QStringList{"--target-macs", "0.5", "--round-by-measurement"} << QByteArray("give one of the two");
    QTest::newRow("no batch normalisation")
        << QStringList{"--amount", "0.5", "--method", "bn-scale"} << QByteArray("no batch normalisation");
}

void TestPruneStructured::refusesBadUsage()
{
    QFETCH(QStringList, flags);
    QFETCH(QByteArray, message);
    const auto run = prune(QStringList{"lenet", "--structured", "--out", "never.safetensors"} + flags);
    QCOMPARE(run.code, 2);
    QVERIFY2(run.error.contains(message), run.error);
    QVERIFY(run.out.isEmpty());
    QVERIFY(!QFile::exists(m_folder.filePath("never.safetensors")));
}

void TestPruneStructured::refusesFlagsOfTheOtherKind()
{
    QCOMPARE(prune({"lenet", "--structured", "--amount", "0.5", "--nm", "2:4"}).code, 2);
    QCOMPARE(prune({"lenet", "--structured", "--amount", "0.5", "--unstructured"}).code, 2);
    QCOMPARE(prune({"lenet", "--amount", "0.5", "--round-to", "8"}).code, 2);
    QCOMPARE(prune({"lenet", "--amount", "0.5", "--method", "bn-scale"}).code, 2);
}

QTEST_GUILESS_MAIN(TestPruneStructured)
#include "tst_prune_structured.moc"

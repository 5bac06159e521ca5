#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include "core/formats/model_file.h"
#include "tests/support/datasets.h"
#include "tests/support/program.h"

using namespace Qt::StringLiterals;

/// `lathe quantize MODEL`, and what the other commands do with its file.
class TestQuantizeNetwork : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void saysWhatItCostEachLayerAndTheAccuracy();
    void theFileIsAQuarterAndKnowsWhereItComesFrom();
    void theFileRunsInItsOwnModeInEveryCommand();
    void eachSchemeHasItsMode_data();
    void eachSchemeHasItsMode();
    void bitsFollowTheTarget();
    void measuringTellsWhy();
    void aSuggestionLeavesLayersInFloat();
    void fineTuningIsAnotherNetwork();
    void tellsPeople();
    void refusesBadUsageWithTwoAndOneLine_data();
    void refusesBadUsageWithTwoAndOneLine();

private:
    using Run = lathe::test::Run;
    Run lathe(const QStringList& arguments) const { return lathe::test::runLathe(arguments, m_folder.path()); }
    QString path(const QString& name) const { return m_folder.filePath(name); }

    QTemporaryDir m_folder;
};

namespace {

const QStringList kQuantize{"quantize", "w.safetensors", "--calibrate", "fashion-mnist:data:40"};

} // namespace

/// One trained network and one quantized for all.
void TestQuantizeNetwork::initTestCase()
{
    QVERIFY(QDir(m_folder.path()).mkdir(u"data"_s));
    lathe::test::writeIdxFolder(path(u"data"_s));
    const Run trained = lathe({"train", "lenet", "--dataset", "fashion-mnist:data", "--epochs", "4", "--batch", "20",
                               "--learning-rate", "0.005", "--seed", "3", "--threads", "1", "--out", "w.safetensors"});
    QVERIFY2(trained.code == 0, trained.error);
    const Run quantized = lathe(kQuantize + QStringList{"--out", "q.safetensors"});
    QVERIFY2(quantized.code == 0, quantized.error);
}

void TestQuantizeNetwork::saysWhatItCostEachLayerAndTheAccuracy()
{
    const Run run =
        lathe(kQuantize + QStringList{"--observer", "entropy", "--equalize", "--bias-correction", "--json"});
    QVERIFY2(run.code == 0, run.error);
    const QJsonObject json = run.json();
    QCOMPARE(json["calibration_samples"].toInt(), 40);
    QCOMPARE(json["mode"].toString(), u"int8"_s);
    QVERIFY(json["accuracy"].toDouble() > 0.7);
    QVERIFY(std::abs(json["accuracy"].toDouble() - json["accuracy_float"].toDouble()) <= 0.05);
    QVERIFY(json["accuracy_difference"]["agreement"].toDouble() > 0.9);
    const QJsonArray layers = json["layers"].toArray();
    QCOMPARE(layers.size(), 5);
    for (const QJsonValue layer : layers) {
        QCOMPARE(layer[u"precision"_s].toString(), u"int8"_s);
        QVERIFY(layer[u"sqnr_db"_s].toDouble() > 20.0);
        QVERIFY(layer[u"weight_sqnr_db"_s].toDouble() > 30.0);
        QVERIFY(layer.toObject().contains(u"reason"_s));
    }
}

void TestQuantizeNetwork::theFileIsAQuarterAndKnowsWhereItComesFrom()
{
    const double share =
        double(QFileInfo(path(u"q.safetensors"_s)).size()) / double(QFileInfo(path(u"w.safetensors"_s)).size());
    QVERIFY2(share > 0.24 && share < 0.30, qPrintable(QString::number(share)));
    const auto model = lathe::loadModel(path(u"q.safetensors"_s).toStdString(), {});
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    QCOMPARE(model->origin, std::string("w.safetensors"));
    QVERIFY(model->preprocessing && model->preprocessing->dataset == "fashion-mnist");
}

void TestQuantizeNetwork::theFileRunsInItsOwnModeInEveryCommand()
{
    const QJsonObject eval = lathe({"eval", "q.safetensors", "--dataset", "fashion-mnist:data", "--json"}).json();
    QCOMPARE(eval["mode"].toString(), u"int8"_s);
    const QJsonObject simulated =
        lathe({"eval", "q.safetensors", "--dataset", "fashion-mnist:data", "--mode", "simulated", "--json"}).json();
    QVERIFY(std::abs(eval["accuracy"].toDouble() - simulated["accuracy"].toDouble()) <= 0.02);
    const Run bench = lathe({"bench", "q.safetensors", "lenet", "--max-seconds", "0.2", "--json"});
    QVERIFY2(bench.code == 0, bench.error);
    const QJsonArray records = bench.json()["records"].toArray();
    QCOMPARE(records[0][u"mode"_s].toString(), u"int8"_s);
    QCOMPARE(records[0]["scheme"].toString(), u"int8"_s);
    QCOMPARE(records[0]["origin"].toString(), u"w.safetensors"_s);
    QCOMPARE(records[1][u"mode"_s].toString(), u"eager"_s);
    QCOMPARE(records[1]["scheme"].toString(), QString());
    const Run compared = lathe({"compare", "w.safetensors", "q.safetensors", "--max-seconds", "0.5", "--json"});
    QVERIFY2(compared.code == 0, compared.error);
    QCOMPARE(compared.json()["a"][u"mode"_s].toString(), u"eager"_s);
    QCOMPARE(compared.json()["b"][u"mode"_s].toString(), u"int8"_s);
    QVERIFY(lathe({"export", "q.safetensors", "--out", "again.safetensors"}).code == 0);
    QFile before(path(u"q.safetensors"_s));
    QFile after(path(u"again.safetensors"_s));
    QVERIFY(before.open(QIODevice::ReadOnly) && after.open(QIODevice::ReadOnly));
    QVERIFY(before.readAll() == after.readAll());
}

void TestQuantizeNetwork::eachSchemeHasItsMode_data()
{
    QTest::addColumn<QStringList>("flags");
    QTest::addColumn<QString>("mode");
    QTest::newRow("dynamic") << QStringList{"--scheme", "dynamic"} << u"int8_dynamic"_s;
    QTest::newRow("weight-only") << QStringList{"--scheme", "weight-only"} << u"int8_weight_only"_s;
    QTest::newRow("4 bits by group") << QStringList{"--scheme",      "weight-only", "--bits",       "4",
                                                    "--granularity", "per-group",   "--group-size", "32"}
                                     << u"int8_weight_only"_s;
    QTest::newRow("some layers otherwise")
        << QStringList{"--precision", "conv1=bf16,fc1=int8-weight-only"} << u"int8"_s;
    QTest::newRow("some layers in float") << QStringList{"--keep", "conv1,fc3"} << u"int8"_s;
}

void TestQuantizeNetwork::eachSchemeHasItsMode()
{
    QFETCH(const QStringList, flags);
    QFETCH(const QString, mode);
    const Run run = lathe(kQuantize + flags + QStringList{"--out", "s.safetensors", "--json"});
    QVERIFY2(run.code == 0, run.error);
    QCOMPARE(run.json()["mode"].toString(), mode);
    const QJsonObject eval = lathe({"eval", "s.safetensors", "--dataset", "fashion-mnist:data", "--json"}).json();
    QCOMPARE(eval["mode"].toString(), mode);
    QCOMPARE(eval["accuracy"].toDouble(), run.json()["accuracy"].toDouble());
}

void TestQuantizeNetwork::bitsFollowTheTarget()
{
    const Run avx2 = lathe(kQuantize + QStringList{"--bits", "8", "--target", "avx2", "--json"});
    QVERIFY2(avx2.code == 0, avx2.error);
    QVERIFY(avx2.json()["notes"][0].toString().contains(u"use 7 of their 8 bits"_s));
    const Run vnni = lathe(kQuantize + QStringList{"--bits", "8", "--target", "vnni", "--json"});
    QVERIFY(vnni.json()["notes"].toArray().isEmpty());
    QVERIFY(vnni.json()["layers"][0]["weight_sqnr_db"].toDouble() >
            avx2.json()["layers"][0]["weight_sqnr_db"].toDouble() + 3.0);
}

void TestQuantizeNetwork::measuringTellsWhy()
{
    const Run run = lathe(kQuantize + QStringList{"--measure", "--batches", "1", "--max-seconds", "0.3", "--json"});
    QVERIFY2(run.code == 0, run.error);
    const QJsonObject json = run.json();
    QCOMPARE(json["variants"].toArray().size(), 3);
    QCOMPARE(json["variants"][2]["name"].toString(), u"int8"_s);
    QVERIFY(json["variants"][2]["size_bytes"].toDouble() < 0.3 * json["variants"][1]["size_bytes"].toDouble());
    QVERIFY(json["variants"][2]["moved_bytes"].toDouble() < 0.5 * json["variants"][1]["moved_bytes"].toDouble());
    QVERIFY(json["variants"][2]["accuracy"]["fraction"].toDouble() > 0.7);
    QVERIFY(json["variants"][2]["timings"][0]["speed_up"].toDouble() > 0.0);
    QVERIFY(json["why"].toArray().size() >= 3);
    QCOMPARE(json["data_path"]["quantizations"].toInt(), 1);
    QVERIFY(json["layers"][0]["alone_sqnr_db"].toDouble() > 10.0);
    QVERIFY(json["layers"][0]["float_ms"].toDouble() > 0.0);
}

void TestQuantizeNetwork::aSuggestionLeavesLayersInFloat()
{
    const Run all = lathe(kQuantize + QStringList{"--suggest", "200", "--out", "f.safetensors", "--json"});
    QVERIFY(all.code != 0 || all.json()["suggestion"][u"in_float"_s].toArray().size() == 5);
    const Run some = lathe(kQuantize + QStringList{"--suggest", "45", "--json"});
    QVERIFY2(some.code == 0, some.error);
    const QJsonObject suggestion = some.json()["suggestion"].toObject();
    QVERIFY(suggestion["meets_budget"].toBool());
    QVERIFY(suggestion["output_sqnr_db"].isNull() || suggestion["output_sqnr_db"].toDouble() >= 45.0);
    const QJsonArray after = some.json()["layers"].toArray();
    const Run points = lathe(kQuantize + QStringList{"--suggest-points", "0", "--json"});
    QVERIFY2(points.code == 0, points.error);
    QVERIFY(points.json()["suggestion"][u"meets_budget"_s].toBool());
    for (const QJsonValue layer : after)
        QCOMPARE(layer[u"precision"_s].toString() == u"float32"_s,
                 suggestion["in_float"].toArray().contains(layer[u"name"_s]));
}

void TestQuantizeNetwork::fineTuningIsAnotherNetwork()
{
    const Run run = lathe(kQuantize + QStringList{"--bits", "3", "--fine-tune", "2", "--json"});
    QVERIFY2(run.code == 0, run.error);
    const Run before = lathe(kQuantize + QStringList{"--bits", "3", "--json"});
    QVERIFY(run.json()["layers"][0]["sqnr_db"] != before.json()["layers"][0]["sqnr_db"]);
    QVERIFY(run.json()["accuracy"].toDouble() >= before.json()["accuracy"].toDouble() - 0.05);
}

void TestQuantizeNetwork::tellsPeople()
{
    const Run run = lathe(kQuantize);
    QVERIFY2(run.code == 0, run.error);
    QVERIFY(run.out.contains("SQNR in dB"));
    QVERIFY(run.out.contains("of the rounded weight"));
    QVERIFY(run.out.contains("Accuracy "));
    const Run noise = lathe({"quantize", "lenet"});
    QVERIFY(noise.out.contains("Its grids were found on random inputs"));
}

void TestQuantizeNetwork::refusesBadUsageWithTwoAndOneLine_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("says");
    QTest::newRow("nothing to quantize") << QStringList{} << "model or --demo"_ba;
    QTest::newRow("nowhere to write to") << QStringList{"lenet", "--out", "nowhere/q.safetensors"}
                                         << "There is no folder nowhere to write to; make it first."_ba;
    QTest::newRow("quantized already") << QStringList{"q.safetensors"} << "quantized already"_ba;
    QTest::newRow("unknown scheme") << QStringList{"lenet", "--scheme", "magic"} << "no scheme \"magic\""_ba;
    QTest::newRow("unknown precision") << QStringList{"lenet", "--precision", "conv1=fp8"} << "no precision \"fp8\""_ba;
    QTest::newRow("unknown layer") << QStringList{"lenet", "--keep", "conv9"} << "no convolution or linear layer"_ba;
    QTest::newRow("groups for int8") << QStringList{"lenet", "--granularity", "per-group"}
                                     << "Groups of weights are for --scheme weight-only"_ba;
    QTest::newRow("other images") << QStringList{"resnet18", "--calibrate", "fashion-mnist:data:4"}
                                  << "takes an input of 3x224x224"_ba;
    QTest::newRow("too many images") << QStringList{"w.safetensors", "--calibrate", "fashion-mnist:data:100000"}
                                     << "100000"_ba;
    QTest::newRow("no images to fine-tune on")
        << QStringList{"lenet", "--fine-tune", "1"} << "no images to fine-tune"_ba;
}

void TestQuantizeNetwork::refusesBadUsageWithTwoAndOneLine()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QByteArray, says);
    const Run run = lathe(QStringList{"quantize"} + arguments);
    QVERIFY2(run.code == 2, run.error);
    QVERIFY2(run.error.contains(says), run.error);
    QVERIFY(run.out.isEmpty());
}

QTEST_GUILESS_MAIN(TestQuantizeNetwork)
#include "tst_quantize_network.moc"

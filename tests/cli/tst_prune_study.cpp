#include <QFile>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

#include "core/architectures/catalogue.h"
#include "core/formats/safetensors.h"
#include "tests/support/closed_form.h"
#include "tests/support/program.h"

using namespace Qt::StringLiterals;
using namespace lathe;

/// What pruning costs and brings, and where sparse weights break even, through the program itself.
class TestPruneStudy : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void sensitivityIsACurveALayer();
    void aSweepIsARowAnAmount();
    void stepsWithTrainingMeetTheTarget();
    void channelsGoToAShareOfTheMacs();
    void whatComesOutIsMeasured();
    void measuringDoesNotChangeWhatIsPruned();
    void patternsAndRulesAreMeasuredToo();
    void aLayerIsTimedOverItsSparsities();
    void aPrunedNetworksLayersAreTimed();
    void refuses_data();
    void refuses();

private:
    test::Run run(const QStringList& arguments) { return test::runLathe(arguments, m_folder.path()); }
    QJsonObject json(const QStringList& arguments)
    {
        const test::Run done = run(arguments + QStringList{"--json"});
        if (done.code != 0)
            qWarning("%s", done.error.constData());
        return done.json();
    }

    QTemporaryDir m_folder;
};

void TestPruneStudy::initTestCase()
{
    const Graph graph = *buildArchitecture("lenet");
    const std::string path = m_folder.filePath("lenet.safetensors").toStdString();
    QVERIFY(writeSafetensors(path, test::closedFormWeights(graph), {{"architecture", "lenet"}}));
}

void TestPruneStudy::sensitivityIsACurveALayer()
{
    const QJsonObject found =
        json({"prune", "lenet.safetensors", "--dataset", "synthetic:20", "--sensitivity", "--scope", "global"});
    QCOMPARE(found["way"].toString(), u"l1 weights global"_s);
    const QJsonArray curves = found["curves"].toArray();
    QCOMPARE(curves.size(), 6);
    QVERIFY(curves.first()["layer"_L1].isNull());
    QCOMPARE(curves[1]["layer"_L1].toString(), u"conv1"_s);
    const QJsonArray points = curves[1]["points"_L1].toArray();
    QCOMPARE(points.size(), 10);
    QVERIFY(points.first()["sqnr_db"_L1].toDouble() > points.last()["sqnr_db"_L1].toDouble());
    QVERIFY(points.first()["accuracy"_L1].isDouble());
    QVERIFY(!found["sentences"].toArray().isEmpty());
}

void TestPruneStudy::aSweepIsARowAnAmount()
{
    const QJsonObject found = json({"prune", "lenet.safetensors", "--structured", "--sweep", "0.3,0.6", "--max-seconds",
                                    "0.3", "--dataset", "synthetic:20"});
    const QJsonArray variants = found["variants"].toArray();
    QCOMPARE(variants.size(), 3);
    QCOMPARE(variants[0]["params"_L1].toInt(), 60074);
    QVERIFY(variants[1]["macs"_L1].toInt() > variants[2]["macs"_L1].toInt());
    QVERIFY(variants[2]["promised_speed_up"_L1].toDouble() > 2.0);
    QVERIFY(variants[2]["speed_up"_L1].toDouble() > 0.0);
    QVERIFY(variants[2]["accuracy"_L1].isDouble());
    QVERIFY(variants[0]["speed_up"_L1].isUndefined());
}

void TestPruneStudy::stepsWithTrainingMeetTheTarget()
{
    const QJsonObject found = json({"prune", "lenet.safetensors", "--amount", "0.5", "--steps", "2", "--fine-tune", "1",
                                    "--dataset", "synthetic:20", "--threads", "1", "--out", "p.safetensors"});
    QVERIFY(found["meets_target"].toBool());
    QCOMPARE(found["steps"].toArray().size(), 2);
    QVERIFY(found["steps"].toArray().last()["validation_accuracy"_L1].isDouble());
    QVERIFY(std::abs(found["sparsity"].toDouble() - 0.5) < 2e-3);
    QCOMPARE(found["params"].toInt(), found["params_before"].toInt());
    QCOMPARE(found["layers"].toArray().size(), 5);
    const QJsonObject file = json({"describe", "p.safetensors"});
    QVERIFY2(file["scheme"].toString().contains(u"masks"_s), qPrintable(file["scheme"].toString()));
}

void TestPruneStudy::channelsGoToAShareOfTheMacs()
{
    const QJsonObject found = json({"prune", "lenet.safetensors", "--structured", "--target-macs", "0.5", "--steps",
                                    "2", "--out", "small.safetensors"});
    QVERIFY(found["meets_target"].toBool());
    QVERIFY(found["macs"].toInt() <= found["macs_before"].toInt() / 2);
    QCOMPARE(json({"describe", "small.safetensors"})["macs"].toInt(), found["macs"].toInt());
}

void TestPruneStudy::whatComesOutIsMeasured()
{
    const QJsonObject found =
        json({"prune", "lenet.safetensors", "--amount", "0.5", "--measure", "--pairs", "12", "--max-seconds", "2"});
    const QJsonObject pruned = found["measured"].toArray().last().toObject();
    QCOMPARE(pruned["pairs"].toInt(), 12);
    QVERIFY(pruned["masks"].toBool());
    QVERIFY(pruned["sentences"].toArray().first().toString().endsWith(u"masks alone change neither."_s));
}

void TestPruneStudy::measuringDoesNotChangeWhatIsPruned()
{
    const QStringList cut{"prune", "lenet.safetensors", "--structured", "--amount", "0.5"};
    const QJsonObject plain = json(cut);
    const QJsonObject measured = json(cut + QStringList{"--measure", "--max-seconds", "0.3"});
    const QJsonObject trained = json(cut + QStringList{"--fine-tune", "1", "--dataset", "synthetic:20"});
    QCOMPARE(plain["params"].toInt(), 15306);
    QCOMPARE(measured["params"].toInt(), 15306);
    QCOMPARE(trained["params"].toInt(), 15306);
}

void TestPruneStudy::patternsAndRulesAreMeasuredToo()
{
    const QStringList measure{"--measure", "--max-seconds", "0.3", "--mode", "sparse"};
    const QStringList cut{"prune", "lenet.safetensors", "--nm", "2:4"};
    QCOMPARE(json(cut + measure)["sparsity"].toDouble(), json(cut)["sparsity"].toDouble());
    const QJsonObject rules = json(QStringList{"prune", "lenet.safetensors", "--rule", "conv=l1:10"} + measure);
    QCOMPARE(rules["layers"].toArray().first()["pruned"_L1].toInt(), 10);
}

void TestPruneStudy::aLayerIsTimedOverItsSparsities()
{
    const QJsonObject found = json({"break-even", "lenet.safetensors", "--layer", "fc1", "--sparsities", "0.5,0.9",
                                    "--max-seconds", "0.5", "--csv", "fc1.csv"});
    QCOMPARE(found["layer"].toString(), u"fc1"_s);
    QCOMPARE(found["dense_bytes"].toInt(), 120 * 400 * 4);
    QCOMPARE(found["formats"].toArray().size(), 2);
    QVERIFY(found["formats"].toArray().first()["points"_L1].toArray().last()["median_ms"_L1].toDouble() > 0.0);
    QVERIFY(QFile::exists(m_folder.filePath("fc1.csv")));
}

void TestPruneStudy::aPrunedNetworksLayersAreTimed()
{
    QCOMPARE(run({"prune", "lenet.safetensors", "--amount", "0.9", "--out", "sparse.safetensors"}).code, 0);
    const QJsonObject found = json({"break-even", "sparse.safetensors", "--max-seconds", "0.4"});
    const QJsonArray layers = found["layers"].toArray();
    QCOMPARE(layers.size(), 5);
    QVERIFY(std::abs(layers.last()["sparsity"_L1].toDouble() - 0.9) < 1e-3);
    QVERIFY(layers.last()["csr_ms"_L1].toDouble() > 0.0);
    const test::Run bench = run({"bench", "sparse.safetensors", "--mode", "sparse", "--max-seconds", "0.2", "--json"});
    QCOMPARE(bench.code, 0);
}

void TestPruneStudy::refuses_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("answer");
    const QStringList prune{"prune", "lenet.safetensors"};
    QTest::newRow("two targets") << prune + QStringList{"--amount", "0.3", "--target-sparsity", "0.5"}
                                 << "Give one of --amount"_ba;
    QTest::newRow("no target") << prune + QStringList{"--steps", "2"} << "How far do the steps go?"_ba;
    QTest::newRow("an amount beside a sweep")
        << prune + QStringList{"--amount", "0.3", "--sweep", "0.5"} << "leave --amount out"_ba;
    QTest::newRow("a pattern in steps") << prune + QStringList{"--nm", "2:4", "--steps", "2"} << "--nm says what"_ba;
    QTest::newRow("no folder for the table")
        << QStringList{"break-even", "lenet.safetensors", "--layer", "fc1", "--csv", "nowhere/x.csv"} << "nowhere"_ba;
    QTest::newRow("an amount of 1") << prune + QStringList{"--sweep", "1.0"} << "is not a number from 0.001"_ba;
    QTest::newRow("latency of masks") << prune + QStringList{"--target-latency", "0.5"}
                                      << "Masks change neither multiply-accumulates nor latency"_ba;
    QTest::newRow("nothing to train on") << prune + QStringList{"--amount", "0.3", "--fine-tune", "1"}
                                         << "no images to fine-tune on"_ba;
    QTest::newRow("a number of entries in steps")
        << prune + QStringList{"--amount", "30", "--steps", "2"} << "In steps an amount is a share"_ba;
    QTest::newRow("masks of a file, swept")
        << prune + QStringList{"--mask-file", "m.safetensors", "--sweep", "0.5"} << "Masks of a file are one cut"_ba;
    QTest::newRow("a layer that is none") << QStringList{"break-even", "lenet", "--layer", "fc9"} << "fc9"_ba;
    QTest::newRow("a sparsity of 2") << QStringList{"break-even", "lenet", "--layer", "fc1", "--sparsities", "2"}
                                     << "Sparsities are rising shares"_ba;
    QTest::newRow("a table of a network")
        << QStringList{"break-even", "lenet", "--csv", "x.csv"} << "--csv goes with --layer"_ba;
}

void TestPruneStudy::refuses()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, answer);
    const test::Run done = run(arguments);
    QVERIFY(done.code == 1 || done.code == 2);
    QVERIFY2(done.error.contains(answer), done.error.constData());
    QCOMPARE(done.error.trimmed().count('\n'), 0);
}

QTEST_GUILESS_MAIN(TestPruneStudy)
#include "tst_prune_study.moc"

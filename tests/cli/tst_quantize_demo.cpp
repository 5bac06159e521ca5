#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include "tests/support/program.h"

using lathe::test::Run;

namespace {

Run demo(const QStringList& arguments, const QString& folder = {})
{
    return lathe::test::runLathe(QStringList{"quantize", "--demo"} + arguments, folder);
}

} // namespace

/// `lathe quantize --demo` through the program itself.
class TestQuantizeDemo : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void quantizesNumbersOfOnesOwn()
    {
        const Run run = demo({"--values=-1, 2, 0.9", "--bits", "2", "--json"});
        QVERIFY2(run.code == 0, run.error);
        const QJsonObject json = run.json();
        QCOMPARE(json["integers"].toArray(), (QJsonArray{-2, 1}));
        const QJsonObject part = json["parts"].toArray().first().toObject();
        QCOMPARE(part["scale"].toDouble(), 1.0);
        QCOMPARE(part["zero_point"].toInt(), -1);
        const QJsonArray values = json["values"].toArray();
        QCOMPARE(values.size(), 3);
        QCOMPARE(values.at(2)["x_int"].toInt(), 0);
        QCOMPARE(values.at(2)["x_hat"].toDouble(), 1.0);
        QCOMPARE(json["bytes"].toInt(), 6);
        QCOMPARE(json["float32_bytes"].toInt(), 12);
        QCOMPARE(json["error"]["clipped"].toInt(), 0);
        QVERIFY(!json["formulas"].toArray().isEmpty());
        QVERIFY(!json.contains("sum"));
    }

    void theSchemeIsChosen()
    {
        const Run run = demo({"--values", "1, 2; 30, -40", "--symmetric", "--unsigned", "--granularity", "per-channel",
                              "--observer", "mse", "--json"});
        QVERIFY2(run.code == 0, run.error);
        const QJsonObject json = run.json();
        QCOMPARE(json["integers"].toArray(), (QJsonArray{1, 255}));
        QCOMPARE(json["parts"].toArray().size(), 2);
        QCOMPARE(json["parts"].toArray().at(1)["zero_point"].toInt(), 128);
        QCOMPARE(json["observer"].toString(), QString("mse"));
        QCOMPARE(json["shape"].toArray(), (QJsonArray{2, 2}));
    }

    void drawnChannelsDifferInSpread()
    {
        const Run run =
            demo({"--distribution", "laplace", "--granularity", "per-channel", "--samples", "500", "--json"});
        QVERIFY2(run.code == 0, run.error);
        QCOMPARE(run.json()["shape"].toArray(), (QJsonArray{8, 500}));
        const QJsonArray parts = run.json()["parts"].toArray();
        QVERIFY(parts.at(7)["scale"].toDouble() < 0.3 * parts.at(0)["scale"].toDouble());
    }

    void theSameSeedDrawsTheSame()
    {
        const QStringList arguments{"--samples", "200", "--seed", "7", "--json"};
        QCOMPARE(demo(arguments).out, demo(arguments).out);
    }

    void aFileOfNumbersIsRead()
    {
        const QTemporaryDir folder;
        QFile file(folder.filePath("numbers.txt"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("1\n2\n3\n");
        file.close();
        const Run run = demo({"--values-file", "numbers.txt", "--granularity", "per-group", "--group-size", "2",
                              "--part", "2", "--json"},
                             folder.path());
        QVERIFY2(run.code == 0, run.error);
        QCOMPARE(run.json()["parts"].toArray().size(), 2);
        QCOMPARE(run.json()["values"].toArray().size(), 1);
    }

    void aLayersWeightsAreTaken()
    {
        const Run run = demo({"--model", "lenet", "--layer", "conv2", "--granularity", "per-channel", "--json"});
        QVERIFY2(run.code == 0, run.error);
        const QJsonObject json = run.json();
        QCOMPARE(json["source"].toString(), QString("weights of conv2 of lenet"));
        QCOMPARE(json["shape"].toArray().first().toInt(), 16);
        QCOMPARE(json["parts"].toArray().size(), 16);
        QVERIFY(json["notes"].toArray().last().toString().startsWith("These weights are not trained"));
    }

    void aLayersActivationsAreTaken()
    {
        const Run run = demo({"--model", "lenet", "--layer", "conv1", "--activations", "--batch", "3", "--granularity",
                              "per-channel", "--json"});
        QVERIFY2(run.code == 0, run.error);
        const QJsonArray shape = run.json()["shape"].toArray();
        QCOMPARE(shape.size(), 4);
        QCOMPARE(shape.at(0).toInt(), 3);
        QCOMPARE(run.json()["parts"].toArray().size(), shape.at(1).toInt());
    }

    void errorsAreSummed()
    {
        const Run run = demo({"--sum", "100", "--vectors", "1000", "--json"});
        QVERIFY2(run.code == 0, run.error);
        const QJsonObject sum = run.json()["sum"].toObject();
        QVERIFY(sum["holds"].toBool());
        QCOMPARE(sum["points"].toArray().last()["n"].toInt(), 100);
        QVERIFY(qAbs(sum["exponent"].toDouble() - 0.5) < 0.05);
        const QJsonObject equal = demo({"--sum", "100", "--order", "constant", "--json"}).json()["sum"].toObject();
        QVERIFY(!equal["holds"].toBool());
        QVERIFY(qAbs(equal["exponent"].toDouble() - 1.0) < 0.01);
    }

    void tellsPeopleTheSame()
    {
        const Run run = demo({"--values=-1, 2, 0.9", "--bits", "2", "--sum", "10"});
        QVERIFY2(run.code == 0, run.error);
        for (const char* part :
             {"numbers given", "Of the whole tensor:", "x_int", "s = (high − low) / 3 = (2 − (−1)) / 3",
              "Clipping: none", "Sums of errors over n values", "The prediction"})
            QVERIFY2(run.out.contains(part), run.out);
    }

    void badUsageIsRefused_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("bits") << QStringList{"--bits", "9"} << QByteArray("--bits");
        QTest::newRow("distribution") << QStringList{"--distribution", "cauchy"} << QByteArray("\"cauchy\"");
        QTest::newRow("observer") << QStringList{"--observer", "best"} << QByteArray("\"best\"");
        QTest::newRow("granularity") << QStringList{"--granularity", "per-row"} << QByteArray("\"per-row\"");
        QTest::newRow("numbers") << QStringList{"--values", "1, x"} << QByteArray("\"x\" is no finite number");
        QTest::newRow("file") << QStringList{"--values-file", "gone.txt"} << QByteArray("gone.txt");
        QTest::newRow("two sources") << QStringList{"--values", "1", "--model", "lenet"} << QByteArray("--model");
        QTest::newRow("no layer") << QStringList{"--model", "lenet"} << QByteArray("--layer");
        QTest::newRow("another layer") << QStringList{"--model", "lenet", "--layer", "nope"}
                                       << QByteArray("lenet has no layer \"nope\"");
        QTest::newRow("no weights") << QStringList{"--model", "resnet18", "--layer", "relu"}
                                    << QByteArray("has no weights");
        QTest::newRow("layer of nothing") << QStringList{"--layer", "conv1"} << QByteArray("--model");
        QTest::newRow("order") << QStringList{"--sum", "10", "--order", "sorted"} << QByteArray("\"sorted\"");
        QTest::newRow("part") << QStringList{"--part", "2"} << QByteArray("no part 2");
        QTest::newRow("samples") << QStringList{"--samples", "20000000"} << QByteArray("too many");
    }

    void badUsageIsRefused()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, says);
        const Run run = demo(arguments);
        QCOMPARE(run.code, 2);
        QVERIFY2(run.error.contains(says), run.error);
        QCOMPARE(run.error.count('\n'), 1);
        QVERIFY(run.out.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestQuantizeDemo)
#include "tst_quantize_demo.moc"

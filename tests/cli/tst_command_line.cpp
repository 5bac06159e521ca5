#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include "core/formats/safetensors.h"
#include "core/session/session.h"
#include "tests/support/closed_form.h"
#include "tests/support/program.h"
#include "tests/support/sample_record.h"

/// The headless contract, through the program itself: exit codes, JSON names, one line of error.
class TestCommandLine : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void listsTheCatalogue();
    void describesAModel();
    void describesLayersAndStateDictAtAnotherInput();
    void printsTablesForPeople();
    void refusesBadUsageWithTwoAndOneLine_data();
    void refusesBadUsageWithTwoAndOneLine();
    void failsWithOneAndOneLine_data();
    void failsWithOneAndOneLine();
    void infersWhatItExported();
    void aBuiltInSavedAsJsonIsAModelLikeAnyOther();
    void infersWithASealedProgramThatHasNoParameters();
    void infersInEveryMode();
    void measuresEveryCombination();
    void saysInJsonWhatWasPublishedToo();
    void measuresEachInAProcessOfItsOwn();
    void appendsToASessionThatPlotDraws();
    void drawsAnArrowToACompressedNetwork();
    void keepsWhatAKilledRunLeftInTheJournal();
    void keepsWhatAWindowSavedMeanwhile();
    void comparesANetworkWithItself();

private:
    using Run = lathe::test::Run;
    Run lathe(const QStringList& arguments) const { return lathe::test::runLathe(arguments, m_folder->path()); }
    QString path(const QString& name) const { return m_folder->filePath(name); }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestCommandLine::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
}

void TestCommandLine::listsTheCatalogue()
{
    const Run run = lathe({"list", "--json"});
    QCOMPARE(run.code, 0);
    const QJsonArray models = run.json()["models"].toArray();
    QVERIFY(models.size() >= 31);
    for (const QJsonValue model : models) {
        if (model["name"] != "resnet50")
            continue;
        QCOMPARE(model["family"].toString(), QString("ResNet"));
        QCOMPARE(model["type"].toString(), QString("cnn"));
        QCOMPARE(model["params"].toInteger(), 25557032);
        QCOMPARE(model["macs"].toInteger(), 4089184256);
        QCOMPARE(model["top1"].toDouble(), 0.80858);
        return;
    }
    QFAIL("resnet50 is not listed");
}

void TestCommandLine::describesAModel()
{
    const Run run = lathe({"describe", "resnet50", "--json"});
    QCOMPARE(run.code, 0);
    const QJsonObject model = run.json();
    QCOMPARE(model["name"].toString(), QString("resnet50"));
    QCOMPARE(model["input"].toArray(), (QJsonArray{3, 224, 224}));
    QCOMPARE(model["params"].toInteger(), 25557032);
    QCOMPARE(model["macs"].toInteger(), 4089184256);
    QVERIFY(model["activation_bytes"].toInteger() > 0);
    QVERIFY(model["parameter_bytes"].toInteger() > 4 * 25557032);
    QVERIFY(!model.contains("layers"));
}

void TestCommandLine::describesLayersAndStateDictAtAnotherInput()
{
    const Run run = lathe({"describe", "lenet", "--layers", "--state-dict", "--input", "1x32x32", "--json"});
    // LeNet's linear layers fit 28 x 28 only when built for it; at 32 x 32 they grow.
    QCOMPARE(run.code, 0);
    const QJsonObject conv = run.json()["layers"].toArray()[1].toObject();
    QCOMPARE(conv["name"].toString(), QString("conv1"));
    QCOMPARE(conv["op"].toString(), QString("Conv2d"));
    QCOMPARE(conv["input"].toArray(), (QJsonArray{1, 32, 32}));
    QCOMPARE(conv["output"].toArray(), (QJsonArray{6, 30, 30}));
    QCOMPARE(conv["params"].toInt(), 60);
    QCOMPARE(conv["macs"].toInt(), 6 * 30 * 30 * 9);
    const QJsonObject first = run.json()["state_dict"].toArray()[0].toObject();
    QCOMPARE(first, (QJsonObject{{"name", "conv1.weight"}, {"shape", QJsonArray{6, 1, 3, 3}}, {"dtype", "float32"}}));
}

void TestCommandLine::printsTablesForPeople()
{
    QVERIFY(lathe({"list"}).out.contains("resnet50"));
    QVERIFY(lathe({"describe", "lenet", "--layers"}).out.contains("MMACs"));
    QVERIFY(lathe({"--version"}).out.startsWith("lathe 0."));
    QVERIFY(lathe({"--help"}).out.contains("compare"));
}

void TestCommandLine::refusesBadUsageWithTwoAndOneLine_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("unknown command") << QStringList{"mesure"} << "neither a command nor a session";
    QTest::newRow("unknown flag") << QStringList{"list", "--jason"} << "--jason";
    QTest::newRow("no model") << QStringList{"describe"} << "model";
    QTest::newRow("unknown model") << QStringList{"describe", "resnet5"} << "resnet50";
    QTest::newRow("no size") << QStringList{"describe", "resnet50", "--input", "big"} << "3x224x224";
    QTest::newRow("impossible size") << QStringList{"describe", "vit_b_16", "--input", "3x100x100"} << "vit_b_16";
    QTest::newRow("unknown mode") << QStringList{"bench", "lenet", "--mode", "warp"} << "eager, channels_last";
    QTest::newRow("batch of zero") << QStringList{"bench", "lenet", "--batch", "0"} << "--batch";
    QTest::newRow("no classes") << QStringList{"describe", "lenet", "--classes", "0"}
                                << "is not a number from 1 to 1000000";
    QTest::newRow("too many tokens") << QStringList{"describe", "bert_base_uncased", "--input", "100000"}
                                     << "use at most 512";
    QTest::newRow("missing weights") << QStringList{"describe", "no.pth"} << "no.pth could not be read: there is no";
    QTest::newRow("missing graph") << QStringList{"export", "no.json", "--out", "x"} << "there is no such file";
    QTest::newRow("missing tensor") << QStringList{"infer", "lenet", "--tensor", "no.safetensors", "--out", "y"}
                                    << "there is no such file";
    QTest::newRow("classes of a file") << QStringList{"describe", "mine.json", "--classes", "7"}
                                       << "classes of its own";
    QTest::newRow("classes of an encoder")
        << QStringList{"describe", "bert_base_uncased", "--classes", "7"} << "no classifier";
    QTest::newRow("no format") << QStringList{"export", "lenet", "--format", "doc", "--out", "x"} << "--format";
}

void TestCommandLine::refusesBadUsageWithTwoAndOneLine()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, sentence);
    const Run run = lathe(arguments);
    QCOMPARE(run.code, 2);
    QVERIFY2(run.error.contains(sentence.toUtf8()), run.error.constData());
    QCOMPARE(run.error.count('\n'), 1);
    QVERIFY(run.out.isEmpty());
}

void TestCommandLine::failsWithOneAndOneLine_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("damaged tensor file") << QStringList{"infer",    "lenet", "--weights", "junk",
                                                        "--tensor", "junk",  "--out",     "y"}
                                         << "safetensors";
    QTest::newRow("broken graph") << QStringList{"describe", "junk.json"} << "junk.json: line 1, column 2 is no JSON";
    QTest::newRow("no session") << QStringList{"plot", "junk", "--out", "s.svg"} << "junk";
    QTest::newRow("a file that talks to the terminal")
        << QStringList{"describe", LATHE_TEST_DATA "/torch/escape.pth"} << "It holds a os.?[31msystem, which";
    QTest::newRow("no memory") << QStringList{"bench", "vit_h_14", "--batch", "100000", "--json"} << "batch that fits";
}

void TestCommandLine::failsWithOneAndOneLine()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, sentence);
    for (const QString name : {"junk", "junk.json"}) {
        QFile junk(path(name));
        QVERIFY(junk.open(QIODevice::WriteOnly));
        junk.write("this is no model");
    }
    const Run run = lathe(arguments);
    QCOMPARE(run.code, 1);
    QVERIFY2(run.error.contains(sentence.toUtf8()), run.error.constData());
    QVERIFY(!run.error.contains('\x1b'));
    QVERIFY(!QFile::exists(path("y")));
}

void TestCommandLine::infersWhatItExported()
{
    QCOMPARE(lathe({"export", "lenet", "--out", "w.safetensors", "--seed", "3"}).code, 0);
    const auto x = lathe::test::closedFormInput({2, 1, 28, 28});
    QVERIFY(lathe::writeSafetensors(path("x.safetensors").toStdString(), {{"x", x}}));
    const Run named =
        lathe({"infer", "lenet", "--weights", "w.safetensors", "--tensor", "x.safetensors", "--out", "a"});
    QVERIFY2(named.code == 0, named.error.constData());
    const Run found = lathe({"infer", "w.safetensors", "--tensor", "x.safetensors", "--out", "b"});
    QVERIFY2(found.code == 0, found.error.constData());
    const auto a = lathe::readSafetensors(path("a").toStdString());
    const auto b = lathe::readSafetensors(path("b").toStdString());
    QCOMPARE(a->tensors[0].name, std::string("y"));
    QCOMPARE(a->tensors[0].tensor.shape, (lathe::Shape{2, 10}));
    QCOMPARE(a->tensors[0].tensor.floats()[13], b->tensors[0].tensor.floats()[13]);
}

void TestCommandLine::aBuiltInSavedAsJsonIsAModelLikeAnyOther()
{
    QCOMPARE(lathe({"export", "lenet", "--classes", "7", "--format", "json", "--out", "mine.json"}).code, 0);
    const Run described = lathe({"describe", "mine.json", "--json"});
    QCOMPARE(described.code, 0);
    QCOMPARE(described.json()["name"].toString(), QString("mine.json"));
    QCOMPARE(described.json()["family"].toString(), QString("LeNet"));
    QCOMPARE(described.json()["output"].toArray(), QJsonArray{7});

    QCOMPARE(lathe({"export", "mine.json", "--out", "mine.safetensors", "--seed", "3"}).code, 0);
    const auto x = lathe::test::closedFormInput({2, 1, 28, 28});
    QVERIFY(lathe::writeSafetensors(path("x.safetensors").toStdString(), {{"x", x}}));
    const Run whole = lathe({"infer", "mine.safetensors", "--tensor", "x.safetensors", "--out", "a"});
    QVERIFY2(whole.code == 0, whole.error.constData());
    const Run apart =
        lathe({"infer", "mine.json", "--weights", "mine.safetensors", "--tensor", "x.safetensors", "--out", "b"});
    QVERIFY2(apart.code == 0, apart.error.constData());
    const auto a = lathe::readSafetensors(path("a").toStdString());
    const auto b = lathe::readSafetensors(path("b").toStdString());
    QCOMPARE(a->tensors[0].tensor.shape, (lathe::Shape{2, 7}));
    for (int i = 0; i < 14; ++i)
        QCOMPARE(a->tensors[0].tensor.floats()[i], b->tensors[0].tensor.floats()[i]);

    const Run measured = lathe({"bench", "mine.json", "--threads", "1", "--max-seconds", "0.3", "--json"});
    QVERIFY2(measured.code == 0, measured.error.constData());
    QCOMPARE(measured.json()["records"][0]["model"].toString(), QString("mine.json"));
}

void TestCommandLine::infersWithASealedProgramThatHasNoParameters()
{
    const auto x = lathe::test::closedFormInput({1, 3, 16, 16});
    QVERIFY(lathe::writeSafetensors(path("x.safetensors").toStdString(), {{"x", x}}));
    const Run run = lathe(
        {"infer", LATHE_TEST_DATA "/torch/sealed_without_parameters.pt", "--tensor", "x.safetensors", "--out", "y"});
    QVERIFY2(run.code == 0, run.error.constData());
    QCOMPARE(lathe::readSafetensors(path("y").toStdString())->tensors[0].tensor.shape, (lathe::Shape{1, 3}));
    const Run untrained = lathe({"infer", "lenet", "--tensor", "x.safetensors", "--out", "z"});
    QCOMPARE(untrained.code, 2);
}

void TestCommandLine::infersInEveryMode()
{
    QCOMPARE(lathe({"export", "resnet18", "--out", "w.safetensors", "--seed", "1"}).code, 0);
    const auto x = lathe::test::closedFormInput({1, 3, 64, 64});
    QVERIFY(lathe::writeSafetensors(path("x.safetensors").toStdString(), {{"x", x}}));
    for (const QString mode : {"eager", "channels_last"})
        QCOMPARE(lathe({"infer", "w.safetensors", "--tensor", "x.safetensors", "--mode", mode, "--out", mode}).code, 0);
    const auto eager = lathe::readSafetensors(path("eager").toStdString());
    const auto last = lathe::readSafetensors(path("channels_last").toStdString());
    for (int i = 0; i < 1000; ++i)
        QVERIFY(std::abs(eager->tensors[0].tensor.floats()[i] - last->tensors[0].tensor.floats()[i]) < 1e-4F);
}

void TestCommandLine::measuresEveryCombination()
{
    const Run run = lathe({"bench", "lenet", "--mode", "eager,channels_last", "--batch", "1,4", "--threads", "1",
                           "--max-seconds", "0.5", "--layers", "--json"});
    QVERIFY2(run.code == 0, run.error.constData());
    QVERIFY(run.json()["environment"].toObject().contains("cpu"));
    QVERIFY(!run.json().contains("claims"));
    const QJsonArray records = run.json()["records"].toArray();
    QCOMPARE(records.size(), 4);
    const QJsonObject record = records[0].toObject();
    QCOMPARE(record["model"].toString(), QString("lenet"));
    QCOMPARE(record["threads"].toInt(), 1);
    QCOMPARE(record["input"].toArray(), (QJsonArray{1, 28, 28}));
    QVERIFY(record["flags"].isArray());
    const QJsonObject latency = record["latency_ms"].toObject();
    for (const char* key : {"median", "ci_low", "ci_high", "p5", "p95", "p99"})
        QVERIFY2(latency[key].toDouble() > 0.0, key);
    QVERIFY(latency["samples"].toArray().size() >= 10);
    const double batch = record["batch"].toDouble();
    QVERIFY(qFuzzyCompare(record["throughput"].toDouble(), 1000.0 * batch / latency["median"].toDouble()));
    QVERIFY(record["layers"].toArray().size() > 5);
}

void TestCommandLine::saysInJsonWhatWasPublishedToo()
{
    const Run run = lathe(
        {"bench", "distilbert_base_uncased", "bert_base_uncased", "--input", "8", "--max-seconds", "0.3", "--json"});
    QVERIFY2(run.code == 0, run.error.constData());
    const QJsonArray claims = run.json()["claims"].toArray();
    QCOMPARE(claims.size(), 1);
    QVERIFY(claims[0].toString().startsWith("DistilBERT has 39.1 % fewer parameters than BERT"));
    const auto records = lathe::recordsFromJson(run.out.toStdString());
    QVERIFY(records);
    QCOMPARE(records->size(), std::size_t{2});
}

void TestCommandLine::measuresEachInAProcessOfItsOwn()
{
    const Run run = lathe({"bench", "lenet", "--isolate", "--threads", "1", "--max-seconds", "0.3", "--json"});
    QVERIFY2(run.code == 0, run.error.constData());
    const QJsonObject record = run.json()["records"].toArray()[0].toObject();
    QCOMPARE(record["isolated"].toBool(), true);
    QVERIFY(record["peak_resident_bytes"].toInteger() > 1000000);
}

void TestCommandLine::appendsToASessionThatPlotDraws()
{
    for (const QString batch : {"1", "2"})
        QCOMPARE(lathe({"bench", "lenet", "--batch", batch, "--max-seconds", "0.2", "--save", "s.lathe"}).code, 0);
    const Run plot = lathe({"plot", "s.lathe", "--x", "params", "--y", "throughput", "--out", "scatter.svg", "--json"});
    QVERIFY2(plot.code == 0, plot.error.constData());
    QCOMPARE(plot.json()["points"].toInt(), 2);
    QFile svg(path("scatter.svg"));
    QVERIFY(svg.open(QIODevice::ReadOnly));
    QVERIFY(svg.readAll().contains("lenet"));
    QCOMPARE(lathe({"plot", "s.lathe", "--x", "beauty", "--out", "scatter.svg"}).code, 2);
}

void TestCommandLine::drawsAnArrowToACompressedNetwork()
{
    const Run bench = lathe({"bench", "lenet", "--mode", "fused,int8", "--max-seconds", "0.2", "--save", "s.lathe"});
    QVERIFY2(bench.code == 0, bench.error.constData());
    const auto draw = [&](const QStringList& options) {
        const Run plot =
            lathe(QStringList{"plot", "s.lathe", "--colour", "scheme", "--out", "s.svg", "--json"} + options);
        QFile svg(path("s.svg"));
        return std::pair(plot.json()["arrows"].toInt(-1), svg.open(QIODevice::ReadOnly) ? svg.readAll() : QByteArray());
    };
    const auto [arrows, with] = draw({});
    QCOMPARE(arrows, 1);
    for (const char* legend : {">float32<", ">int8<", ">compression<"})
        QVERIFY2(with.contains(legend), legend);
    const auto [none, without] = draw({"--no-arrows"});
    QCOMPARE(none, 0);
    QVERIFY(!without.contains(">compression<"));
    QVERIFY(without.count("<polyline") + without.count("<path") < with.count("<polyline") + with.count("<path"));
    QCOMPARE(draw({"--arrows"}).first, 1);
}

void TestCommandLine::keepsWhatAKilledRunLeftInTheJournal()
{
    const lathe::Journal journal(path("s.lathe.journal").toStdString());
    QVERIFY(journal.append(lathe::test::sampleRecord("left")));
    QCOMPARE(lathe({"bench", "lenet", "--max-seconds", "0.2", "--save", "s.lathe"}).code, 0);
    const auto session = lathe::loadSession(path("s.lathe").toStdString());
    QVERIFY(session);
    QCOMPARE(session->session.records.size(), std::size_t{2});
    QCOMPARE(session->session.records.front().id, std::string("left"));
    QVERIFY(!journal.exists());
}

void TestCommandLine::keepsWhatAWindowSavedMeanwhile()
{
    const std::string file = path("s.lathe").toStdString();
    QProcess bench;
    bench.setWorkingDirectory(path("."));
    bench.start(qEnvironmentVariable("LATHE_EXECUTABLE"),
                {"bench", "lenet", "--max-seconds", "2", "--precision-target", "0.0001", "--save", "s.lathe"});
    QVERIFY(bench.waitForStarted());
    lathe::Session window;
    window.records.push_back(lathe::test::sampleRecord("theirs"));
    QVERIFY(lathe::saveSession(window, file));
    QVERIFY(bench.waitForFinished());
    const auto session = lathe::loadSession(file);
    QVERIFY(session);
    QCOMPARE(session->session.records.size(), std::size_t{2});
    QCOMPARE(session->session.records.front().id, std::string("theirs"));
}

void TestCommandLine::comparesANetworkWithItself()
{
    const Run run =
        lathe({"compare", "lenet", "lenet", "--mode", "eager,channels_last", "--max-seconds", "1", "--json"});
    QVERIFY2(run.code == 0, run.error.constData());
    const QJsonObject comparison = run.json();
    QCOMPARE(comparison["b"].toObject()["mode"].toString(), QString("channels_last"));
    QVERIFY(comparison["ci_low"].toDouble() <= comparison["ratio"].toDouble());
    QVERIFY(comparison["ci_high"].toDouble() >= comparison["ratio"].toDouble());
    QVERIFY((QStringList{"a_faster", "b_faster", "no_difference_shown"}.contains(comparison["verdict"].toString())));
    QVERIFY(!comparison["sentence"].toString().isEmpty());
}

QTEST_GUILESS_MAIN(TestCommandLine)
#include "tst_command_line.moc"

#include <QTest>

#include "core/analysis/derivations.h"
#include "core/analysis/series.h"

using namespace lathe;

namespace {

using Indices = std::vector<Derivation>;

/// Of resnet50 unless said otherwise, with 10 images a second.
Record measured(const std::string& mode, double throughput = 10.0, const std::string& model = "resnet50")
{
    Record record;
    record.configuration = {model, mode, 8, 2, {3, 224, 224}, "cpu"};
    record.throughput = record.throughputLow = record.throughputHigh = throughput;
    record.environment.cpu = "test CPU";
    return record;
}

Record compressed(const std::string& origin = "resnet50", const std::string& model = "resnet50")
{
    Record record = measured("int8", 20.0, model);
    record.scheme = "int8";
    record.origin = origin;
    return record;
}

} // namespace

class TestDerivations : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aCompressedNetworkComesFromTheOneItNames()
    {
        const std::vector<Record> records = {measured("fused", 10.0, "lenet"), measured("fused"), compressed(),
                                             compressed("lenet", "lenet-int8.safetensors")};
        QVERIFY(derivations(records) == (Indices{{1, 2}, {0, 3}}));
    }

    void whatIsNotCompressedComesFromNothing()
    {
        QVERIFY(derivations({measured("fused"), measured("bf16"), measured("eager")}).empty());
        QVERIFY(!originOf(measured("eager"), {measured("fused")}));
        QVERIFY(derivations({}).empty());
    }

    void aFileThatDoesNotTellItsOriginHasNone() { QVERIFY(!originOf(compressed(""), {measured("fused", 10.0, "")})); }

    void anotherCompressedNetworkIsNoOrigin()
    {
        const Record other = compressed();
        QVERIFY(!originOf(compressed(), {other}));
    }

    void unlikeConditionsAreNotHeldAgainstEachOther_data()
    {
        QTest::addColumn<QString>("what");
        for (const char* what : {"batch", "threads", "input", "device", "CPU", "model"})
            QTest::newRow(what) << what;
    }
    void unlikeConditionsAreNotHeldAgainstEachOther()
    {
        QFETCH(QString, what);
        Record other = measured("fused");
        QVERIFY(originOf(compressed(), {other}));
        Configuration& c = other.configuration;
        c.batch = what == "batch" ? 1 : c.batch;
        c.threads = what == "threads" ? 1 : c.threads;
        c.input = what == "input" ? Shape{3, 256, 256} : c.input;
        c.device = what == "device" ? "cuda" : c.device;
        c.model = what == "model" ? "resnet18" : c.model;
        other.environment.cpu = what == "CPU" ? "another CPU" : other.environment.cpu;
        QVERIFY(!originOf(compressed(), {other}));
    }

    void ofSeveralModesTheOneThatTellsMostIsTaken_data()
    {
        QTest::addColumn<QStringList>("modes"); // each 5 images a second faster than the one before
        QTest::addColumn<int>("origin");
        QTest::newRow("fused before a faster one") << QStringList{"eager", "fused", "bf16", "channels_last"} << 1;
        QTest::newRow("else bf16") << QStringList{"bf16", "eager", "channels_last"} << 0;
        QTest::newRow("else the fastest") << QStringList{"eager", "channels_last"} << 1;
        QTest::newRow("one alone") << QStringList{"eager_kept"} << 0;
    }
    void ofSeveralModesTheOneThatTellsMostIsTaken()
    {
        QFETCH(QStringList, modes);
        std::vector<Record> records;
        for (const QString& mode : modes)
            records.push_back(measured(mode.toStdString(), 5.0 * static_cast<double>(records.size() + 1)));
        const auto found = originOf(compressed(), records);
        QVERIFY(found);
        QTEST(static_cast<int>(*found), "origin");
    }

    void ofRepeatsTheLastCounts()
    {
        // The first "eager" was faster, but it was measured again since.
        const std::vector<Record> records = {measured("eager", 30.0), measured("channels_last", 20.0),
                                             measured("eager", 10.0), compressed(), compressed()};
        QVERIFY(derivations(records) == (Indices{{1, 3}, {1, 4}}));
        QCOMPARE(*originOf(compressed(), {measured("fused", 30.0), measured("fused", 10.0)}), std::size_t(1));
    }

    void aFileThatWasMovedIsKnownByItsName()
    {
        const std::vector<Record> moved = {measured("fused", 10.0, "new/cat.safetensors"),
                                           measured("fused", 10.0, "new/dog.safetensors")};
        QCOMPARE(originOf(compressed("old/cat.safetensors"), moved), std::optional<std::size_t>(0));
        QCOMPARE(originOf(compressed("cat.safetensors"), moved), std::optional<std::size_t>(0));
        QCOMPARE(originOf(compressed("old/bert/"), {measured("fused", 10.0, "new/bert")}),
                 std::optional<std::size_t>(0));
    }

    void theFileInItsPlaceGoesBeforeOneOfItsNameElsewhere()
    {
        const std::vector<Record> records = {measured("eager", 10.0, "here/cat.safetensors"),
                                             measured("fused", 10.0, "there/cat.safetensors")};
        QCOMPARE(originOf(compressed("here/cat.safetensors"), records), std::optional<std::size_t>(0));
    }

    void filesOfOneNameInSeveralFoldersAreNotGuessedAmong()
    {
        const std::vector<Record> records = {measured("eager", 10.0, "a/model.safetensors"),
                                             measured("fused", 10.0, "b/model.safetensors")};
        QVERIFY(!originOf(compressed("c/model.safetensors"), records));
    }

    void anArchitectureIsNoFileOfItsName()
    {
        QVERIFY(!originOf(compressed("resnet50"), {measured("fused", 10.0, "nets/resnet50")}));
        QVERIFY(!originOf(compressed("nets/resnet50"), {measured("fused")}));
    }

    void theGainIsSpeedAndSize()
    {
        Record origin = measured("fused", 10.0);
        Record derived = compressed();
        derived.throughput = derived.throughputLow = derived.throughputHigh = 18.3;
        QCOMPARE(gainText(derived, origin), std::string("1.83 times as fast as resnet50 fused"));
        origin.fileBytes = 102'549'760;
        derived.fileBytes = 25'900'000;
        QCOMPARE(gainText(derived, origin), std::string("1.83 times as fast as resnet50 fused, file 25 % of its size"));
    }

    void theGainIsAsSureAsBothIntervalsAllow()
    {
        Record origin = measured("fused", 10.0, "nets/cat.safetensors");
        Record derived = compressed();
        origin.throughputLow = 9.5;
        origin.throughputHigh = 10.5;
        derived.throughputLow = 19.0;
        derived.throughputHigh = 21.0;
        // 19 / 10.5 = 1.81 to 21 / 9.5 = 2.21
        QCOMPARE(gainText(derived, origin), std::string("2.0 ± 0.2 times as fast as cat.safetensors fused"));
    }

    void withoutFilesTheWeightsAreCompared()
    {
        Record origin = measured("fused", 40.0);
        Record derived = compressed();
        origin.parameterBytes = 1000;
        derived.parameterBytes = 255;
        QCOMPARE(gainText(derived, origin),
                 std::string("0.5 times as fast as resnet50 fused, weights 26 % of its size"));
    }

    void withoutAnOriginItSaysWhatToMeasure()
    {
        QCOMPARE(gainSentence(compressed("nets/cat.safetensors"), {}),
                 std::string("measure cat.safetensors with batch 8, 2 threads, 3x224x224 too to see what was gained."));
        QCOMPARE(gainSentence(compressed(""), {}), std::string("its file does not tell what it was made from."));
        QCOMPARE(gainSentence(measured("eager"), {measured("fused")}), std::string());
        QCOMPARE(gainSentence(compressed(), {measured("fused")}), std::string("2 times as fast as resnet50 fused."));
    }

    void theSchemeOfWhatIsNotCompressedIsItsNumbers()
    {
        QCOMPARE(schemeTitle(measured("fused")), std::string("float32"));
        QCOMPARE(schemeTitle(measured("bf16")), std::string("bf16"));
        QCOMPARE(schemeTitle(compressed()), std::string("int8"));
    }
};

QTEST_APPLESS_MAIN(TestDerivations)
#include "tst_derivations.moc"

#include <QTest>

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "core/engine/backend.h"
#include "core/pruning/sparse_gains.h"
#include "tests/support/fake_backend.h"
#include "tests/support/tensors.h"

using namespace lathe;

namespace {

/// A dense layer takes 1 ms, a sparse one 4 ms times the share of weights that are not 0.
class SparseBackend : public test::FakeBackend {
public:
    std::map<std::string, std::vector<double>> sparsities; ///< by mode, of the weights that came

    Result<std::unique_ptr<Network>> prepare(const Graph& graph, const StateDict& weights, Mode mode,
                                             const std::string& = "cpu", const Quantization* = nullptr) override
    {
        const std::vector<float> values = test::valuesOf(weights.front().tensor);
        const auto kept =
            static_cast<double>(values.size()) - static_cast<double>(std::count(values.begin(), values.end(), 0.0F));
        const double share = kept / static_cast<double>(values.size());
        sparsities[std::string(name(mode))].push_back(1.0 - share);
        test::FakeBehaviour& one = m_behaviours[{name(mode), share}];
        one.machine = behaviour.machine;
        one.seconds = [=](int) { return mode == Mode::Fused ? 1e-3 : 4e-3 * share; };
        return std::make_unique<test::FakeNetwork>(one, graph);
    }

private:
    std::map<std::pair<std::string_view, double>, test::FakeBehaviour> m_behaviours;
};

/// A linear layer 16 -> 24, and a grouped convolution before it.
Graph network(std::int64_t out = 24)
{
    GraphBuilder b("net", {8, 2, 1});
    const NodeId x = b.conv2d("grouped", b.input(), {.inChannels = 8, .outChannels = 8, .groups = 2});
    return *b.finish(b.linear("fc", b.add("flatten", op::Flatten{}, {x}), out));
}

Result<BreakEven> scan(SparseBackend& backend, const BreakEvenOptions& options = {}, const char* layer = "fc",
                       const Graph& graph = network())
{
    return scanBreakEven(backend, *scannedLayer(graph, layer), options, backend.behaviour.machine->probe(), {}, {});
}

SparsePoint point(double sparsity, double median, double halfWidth = 0.01)
{
    return {{median, median - halfWidth, median + halfWidth, std::vector<double>(6, median)}, sparsity, 0};
}

FormatScan scanOf(std::vector<SparsePoint> points)
{
    FormatScan scan;
    scan.points = std::move(points);
    findCrossing(scan, {1.0, 0.99, 1.01, std::vector<double>(6, 1.0)});
    return scan;
}

bool isNear(double a, double b)
{
    return std::abs(a - b) < 1e-9;
}

} // namespace

class TestBreakEven : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void bytesAreThoseOfPyTorchsFormats();
    void aFormatIsSmallerFromWhereItsBytesAreFewer();
    void curvesCrossBetweenTwoSparsities();
    void aFormatThatIsAlwaysSlowerHasNoCrossing();
    void aFormatThatIsAlwaysFasterHasNone();
    void fasterIsBeyondTheIntervals();
    void weightsHaveTheZerosAskedFor();
    void timesAreThoseOfTheModes();
    void blocksNeedExtentsThatTheyDivide();
    void whatCannotBeScannedIsRefused_data();
    void whatCannotBeScannedIsRefused();
    void documentsHoldEveryPoint();
    void aWholeNetworkIsTimedLayerByLayer();
    void aNetworkWithoutZerosHasNothingToGain();
};

/// Of 8 x 16: 12 values with their columns and 9 places where rows begin; 1 block with its column and 2 places.
void TestBreakEven::bytesAreThoseOfPyTorchsFormats()
{
    QCOMPARE(weightBytes(WeightFormat::Dense, 8, 16, 128), 512);
    QCOMPARE(weightBytes(WeightFormat::Csr, 8, 16, 12), 12 * 12 + 9 * 8);
    QCOMPARE(weightBytes(WeightFormat::Bsr, 8, 16, 1), 64 * 4 + 8 + 2 * 8);
}

void TestBreakEven::aFormatIsSmallerFromWhereItsBytesAreFewer()
{
    SparseBackend backend;
    const auto done = scan(backend);
    QVERIFY(done);
    // 24 x 16: 4 * 384 bytes dense, 12 for each value kept and 25 * 8 for the rows.
    QVERIFY(isNear(done->formats[0].smallerFrom, 1.0 - (4.0 * 384 - 25 * 8) / (12.0 * 384)));
    // 6 blocks of 264 bytes and 4 * 8 for their rows.
    QVERIFY(isNear(done->formats[1].smallerFrom, 1.0 - (4.0 * 384 - 4 * 8) / (264.0 * 6)));
}

void TestBreakEven::curvesCrossBetweenTwoSparsities()
{
    const FormatScan found = scanOf({point(0.5, 2.0), point(0.8, 1.2), point(0.9, 0.6), point(0.99, 0.1)});
    QVERIFY(isNear(*found.crossing, 0.8 + 0.1 * 0.2 / 0.6));
    QVERIFY(isNear(*found.fasterFrom, 0.9));
}

void TestBreakEven::aFormatThatIsAlwaysSlowerHasNoCrossing()
{
    const FormatScan found = scanOf({point(0.5, 2.0), point(0.9, 1.5)});
    QVERIFY(!found.crossing && !found.fasterFrom);
}

void TestBreakEven::aFormatThatIsAlwaysFasterHasNone()
{
    const FormatScan found = scanOf({point(0.5, 0.9), point(0.9, 0.5)});
    QVERIFY(!found.crossing);
    QVERIFY(isNear(*found.fasterFrom, 0.5));
}

/// At 0.8 the medians have crossed, and the intervals still overlap.
void TestBreakEven::fasterIsBeyondTheIntervals()
{
    const FormatScan found = scanOf({point(0.5, 1.5), point(0.8, 0.985), point(0.9, 0.5)});
    QVERIFY(*found.crossing < 0.8);
    QVERIFY(isNear(*found.fasterFrom, 0.9));
}

void TestBreakEven::weightsHaveTheZerosAskedFor()
{
    SparseBackend backend;
    BreakEvenOptions options;
    options.sparsities = {0.5, 0.75};
    const auto done = scan(backend, options);
    QVERIFY(done);
    QVERIFY(isNear(backend.sparsities["csr"][0], 0.5));
    QVERIFY(isNear(backend.sparsities["csr"][1], 0.75));
    QVERIFY(isNear(backend.sparsities["bsr"][0], 0.5));                    // 3 of 6 blocks
    QVERIFY(isNear(done->formats[1].points[1].sparsity, 1.0 - 2.0 / 6.0)); // one and a half, rounded to 2
    QVERIFY(isNear(backend.sparsities["fused"][0], 0.0));
}

void TestBreakEven::timesAreThoseOfTheModes()
{
    SparseBackend backend;
    BreakEvenOptions options;
    options.sparsities = {0.5, 0.9};
    const auto done = scan(backend, options);
    QVERIFY(done);
    QVERIFY(done->dense.median > 0.0);
    const double ratio = done->formats[0].points[0].median / done->dense.median;
    QVERIFY2(std::abs(ratio - 2.0) < 0.01, qPrintable(QString::number(ratio)));
    QVERIFY(std::abs(*done->formats[0].crossing - 0.75) < 0.01);
    QVERIFY(std::abs(*done->formats[0].fasterFrom - 0.9) < 0.01);
    const auto sentences = breakEvenSentences(*done);
    QVERIFY(QString::fromStdString(sentences[0]).startsWith("Compressed sparse rows (CSR) are faster from "));
}

void TestBreakEven::blocksNeedExtentsThatTheyDivide()
{
    SparseBackend backend;
    const auto done = scan(backend, {}, "fc", network(10));
    QVERIFY(done);
    QCOMPARE(done->formats.size(), std::size_t{1});
    QCOMPARE(breakEvenSentences(*done).back(),
             std::string("Blocks were not timed: both extents of the weight must be multiples of 8."));
}

void TestBreakEven::whatCannotBeScannedIsRefused_data()
{
    QTest::addColumn<QString>("layer");
    QTest::addColumn<QList<double>>("sparsities");
    QTest::addColumn<QString>("message");
    const QString shares = "Sparsities are rising shares of zeros between 0 and 1, such as 0.5, 0.9 and 0.99.";
    QTest::newRow("grouped") << "grouped" << QList<double>{0.5}
                             << "grouped is a grouped convolution, for which there is no sparse kernel; take a dense "
                                "convolution or a linear layer.";
    QTest::newRow("none") << "fc" << QList<double>{} << shares;
    QTest::newRow("falling") << "fc" << QList<double>{0.9, 0.5} << shares;
    QTest::newRow("all zeros") << "fc" << QList<double>{0.5, 1.0} << shares;
    QTest::newRow("without zeros") << "fc" << QList<double>{0.0, 0.5} << shares;
    QTest::newRow("negative") << "fc" << QList<double>{-0.5} << shares;
}

void TestBreakEven::whatCannotBeScannedIsRefused()
{
    QFETCH(QString, layer);
    QFETCH(QList<double>, sparsities);
    QFETCH(QString, message);
    SparseBackend backend;
    BreakEvenOptions options;
    options.sparsities = {sparsities.begin(), sparsities.end()};
    const auto done = scan(backend, options, layer.toUtf8());
    QVERIFY(!done);
    QCOMPARE(QString::fromStdString(done.error().message), message);
}

void TestBreakEven::documentsHoldEveryPoint()
{
    SparseBackend backend;
    BreakEvenOptions options;
    options.sparsities = {0.5, 0.9};
    const auto done = scan(backend, options);
    QVERIFY(done);
    const auto json = nlohmann::json::parse(breakEvenToJson(*done));
    QCOMPARE(json["dense_bytes"].get<int>(), 4 * 384);
    QCOMPARE(json["formats"].size(), std::size_t{2});
    QCOMPARE(json["formats"][1]["format"].get<std::string>(), std::string("bsr"));
    QCOMPARE(json["formats"][0]["points"][0]["sparsity"].get<double>(), 0.5);
    QVERIFY(json["formats"][0]["crossing"].is_number());
    const QString csv = QString::fromStdString(breakEvenToCsv(*done));
    QCOMPARE(csv.count("\r\n"), 1 + 1 + 2 * 2);
    QVERIFY(csv.startsWith("format,sparsity,bytes,median_ms,ci_low_ms,ci_high_ms,samples\r\ndense,0,1536,"));
}

namespace {

LoadedModel modelOf(const Graph& graph, bool isPruned)
{
    LoadedModel model;
    model.name = graph.name();
    model.graph = graph;
    for (const Parameter& parameter : graph.parameters())
        model.weights.push_back({parameter.name, test::floats(parameter.shape, isPruned ? 0.0F : 0.5F)});
    return model;
}

} // namespace

void TestBreakEven::aWholeNetworkIsTimedLayerByLayer()
{
    const auto backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    const auto gains = measureSparseGains(**backend, modelOf(network(), true), {1, 1, 0.2}, systemProbe(), {}, {});
    QVERIFY2(gains, gains ? "" : gains.error().message.c_str());
    QCOMPARE(gains->layers.size(), std::size_t{2});
    QCOMPARE(gains->layers[1].name, std::string("fc"));
    QCOMPARE(gains->layers[1].operation, std::string("Linear"));
    QCOMPARE(gains->layers[1].weights, 24 * 16);
    QCOMPARE(gains->layers[1].sparsity, 1.0);
    QVERIFY(gains->layers[1].denseMs > 0.0 && gains->layers[1].csrMs > 0.0 && gains->layers[1].chosenMs > 0.0);
    const auto json = nlohmann::json::parse(sparseGainsToJson(*gains));
    QCOMPARE(json["layers"][0]["name"].get<std::string>(), std::string("grouped"));
    QVERIFY(!gains->layers[0].gains); // there is no sparse kernel for it
}

void TestBreakEven::aNetworkWithoutZerosHasNothingToGain()
{
    const auto backend = loadBackend();
    QVERIFY(backend);
    const auto gains = measureSparseGains(**backend, modelOf(network(), false), {1, 1, 0.2}, systemProbe(), {}, {});
    QVERIFY2(gains, gains ? "" : gains.error().message.c_str());
    QCOMPARE(sparseGainSentences(*gains)[0],
             std::string("No weight of it is 0: there is nothing that a sparse product could skip."));
}

QTEST_APPLESS_MAIN(TestBreakEven)
#include "tst_break_even.moc"

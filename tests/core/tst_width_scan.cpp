#include <QTest>

#include <cmath>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "core/benchmark/width_scan.h"
#include "tests/support/fake_backend.h"

using namespace lathe;

namespace {

/// A layer alone takes as long as the test says for its output channels (of a linear layer too).
class WidthBackend : public test::FakeBackend {
public:
    std::function<double(std::int64_t channels)> seconds = [](std::int64_t c) { return 1e-5 * double(c); };
    std::vector<std::int64_t> order; ///< of the inferences
    std::function<void()> before;

    Result<std::unique_ptr<Network>> prepare(const Graph& graph, const StateDict& weights, Mode mode,
                                             const std::string& device = "cpu", const Quantization* = nullptr) override
    {
        const Shape& output = graph.outputShape();
        const std::int64_t channels = output.size() == 3 ? output.front() : output.back();
        test::FakeBehaviour& one = m_behaviours[channels];
        one.machine = behaviour.machine;
        one.failsAt = behaviour.failsAt;
        one.seconds = [this, channels](int) {
            order.push_back(channels);
            if (before)
                before();
            return seconds(channels);
        };
        ++behaviour.prepared;
        behaviour.modes.emplace_back(name(mode));
        (void)weights;
        (void)device;
        return std::make_unique<test::FakeNetwork>(one, graph);
    }

private:
    std::map<std::int64_t, test::FakeBehaviour> m_behaviours;
};

/// conv 8 -> 12 at 4x4, a grouped one of 4 groups, a depthwise one, a classifier of 10.
Graph network()
{
    GraphBuilder builder("net", {8, 4, 4});
    NodeId x = builder.conv2d("conv", builder.input(),
                              {.inChannels = 8, .outChannels = 12, .kernel = {3, 3}, .padding = {1, 1}});
    x = builder.conv2d("grouped", x, {.inChannels = 12, .outChannels = 16, .groups = 4});
    x = builder.conv2d("depthwise", x, {.inChannels = 16, .outChannels = 32, .groups = 16});
    x = builder.add("pool", op::AdaptiveAvgPool2d{}, {x});
    return *builder.finish(builder.linear("fc", builder.add("flatten", op::Flatten{}, {x}), 10));
}

ScannedLayer layer(const char* name = "conv")
{
    return *scannedLayer(network(), name);
}

WidthScanOptions options(std::int64_t first = 6, std::int64_t last = 10)
{
    WidthScanOptions options;
    options.first = first;
    options.last = last;
    options.maxSeconds = 5.0;
    return options;
}

Result<WidthScan> scan(WidthBackend& backend, const WidthScanOptions& how, const ScannedLayer& what = layer(),
                       std::stop_token stop = {}, const ProgressSink& progress = {})
{
    return scanWidths(backend, what, how, backend.behaviour.machine->probe(), stop, progress);
}

WidthPoint point(std::int64_t channels, double median, double halfWidth, std::size_t samples = 6)
{
    return {{median, median - halfWidth, median + halfWidth, std::vector<double>(samples, median)},
            channels,
            channels * 1000};
}

WidthScan known()
{
    WidthScan scan;
    scan.model = "net";
    scan.layer = layer();
    scan.layer.name = "conv";
    std::get<op::Conv2d>(scan.layer.operation).outChannels = 127;
    scan.options.first = 127;
    scan.options.last = 129;
    scan.options.threads = 2;
    scan.points = {point(127, 4.06, 0.03), point(128, 2.85, 0.02), point(129, 4.2, 0.04)};
    scan.cliffs = cliffsOf(scan.points);
    scan.rounds = 6;
    scan.stopReason = "time";
    return scan;
}

} // namespace

class TestWidthScan : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aLayerIsTakenFromItsNetwork();
    void layersThatCannotBeScannedAreRefused_data();
    void layersThatCannotBeScannedAreRefused();
    void widthsChangeTheAxisAskedFor();
    void depthwiseChannelsAreOneNumber();
    void groupsTakeMultiples();
    void everyWidthIsTimedEquallyOften();
    void theOrderOfRoundsDiffers();
    void networksAreMadeAnew();
    void itEndsWhenItIsPrecise();
    void itEndsWithTheTime();
    void tooFewRoundsTellNoCliff();
    void aStopKeepsWholeRounds();
    void anEarlyStopLeavesNothing();
    void progressRises();
    void badOptionsAreRefused_data();
    void badOptionsAreRefused();
    void failuresOfTheEngineAreReturned();
    void aWiderLayerThatIsFasterIsACliff();
    void aMacThatCostsMoreIsACliff();
    void jumpsWithinTheIntervalsAreNone();
    void smallJumpsAreNone();
    void sentencesHaveTheNumbers();
    void vectorsThatAreFilledAreTold();
    void noCliffIsSaidToo();
    void jsonHasEveryWidth();
    void csvHasEveryWidth();
    void axesHaveNames();
};

void TestWidthScan::aLayerIsTakenFromItsNetwork()
{
    QCOMPARE(layer().name, std::string("conv"));
    QCOMPARE(layer().input, (Shape{8, 4, 4}));
    QCOMPARE(layer().channels(WidthAxis::Out), std::int64_t{12});
    QCOMPARE(layer().channels(WidthAxis::In), std::int64_t{8});
    QCOMPARE(layer("fc").input, Shape{32});
    QCOMPARE(layer("fc").channels(WidthAxis::Both), std::int64_t{10});
    QCOMPARE(scannableLayers(network()), (std::vector<std::string>{"conv", "grouped", "depthwise", "fc"}));
    QVERIFY(layer("depthwise").isDepthwise() && !layer("grouped").isDepthwise() && !layer("fc").isDepthwise());
}

void TestWidthScan::layersThatCannotBeScannedAreRefused_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("says");
    QTest::newRow("none") << "gone" << int(ErrorCode::NotFound) << "net has no layer \"gone\"; of convolutions";
    QTest::newRow("another kind") << "pool" << int(ErrorCode::Unsupported) << "pool is AdaptiveAvgPool2d; only";
    QTest::newRow("the input") << "input" << int(ErrorCode::Unsupported) << "input is Input; only";
}

void TestWidthScan::layersThatCannotBeScannedAreRefused()
{
    QFETCH(QString, name);
    QFETCH(int, code);
    QFETCH(QString, says);
    const auto refused = scannedLayer(network(), name.toStdString());
    QVERIFY(!refused);
    QCOMPARE(int(refused.error().code), code);
    QVERIFY2(refused.error().message.starts_with(says.toStdString()), refused.error().message.c_str());
    QVERIFY(refused.error().message.find("it has conv, grouped, depthwise and fc") != std::string::npos);
}

void TestWidthScan::widthsChangeTheAxisAskedFor()
{
    const auto out = graphOfWidth(layer(), WidthAxis::Out, 20);
    QCOMPARE(out->inputShape(), (Shape{8, 4, 4}));
    QCOMPARE(out->outputShape(), (Shape{20, 4, 4}));
    const auto in = graphOfWidth(layer(), WidthAxis::In, 20);
    QCOMPARE(in->inputShape(), (Shape{20, 4, 4}));
    QCOMPARE(in->outputShape(), (Shape{12, 4, 4}));
    const auto both = graphOfWidth(layer("fc"), WidthAxis::Both, 20);
    QCOMPARE(both->inputShape(), Shape{20});
    QCOMPARE(both->outputShape(), Shape{20});
    QCOMPARE(graphOfWidth(layer("fc"), WidthAxis::In, 20)->outputShape(), Shape{10});
    QVERIFY(!graphOfWidth(layer(), WidthAxis::Out, 0));
}

void TestWidthScan::depthwiseChannelsAreOneNumber()
{
    const auto both = graphOfWidth(layer("depthwise"), WidthAxis::Both, 5);
    QCOMPARE(both->inputShape(), (Shape{5, 4, 4}));
    QCOMPARE(both->outputShape(), (Shape{10, 4, 4}));
    const auto refused = graphOfWidth(layer("depthwise"), WidthAxis::Out, 5);
    QVERIFY(!refused && refused.error().code == ErrorCode::InvalidArgument);
    QVERIFY(refused.error().message.ends_with("are one number; vary both."));
}

void TestWidthScan::groupsTakeMultiples()
{
    QVERIFY(graphOfWidth(layer("grouped"), WidthAxis::Out, 8));
    const auto refused = graphOfWidth(layer("grouped"), WidthAxis::Out, 10);
    QVERIFY(!refused && refused.error().code == ErrorCode::InvalidArgument);
    QCOMPARE(refused.error().message,
             std::string("grouped cannot have 10 channels: it has 4 groups of equal size; take multiples."));
}

void TestWidthScan::everyWidthIsTimedEquallyOften()
{
    WidthBackend backend;
    const auto done = scan(backend, options());
    QVERIFY(done);
    QCOMPARE(done->points.size(), std::size_t{5});
    for (const WidthPoint& p : done->points) {
        QCOMPARE(p.samples.size(), std::size_t(done->rounds));
        QVERIFY(std::abs(p.median - 1e-2 * double(p.channels)) < 1e-9);
        QCOMPARE(p.macs, p.channels * 8 * 9 * 16);
    }
    QCOMPARE(backend.behaviour.modes.front(), std::string("fused"));
}

void TestWidthScan::theOrderOfRoundsDiffers()
{
    WidthBackend backend;
    QVERIFY(scan(backend, options()));
    std::vector<std::int64_t> firsts; // of each run of one width
    for (const std::int64_t channels : backend.order)
        if (firsts.empty() || firsts.back() != channels)
            firsts.push_back(channels);
    std::set<std::vector<std::int64_t>> orders;
    for (std::size_t i = 5; i + 5 <= firsts.size(); i += 5)
        orders.insert({firsts.begin() + std::ptrdiff_t(i), firsts.begin() + std::ptrdiff_t(i) + 5});
    QVERIFY(orders.size() > 1);
}

void TestWidthScan::networksAreMadeAnew()
{
    WidthBackend backend;
    QCOMPARE(scan(backend, options())->rounds, 15);
    QCOMPARE(backend.behaviour.prepared, 15); // five widths, before rounds 1, 6 and 11
}

void TestWidthScan::itEndsWhenItIsPrecise()
{
    WidthBackend backend;
    const auto done = scan(backend, options());
    QCOMPARE(done->stopReason, std::string("precise"));
    QVERIFY(done->flags.empty());
}

void TestWidthScan::itEndsWithTheTime()
{
    WidthBackend backend;
    int inference = 0;
    backend.seconds = [&](std::int64_t) { return ++inference % 7 < 3 ? 1e-3 : 2e-3; }; // never precise
    const auto done = scan(backend, options());
    QVERIFY(done);
    QCOMPARE(done->stopReason, std::string("time"));
    QCOMPARE(done->flags.back().code, std::string("imprecise"));
    QVERIFY(backend.behaviour.machine->now < 6.0);
}

void TestWidthScan::tooFewRoundsTellNoCliff()
{
    WidthBackend backend;
    backend.seconds = [](std::int64_t channels) { return channels % 2 == 0 ? 0.1 : 0.3; };
    const auto done = scan(backend, options());
    QVERIFY(done);
    QVERIFY(done->rounds >= 1 && done->rounds < 6);
    QVERIFY(done->cliffs.empty());
    QCOMPARE(done->flags.back().code, std::string("few_samples"));
}

void TestWidthScan::aStopKeepsWholeRounds()
{
    WidthBackend backend;
    std::stop_source stop;
    backend.before = [&] {
        if (backend.order.size() > 1000)
            stop.request_stop();
    };
    WidthScanOptions how = options();
    how.precisionTarget = 1e-12;
    backend.seconds = [n = 0](std::int64_t) mutable { return ++n % 2 == 0 ? 1e-4 : 1.1e-4; };
    const auto done = scan(backend, how, layer(), stop.get_token());
    QVERIFY(done);
    QCOMPARE(done->stopReason, std::string("stopped"));
    QVERIFY(done->rounds >= 6);
    for (const WidthPoint& p : done->points)
        QCOMPARE(p.samples.size(), std::size_t(done->rounds));
}

void TestWidthScan::anEarlyStopLeavesNothing()
{
    WidthBackend backend;
    std::stop_source stop;
    stop.request_stop();
    const auto refused = scan(backend, options(), layer(), stop.get_token());
    QVERIFY(!refused);
    QVERIFY(refused.error().code == ErrorCode::Cancelled);
}

void TestWidthScan::progressRises()
{
    WidthBackend backend;
    std::vector<double> fractions;
    QVERIFY(scan(backend, options(), layer(), {}, [&](const Progress& p) { fractions.push_back(p.fraction); }));
    QCOMPARE(fractions.size(), std::size_t{15});
    QVERIFY(std::is_sorted(fractions.begin(), fractions.end()));
    QVERIFY(fractions.back() <= 1.0);
}

void TestWidthScan::badOptionsAreRefused_data()
{
    QTest::addColumn<qint64>("first");
    QTest::addColumn<qint64>("last");
    QTest::addColumn<qint64>("step");
    QTest::addColumn<qint64>("batch");
    QTest::addColumn<int>("threads");
    QTest::addColumn<double>("seconds");
    QTest::newRow("no channels") << qint64(0) << qint64(4) << qint64(1) << qint64(1) << 1 << 1.0;
    QTest::newRow("backwards") << qint64(9) << qint64(4) << qint64(1) << qint64(1) << 1 << 1.0;
    QTest::newRow("no step") << qint64(1) << qint64(4) << qint64(0) << qint64(1) << 1 << 1.0;
    QTest::newRow("too many") << qint64(1) << qint64(1001) << qint64(1) << qint64(1) << 1 << 1.0;
    QTest::newRow("no batch") << qint64(1) << qint64(4) << qint64(1) << qint64(0) << 1 << 1.0;
    QTest::newRow("no threads") << qint64(1) << qint64(4) << qint64(1) << qint64(1) << 0 << 1.0;
    QTest::newRow("no time") << qint64(1) << qint64(4) << qint64(1) << qint64(1) << 1 << 0.0;
}

void TestWidthScan::badOptionsAreRefused()
{
    QFETCH(qint64, first);
    QFETCH(qint64, last);
    QFETCH(qint64, step);
    QFETCH(qint64, batch);
    QFETCH(int, threads);
    QFETCH(double, seconds);
    WidthScanOptions how = options(first, last);
    how.step = step;
    how.batch = batch;
    how.threads = threads;
    how.maxSeconds = seconds;
    WidthBackend backend;
    const auto refused = scan(backend, how);
    QVERIFY(!refused);
    QVERIFY(refused.error().code == ErrorCode::InvalidArgument);
    QVERIFY(refused.error().message.ends_with('.'));
}

void TestWidthScan::failuresOfTheEngineAreReturned()
{
    WidthBackend backend;
    backend.behaviour.failsAt = 4;
    const auto refused = scan(backend, options());
    QVERIFY(!refused);
    QVERIFY(refused.error().code == ErrorCode::EngineFailure);
}

void TestWidthScan::aWiderLayerThatIsFasterIsACliff()
{
    const auto cliffs = cliffsOf({point(127, 4.06, 0.03), point(128, 2.85, 0.02)});
    QCOMPARE(cliffs.size(), std::size_t{1});
    QVERIFY(cliffs[0].kind == WidthCliff::Kind::FasterThoughWider);
    QCOMPARE(cliffs[0].before, std::size_t{0});
    QCOMPARE(cliffs[0].ratio, 4.06 / 2.85);
}

void TestWidthScan::aMacThatCostsMoreIsACliff()
{
    const auto cliffs = cliffsOf({point(128, 2.85, 0.02), point(129, 4.2, 0.04)});
    QCOMPARE(cliffs.size(), std::size_t{1});
    QVERIFY(cliffs[0].kind == WidthCliff::Kind::DearerByTheMac);
    QVERIFY(std::abs(cliffs[0].ratio - (4.2 / 129) / (2.85 / 128)) < 1e-12);
    // Twice the channels in twice the time.
    QVERIFY(cliffsOf({point(64, 1.0, 0.001), point(128, 2.0, 0.001)}).empty());
}

void TestWidthScan::jumpsWithinTheIntervalsAreNone()
{
    QVERIFY(cliffsOf({point(127, 4.06, 0.7), point(128, 2.85, 0.7)}).empty());
    QVERIFY(cliffsOf({point(127, 4.06, 0.03, 5), point(128, 2.85, 0.02)}).empty());
}

void TestWidthScan::smallJumpsAreNone()
{
    QVERIFY(cliffsOf({point(127, 3.0, 0.001), point(128, 2.9, 0.001)}).empty());
    QVERIFY(cliffsOf({point(127, 3.0, 0.001), point(128, 3.1, 0.001)}).empty());
    QVERIFY(cliffsOf({}).empty());
}

void TestWidthScan::sentencesHaveTheNumbers()
{
    const auto sentences = widthScanSentences(known());
    QCOMPARE(sentences.size(), std::size_t{3});
    QCOMPARE(sentences[0], std::string("From 128 to 129 output channels the time rises from 2.85 ± 0.02 ms to 4.20 ± "
                                       "0.04 ms: a multiply-accumulate takes 1.46 times as long."));
    QCOMPARE(sentences[1], std::string("127 output channels take 4.06 ± 0.03 ms, 128 take 2.85 ± 0.02 ms: the wider "
                                       "layer is 1.42 times as fast."));
    QCOMPARE(sentences[2], std::string("conv has 127 output channels, which take 4.06 ± 0.03 ms; 128 would take 2.85 ± "
                                       "0.02 ms."));
}

void TestWidthScan::vectorsThatAreFilledAreTold()
{
    WidthScan scan = known();
    scan.environment.instructionSets = "AVX2 FMA";
    scan.points.clear();
    scan.cliffs.clear();
    for (std::int64_t channels = 64; channels <= 80; ++channels)
        scan.points.push_back(point(channels, double(channels) * (channels % 8 == 0 ? 0.01 : 0.0125), 0.001));
    const auto sentences = widthScanSentences(scan);
    QCOMPARE(sentences.back(),
             std::string("The 3 widths that are multiples of 8, as many float32 values as a vector of "
                         "AVX2 holds, reach 100 MMAC/s in the median, the 14 others 80 MMAC/s."));
    scan.environment.instructionSets.clear();
    QCOMPARE(widthScanSentences(scan).size(), sentences.size() - 1);
}

void TestWidthScan::noCliffIsSaidToo()
{
    WidthScan scan = known();
    scan.points = {point(128, 2.85, 0.02)};
    scan.cliffs.clear();
    const auto sentences = widthScanSentences(scan);
    QCOMPARE(sentences.size(), std::size_t{1});
    QVERIFY(sentences[0].starts_with("No cliff was shown"));
}

void TestWidthScan::jsonHasEveryWidth()
{
    const auto json = nlohmann::json::parse(widthScanToJson(known()));
    QCOMPARE(json["model"].get<std::string>(), std::string("net"));
    QCOMPARE(json["layer"].get<std::string>(), std::string("conv"));
    QCOMPARE(json["axis"].get<std::string>(), std::string("out"));
    QCOMPARE(json["own_channels"].get<int>(), 127);
    QCOMPARE(json["mode"].get<std::string>(), std::string("fused"));
    QCOMPARE(json["points"].size(), std::size_t{3});
    QCOMPARE(json["points"][1]["median_ms"].get<double>(), 2.85);
    QCOMPARE(json["points"][1]["samples_ms"].size(), std::size_t{6});
    QCOMPARE(json["cliffs"].size(), std::size_t{2});
    QCOMPARE(json["cliffs"][0]["from"].get<int>(), 127);
    QCOMPARE(json["cliffs"][0]["kind"].get<std::string>(), std::string("faster_though_wider"));
    QCOMPARE(json["sentences"].size(), std::size_t{3});
}

void TestWidthScan::csvHasEveryWidth()
{
    WidthScan scan = known();
    scan.points = {{{4.0, 3.5, 4.5, {4.0}}, 127, 1000}};
    QCOMPARE(widthScanToCsv(scan),
             std::string("channels,macs_of_batch,median_ms,ci_low_ms,ci_high_ms,samples\r\n127,1000,4,3.5,4.5,1\r\n"));
}

void TestWidthScan::axesHaveNames()
{
    for (const WidthAxis axis : {WidthAxis::Out, WidthAxis::In, WidthAxis::Both})
        QVERIFY(axisFromName(axisName(axis)) == axis);
    const auto refused = axisFromName("up");
    QVERIFY(!refused && refused.error().code == ErrorCode::InvalidArgument);
}

QTEST_APPLESS_MAIN(TestWidthScan)
#include "tst_width_scan.moc"

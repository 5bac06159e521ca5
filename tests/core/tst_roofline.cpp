#include <QTest>

#include "core/analysis/roofline.h"
#include "tests/support/fake_backend.h"
#include "tests/support/small_record.h"

using namespace lathe;

using test::smallPeaks;
using test::smallRecord;
using test::smallRecordWithLayers;

namespace {

GraphSource smallNetwork()
{
    return [](const Configuration& configuration) -> Result<Graph> {
        if (configuration.model == "small")
            return test::smallGraph();
        return fail(ErrorCode::NotFound, "There is no such file.");
    };
}

bool has(const std::string& text, const char* part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

class RooflineTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theRoofIsTheLowerOfBandwidthAndPeak();
    void aRecordIsTheSumOfItsNodes();
    void aBatchMovesParametersOnce();
    void aLayerThatFitsIntoACacheIsHeldAgainstIt();
    void parametersComeFromWhereAllOfThemFit();
    void belowHalfOfTheRoofNeitherBounds();
    void viewsNeitherComputeNorMove();
    void layersTimedAtNothingAreLeftOut();
    void aModesPrecisionHasItsOwnPeakAndSize();
    void textsShowTheNumbers();
    void moreThanTheRoofIsSaid();
    void theUsualThreadsAreThoseOfMostRecords();
    void recordsOfOtherThreadsMachinesAndDevicesAreLeftOut();
    void recordsWithoutANetworkOrALatencyAreLeftOut();
    void aRecordComesBeforeItsLayers();
};

void RooflineTest::theRoofIsTheLowerOfBandwidthAndPeak()
{
    QCOMPARE(attainable(2.0, 10e9, 100e9), 20e9);
    QCOMPARE(attainable(10.0, 10e9, 100e9), 100e9);
    QCOMPARE(attainable(50.0, 10e9, 100e9), 100e9);
}

void RooflineTest::aRecordIsTheSumOfItsNodes()
{
    const RooflinePoint point = recordPoint(smallRecord(), test::smallGraph(), smallPeaks());
    QCOMPARE(point.flops, 2.0 * (6912 + 40) + 256 + 256);
    // Convolution 112 parameters, 192 in, 256 out; ReLU 256 and 256; pooling 256 and 4; linear 50, 4 and 10; floats.
    QCOMPARE(point.bytes, 4.0 * (560 + 512 + 260 + 64));
    QCOMPARE(point.intensity(), 14416.0 / 5584.0);
    QCOMPARE(point.rate(), 14416.0 / 50e-6);
    QCOMPARE(point.byteRate(), 5584.0 / 50e-6);
    QCOMPARE(point.level, std::string("memory")); // 648 bytes of parameters and 2,048 alive at once exceed 2,200
    QCOMPARE(point.roof(), 2e9);
    QCOMPARE(point.leastMilliseconds(), 14416.0 / 2e9 * 1e3);
    QVERIFY(point.layer.empty() && point.isDrawable());
}

void RooflineTest::aBatchMovesParametersOnce()
{
    Record measured = smallRecord();
    measured.configuration.batch = 3;
    const RooflinePoint point = recordPoint(measured, test::smallGraph(), smallPeaks());
    QCOMPARE(point.flops, 3.0 * 14416.0);
    QCOMPARE(point.bytes, 3.0 * (5584.0 - 648.0) + 648.0);
}

void RooflineTest::aLayerThatFitsIntoACacheIsHeldAgainstIt()
{
    const auto layers = layerPoints(smallRecordWithLayers(), test::smallGraph(), smallPeaks());
    QCOMPARE(layers.size(), std::size_t{5});
    QCOMPARE(layers[0].layer, std::string("conv"));
    QCOMPARE(layers[0].operation, std::string("Conv2d"));
    QCOMPARE(layers[0].level, std::string("memory"));
    QCOMPARE(layers[0].bandwidth, 1e9);
    QCOMPARE(layers[0].bytes, 2240.0);
    QCOMPARE(layers[0].share, 13824.0 / 2e9 / 10e-6);
    QVERIFY(layers[0].bound == Bound::Arithmetic);
    QCOMPARE(layers[1].level, std::string("L1"));
    QCOMPARE(layers[1].bandwidth, 4e9);
    QCOMPARE(layers[1].roof(), 0.125 * 4e9);
    QCOMPARE(layers[1].share, 2048.0 / 4e9 / 1e-6);
    QVERIFY(layers[1].bound == Bound::Memory);
}

void RooflineTest::parametersComeFromWhereAllOfThemFit()
{
    Peaks small = smallPeaks();
    // It holds the linear layer's 256 bytes, but not the network's 648 bytes of parameters.
    small.bandwidth.front().bytes = 300;
    const auto layers = layerPoints(smallRecordWithLayers(), test::smallGraph(), small);
    QCOMPARE(layers[4].layer, std::string("fc"));
    QCOMPARE(layers[4].level, std::string("memory"));
    QCOMPARE(layerPoints(smallRecordWithLayers(), test::smallGraph(), smallPeaks())[4].level, std::string("L1"));
}

void RooflineTest::belowHalfOfTheRoofNeitherBounds()
{
    const Graph graph = test::smallGraph();
    QVERIFY(recordPoint(smallRecord(0.05), graph, smallPeaks()).bound == Bound::Neither);
    const double least = 14416.0 / 2e9 * 1e3;
    QVERIFY(recordPoint(smallRecord(least / 0.501), graph, smallPeaks()).bound == Bound::Arithmetic);
    QVERIFY(recordPoint(smallRecord(least / 0.499), graph, smallPeaks()).bound == Bound::Neither);
}

void RooflineTest::viewsNeitherComputeNorMove()
{
    const auto layers = layerPoints(smallRecordWithLayers(), test::smallGraph(), smallPeaks());
    const RooflinePoint& flatten = layers[3];
    QCOMPARE(flatten.flops, 0.0);
    QCOMPARE(flatten.bytes, 0.0);
    QCOMPARE(flatten.share, 0.0);
    QVERIFY(!flatten.isDrawable());
    QVERIFY(flatten.bound == Bound::Neither);
    QCOMPARE(boundText(flatten, 2), std::string("Bound by neither: it computes and moves nothing; its 0.0002 ms are "
                                                "the work of calling it."));
}

void RooflineTest::layersTimedAtNothingAreLeftOut()
{
    Record fused = smallRecordWithLayers();
    fused.layers[1].milliseconds = 0.0;
    const auto layers = layerPoints(fused, test::smallGraph(), smallPeaks());
    QCOMPARE(layers.size(), std::size_t{4});
    QCOMPARE(layers[1].layer, std::string("pool"));
}

void RooflineTest::aModesPrecisionHasItsOwnPeakAndSize()
{
    QCOMPARE(precisionOf("fused", smallPeaks()).peak, 2e9);
    Record half = smallRecord();
    half.configuration.mode = "bf16";
    const RooflinePoint point = recordPoint(half, test::smallGraph(), smallPeaks());
    QCOMPARE(point.precision, std::string("bf16"));
    QCOMPARE(point.peak, 1e9);
    QCOMPARE(point.bytes, (5584.0 - 2048.0) / 2.0); // the ReLU is done as the convolution writes
    QCOMPARE(point.level, std::string("L1"));
    QCOMPARE(precisionOf("int8", smallPeaks()).peak, 8e9);
}

void RooflineTest::textsShowTheNumbers()
{
    const auto layers = layerPoints(smallRecordWithLayers(), test::smallGraph(), smallPeaks());
    QCOMPARE(
        boundText(layers[0], 2),
        std::string("Bound by arithmetic: 1.38 GFLOP/s, 69 % of the 2 GFLOP/s that fp32 matrix products reach on 2 "
                    "threads."));
    QCOMPARE(
        boundText(layers[1], 2),
        std::string("Bound by memory: 2.05 GB/s, 51 % of the 4 GB/s that the L1 cache gives; it does 0.12 FLOPs for "
                    "each byte, and arithmetic would be the limit from 0.5 on."));
    QCOMPARE(
        boundText(layers[4], 1),
        std::string("Bound by neither: 8 MFLOP/s, 0.64 % of the 1.25 GFLOP/s that its 0.31 FLOPs a byte allow with "
                    "data from the L1 cache; the kernel, or the work of calling it, takes the time."));
    RooflinePoint copy = layers[1];
    copy.flops = 0.0;
    QVERIFY(boundText(copy, 2).ends_with("the L1 cache gives; it only moves data."));
    copy.bound = Bound::Neither;
    QVERIFY(boundText(copy, 2).starts_with("Bound by neither: 2.05 GB/s, 51 % of the 4 GB/s"));
}

void RooflineTest::moreThanTheRoofIsSaid()
{
    const Graph graph = test::smallGraph();
    const RooflinePoint fast = recordPoint(smallRecord(0.004), graph, smallPeaks());
    QVERIFY(fast.share > 1.5 && fast.bound == Bound::Arithmetic);
    QVERIFY(has(boundText(fast, 2), "That is more than the roof allows"));
    QVERIFY(!has(boundText(recordPoint(smallRecord(0.01), graph, smallPeaks()), 2), "more than the roof"));
}

void RooflineTest::theUsualThreadsAreThoseOfMostRecords()
{
    QCOMPARE(usualThreads({}, 4), 4);
    std::vector<Record> records(6, smallRecord());
    for (const std::size_t i : {0U, 1U})
        records[i].configuration.threads = 1;
    for (const std::size_t i : {3U, 4U, 5U})
        records[i].configuration.threads = 8; // more than there are cores
    QCOMPARE(usualThreads(records, 4), 1);
    records[0].configuration.threads = 2;
    QCOMPARE(usualThreads(records, 4), 2);
    records[0].configuration.threads = 3;
    QCOMPARE(usualThreads(records, 4), 3); // of equals the most
    QCOMPARE(usualThreads(records, 8), 8);
}

void RooflineTest::recordsOfOtherThreadsMachinesAndDevicesAreLeftOut()
{
    std::vector<Record> records(4, smallRecord());
    records[1].configuration.threads = 1;
    records[2].environment.host = "elsewhere";
    records[3].configuration.device = "cuda";
    const Roofline roofline = rooflineOf(records, smallPeaks(), smallNetwork());
    QCOMPARE(roofline.points.size(), std::size_t{1});
    QCOMPARE(roofline.leftOut.size(), std::size_t{3});
    QCOMPARE(roofline.leftOut[0].record, std::size_t{1});
    QCOMPARE(roofline.leftOut[0].reason, std::string("it ran on 1 thread, and the roofs are those of 2"));
    QVERIFY(has(roofline.leftOut[1].reason, "another machine"));
    QCOMPARE(roofline.leftOut[2].reason, std::string("it ran on cuda, and the roofs are the CPU's"));
}

void RooflineTest::recordsWithoutANetworkOrALatencyAreLeftOut()
{
    std::vector<Record> records(2, smallRecord());
    records[0].configuration.model = "gone.pth";
    records[1].latency.median = 0.0;
    const Roofline roofline = rooflineOf(records, smallPeaks(), smallNetwork());
    QVERIFY(roofline.points.empty());
    QCOMPARE(roofline.leftOut[0].reason, std::string("its network cannot be read: There is no such file."));
    QCOMPARE(roofline.leftOut[1].reason, std::string("it has no latency"));
}

void RooflineTest::aRecordComesBeforeItsLayers()
{
    const Roofline roofline = rooflineOf({smallRecord(), smallRecordWithLayers()}, smallPeaks(), smallNetwork());
    QCOMPARE(roofline.points.size(), std::size_t{7});
    QCOMPARE(roofline.points[0].record, std::size_t{0});
    QCOMPARE(roofline.points[1].record, std::size_t{1});
    QVERIFY(roofline.points[1].layer.empty());
    QCOMPARE(roofline.points[2].layer, std::string("conv"));
    QCOMPARE(roofline.points[6].layer, std::string("fc"));
    QCOMPARE(roofline.points[6].record, std::size_t{1});
}

QTEST_APPLESS_MAIN(RooflineTest)
#include "tst_roofline.moc"

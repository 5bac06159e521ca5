#include <QTest>

#include <algorithm>

#include "core/analysis/explain.h"
#include "core/benchmark/machine.h"
#include "tests/support/fake_backend.h"
#include "tests/support/small_record.h"

using namespace lathe;

using test::smallPeaks;
using test::smallRecord;
using test::smallRecordWithLayers;

namespace {

/// Three 1x1 convolutions of 16 channels, a depthwise one, one to 17 channels and one from them, a permutation.
Graph mixed()
{
    GraphBuilder builder("mixed", {3, 4, 4});
    const auto conv = [&](const char* name, NodeId x, std::int64_t in, std::int64_t out, std::int64_t groups = 1) {
        return builder.conv2d(name, x, {.inChannels = in, .outChannels = out, .groups = groups});
    };
    NodeId x = conv("stem", builder.input(), 3, 16);
    x = conv("first", x, 16, 16);
    x = conv("second", x, 16, 16);
    x = conv("depthwise", x, 16, 16, 16);
    x = conv("odd", x, 16, 17);
    x = conv("back", x, 17, 16);
    return *builder.finish(builder.add("permute", op::Permute{{1, 2, 0}}, {x}));
}

/// Fitting layers do 1000 MACs in 1 µs, so 2 GFLOP/s.
Record mixedRecord()
{
    Record measured = smallRecord(0.02);
    measured.configuration.model = "mixed";
    measured.environment.instructionSets = "SSE4.2 AVX AVX2 FMA";
    measured.layers = {{"stem", "Conv2d", 0.001, 1000},   {"first", "Conv2d", 0.001, 1000},
                       {"second", "Conv2d", 0.001, 1000}, {"depthwise", "Conv2d", 0.004, 500},
                       {"odd", "Conv2d", 0.002, 1000},    {"back", "Conv2d", 0.004, 1000},
                       {"permute", "Permute", 0.003, 0}};
    return measured;
}

std::optional<Explanation> find(const std::vector<Explanation>& explanations, const std::string& code)
{
    const auto found =
        std::find_if(explanations.begin(), explanations.end(), [&](const Explanation& e) { return e.code == code; });
    return found != explanations.end() ? std::optional(*found) : std::nullopt;
}

std::optional<Explanation> ofSmall(const Record& record, const std::string& code,
                                   const std::vector<Record>& others = {})
{
    const Graph graph = test::smallGraph();
    const Peaks roofs = smallPeaks();
    return find(explain({record, &graph, &roofs}, others), code);
}

std::optional<Explanation> ofMixed(const Record& record, const std::string& code)
{
    const Graph graph = mixed();
    return find(explain({record, &graph, nullptr}), code);
}

bool near(double a, double b)
{
    return std::abs(a - b) < 1e-9;
}

} // namespace

class TestExplain : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theLeastTimeIsHeldAgainstTheMeasuredOne();
    void layerByLayerWhereTheyWereTimed();
    void lessThanTheLeastTimeIsSaid();
    void layersBoundByMemoryAreCounted();
    void manyShortLayersFarOverTheirRoofAreCalls();
    void fewShortLayersAreNot();
    void depthwiseConvolutionsAreHeldAgainstDenseOnes();
    void fastDepthwiseConvolutionsAreNoCause();
    void countsThatFitNoVectorAreHeldAgainstThoseThatDo();
    void widerVectorsFitFewerCounts();
    void unknownVectorsSayNothing();
    void layersThatOnlyMoveDataAreCounted();
    void faultsAreBytes();
    void faultsCostAtMostWhatAModeWithoutThemSaves();
    void theSameKernelsWithMemoryKeptTellWhatFaultsCost();
    void aModeWithoutInstructionsIsSaidToBeEmulated();
    void aModeThatIsNoFasterTellsNothingOfFaults();
    void threadsAreHeldAgainstTheIdeal();
    void threadsThatScaleAreNoCause();
    void disturbedRunsGiveNoShare();
    void recordsOfOtherMachinesAreNotComparedWith();
    void flagsBringTheirNumbers();
    void theStrongestComesFirstBehindWhatDisturbed();
    void withoutEvidenceThereIsNothing();
    void missingEvidenceIsNamed();
    void vectorsAreAsWideAsTheWidestSet();
    void masksAreNoCauseOfSpeed();
    void prunedLayersAreHeldAgainstTheirMacs();
    void layersOfAnotherModeSayNothingOfPruning();
};

void TestExplain::theLeastTimeIsHeldAgainstTheMeasuredOne()
{
    const auto said = ofSmall(smallRecord(), "roofline");
    QVERIFY(said);
    QCOMPARE(said->sentence, std::string("It took 0.0500 ± 0.0010 ms, 6.9 times the 0.00721 ms that the roofs allow at "
                                         "least for its 14.4 kFLOPs and 5.58 kB."));
    QVERIFY(near(*said->share, 1.0 - 0.007208 / 0.05));
    QVERIFY(said->layers.empty());
}

void TestExplain::layerByLayerWhereTheyWereTimed()
{
    const auto said = ofSmall(smallRecordWithLayers(), "roofline");
    QVERIFY(said);
    // Convolution 6.912 µs of arithmetic; ReLU, pooling and the linear layer 2,048, 1,040 and 256 bytes at 4 GB/s.
    const double least = 0.006912 + 0.000512 + 0.00026 + 0.000064;
    QVERIFY(near(*said->share, 1.0 - least / 0.05));
    QCOMPARE(
        said->sentence,
        std::string("It took 0.0500 ± 0.0010 ms, 6.5 times the 0.00775 ms that the roofs allow at least over its 5 "
                    "layers. Farthest from it: fc, conv and relu (0.0135 ms over between them)."));
    QCOMPARE(said->layers, (std::vector<std::string>{"fc", "conv", "relu", "flatten"}));
}

void TestExplain::lessThanTheLeastTimeIsSaid()
{
    const auto said = ofSmall(smallRecord(0.004, 0.0), "roofline");
    QVERIFY(said && !said->share);
    QVERIFY(said->sentence.starts_with("It took 0.004 ms, less than the 0.00721 ms that the roofs allow"));
}

void TestExplain::layersBoundByMemoryAreCounted()
{
    const auto said = ofSmall(smallRecordWithLayers(), "memory_bound");
    QVERIFY(said);
    QCOMPARE(said->layers, (std::vector<std::string>{"relu", "pool"}));
    QVERIFY(near(*said->share, 0.0011 / 0.0213));
    QCOMPARE(said->sentence, std::string("5.2 % of the layers' time (0.0011 ms of 0.0213 ms) is in 2 layers bound by "
                                         "memory, at 51 % to 260 % of the bandwidth of where their data are taken to "
                                         "lie (over 100 %: they came from a nearer cache): relu and pool."));
}

void TestExplain::manyShortLayersFarOverTheirRoofAreCalls()
{
    Record measured = smallRecordWithLayers();
    for (LayerTime& layer : measured.layers)
        layer.milliseconds = 0.02;
    const auto said = ofSmall(measured, "dispatch");
    QVERIFY(said);
    QVERIFY(near(*said->share, (0.1 - 0.006912 - 0.000512 - 0.00026 - 0.000064) / 0.1));
    QVERIFY2(said->sentence.starts_with("5 layers take under 0.05 ms each and over 2 times what the roofs allow: "
                                        "0.0923 ms of their 0.1 ms (92 % of the layers' time)"),
             said->sentence.c_str());
    QVERIFY(said->sentence.find("at batch 1") != std::string::npos);
    QCOMPARE(said->layers.front(), std::string("flatten"));
}

void TestExplain::fewShortLayersAreNot()
{
    QVERIFY(!ofSmall(smallRecordWithLayers(), "dispatch")); // the convolution, ReLU and pooling are near their roofs
    Record slow = smallRecordWithLayers();
    for (LayerTime& layer : slow.layers)
        layer.milliseconds = 0.06;
    QVERIFY(!ofSmall(slow, "dispatch"));
}

void TestExplain::depthwiseConvolutionsAreHeldAgainstDenseOnes()
{
    const auto said = ofMixed(mixedRecord(), "depthwise");
    QVERIFY(said);
    // Dense: 5,000 MACs in 9 µs. 500 MACs at that rate would take 0.9 of the 4 µs.
    QVERIFY(near(*said->share, (0.004 - 0.0009) / 0.016));
    QCOMPARE(said->sentence,
             std::string("1 depthwise convolution does 9.1 % of the multiply-accumulates in 25 % of the time (0.004 "
                         "ms): 250 MFLOP/s, where the network's dense layers reach 1.11 GFLOP/s. Slowest: "
                         "depthwise."));
    QCOMPARE(said->layers, std::vector<std::string>{"depthwise"});
}

void TestExplain::fastDepthwiseConvolutionsAreNoCause()
{
    Record measured = mixedRecord();
    measured.layers[3].milliseconds = 0.0009;
    QVERIFY(!ofMixed(measured, "depthwise"));
}

void TestExplain::countsThatFitNoVectorAreHeldAgainstThoseThatDo()
{
    const auto said = ofMixed(mixedRecord(), "channel_counts");
    QVERIFY(said);
    QVERIFY(near(*said->share, (0.006 - 0.002) / 0.016));
    QCOMPARE(said->layers, (std::vector<std::string>{"back", "odd"}));
    QCOMPARE(said->sentence,
             std::string("2 dense convolutions have channels in numbers that are no multiple of 8 (the float32 values "
                         "of a vector of AVX2): they reach 667 MFLOP/s, the 3 that fit 2 GFLOP/s. 25 % of the time is "
                         "beyond that: back (17 to 16 channels) and odd (16 to 17 channels). lathe widths shows "
                         "whether the width is why."));
}

void TestExplain::widerVectorsFitFewerCounts()
{
    Record measured = mixedRecord();
    measured.environment.instructionSets = "AVX2 AVX-512";
    const auto said = ofMixed(measured, "channel_counts");
    QVERIFY(said);
    QVERIFY(said->sentence.find("no multiple of 16 (the float32 values of a vector of AVX-512)") != std::string::npos);
}

void TestExplain::unknownVectorsSayNothing()
{
    Record measured = mixedRecord();
    measured.environment.instructionSets = "";
    QVERIFY(!ofMixed(measured, "channel_counts"));
    measured = mixedRecord();
    measured.layers[4].milliseconds = measured.layers[5].milliseconds = 0.001; // as fast as the others
    QVERIFY(!ofMixed(measured, "channel_counts"));
}

void TestExplain::layersThatOnlyMoveDataAreCounted()
{
    const auto said = ofMixed(mixedRecord(), "data_movement");
    QVERIFY(said);
    QVERIFY(near(*said->share, 0.003 / 0.016));
    QCOMPARE(said->sentence,
             std::string("19 % of the layers' time (0.003 ms of 0.016 ms) is in 1 layer without arithmetic, which only "
                         "makes or moves data: Permute 0.003 ms. Slowest: permute."));
    Record measured = mixedRecord();
    measured.layers.back().milliseconds = 0.0002;
    QVERIFY(!ofMixed(measured, "data_movement"));
}

void TestExplain::faultsAreBytes()
{
    Record measured = smallRecord();
    measured.pageFaults = 16433.0;
    const auto said = ofSmall(measured, "page_faults");
    QVERIFY(said && !said->share);
    QCOMPARE(said->sentence, std::string("16.4k page faults an inference (67.3 MB of new memory)."));
    measured.pageFaults = 0.4;
    QVERIFY(!ofSmall(measured, "page_faults"));
}

void TestExplain::faultsCostAtMostWhatAModeWithoutThemSaves()
{
    Record measured = smallRecord(10.0, 0.1);
    measured.pageFaults = 1000.0;
    std::vector<Record> others(4, smallRecord(8.0, 0.1));
    others[0].configuration.mode = "fused"; // 2 ms less without faults
    others[1].configuration.mode = "bf16";
    others[1].latency = smallRecord(5.0, 0.1).latency; // more than faults explain, as the other shows
    others[2].configuration.mode = "channels_last";
    others[2].pageFaults = 500.0; // not without
    others[3].configuration.batch = 2;
    const auto said = ofSmall(measured, "page_faults", others);
    QVERIFY(said && said->share);
    QVERIFY(near(*said->share, 0.2));
    QCOMPARE(said->sentence,
             std::string("1k page faults an inference (4.1 MB of new memory). They cost 2 ms at most (2 "
                         "µs each): mode fused, which has 0, took that much less."));
}

void TestExplain::theSameKernelsWithMemoryKeptTellWhatFaultsCost()
{
    Record measured = smallRecord(10.0, 0.1);
    measured.pageFaults = 1000.0;
    std::vector<Record> others(2, smallRecord(6.0, 0.1));
    others[0].configuration.mode = "fused";
    others[1].configuration.mode = "eager_kept";
    others[1].latency = smallRecord(9.0, 0.1).latency;
    const auto said = ofSmall(measured, "page_faults", others);
    QVERIFY(said && said->share);
    QVERIFY(near(*said->share, 0.1));
    QCOMPARE(said->sentence,
             std::string("1k page faults an inference (4.1 MB of new memory). They cost 1 ms (1 µs each): mode "
                         "eager_kept, which has 0 with the same kernels, took that much less."));
}

void TestExplain::aModeWithoutInstructionsIsSaidToBeEmulated()
{
    Record measured = smallRecord(10.0, 0.1);
    QVERIFY(!ofSmall(measured, "instructions"));
    measured.flags.push_back({"emulated", "This CPU has no instructions for bf16."});
    const auto said = ofSmall(measured, "instructions");
    QVERIFY(said && !said->share);
    QCOMPARE(said->sentence, std::string("This CPU has no instructions for bf16."));
}

void TestExplain::aModeThatIsNoFasterTellsNothingOfFaults()
{
    Record measured = smallRecord(10.0, 1.0);
    measured.pageFaults = 1000.0;
    Record other = smallRecord(9.0, 1.0);
    other.configuration.mode = "fused";
    const auto said = ofSmall(measured, "page_faults", {other});
    QVERIFY(said && !said->share);
}

void TestExplain::threadsAreHeldAgainstTheIdeal()
{
    Record one = smallRecord(0.06, 0.0006);
    one.configuration.threads = 1;
    Record measured = smallRecord(0.05, 0.0005);
    measured.environment.physicalCores = one.environment.physicalCores = 1;
    const auto said = ofSmall(measured, "threads", {one});
    QVERIFY(said);
    QVERIFY(near(*said->share, 0.4));
    QCOMPARE(said->sentence, std::string("2 threads run it 1.2 (1.18 to 1.22) times as fast as 1; 2 times would be "
                                         "ideal. 2 threads share 1 physical core."));
}

void TestExplain::threadsThatScaleAreNoCause()
{
    Record one = smallRecord(0.095, 0.0001);
    one.configuration.threads = 1;
    QVERIFY(!ofSmall(smallRecord(0.05, 0.0001), "threads", {one}));
    one.latency = smallRecord(0.07, 0.03).latency; // its interval reaches the ideal
    QVERIFY(!ofSmall(smallRecord(0.05, 0.0001), "threads", {one}));
}

void TestExplain::disturbedRunsGiveNoShare()
{
    Record one = smallRecord(0.05);
    one.configuration.threads = 1;
    QVERIFY(ofSmall(smallRecord(), "threads", {one})->share);
    one.flags = {{"contention", "Other processes used 0.50 of 2 cores."}};
    const auto said = ofSmall(smallRecord(), "threads", {one});
    QVERIFY(said && !said->share);
    QVERIFY(said->sentence.ends_with("The machine was busy during one of the two runs at least, which may account for "
                                     "any part of it."));
    Record faulting = smallRecord(10.0, 0.1);
    faulting.pageFaults = 1000.0;
    faulting.flags = one.flags;
    Record spared = smallRecord(8.0, 0.1);
    spared.configuration.mode = "fused";
    QVERIFY(!ofSmall(faulting, "page_faults", {spared})->share);
}

void TestExplain::recordsOfOtherMachinesAreNotComparedWith()
{
    Record one = smallRecord(0.05);
    one.configuration.threads = 1;
    QVERIFY(ofSmall(smallRecord(), "threads", {one}));
    one.environment.host = "elsewhere";
    QVERIFY(!ofSmall(smallRecord(), "threads", {one}));
    one.environment.host = "box";
    one.configuration.batch = 8;
    QVERIFY(!ofSmall(smallRecord(), "threads", {one}));
}

void TestExplain::flagsBringTheirNumbers()
{
    Record measured = smallRecord();
    measured.flags = {{"contention", "Other processes used 0.50 of 2 cores."}, {"imprecise", "±9 %."}};
    const auto said = ofSmall(measured, "contention");
    QVERIFY(said);
    QCOMPARE(said->sentence, std::string("Other processes used 0.50 of 2 cores."));
    QVERIFY(!ofSmall(measured, "imprecise"));
}

void TestExplain::theStrongestComesFirstBehindWhatDisturbed()
{
    const Graph graph = mixed();
    Record measured = mixedRecord();
    measured.flags = {{"contention", "Other processes used 0.50 of 2 cores."}};
    std::vector<std::string> codes;
    for (const Explanation& explanation : explain({measured, &graph, nullptr}))
        codes.push_back(explanation.code);
    QCOMPARE(codes, (std::vector<std::string>{"contention", "channel_counts", "depthwise", "data_movement"}));
}

void TestExplain::withoutEvidenceThereIsNothing()
{
    const Peaks roofs = smallPeaks();
    const Graph graph = test::smallGraph();
    QVERIFY(explain({smallRecord(), nullptr, nullptr}).empty());
    QVERIFY(explain({smallRecordWithLayers(), nullptr, &roofs}).empty());
    QVERIFY(explain({smallRecord(), &graph, nullptr}).empty());
    QVERIFY(explain({smallRecord(0.0), &graph, &roofs}).empty());
    Record elsewhere = smallRecordWithLayers();
    elsewhere.environment.host = "elsewhere";
    QVERIFY(explain({elsewhere, &graph, &roofs}).empty());
    Record unknown = smallRecord();
    unknown.layers = {{"gone", "Conv2d", 0.01, 100}};
    QCOMPARE(explain({unknown, &graph, &roofs}).size(), std::size_t{1}); // the whole against its roof
}

void TestExplain::missingEvidenceIsNamed()
{
    const Peaks roofs = smallPeaks();
    const Graph graph = test::smallGraph();
    QVERIFY(missingEvidence({smallRecordWithLayers(), &graph, &roofs}).empty());
    const auto all = missingEvidence({smallRecord(), nullptr, nullptr});
    QCOMPARE(all.size(), std::size_t{3});
    QVERIFY(all[0].starts_with("The network of small cannot be read"));
    QVERIFY(all[1].starts_with("Its layers were not timed"));
    QVERIFY(all[2].ends_with("lathe roofline --threads 2."));
    Record other = smallRecordWithLayers();
    other.configuration.threads = 1;
    QCOMPARE(missingEvidence({other, &graph, &roofs}).front(),
             std::string("It cannot be held against the roofs of this machine: it ran on 1 thread, and the roofs are "
                         "those of 2."));
}

void TestExplain::vectorsAreAsWideAsTheWidestSet()
{
    QCOMPARE(machine::vectorWidth("AVX2 FMA AVX-512 VNNI").floats, 16);
    QCOMPARE(machine::vectorWidth("SSE4.2 AVX AVX2 FMA").floats, 8);
    QCOMPARE(machine::vectorWidth("NEON SVE").floats, 4);
    QCOMPARE(machine::vectorWidth("").floats, 1);
    QVERIFY(machine::vectorWidth("AVX2").set == "AVX2");
}

void TestExplain::masksAreNoCauseOfSpeed()
{
    Record masked = smallRecord();
    masked.configuration.model = "masked.safetensors";
    masked.scheme = "pruned l1 0.5";
    masked.origin = "small";
    masked.flags = {{"masks_only", "Its masks change nothing."}};
    const auto alone = ofSmall(masked, "masks");
    QVERIFY(alone && !alone->share);
    QCOMPARE(alone->sentence,
             std::string("Masks leave masked.safetensors as many multiplications as there were without "
                         "them: dense kernels multiply zeros as fast as anything else."));
    const auto alike = ofSmall(masked, "masks", {smallRecord(0.0505)});
    QVERIFY(
        alike->sentence.ends_with(" small takes 0.0505 ± 0.0010 ms, this 0.0500 ± 0.0010 ms: no difference is shown."));
    const auto slower = ofSmall(masked, "masks", {smallRecord(0.1)});
    QVERIFY(slower->sentence.ends_with(": 2 (1.94 to 2.06) times as fast, for which masks cannot be the cause."));
    QVERIFY(!ofSmall(smallRecord(), "masks", {smallRecord(0.1)}));
}

/// Half the convolution's MACs gone and a tenth of its time; the linear layer followed.
void TestExplain::prunedLayersAreHeldAgainstTheirMacs()
{
    Record pruned = smallRecordWithLayers();
    pruned.configuration.model = "pruned.safetensors";
    pruned.scheme = "pruned channels 0.5";
    pruned.origin = "small";
    pruned.layers[0].macs = 3456;
    pruned.layers[0].milliseconds = 0.009;
    pruned.layers[4].macs = 20;
    pruned.layers[4].milliseconds = 0.005;
    const auto said = ofSmall(pruned, "pruned", {smallRecordWithLayers()});
    QVERIFY(said);
    QCOMPARE(
        said->sentence,
        std::string("Pruning cut the MACs of 2 layers: 0.02 ms in small, 0.01 ms here if time followed MACs, 0.014 "
                    "ms as measured; furthest behind: conv (50 % of its MACs, 90 % of its time). 8.5 % of its "
                    "layers' time is in layers that had no MACs to lose."));
    QVERIFY(near(*said->share, 0.004 / 0.0153));
    QCOMPARE(said->layers, std::vector<std::string>{"conv"});
    QVERIFY(!ofSmall(pruned, "pruned"));
    QVERIFY(!ofSmall(pruned, "pruned", {smallRecord()})); // layers not timed
}

void TestExplain::layersOfAnotherModeSayNothingOfPruning()
{
    Record pruned = smallRecordWithLayers();
    pruned.configuration.model = "pruned.safetensors";
    pruned.scheme = "pruned channels 0.5";
    pruned.origin = "small";
    pruned.layers[0].macs = 3456;
    Record fused = smallRecordWithLayers();
    fused.configuration.mode = "fused";
    QVERIFY(!ofSmall(pruned, "pruned", {fused}));
}

QTEST_APPLESS_MAIN(TestExplain)
#include "tst_explain.moc"

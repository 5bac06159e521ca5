#include <QTest>

#include <algorithm>

#include "core/analysis/explain.h"
#include "tests/support/fake_backend.h"

using namespace lathe;

namespace {

/// input 3x8x8 -> conv 3x8x8 -> bn -> relu -> permute
Graph network()
{
    GraphBuilder builder("net", {3, 8, 8});
    NodeId x = builder.conv2d("conv", builder.input(), {.inChannels = 3, .outChannels = 3, .bias = false});
    x = builder.batchNorm2d("bn", x);
    x = builder.activation("relu", x, op::Activation::Kind::ReLU);
    return *builder.finish(builder.add("permute", op::Permute{{1, 2, 0}}, {x}));
}

Record record(const std::string& mode, double median, double halfWidth = 0.1)
{
    Record record;
    record.configuration = {"net", mode, 1, 2, {3, 8, 8}, "cpu"};
    record.environment.host = "box";
    record.macs = 576;
    record.latency.median = median;
    record.latency.ciLow = median - halfWidth;
    record.latency.ciHigh = median + halfWidth;
    return record;
}

Record eager()
{
    Record r = record("eager", 10.0);
    r.layers = {{"conv", "Conv2d", 5.0, 576},
                {"bn", "BatchNorm2d", 3.0, 0},
                {"relu", "ReLU", 1.5, 0},
                {"permute", "Permute", 0.5, 0}};
    return r;
}

Record fused()
{
    Record r = record("fused", 5.0);
    r.layers = {{"conv", "Conv2d", 4.0, 576},
                {"bn", "BatchNorm2d", 0.0, 0},
                {"relu", "ReLU", 0.0, 0},
                {"permute", "Permute", 1.0, 0}};
    return r;
}

std::vector<Explanation> difference(const Record& a, const Record& b)
{
    const Graph graph = network();
    return explainDifference({a, &graph, nullptr}, {b, &graph, nullptr});
}

std::vector<Explanation> with(const std::string& code, std::vector<Explanation> explanations)
{
    std::erase_if(explanations, [&](const Explanation& e) { return e.code != code; });
    return explanations;
}

} // namespace

class TestExplainDifference : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theDifferenceComesFirst();
    void whichIsFasterDoesNotDependOnTheOrder();
    void overlappingIntervalsAreNotExplained();
    void kindsOfLayersAccountForTheirShare();
    void withoutLayersNoneAreNamed();
    void bytesAreThoseOfWhatRunsAsOne();
    void faultsOfBothAreSaid();
    void lessWorkIsHeldAgainstLessTime();
    void batchesAreComparedByTheSample();
    void threadsAloneAreHeldAgainstTheIdeal();
    void unlikeMachinesAreSaid();
    void repeatsAreToldApartByTheirTime();
    void withoutALatencyThereIsNothing();
    void masksAccountForNoDifference();
    void prunedLayersAreToldByName();
};

void TestExplainDifference::theDifferenceComesFirst()
{
    const auto said = difference(eager(), fused());
    QCOMPARE(said.front().code, std::string("time"));
    QCOMPARE(*said.front().share, 1.0);
    QCOMPARE(said.front().sentence,
             std::string("net · fused · batch 1 · 2 threads · 3x8x8 takes 5.00 ± 0.10 ms, net · eager · batch 1 · 2 "
                         "threads · 3x8x8 10.00 ± 0.10 ms: the first is 2 (1.94 to 2.06) times as fast."));
}

void TestExplainDifference::whichIsFasterDoesNotDependOnTheOrder()
{
    const auto one = difference(eager(), fused());
    const auto other = difference(fused(), eager());
    QCOMPARE(one.size(), other.size());
    for (std::size_t i = 0; i < one.size(); ++i)
        QCOMPARE(one[i].sentence, other[i].sentence);
}

void TestExplainDifference::overlappingIntervalsAreNotExplained()
{
    Record close = fused();
    close.latency = record("fused", 9.85).latency;
    const auto said = difference(eager(), close);
    QCOMPARE(said.size(), std::size_t{1});
    QVERIFY(!said.front().share);
    QVERIFY(
        said.front().sentence.ends_with("their intervals overlap, so no difference is shown; lathe compare runs them "
                                        "in turns."));
}

void TestExplainDifference::kindsOfLayersAccountForTheirShare()
{
    const auto said = with("layers", difference(eager(), fused()));
    QCOMPARE(said.size(), std::size_t{4});
    QCOMPARE(said[0].sentence, std::string("Normalisation: 0 ms in the faster, 3 ms in the slower, 60 % of the "
                                           "difference between their layers; most in bn."));
    QCOMPARE(*said[0].share, 0.6);
    QCOMPARE(said[0].layers, std::vector<std::string>{"bn"});
    QCOMPARE(*said[1].share, 0.3);
    QCOMPARE(*said[2].share, 0.2);
    QCOMPARE(said[2].layers, std::vector<std::string>{"conv"});
    QCOMPARE(said[3].sentence, std::string("Data movement: 1 ms in the faster, 0.5 ms in the slower, 10 % of the "
                                           "difference between their layers the other way."));
}

void TestExplainDifference::withoutLayersNoneAreNamed()
{
    QVERIFY(with("layers", difference(record("eager", 10.0), fused())).empty());
    QVERIFY(with("layers", explainDifference({eager(), nullptr, nullptr}, {fused(), nullptr, nullptr})).empty());
}

void TestExplainDifference::bytesAreThoseOfWhatRunsAsOne()
{
    const auto said = with("bytes", difference(eager(), fused()));
    QCOMPARE(said.size(), std::size_t{1});
    // Eager: 36 of weights, 2 x 768; 52 and 2 x 768; 2 x 768. Fused: 36 and 2 x
    // 768.
    QVERIFY2(said[0].sentence.starts_with("The operations of the faster have to move 1.57 kB at least, those of the "
                                          "slower 4."),
             said[0].sentence.c_str());
}

void TestExplainDifference::faultsOfBothAreSaid()
{
    Record slow = eager();
    slow.pageFaults = 4000.0;
    const auto said = with("page_faults", difference(slow, fused()));
    QCOMPARE(said.size(), std::size_t{1});
    QCOMPARE(said[0].sentence, std::string("The slower has 4000 page faults an inference, the faster 0."));
    Record fast = fused();
    fast.pageFaults = 3000.0;
    QVERIFY(with("page_faults", difference(slow, fast)).empty());
    QVERIFY(with("page_faults", difference(eager(), fused())).empty());
}

void TestExplainDifference::lessWorkIsHeldAgainstLessTime()
{
    Record fast = fused();
    fast.macs = 144;
    const auto said = with("work", difference(eager(), fast));
    QCOMPARE(said.size(), std::size_t{1});
    QCOMPARE(said[0].sentence,
             std::string("The faster computes 144 MACs for a sample, at 28.8 kMAC/s, the slower 576 MACs, at 57.6 "
                         "kMAC/s: by its MACs alone it would be 4 times as fast, and it is 2 times."));
    QCOMPARE(*said[0].share, 1.5);
    QVERIFY(with("work", difference(eager(), fused())).empty());
}

void TestExplainDifference::batchesAreComparedByTheSample()
{
    Record large = eager();
    large.configuration.batch = 8;
    large.latency = record("eager", 40.0).latency;
    const auto said = difference(eager(), large);
    QCOMPARE(said.front().sentence,
             std::string(
                 "net · eager · batch 8 · 2 threads · 3x8x8 takes 5.000 ± 0.013 ms a sample, net · eager · batch 1 · "
                 "2 threads · 3x8x8 10.00 ± 0.10 ms: the first is 2 (1.98 to 2.03) times as fast."));
}

void TestExplainDifference::threadsAloneAreHeldAgainstTheIdeal()
{
    Record one = eager();
    one.configuration.threads = 1;
    one.latency = record("eager", 12.0).latency;
    const auto said = with("threads", difference(one, eager()));
    QCOMPARE(said.size(), std::size_t{1});
    QVERIFY(said[0].sentence.starts_with("2 threads run it 1.2 (1.18 to 1.22) times as fast as 1"));
    one.configuration.mode = "channels_last";
    QVERIFY(with("threads", difference(one, eager())).empty());
}

void TestExplainDifference::unlikeMachinesAreSaid()
{
    Record other = fused();
    other.environment.host = "elsewhere";
    const auto said = with("conditions", difference(eager(), other));
    QCOMPARE(said.size(), std::size_t{1});
    QVERIFY(said[0].sentence.find("elsewhere") != std::string::npos);
    QVERIFY(with("conditions", difference(eager(), fused())).empty());
}

void TestExplainDifference::repeatsAreToldApartByTheirTime()
{
    Record first = eager();
    first.time = "2026-01-01T00:00:00Z";
    Record second = eager();
    second.time = "2026-01-02T00:00:00Z";
    second.latency = record("eager", 5.0).latency;
    const std::string said = difference(first, second).front().sentence;
    QVERIFY(said.find("(2026-01-02T00:00:00Z) takes 5") != std::string::npos);
    QVERIFY(said.find("(2026-01-01T00:00:00Z) 10") != std::string::npos);
}

void TestExplainDifference::withoutALatencyThereIsNothing()
{
    QVERIFY(difference(eager(), record("fused", 0.0, 0.0)).empty());
}

void TestExplainDifference::masksAccountForNoDifference()
{
    Record masked = eager();
    masked.configuration.model = "masked.safetensors";
    masked.scheme = "pruned l1 0.5";
    masked.origin = "net";
    masked.flags = {{"masks_only", "Its masks change nothing."}};
    const auto said = difference(masked, eager());
    QCOMPARE(said.size(), std::size_t{2});
    QVERIFY(said[0].sentence.find("no difference is shown") != std::string::npos);
    QCOMPARE(said[1].code, std::string("masks"));
    QVERIFY(said[1].sentence.starts_with("Masks leave masked.safetensors as many multiplications"));
    masked.origin = "another";
    QCOMPARE(difference(masked, eager()).size(), std::size_t{1});
}

void TestExplainDifference::prunedLayersAreToldByName()
{
    Record pruned = eager();
    pruned.configuration.model = "pruned.safetensors";
    pruned.scheme = "pruned channels 0.5";
    pruned.origin = "net";
    pruned.macs = 288;
    pruned.latency = record("eager", 8.0).latency;
    pruned.layers[0].macs = 288;
    pruned.layers[0].milliseconds = 4.0;
    const auto said = with("pruned", difference(eager(), pruned));
    QCOMPARE(said.size(), std::size_t{1});
    QVERIFY(!said[0].share);
    QVERIFY(said[0].sentence.starts_with("Pruning cut the MACs of 1 layer: 5 ms in net, 2.5 ms here if time followed "
                                         "MACs, 4 ms as measured"));
    QVERIFY(
        with("layers", difference(eager(), pruned))[0].sentence.starts_with("Convolution: 4 ms in the faster, 5 ms"));
}

QTEST_APPLESS_MAIN(TestExplainDifference)
#include "tst_explain_difference.moc"

#include <QTest>

#include <cmath>
#include <stop_token>

#include "core/benchmark/compare.h"
#include "core/benchmark/contest.h"
#include "tests/support/fake_backend.h"
#include "tests/support/noise.h"

using namespace lathe;

namespace {

std::vector<double> repeated(double value, int count)
{
    return std::vector<double>(static_cast<std::size_t>(count), value);
}

/// Both networks draw their times from one machine; b takes `factor` times as long.
Result<Comparison> compareOn(const test::Noise& noise, double factor, std::uint64_t seed, int pairs = 100)
{
    test::FakeMachine machine;
    const auto inference = [&](double share) {
        return [&machine, &noise, share]() -> Result<void> {
            machine.pass(noise() * share);
            return {};
        };
    };
    const CompareOptions options{.maxSeconds = 1000.0, .maxPairs = pairs, .seed = seed};
    return compareInterleaved("A", inference(1.0), "B", inference(factor), options, machine.probe(), {}, {});
}

/// Plain inferences of 1/64 s with a stop at one of them.
struct Stopping {
    test::FakeMachine machine;
    std::stop_source stop;
    int runs = 0;
    int stopsAt = -1;

    std::function<Result<void>()> inference()
    {
        return [this]() -> Result<void> {
            if (runs++ == stopsAt)
                stop.request_stop();
            machine.pass(1.0 / 64.0);
            return {};
        };
    }
    Result<Comparison> compare(const CompareOptions& options = {})
    {
        return compareInterleaved("A", inference(), "B", inference(), options, machine.probe(), stop.get_token(), {});
    }
};

} // namespace

class CompareTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aConstantRatioIsFoundExactly();
    void theSecondCanBeTheFaster();
    void equalTimesShowNoDifference();
    void sevenPairsShowNothing();
    void noDifferenceSaysHowMuchCouldHide();
    void unsoundTimesAreLeftOut();
    void noPairsAtAllAreNoDifference();
    void equalNetworksRarelyDiffer_data();
    void equalNetworksRarelyDiffer();
    void aDifferenceOfThreePercentIsFoundUnderIndependentNoise();
    void theIntervalHoldsTheTrueRatio();
    void signsThatStickTogetherWidenTheInterval();
    void theOrderWithinPairsIsRandomButRepeatable();
    void pairsAreSettledByTimeAlone();
    void aSlowNetworkEndsByTheTimeAndSaysSo();
    void aStopTakesEffectBeforeTheNextInference();
    void aStopWithoutEnoughPairsIsCancelled();
    void anErrorIsHandedOn();
    void anExceptionIsAnError();
    void networksAreMadeAnewBetweenRounds();
    void aBusyMachineIsFlagged();
    void twoConfigurationsStandSideBySide();
    void unlikeThreadsAreSetBeforeEachInference();
    void anUnknownModelIsRefused();
};

void CompareTest::aConstantRatioIsFoundExactly()
{
    const Comparison comparison = comparePairs("resnet50", "vgg16", repeated(10.0, 20), repeated(13.2, 20));
    QCOMPARE(comparison.verdict, Verdict::FirstFaster);
    QVERIFY(std::abs(comparison.ratio - 1.32) < 1e-12);
    QCOMPARE(comparison.sentence, std::string("resnet50 is 1.32 times as fast as vgg16 (99 % interval 1.32 to 1.32)."));
}

void CompareTest::theSecondCanBeTheFaster()
{
    std::vector<double> b;
    for (int i = 0; i < 21; ++i)
        b.push_back(5.0 + 0.05 * (i - 10));
    const Comparison comparison = comparePairs("A", "B", repeated(10.0, 21), b);
    QCOMPARE(comparison.verdict, Verdict::SecondFaster);
    QVERIFY(std::abs(comparison.ratio - 0.5) < 1e-12);
    QVERIFY(comparison.sentence.starts_with("B is 2 times as fast as A (99 % interval 1."));
}

void CompareTest::equalTimesShowNoDifference()
{
    const Comparison comparison = comparePairs("A", "B", repeated(10.0, 50), repeated(10.0, 50));
    QCOMPARE(comparison.verdict, Verdict::NoDifferenceShown);
    QCOMPARE(comparison.ratio, 1.0);
}

void CompareTest::sevenPairsShowNothing()
{
    const Comparison seven = comparePairs("A", "B", repeated(1.0, 7), repeated(9.0, 7));
    QCOMPARE(seven.verdict, Verdict::NoDifferenceShown);
    QVERIFY(seven.sentence.find("from 7 pairs; it takes 8 at least") != std::string::npos);
    QCOMPARE(comparePairs("A", "B", repeated(1.0, 8), repeated(9.0, 8)).verdict, Verdict::FirstFaster);
}

void CompareTest::noDifferenceSaysHowMuchCouldHide()
{
    std::vector<double> b;
    for (int i = 0; i < 8; ++i)
        b.push_back(i % 2 == 0 ? 9.9 : 10.2);
    const Comparison comparison = comparePairs("A", "B", repeated(10.0, 8), b);
    QCOMPARE(comparison.verdict, Verdict::NoDifferenceShown);
    QVERIFY2(
        comparison.sentence.find("(99 % interval 0.990 to 1.020), so a difference of up to 2.0 % could still hide") !=
            std::string::npos,
        comparison.sentence.c_str());
}

void CompareTest::unsoundTimesAreLeftOut()
{
    std::vector<double> b = repeated(20.0, 10);
    b[3] = 0.0;
    const Comparison comparison = comparePairs("A", "B", repeated(10.0, 12), b);
    QVERIFY(std::abs(comparison.ratio - 2.0) < 1e-12);
    QCOMPARE(comparison.verdict, Verdict::FirstFaster);
}

void CompareTest::noPairsAtAllAreNoDifference()
{
    QCOMPARE(comparePairs("A", "B", {}, {}).verdict, Verdict::NoDifferenceShown);
}

void CompareTest::equalNetworksRarelyDiffer_data()
{
    QTest::addColumn<int>("model");
    for (std::size_t i = 0; i < test::noiseModels().size(); ++i)
        QTest::newRow(test::noiseModels()[i].name.c_str()) << static_cast<int>(i);
}

void CompareTest::equalNetworksRarelyDiffer()
{
    QFETCH(int, model);
    constexpr int kComparisons = 500;
    int differs = 0;
    for (std::uint64_t seed = 0; seed < kComparisons; ++seed) {
        const test::Noise noise = test::noiseModels()[static_cast<std::size_t>(model)].make(seed + 1000);
        const auto comparison = compareOn(noise, 1.0, seed);
        QVERIFY(comparison);
        differs += comparison->verdict != Verdict::NoDifferenceShown;
    }
    QVERIFY2(differs <= kComparisons * 2 / 100, qPrintable(QString("%1 of %2").arg(differs).arg(kComparisons)));
}

void CompareTest::aDifferenceOfThreePercentIsFoundUnderIndependentNoise()
{
    int found = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed)
        found += compareOn(test::independentNoise(seed, 0.03), 1.03, seed)->verdict == Verdict::FirstFaster;
    QVERIFY2(found >= 95, qPrintable(QString::number(found)));
}

void CompareTest::theIntervalHoldsTheTrueRatio()
{
    int holds = 0;
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
        const auto comparison = compareOn(test::wanderingNoise(seed), 1.1, seed);
        holds += comparison->ciLow <= 1.1 && 1.1 <= comparison->ciHigh;
    }
    QVERIFY2(holds >= 490, qPrintable(QString::number(holds)));
}

void CompareTest::signsThatStickTogetherWidenTheInterval()
{
    // Ten rounds of twenty pairs, faster and slower in turn as memory happened to lie.
    std::vector<double> together;
    std::vector<double> scattered;
    for (int i = 0; i < 200; ++i) {
        together.push_back(10.0 + ((i / 20) % 2 == 0 ? 0.1 : -0.1) + 0.001 * (i % 7));
        scattered.push_back(10.0 + (i % 2 == 0 ? 0.1 : -0.1) + 0.001 * (i % 7));
    }
    const Comparison a = comparePairs("A", "B", repeated(10.0, 200), together);
    const Comparison b = comparePairs("A", "B", repeated(10.0, 200), scattered);
    QVERIFY(a.ciHigh - a.ciLow >= b.ciHigh - b.ciLow);
    QCOMPARE(a.verdict, Verdict::NoDifferenceShown);
}

void CompareTest::theOrderWithinPairsIsRandomButRepeatable()
{
    const auto orderOf = [](std::uint64_t seed) {
        std::string order;
        test::FakeMachine machine;
        const auto inference = [&](char name) {
            return [&machine, &order, name]() -> Result<void> {
                order += name;
                machine.pass(0.01);
                return {};
            };
        };
        const CompareOptions options{.maxPairs = 50, .seed = seed};
        compareInterleaved("A", inference('a'), "B", inference('b'), options, machine.probe(), {}, {});
        return order.substr(order.size() - 100);
    };
    const std::string order = orderOf(7);
    QCOMPARE(order, orderOf(7));
    QVERIFY(order != orderOf(8));
    for (std::size_t i = 0; i < order.size(); i += 2)
        QVERIFY(order[i] != order[i + 1]);
    QVERIFY(order.find("aa") != std::string::npos);
    QVERIFY(order.find("bb") != std::string::npos);
}

void CompareTest::pairsAreSettledByTimeAlone()
{
    Stopping bench;
    const auto comparison = bench.compare({.maxSeconds = 20.0});
    QVERIFY(comparison);
    // Warm-up takes 10 inferences each; the 19.6875 s left hold 630 pairs of 1/32 s.
    QCOMPARE(comparison->aMilliseconds.size(), std::size_t{630});
    QCOMPARE(comparison->bMilliseconds.size(), std::size_t{630});
}

void CompareTest::aSlowNetworkEndsByTheTimeAndSaysSo()
{
    test::FakeMachine machine;
    const auto inference = [&]() -> Result<void> {
        machine.pass(3.0);
        return {};
    };
    const auto comparison =
        compareInterleaved("A", inference, "B", inference, {.maxSeconds = 20.0}, machine.probe(), {}, {});
    QVERIFY(comparison);
    QCOMPARE(comparison->aMilliseconds.size(), std::size_t{3});
    QCOMPARE(comparison->flags.size(), std::size_t{1});
    QCOMPARE(comparison->flags[0].code, std::string("few_samples"));
}

void CompareTest::aStopTakesEffectBeforeTheNextInference()
{
    Stopping bench;
    bench.stopsAt = 121;
    const auto comparison = bench.compare();
    QVERIFY(comparison);
    QCOMPARE(bench.runs, 122);
    QCOMPARE(comparison->flags.front().code, std::string("stopped"));
}

void CompareTest::aStopWithoutEnoughPairsIsCancelled()
{
    Stopping bench;
    bench.stopsAt = 30; // in the sixth pair
    QCOMPARE(bench.compare().error().code, ErrorCode::Cancelled);
    Stopping inWarmUp;
    inWarmUp.stopsAt = 3;
    QCOMPARE(inWarmUp.compare().error().code, ErrorCode::Cancelled);
}

void CompareTest::anErrorIsHandedOn()
{
    test::FakeMachine machine;
    const auto failing = []() -> Result<void> { return fail(ErrorCode::EngineFailure, "no kernel"); };
    const auto comparison = compareInterleaved("A", failing, "B", failing, {}, machine.probe(), {}, {});
    QCOMPARE(comparison.error().message, std::string("no kernel"));
}

void CompareTest::anExceptionIsAnError()
{
    test::FakeMachine machine;
    const auto throwing = []() -> Result<void> { throw std::runtime_error("boom"); };
    const auto comparison = compareInterleaved("A", throwing, "B", throwing, {}, machine.probe(), {}, {});
    QCOMPARE(comparison.error().code, ErrorCode::EngineFailure);
    QCOMPARE(comparison.error().message, std::string("Comparing A and B failed: boom"));
}

void CompareTest::networksAreMadeAnewBetweenRounds()
{
    Stopping bench;
    int renewed = 0;
    const Contest contest{{"A", bench.inference(), {}}, {"B", bench.inference(), {}}, [&]() -> Result<void> {
                              ++renewed;
                              bench.machine.pass(0.1);
                              return {};
                          }};
    const auto comparison = hold(contest, {.maxSeconds = 20.0, .maxPairs = 100}, bench.machine.probe(), {}, {});
    QVERIFY(comparison);
    QCOMPARE(renewed, 9);
    QCOMPARE(comparison->aMilliseconds.size(), std::size_t{100});
}

void CompareTest::aBusyMachineIsFlagged()
{
    Stopping bench;
    bench.machine.meanwhile = [&](double seconds) { bench.machine.usage.othersSeconds += 64.0 * seconds; };
    const auto comparison = bench.compare();
    QVERIFY(comparison);
    QCOMPARE(comparison->flags.front().code, std::string("contention"));
}

void CompareTest::twoConfigurationsStandSideBySide()
{
    test::FakeBackend backend;
    int mostAlive = 0;
    backend.behaviour.before = [&](int) { mostAlive = std::max(mostAlive, backend.behaviour.alive); };
    const Configuration eager{"lenet", "eager", 1, 1, {}, "cpu"};
    const Configuration channelsLast{"lenet", "channels_last", 1, 1, {}, "cpu"};
    const auto comparison =
        compareConfigurations(backend, eager, channelsLast, {.maxSeconds = 0.5, .maxPairs = 40}, {}, {});
    QVERIFY2(comparison, comparison ? "" : comparison.error().message.c_str());
    QVERIFY(!comparison->aMilliseconds.empty());
    QVERIFY(comparison->sentence.find("channels_last") != std::string::npos);
    QCOMPARE(mostAlive, 2);
    QCOMPARE(backend.behaviour.alive, 0);
    QCOMPARE(backend.behaviour.modes[0], std::string("eager"));
    QCOMPARE(backend.behaviour.modes[1], std::string("channels_last"));
}

void CompareTest::unlikeThreadsAreSetBeforeEachInference()
{
    test::FakeBackend backend;
    const auto comparison =
        compareConfigurations(backend, {"lenet", "eager", 1, 1, {}, "cpu"}, {"lenet", "eager", 1, 2, {}, "cpu"},
                              {.maxSeconds = 0.5, .maxPairs = 20}, {}, {});
    QVERIFY(comparison);
    QVERIFY(backend.behaviour.threads.size() > 2 * comparison->aMilliseconds.size());
}

void CompareTest::anUnknownModelIsRefused()
{
    test::FakeBackend backend;
    const auto comparison = compareConfigurations(backend, {"lenet", "eager", 1, 1, {}, "cpu"},
                                                  {"lenot", "eager", 1, 1, {}, "cpu"}, {}, {}, {});
    QCOMPARE(comparison.error().code, ErrorCode::NotFound);
}

QTEST_APPLESS_MAIN(CompareTest)
#include "tst_compare.moc"

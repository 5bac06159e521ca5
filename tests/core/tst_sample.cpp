#include <QTest>

#include <stop_token>

#include "core/base/wander.h"
#include "core/benchmark/sample.h"
#include "tests/support/fake_backend.h"

using namespace lathe;

namespace {

/// Runs that take what a function says, on a clock of their own.
struct Bench {
    test::FakeMachine machine;
    int runs = 0;
    std::function<double(int)> seconds = [](int) { return 0.01; };
    std::function<void(int)> before = [](int) {};
    std::stop_source stop;
    ProgressSink progress;

    Result<Samples> sample(const MeasureOptions& options = {})
    {
        const auto inference = [this]() -> Result<void> {
            before(runs);
            machine.pass(seconds(runs++));
            return {};
        };
        return lathe::sample(inference, options, machine.probe(), stop.get_token(), progress);
    }
};

/// Alternates by the same share up and down.
double noisy(int run, double share)
{
    return 0.01 * (run % 2 == 0 ? 1.0 + share : 1.0 - share);
}

} // namespace

class SampleTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void steadyTimesEndAsPrecise();
    void samplesComeInTheOrderTheyWereTaken();
    void samplesCoverAFifthOfTheTime();
    void warmUpGoesOnWhileTimesFall();
    void warmUpTakesNoMoreThanItsShareOfTheTime();
    void noisyTimesEndByTheTime();
    void inferencesOfAFastNetworkAreTimedNowAndThen();
    void theGreatestNumberOfSamplesEndsIt();
    void anInferenceLongerThanTheTimeLimitGivesOneSample();
    void aStopInTheWarmUpIsCancelled();
    void aStopTakesEffectBeforeTheNextInference();
    void aStopWithTooFewSamplesIsCancelled();
    void anErrorOfTheInferenceIsHandedOn();
    void usageIsThatOfTheSamplesAlone();
    void progressRisesToItsEnd();
    void summaryHoldsMedianIntervalAndPercentiles();
};

void SampleTest::steadyTimesEndAsPrecise()
{
    Bench bench;
    const auto samples = bench.sample();
    QVERIFY(samples);
    QCOMPARE(samples->stopReason, std::string("precise"));
    QCOMPARE(samples->milliseconds.front(), 10.0);
}

void SampleTest::samplesComeInTheOrderTheyWereTaken()
{
    Bench bench;
    bench.seconds = [](int run) { return 0.01 + run * 1e-6; };
    const auto samples = bench.sample();
    QVERIFY(samples);
    QVERIFY(std::is_sorted(samples->milliseconds.begin(), samples->milliseconds.end()));
    QCOMPARE(samples->milliseconds.front(), 10.0 + samples->warmups * 1e-3);
}

void SampleTest::samplesCoverAFifthOfTheTime()
{
    Bench bench;
    const auto samples = bench.sample({.maxSeconds = 20.0});
    QVERIFY(samples->wallSeconds >= 4.0);
    QVERIFY(samples->wallSeconds < 4.5);
    QVERIFY(samples->milliseconds.size() >= 400);
}

void SampleTest::warmUpGoesOnWhileTimesFall()
{
    Bench bench;
    bench.seconds = [](int run) { return run < 60 ? 0.04 - run * 0.0005 : 0.01; };
    const auto samples = bench.sample();
    QVERIFY2(samples->warmups >= 60, qPrintable(QString::number(samples->warmups)));
    QCOMPARE(samples->milliseconds.front(), 10.0);
}

void SampleTest::warmUpTakesNoMoreThanItsShareOfTheTime()
{
    Bench bench;
    bench.seconds = [](int run) { return std::max(0.001, 1.0 * std::pow(0.97, run)); };
    const auto samples = bench.sample({.maxSeconds = 20.0});
    QVERIFY(samples);
    QVERIFY2(samples->warmups <= 7, qPrintable(QString::number(samples->warmups))); // 5 s of inferences near 1 s
}

void SampleTest::noisyTimesEndByTheTime()
{
    Bench bench;
    bench.seconds = [](int run) { return noisy(run, 0.3); };
    const auto samples = bench.sample({.maxSeconds = 5.0});
    QCOMPARE(samples->stopReason, std::string("time"));
    QVERIFY(bench.machine.now >= 5.0);
    QVERIFY(bench.machine.now < 5.02);
}

void SampleTest::inferencesOfAFastNetworkAreTimedNowAndThen()
{
    Bench bench;
    bench.seconds = [](int) { return 52e-6; };
    const auto samples = bench.sample({.maxSeconds = 20.0, .maxSamples = 2000});
    QCOMPARE(samples->inferences, static_cast<std::int64_t>(samples->milliseconds.size()) * 77);
    QVERIFY(samples->milliseconds.size() <= 2000);
    QVERIFY(samples->wallSeconds >= 4.0);
}

void SampleTest::theGreatestNumberOfSamplesEndsIt()
{
    Bench bench;
    bench.seconds = [](int run) { return noisy(run, 0.3); };
    const auto samples = bench.sample({.maxSeconds = 2.0, .maxSamples = 100});
    QCOMPARE(samples->stopReason, std::string("samples"));
    QCOMPARE(samples->milliseconds.size(), std::size_t{100});
}

void SampleTest::anInferenceLongerThanTheTimeLimitGivesOneSample()
{
    Bench bench;
    bench.seconds = [](int) { return 60.0; };
    const auto samples = bench.sample({.maxSeconds = 20.0});
    QVERIFY(samples);
    QCOMPARE(samples->warmups, 1);
    QCOMPARE(samples->milliseconds, std::vector<double>{60000.0});
    QCOMPARE(samples->stopReason, std::string("time"));
}

void SampleTest::aStopInTheWarmUpIsCancelled()
{
    Bench bench;
    bench.before = [&](int run) {
        if (run == 2)
            bench.stop.request_stop();
    };
    const auto samples = bench.sample();
    QVERIFY(!samples);
    QCOMPARE(samples.error().code, ErrorCode::Cancelled);
    QCOMPARE(bench.runs, 3);
}

void SampleTest::aStopTakesEffectBeforeTheNextInference()
{
    Bench bench;
    bench.seconds = [](int run) { return noisy(run, 0.3); };
    bench.before = [&](int run) {
        if (run == 300)
            bench.stop.request_stop();
    };
    const auto samples = bench.sample();
    QVERIFY(samples);
    QCOMPARE(bench.runs, 301);
    QCOMPARE(samples->stopReason, std::string("stopped"));
    QCOMPARE(static_cast<int>(samples->milliseconds.size()), 301 - samples->warmups);
}

void SampleTest::aStopWithTooFewSamplesIsCancelled()
{
    Bench bench;
    bench.seconds = [](int) { return 5.0; };
    bench.before = [&](int run) {
        if (run == 2)
            bench.stop.request_stop();
    };
    QCOMPARE(bench.sample({.maxSeconds = 20.0}).error().code, ErrorCode::Cancelled);
}

void SampleTest::anErrorOfTheInferenceIsHandedOn()
{
    test::FakeMachine machine;
    const auto failing = []() -> Result<void> { return fail(ErrorCode::EngineFailure, "no kernel"); };
    const auto samples = sample(failing, {}, machine.probe(), {}, {});
    QVERIFY(!samples);
    QCOMPARE(samples.error().message, std::string("no kernel"));
}

void SampleTest::usageIsThatOfTheSamplesAlone()
{
    Bench bench;
    bench.machine.usage.minorFaults = 1000000;
    bench.machine.meanwhile = [&](double) { bench.machine.usage.minorFaults += 3; };
    const auto samples = bench.sample();
    QCOMPARE(samples->usage.minorFaults, 3 * samples->inferences);
}

void SampleTest::progressRisesToItsEnd()
{
    Bench bench;
    std::vector<Progress> reports;
    bench.progress = [&](const Progress& progress) { reports.push_back(progress); };
    bench.seconds = [](int run) { return noisy(run, 0.3); };
    QVERIFY(bench.sample());
    QCOMPARE(reports.front().what, std::string("warming up"));
    QVERIFY(std::is_sorted(reports.begin(), reports.end(),
                           [](const Progress& a, const Progress& b) { return a.fraction < b.fraction; }));
    QVERIFY(reports.back().fraction > 0.8);
    QVERIFY(reports.back().what.find("samples, ±30.0 %") != std::string::npos);
}

void SampleTest::summaryHoldsMedianIntervalAndPercentiles()
{
    std::vector<double> values;
    for (int i = 0; i < 21; ++i)
        values.push_back(10.0 + (i * 8) % 21); // 10 to 30 in scattered order
    const Latency latency = summarise(values, 1.0);
    QCOMPARE(latency.median, 20.0);
    QCOMPARE(latency.p5, 11.0);
    QCOMPARE(latency.p95, 29.0);
    QCOMPARE(latency.p99, 29.8);
    const stats::Interval interval = stats::longRunInterval(values, 1.0);
    QCOMPARE(latency.ciLow, interval.low);
    QCOMPARE(latency.ciHigh, interval.high);
    QCOMPARE(latency.outliers, 0);
    QCOMPARE(latency.samples, values);
}

QTEST_APPLESS_MAIN(SampleTest)
#include "tst_sample.moc"

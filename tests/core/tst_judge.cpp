#include <QTest>

#include <algorithm>

#include "core/benchmark/judge.h"
#include "core/benchmark/layers.h"

using namespace lathe;

namespace {

/// 30 samples of 10 ms, over 10 s of a quiet machine.
Samples quiet()
{
    Samples samples;
    for (int i = 0; i < 30; ++i)
        samples.milliseconds.push_back(10.0 + 0.01 * ((i * 7) % 5));
    samples.stopReason = "precise";
    samples.wallSeconds = 10.0;
    samples.usage.cpuSeconds = 10.0;
    samples.usage.othersSeconds = 0.3;
    samples.usage.involuntarySwitches = 50;
    return samples;
}

std::vector<Flag> judged(const Samples& samples, int threads = 2, int cores = 2)
{
    return judge(samples, summarise(samples.milliseconds, samples.wallSeconds), {}, threads, cores);
}

std::string textOf(const std::vector<Flag>& flags, const std::string& code)
{
    const auto found = std::find_if(flags.begin(), flags.end(), [&](const Flag& flag) { return flag.code == code; });
    return found == flags.end() ? "" : found->text;
}

} // namespace

class JudgeTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aQuietMachineHasNoFlags();
    void otherProcessesAreContention();
    void contextSwitchesAreContention();
    void waitingInTheRunQueueIsContention();
    void aHypervisorThatStealsIsContention();
    void severalSignsMakeOneSentence();
    void aRisingLatencyIsDrift();
    void aFallingLatencyIsDrift();
    void aSmallTrendIsNoDrift();
    void noiseWithoutTrendIsNoDrift();
    void aWideIntervalIsImpreciseWithItsWidth();
    void aSpeedThatWandersIsNotCuredByMoreTime();
    void oneSampleIsImpreciseAndFew();
    void aStopIsTold();
    void moreThreadsThanCoresAreOversubscribed();
    void oversubscribedThreadsDoNotBlameOthersForWaiting();
    void layersThatExplainTheWholeAreNotFlagged();
    void layersThatDoNotAddUpAreFlagged();
};

void JudgeTest::aQuietMachineHasNoFlags()
{
    QVERIFY(judged(quiet()).empty());
}

void JudgeTest::otherProcessesAreContention()
{
    Samples samples = quiet();
    samples.usage.othersSeconds = 9.5;
    QCOMPARE(
        textOf(judged(samples), "contention"),
        std::string("The machine was busy: other processes used 0.95 of 2 cores. Measure again when it is quiet."));
}

void JudgeTest::contextSwitchesAreContention()
{
    Samples samples = quiet();
    samples.usage.involuntarySwitches = 2000;
    QVERIFY(textOf(judged(samples), "contention").find("200 involuntary context switches a second") !=
            std::string::npos);
}

void JudgeTest::waitingInTheRunQueueIsContention()
{
    Samples samples = quiet();
    samples.usage.waitedSeconds = 3.0;
    QVERIFY(textOf(judged(samples), "contention").find("in the run queue for 15.0 % of the time") != std::string::npos);
}

void JudgeTest::aHypervisorThatStealsIsContention()
{
    Samples samples = quiet();
    samples.usage.stolenSeconds = 1.0;
    QVERIFY(textOf(judged(samples), "contention").find("hypervisor took 5.0 %") != std::string::npos);
}

void JudgeTest::severalSignsMakeOneSentence()
{
    Samples samples = quiet();
    samples.usage.othersSeconds = 9.5;
    samples.usage.involuntarySwitches = 2000;
    QCOMPARE(judged(samples).size(), std::size_t{1});
}

void JudgeTest::aRisingLatencyIsDrift()
{
    Samples samples = quiet();
    for (std::size_t i = 0; i < samples.milliseconds.size(); ++i)
        samples.milliseconds[i] = 10.0 + 0.05 * static_cast<double>(i);
    // Thirds: medians 10.225 and 11.225.
    QVERIFY(textOf(judged(samples), "drift").find("rose by 9.8 %") != std::string::npos);
}

void JudgeTest::aFallingLatencyIsDrift()
{
    Samples samples = quiet();
    for (std::size_t i = 0; i < samples.milliseconds.size(); ++i)
        samples.milliseconds[i] = 12.0 - 0.05 * static_cast<double>(i);
    QVERIFY(textOf(judged(samples), "drift").find("fell by") != std::string::npos);
}

void JudgeTest::aSmallTrendIsNoDrift()
{
    Samples samples = quiet();
    for (std::size_t i = 0; i < samples.milliseconds.size(); ++i)
        samples.milliseconds[i] = 10.0 + 0.001 * static_cast<double>(i);
    QVERIFY(textOf(judged(samples), "drift").empty());
}

void JudgeTest::noiseWithoutTrendIsNoDrift()
{
    Samples samples = quiet();
    for (std::size_t i = 0; i < samples.milliseconds.size(); ++i)
        samples.milliseconds[i] = i % 2 == 0 ? 8.0 : 12.0;
    QVERIFY(textOf(judged(samples), "drift").empty());
}

void JudgeTest::aWideIntervalIsImpreciseWithItsWidth()
{
    Samples samples = quiet();
    for (int i = 0; i < 11; ++i)
        samples.milliseconds[i] = i % 2 == 0 ? 9.0 : 11.0;
    samples.milliseconds.resize(11); // of so few the interval is that of their order: ranks 2 and 10
    const std::string text = textOf(judged(samples), "imprecise");
    QVERIFY(text.find("±11.1 %, not to the ±2.0 %") != std::string::npos);
    QVERIFY(text.ends_with("allow more time or quieten the machine."));
}

void JudgeTest::aSpeedThatWandersIsNotCuredByMoreTime()
{
    Samples samples = quiet();
    samples.milliseconds.assign(192, 10.0);
    for (std::size_t i = 0; i < samples.milliseconds.size(); ++i)
        samples.milliseconds[i] += (i / 48 % 2 == 0 ? 1.0 : -1.0) + 0.001 * static_cast<double>(i * 7 % 5);
    const std::string text = textOf(judged(samples), "imprecise");
    QVERIFY2(text.find("speed wanders by") != std::string::npos, text.c_str());
    QVERIFY(text.ends_with("quieten the machine, or compare in pairs."));
}

void JudgeTest::oneSampleIsImpreciseAndFew()
{
    Samples samples;
    samples.milliseconds = {41200.0};
    samples.stopReason = "time";
    samples.wallSeconds = 41.2;
    const auto flags = judged(samples);
    QVERIFY(textOf(flags, "imprecise").find("1 sample of about 4.12e+04 ms") != std::string::npos);
    QVERIFY(textOf(flags, "few_samples").find("Only 1 of at least 10 samples") != std::string::npos);
}

void JudgeTest::aStopIsTold()
{
    Samples samples = quiet();
    samples.stopReason = "stopped";
    QCOMPARE(textOf(judged(samples), "stopped"), std::string("Stopped by hand after 30 samples."));
}

void JudgeTest::moreThreadsThanCoresAreOversubscribed()
{
    QCOMPARE(textOf(judged(quiet(), 8, 2), "oversubscribed"),
             std::string("8 threads share 2 usable cores, so they take turns."));
}

void JudgeTest::oversubscribedThreadsDoNotBlameOthersForWaiting()
{
    Samples samples = quiet();
    samples.usage.waitedSeconds = 60.0;
    samples.usage.involuntarySwitches = 5000;
    QVERIFY(textOf(judged(samples, 8, 2), "contention").empty());
}

void JudgeTest::layersThatExplainTheWholeAreNotFlagged()
{
    LayerPass pass;
    pass.pairs = 30;
    pass.plainMs = 10.0;
    pass.totalMs = 10.4;
    QVERIFY(judgeLayers(pass).empty());
}

void JudgeTest::layersThatDoNotAddUpAreFlagged()
{
    LayerPass pass;
    pass.pairs = 30;
    pass.plainMs = 10.0;
    pass.totalMs = 11.0;
    QVERIFY(textOf(judgeLayers(pass), "layers_unexplained").find("10.0 % more than the whole") != std::string::npos);
    pass.totalMs = 9.0;
    QVERIFY(textOf(judgeLayers(pass), "layers_unexplained").find("10.0 % less than the whole") != std::string::npos);
}

QTEST_APPLESS_MAIN(JudgeTest)
#include "tst_judge.moc"

#include <QTest>

#include <cmath>
#include <random>

#include "core/base/wander.h"

namespace stats = lathe::stats;

namespace {

std::vector<double> series(int count, double (*value)(int))
{
    std::vector<double> values;
    for (int i = 0; i < count; ++i)
        values.push_back(value(i));
    return values;
}

double scattered(int i)
{
    return 10.0 + ((i * 37) % 120) / 120.0;
}

double swaying(int i)
{
    return 10.0 * (1.0 + 0.05 * std::sin(i / 9.0));
}

/// Ratios to 1e-6, whatever their size.
bool near(double value, double expected)
{
    return std::abs(value - expected) <= 1e-6 * std::abs(expected);
}

/// Flicker noise as a sum of relaxations, one for each octave of time.
std::vector<double> flickering(int count, double deviation, std::mt19937_64& random)
{
    constexpr int kOctaves = 14;
    std::normal_distribution<double> normal;
    std::vector<double> states(kOctaves);
    for (double& state : states)
        state = normal(random);
    std::vector<double> values;
    for (int i = 0; i < count; ++i) {
        double sum = 0.0;
        for (int octave = 0; octave < kOctaves; ++octave) {
            const double rho = std::exp(-std::exp2(-octave));
            states[octave] = rho * states[octave] + std::sqrt(1.0 - rho * rho) * normal(random);
            sum += states[octave];
        }
        values.push_back(10.0 * std::exp(deviation * sum + deviation * normal(random)));
    }
    return values;
}

} // namespace

class WanderTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // The expected values come from a second implementation, in NumPy.
    void partsOfAScatteredSeries()
    {
        const stats::Wander wander = stats::wanderOf(series(120, scattered));
        QCOMPARE(wander.blocks, 32);
        QVERIFY2(near(wander.white, 3.768506907023159e-06), qPrintable(QString::number(wander.white, 'g', 16)));
        QVERIFY2(near(wander.flicker, 3.848453838500461e-06), qPrintable(QString::number(wander.flicker, 'g', 16)));
    }

    void partsOfASwayingSeries()
    {
        const stats::Wander wander = stats::wanderOf(series(120, swaying));
        QVERIFY(near(wander.white, 5.291529248406299e-07));
        QVERIFY(near(wander.flicker, 0.0002993795427347433));
    }

    void intervalsOfBoth()
    {
        const stats::Interval narrow = stats::longRunInterval(series(120, scattered), 2.0);
        QVERIFY(near(narrow.low, 10.365649971518756));
        QVERIFY(near(narrow.high, 10.627651682605515));
        const stats::Interval wide = stats::longRunInterval(series(120, swaying), 2.0);
        QVERIFY(near(wide.low, 8.989096567768316));
        QVERIFY(near(wide.high, 11.20340301971498));
    }

    void constantsHaveNoWidth()
    {
        const std::vector<double> values(50, 3.0);
        QCOMPARE(stats::wanderOf(values).white, 0.0);
        QCOMPARE(stats::longRunInterval(values, 1.0).low, 3.0);
        QCOMPARE(stats::longRunInterval(values, 1.0).high, 3.0);
    }

    void twoSpeedsInTurnsLeaveTheMedianOpenBetweenThem()
    {
        const std::vector<double> values = series(100, [](int i) { return i % 2 == 0 ? 8.0 : 12.0; });
        QCOMPARE(stats::longRunInterval(values, 1.0).low, 8.0);
        QCOMPARE(stats::longRunInterval(values, 1.0).high, 12.0);
    }

    void tooFewValuesFallBackOnTheirOrder()
    {
        const std::vector<double> values{5.0, 1.0, 3.0, 2.0, 4.0, 6.0, 8.0, 7.0, 9.0, 10.0, 11.0};
        QCOMPARE(stats::wanderOf(values).blocks, 0);
        QCOMPARE(stats::longRunInterval(values, 1.0).low, stats::medianInterval(values).low);
        QCOMPARE(stats::longRunInterval(values, 1.0).high, stats::medianInterval(values).high);
        QCOMPARE(stats::longRunInterval({}, 1.0).high, 0.0);
    }

    void timesThatCannotBeFallBackOnTheirOrder()
    {
        std::vector<double> values(40, 1.0);
        values[7] = 0.0;
        QCOMPARE(stats::wanderOf(values).blocks, 0);
        values[7] = std::nan("");
        QCOMPARE(stats::wanderOf(values).blocks, 0);
    }

    void aLongerRecordOfTheSameWanderKnowsALittleMore()
    {
        const std::vector<double> values = series(120, swaying);
        const stats::Interval brief = stats::longRunInterval(values, 1.0);
        const stats::Interval whole = stats::longRunInterval(values, 600.0);
        QVERIFY(whole.high - whole.low < 0.8 * (brief.high - brief.low));
        const stats::Interval beyond = stats::longRunInterval(values, 1e6); // longer than the long run itself
        QVERIFY(beyond.high > beyond.low);
    }

    void intervalsOfIndependentValuesHoldTheirMedianAndStayNarrow()
    {
        std::mt19937_64 random(1);
        std::normal_distribution<double> normal(0.0, 0.03);
        int held = 0;
        double width = 0.0;
        for (int repeat = 0; repeat < 200; ++repeat) {
            std::vector<double> values;
            for (int i = 0; i < 300; ++i)
                values.push_back(10.0 * std::exp(normal(random)));
            const stats::Interval interval = stats::longRunInterval(values, 3.0);
            held += interval.low <= 10.0 && 10.0 <= interval.high;
            width += (interval.high - interval.low) / 20.0 / 200.0;
        }
        QVERIFY(held >= 190);
        QVERIFY2(width < 0.025, qPrintable(QString::number(width)));
    }

    void intervalsOfAWanderingMachineHoldTheLongRunNineTimesInTen()
    {
        std::mt19937_64 random(2);
        int naive = 0;
        int held = 0;
        constexpr int kRepeats = 200;
        for (int repeat = 0; repeat < kRepeats; ++repeat) {
            const std::vector<double> values = flickering(300, 0.02, random);
            const stats::Interval narrow = stats::medianInterval(values);
            const stats::Interval interval = stats::longRunInterval(values, 3.0);
            naive += narrow.low <= 10.0 && 10.0 <= narrow.high;
            held += interval.low <= 10.0 && 10.0 <= interval.high;
        }
        QVERIFY2(naive < 0.4 * kRepeats, qPrintable(QString::number(naive)));
        QVERIFY2(held >= 0.9 * kRepeats, qPrintable(QString::number(held)));
    }
};

QTEST_APPLESS_MAIN(WanderTest)
#include "tst_wander.moc"

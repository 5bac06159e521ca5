#include <QTest>

#include <cmath>
#include <random>

#include "core/base/statistics.h"

using namespace lathe;

class StatisticsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void medianTakesTheMiddleOrTheMeanOfTheTwoMiddles();
    void percentileInterpolatesAsNumPyDoes();
    void emptyInputGivesZeros();
    void intervalOfTheMedianHasTheTabulatedRanks_data();
    void intervalOfTheMedianHasTheTabulatedRanks();
    void tooFewValuesGiveTheWholeRange();
    void fewestValuesForAnIntervalFollowTheBinomial();
    void madIsScaledToANormalsDeviation();
    void outliersAreThoseBeyondThreshold();
    void outliersOfConstantsAreTheOthers();
    void mannKendallOfARisingSeriesIsOneAndSignificant();
    void mannKendallOfAlternatingValuesIsNotSignificant();
    void mannKendallCorrectsForTies();
    void autocorrelationOfAlternatingValuesIsNegative();
    void independentSignsDoNotInflateTheVariance();
    void longRunsInflateTheVariance();
    void theIntervalOfASlowSeriesIsWider();
    void theIntervalOfASlowSeriesHoldsTheMedianNineTimesInTen();
};

namespace {

std::vector<double> upTo(int n)
{
    std::vector<double> values;
    for (int i = 1; i <= n; ++i)
        values.push_back(i);
    return values;
}

std::vector<double> autoregressive(int n, double rho, std::mt19937_64& random)
{
    std::normal_distribution<double> normal;
    std::vector<double> values;
    double state = normal(random);
    for (int i = 0; i < n; ++i) {
        state = rho * state + std::sqrt(1.0 - rho * rho) * normal(random);
        values.push_back(state);
    }
    return values;
}

} // namespace

void StatisticsTest::medianTakesTheMiddleOrTheMeanOfTheTwoMiddles()
{
    QCOMPARE(stats::median({3.0, 1.0, 2.0}), 2.0);
    QCOMPARE(stats::median({4.0, 1.0, 3.0, 2.0}), 2.5);
    QCOMPARE(stats::median({7.0}), 7.0);
}

void StatisticsTest::percentileInterpolatesAsNumPyDoes()
{
    const std::vector<double> values{15.0, 20.0, 35.0, 40.0, 50.0};
    QCOMPARE(stats::percentile(values, 5.0), 16.0);  // numpy.percentile(values, 5)
    QCOMPARE(stats::percentile(values, 40.0), 29.0); // numpy.percentile(values, 40)
    QCOMPARE(stats::percentile(values, 95.0), 48.0);
    QCOMPARE(stats::percentile(values, 0.0), 15.0);
    QCOMPARE(stats::percentile(values, 100.0), 50.0);
}

void StatisticsTest::emptyInputGivesZeros()
{
    QCOMPARE(stats::median({}), 0.0);
    QCOMPARE(stats::percentile({}, 95.0), 0.0);
    QCOMPARE(stats::medianInterval({}).high, 0.0);
    QCOMPARE(stats::medianIntervalOfSeries({}).high, 0.0);
    QCOMPARE(stats::scaledMad({}), 0.0);
    QCOMPARE(stats::countOutliers({}), 0);
    QCOMPARE(stats::mannKendall({}).tau, 0.0);
    QCOMPARE(stats::autocorrelation({}), 0.0);
    QCOMPARE(stats::varianceInflation({}), 1.0);
}

void StatisticsTest::intervalOfTheMedianHasTheTabulatedRanks_data()
{
    // Ranks for 95 % as tabulated for the sign test (Conover, Practical Nonparametric Statistics).
    QTest::addColumn<int>("n");
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::newRow("6") << 6 << 1.0 << 6.0;
    QTest::newRow("9") << 9 << 2.0 << 8.0;
    QTest::newRow("10") << 10 << 2.0 << 9.0;
    QTest::newRow("15") << 15 << 4.0 << 12.0;
    QTest::newRow("20") << 20 << 6.0 << 15.0;
    QTest::newRow("30") << 30 << 10.0 << 21.0;
    QTest::newRow("100") << 100 << 40.0 << 61.0;
}

void StatisticsTest::intervalOfTheMedianHasTheTabulatedRanks()
{
    QFETCH(int, n);
    QFETCH(double, low);
    QFETCH(double, high);
    const stats::Interval interval = stats::medianInterval(upTo(n));
    QCOMPARE(interval.low, low);
    QCOMPARE(interval.high, high);
}

void StatisticsTest::tooFewValuesGiveTheWholeRange()
{
    const stats::Interval interval = stats::medianInterval({5.0, 1.0, 3.0, 2.0, 4.0});
    QCOMPARE(interval.low, 1.0);
    QCOMPARE(interval.high, 5.0);
}

void StatisticsTest::fewestValuesForAnIntervalFollowTheBinomial()
{
    QCOMPARE(stats::fewestForInterval(0.95), 6);
    QCOMPARE(stats::fewestForInterval(0.99), 8);
}

void StatisticsTest::madIsScaledToANormalsDeviation()
{
    QCOMPARE(stats::scaledMad({1.0, 1.0, 2.0, 2.0, 4.0, 6.0, 9.0}), 1.4826);
}

void StatisticsTest::outliersAreThoseBeyondThreshold()
{
    const std::vector<double> values{10.0, 10.1, 9.9, 10.2, 9.8, 10.0, 15.0, 5.0};
    QCOMPARE(stats::countOutliers(values), 2);
    QCOMPARE(stats::countOutliers(values, 100.0), 0);
}

void StatisticsTest::outliersOfConstantsAreTheOthers()
{
    QCOMPARE(stats::countOutliers({1.0, 1.0, 1.0, 1.0, 2.0}), 1);
}

void StatisticsTest::mannKendallOfARisingSeriesIsOneAndSignificant()
{
    const stats::Trend up = stats::mannKendall(upTo(12));
    QCOMPARE(up.tau, 1.0);
    QVERIFY(up.significant);
    std::vector<double> falling = upTo(12);
    std::reverse(falling.begin(), falling.end());
    QCOMPARE(stats::mannKendall(falling).tau, -1.0);
}

void StatisticsTest::mannKendallOfAlternatingValuesIsNotSignificant()
{
    const stats::Trend trend = stats::mannKendall({1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0});
    QVERIFY(!trend.significant);
}

void StatisticsTest::mannKendallCorrectsForTies()
{
    // S = 9, Var(S) = (5*4*15 - 2*1*9) / 18 = 15.67, z = 8 / 3.958 = 2.021, p = 0.0433.
    const std::vector<double> values{1.0, 2.0, 2.0, 3.0, 4.0};
    QCOMPARE(stats::mannKendall(values).tau, 0.9);
    QVERIFY(stats::mannKendall(values, 0.05).significant);
    QVERIFY(!stats::mannKendall(values, 0.04).significant);
    QVERIFY(!stats::mannKendall({1.0, 1.0, 1.0, 1.0}).significant);
}

void StatisticsTest::autocorrelationOfAlternatingValuesIsNegative()
{
    QCOMPARE(stats::autocorrelation({1.0, -1.0, 1.0, -1.0}), -0.75);
    QCOMPARE(stats::autocorrelation({1.0, 2.0, 3.0, 4.0, 5.0}), 0.4);
    QCOMPARE(stats::autocorrelation({2.0, 2.0, 2.0}), 0.0);
}

void StatisticsTest::independentSignsDoNotInflateTheVariance()
{
    QCOMPARE(stats::varianceInflation({1.0, -1.0, 1.0, -1.0, 1.0, -1.0}), 1.0);
}

void StatisticsTest::longRunsInflateTheVariance()
{
    // Signs ---+++: products 6, 3, 0, -3, ...; pairs (6 + 3) / 6 and (0 - 3) / 6: -1 + 2 * 1.5 = 2.
    QCOMPARE(stats::varianceInflation(upTo(6)), 2.0);
}

void StatisticsTest::theIntervalOfASlowSeriesIsWider()
{
    const std::vector<double> series = upTo(100);
    QVERIFY(stats::medianIntervalOfSeries(series).low < stats::medianInterval(series).low);
    QVERIFY(stats::medianIntervalOfSeries(series).high > stats::medianInterval(series).high);
}

void StatisticsTest::theIntervalOfASlowSeriesHoldsTheMedianNineTimesInTen()
{
    std::mt19937_64 random(1);
    int naive = 0;
    int robust = 0;
    for (int repeat = 0; repeat < 1000; ++repeat) {
        const std::vector<double> series = autoregressive(200, 0.7, random);
        const stats::Interval a = stats::medianInterval(series);
        const stats::Interval b = stats::medianIntervalOfSeries(series);
        naive += a.low <= 0.0 && 0.0 <= a.high;
        robust += b.low <= 0.0 && 0.0 <= b.high;
    }
    QVERIFY2(naive < 750, qPrintable(QString::number(naive)));
    QVERIFY2(robust >= 900, qPrintable(QString::number(robust)));
}

QTEST_APPLESS_MAIN(StatisticsTest)
#include "tst_statistics.moc"

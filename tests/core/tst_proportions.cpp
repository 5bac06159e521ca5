#include <QTest>

#include <cmath>
#include <numeric>

#include "core/base/proportions.h"
#include "core/base/random_stream.h"

using namespace lathe;
using namespace lathe::stats;

namespace {

bool isNear(double value, double expected, double tolerance = 1e-9)
{
    return std::abs(value - expected) <= tolerance;
}

} // namespace

/// Literal values are SciPy's: binomtest(k, n).proportion_ci(method="wilson"), binomtest(b, b + c).pvalue, norm.ppf.
class TestProportions : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theNormalsQuantiles();
    void wilsonsInterval_data();
    void wilsonsInterval();
    void pairsAreCounted();
    void mcNemarsExactTest_data();
    void mcNemarsExactTest();
    void theBootstrapSurroundsTheDifference();
    void randomNumbersAreThoseOfSplitmix64();
    void permutationsHoldEveryNumberOnce();
    void drawsBelowABoundAreEven();
    void normalDrawsHaveTheirMoments();
};

void TestProportions::theNormalsQuantiles()
{
    QVERIFY(isNear(normalQuantile(0.5), 0.0));
    QVERIFY(isNear(normalQuantile(0.975), 1.959963984540054));
    QVERIFY(isNear(normalQuantile(0.0005), -3.2905267314919255));
}

void TestProportions::wilsonsInterval_data()
{
    QTest::addColumn<qint64>("successes");
    QTest::addColumn<qint64>("trials");
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::newRow("8950 of 10000") << qint64{8950} << qint64{10000} << 0.8888392230814278 << 0.9008574182057377;
    QTest::newRow("0 of 20") << qint64{0} << qint64{20} << 0.0 << 0.16112515805281935;
    QTest::newRow("20 of 20") << qint64{20} << qint64{20} << 0.8388748419471808 << 1.0;
    QTest::newRow("3 of 7") << qint64{3} << qint64{7} << 0.1582198552514697 << 0.7495416354723428;
}

void TestProportions::wilsonsInterval()
{
    QFETCH(const qint64, successes);
    QFETCH(const qint64, trials);
    QFETCH(const double, low);
    QFETCH(const double, high);
    const Interval interval = wilsonInterval(successes, trials);
    QVERIFY2(isNear(interval.low, low), qPrintable(QString::number(interval.low, 'g', 12)));
    QVERIFY2(isNear(interval.high, high), qPrintable(QString::number(interval.high, 'g', 12)));
}

void TestProportions::pairsAreCounted()
{
    const PairedCounts counts = countPairs({0, 1, 2, 3, 4}, {0, 1, 0, 0, 9}, {0, 1, 2, 0, 8});
    QCOMPARE(counts.bothRight, std::int64_t{2});
    QCOMPARE(counts.onlyFirst, std::int64_t{1});
    QCOMPARE(counts.onlySecond, std::int64_t{1});
    QCOMPARE(counts.bothWrong, std::int64_t{1});
    QCOMPARE((PairedCounts{90, 2, 7, 1}.difference()), 0.05);
    QCOMPARE(PairedCounts{}.difference(), 0.0);
}

void TestProportions::mcNemarsExactTest_data()
{
    QTest::addColumn<qint64>("onlyFirst");
    QTest::addColumn<qint64>("onlySecond");
    QTest::addColumn<double>("p");
    QTest::newRow("none differ") << qint64{0} << qint64{0} << 1.0;
    QTest::newRow("even") << qint64{8} << qint64{8} << 1.0;
    QTest::newRow("0 and 6") << qint64{0} << qint64{6} << 0.03125;
    QTest::newRow("5 and 17") << qint64{5} << qint64{17} << 0.01690053939819336;
    QTest::newRow("100 and 160") << qint64{100} << qint64{160} << 0.00023894190306813953;
    QTest::newRow("1 and 2") << qint64{1} << qint64{2} << 1.0;
}

void TestProportions::mcNemarsExactTest()
{
    QFETCH(const qint64, onlyFirst);
    QFETCH(const qint64, onlySecond);
    QFETCH(const double, p);
    const double found = mcNemarExact({100, onlyFirst, onlySecond, 0});
    QVERIFY2(std::abs(found - p) <= 1e-9 * p, qPrintable(QString::number(found, 'g', 12)));
    QCOMPARE(mcNemarExact({100, onlySecond, onlyFirst, 0}), found);
}

void TestProportions::theBootstrapSurroundsTheDifference()
{
    const PairedCounts counts{8800, 100, 160, 940};
    const Interval interval = bootstrapDifference(counts, 1);
    // The normal's interval: 0.006 and 1.96 times the standard error of 0.0016.
    const double error = std::sqrt((0.026 - 0.006 * 0.006) / 10000.0);
    QVERIFY(isNear(interval.low, 0.006 - 1.96 * error, 2e-4));
    QVERIFY(isNear(interval.high, 0.006 + 1.96 * error, 2e-4));
    QCOMPARE(bootstrapDifference(counts, 1).low, interval.low);
    const Interval none = bootstrapDifference({50, 0, 0, 50}, 1);
    QCOMPARE(none.low, 0.0);
    QCOMPARE(none.high, 0.0);
}

void TestProportions::randomNumbersAreThoseOfSplitmix64()
{
    // Streams begin at mixed states; from there on each number is the published generator's.
    RandomStream a(1, 0);
    RandomStream again(1, 0);
    RandomStream b(1, 1);
    const std::uint64_t first = a.next();
    QCOMPARE(again.next(), first);
    QVERIFY(b.next() != first);
    QCOMPARE(first, 7982734928498899980ULL);
}

void TestProportions::permutationsHoldEveryNumberOnce()
{
    std::vector<std::int64_t> order = permutation(1000, RandomStream(7));
    QVERIFY(!std::is_sorted(order.begin(), order.end()));
    std::sort(order.begin(), order.end());
    std::vector<std::int64_t> expected(1000);
    std::iota(expected.begin(), expected.end(), 0);
    QCOMPARE(order, expected);
    QVERIFY(permutation(0, RandomStream(7)).empty());
}

void TestProportions::drawsBelowABoundAreEven()
{
    RandomStream random(11);
    std::vector<int> counts(3, 0);
    for (int i = 0; i < 30000; ++i)
        ++counts[random.below(3)];
    for (const int count : counts)
        QVERIFY2(std::abs(count - 10000) < 400, qPrintable(QString::number(count))); // 5 standard deviations
}

void TestProportions::normalDrawsHaveTheirMoments()
{
    RandomStream random(12);
    double sum = 0.0;
    double squares = 0.0;
    for (int i = 0; i < 100000; ++i) {
        const double x = random.normal();
        sum += x;
        squares += x * x;
    }
    QVERIFY(isNear(sum / 1e5, 0.0, 0.016));
    QVERIFY(isNear(squares / 1e5, 1.0, 0.023));
}

QTEST_APPLESS_MAIN(TestProportions)
#include "tst_proportions.moc"

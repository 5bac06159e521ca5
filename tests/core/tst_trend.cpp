#include <QTest>

#include <cmath>
#include <limits>

#include "core/analysis/trend.h"
#include "core/base/student_t.h"

using lathe::fitPowerLaw;
using lathe::Point2;

namespace {

bool near(double actual, double expected, double relative = 1e-10)
{
    if (std::abs(actual - expected) <= relative * std::abs(expected))
        return true;
    qWarning("%.17g is not %.17g", actual, expected);
    return false;
}

const std::vector<Point2> kPoints{{1.2, 310},   {2.5, 260}, {3.7, 150},   {8.0, 92},
                                  {11.0, 70.5}, {25.6, 41}, {44.5, 20.3}, {88.0, 13.7}};

} // namespace

class TestTrend : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // Expected values: SciPy 1.17's stats.linregress and stats.t on the logarithms.
    void aPowerLawIsFittedAsSciPyFitsIt()
    {
        const auto law = fitPowerLaw(kPoints);
        QVERIFY(law.has_value());
        QCOMPARE(law->points, 8);
        QVERIFY(near(law->exponent, -0.7636701412221344));
        QVERIFY(near(law->exponentLow, -0.8521155162472372));
        QVERIFY(near(law->exponentHigh, -0.6752247661970315));
        QVERIFY(near(law->factor, 428.278046320512));
        QVERIFY(near(law->rSquared, 0.9867366118649035));
        QVERIFY(near(law->residualDeviation, 0.14141527382070285));
        QVERIFY(near(law->sumSquaresLogX, 15.306610490535586));
        QVERIFY(near(law->meanLogX, 2.2999625347415513));
    }

    void itsLineAndBandAreSciPys()
    {
        const auto law = fitPowerLaw(kPoints);
        QVERIFY(near(law->at(5.0), 125.29775537252644));
        QVERIFY(near(law->at(60.0), 18.784723045808974));
        QVERIFY(near(law->bandFactor(5.0), 1.1465271897949707));
        QVERIFY(near(law->bandFactor(60.0), 1.2218737566276259));
    }

    void threePointsAreEnough()
    {
        const auto law = fitPowerLaw({{1, 1}, {2, 3}, {4, 5}});
        QVERIFY(law.has_value());
        QVERIFY(near(law->exponent, 1.160964047443681));
        QVERIFY(near(law->exponentLow, -1.9494592332260308, 1e-9));
        QVERIFY(near(law->exponentHigh, 4.271387328113393, 1e-9));
        QVERIFY(near(law->rSquared, 0.9574325216642686));
    }

    void anExactLawIsFound()
    {
        std::vector<Point2> points;
        for (const double x : {0.5, 1.0, 3.0, 700.0})
            points.push_back({x, 2.5 * std::pow(x, -1.5)});
        const auto law = fitPowerLaw(points);
        QVERIFY(near(law->exponent, -1.5));
        QVERIFY(near(law->factor, 2.5));
        QVERIFY(near(law->rSquared, 1.0));
        QVERIFY(law->bandFactor(10.0) >= 1.0 && law->bandFactor(10.0) < 1.0 + 1e-9);
    }

    void aLevelLineHasExponentZeroAndExplainsAll()
    {
        const auto law = fitPowerLaw({{1, 7}, {2, 7}, {5, 7}});
        QVERIFY(std::abs(law->exponent) < 1e-12);
        QCOMPARE(law->rSquared, 1.0);
        QVERIFY(near(law->factor, 7.0));
    }

    void pointsThatHaveNoLogarithmArePassedOver()
    {
        std::vector<Point2> points = kPoints;
        constexpr double infinity = std::numeric_limits<double>::infinity();
        for (const Point2 bad : {Point2{0, 1}, Point2{1, 0}, Point2{-1, 5}, Point2{std::nan(""), 1},
                                 Point2{1, std::nan("")}, Point2{infinity, 1}, Point2{1, infinity}})
            points.push_back(bad);
        const auto law = fitPowerLaw(points);
        QCOMPARE(law->points, 8);
        QVERIFY(near(law->exponent, -0.7636701412221344));
    }

    void tooFewPointsOrOneXHaveNoTrend()
    {
        QVERIFY(!fitPowerLaw({}));
        QVERIFY(!fitPowerLaw({{1, 1}, {2, 2}}));
        QVERIFY(!fitPowerLaw({{1, 1}, {2, 2}, {0, 3}}));
        QVERIFY(!fitPowerLaw({{0.3, 1}, {0.3, 2}, {0.3, 3}, {0.3, 4}}));
    }

    void studentsQuantilesAreThoseOfTheTables_data()
    {
        QTest::addColumn<double>("freedom");
        QTest::addColumn<double>("at975");
        QTest::addColumn<double>("at995");
        QTest::newRow("1") << 1.0 << 12.706204736174694 << 63.656741162871526;
        QTest::newRow("2") << 2.0 << 4.302652729749462 << 9.924843200918287;
        QTest::newRow("3") << 3.0 << 3.1824463052837078 << 5.840909309733355;
        QTest::newRow("5") << 5.0 << 2.5705818356363146 << 4.032142983555228;
        QTest::newRow("10") << 10.0 << 2.2281388519862740 << 3.16927267261695;
        QTest::newRow("30") << 30.0 << 2.0422724563012378 << 2.7499956535672254;
        QTest::newRow("100") << 100.0 << 1.9839715185235518 << 2.6258905214380173;
        QTest::newRow("1000") << 1000.0 << 1.9623390808264083 << 2.580754698065951;
    }
    void studentsQuantilesAreThoseOfTheTables()
    {
        QFETCH(double, freedom);
        QFETCH(double, at975);
        QFETCH(double, at995);
        QVERIFY(near(lathe::stats::studentQuantile(0.975, freedom), at975, 1e-9));
        QVERIFY(near(lathe::stats::studentQuantile(0.995, freedom), at995, 1e-9));
        QVERIFY(near(lathe::stats::studentQuantile(0.025, freedom), -at975, 1e-9));
        QVERIFY(std::abs(lathe::stats::studentQuantile(0.5, freedom)) < 1e-12);
    }

    void theIncompleteBetaFunctionIsSciPys()
    {
        QVERIFY(near(lathe::stats::incompleteBeta(2, 3, 0.4), 0.5248));
        QVERIFY(near(lathe::stats::incompleteBeta(0.5, 0.5, 0.9), 0.7951672353008665));
        QCOMPARE(lathe::stats::incompleteBeta(2, 3, 0.0), 0.0);
        QCOMPARE(lathe::stats::incompleteBeta(2, 3, 1.0), 1.0);
        QVERIFY(near(lathe::stats::studentCdf(1.5, 4), 0.896));
        QVERIFY(near(lathe::stats::studentCdf(-2.5, 7), 0.020496109292876444));
    }
};

QTEST_APPLESS_MAIN(TestTrend)
#include "tst_trend.moc"

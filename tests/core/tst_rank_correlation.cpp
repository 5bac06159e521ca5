#include <QTest>

#include <cmath>

#include "core/analysis/rank_correlation.h"

using lathe::spearman;

namespace {

bool near(double actual, double expected)
{
    if (std::abs(actual - expected) <= 1e-10)
        return true;
    qWarning("%.17g is not %.17g", actual, expected);
    return false;
}

} // namespace

class TestRankCorrelation : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // Expected values: SciPy's stats.spearmanr, and the interval's formula in NumPy.
    void itIsSpearmansWithBonettsAndWrightsInterval()
    {
        const auto r = spearman({10, 20, 30, 40, 50, 60, 70}, {12, 9, 33, 31, 55, 48, 80});
        QVERIFY(near(r->rho, 0.8928571428571429));
        QVERIFY(near(r->low, 0.27002488119504514));
        QVERIFY(near(r->high, 0.9889130842592109));
        QCOMPARE(r->pairs, 7);
    }

    void equalValuesShareTheirRank()
    {
        const auto r = spearman({1, 2, 2, 4, 5, 6}, {2, 1, 3, 3, 9, 7});
        QVERIFY(near(r->rho, 0.8088235294117647));
        QVERIFY(near(r->low, -0.17804813739092656));
        QVERIFY(near(r->high, 0.9845325735197272));
    }

    void oneOrderThroughoutIsStillNotCertain()
    {
        const auto same = spearman({1, 2, 3, 4, 5}, {10, 20, 25, 100, 1000});
        QCOMPARE(same->rho, 1.0);
        QVERIFY(near(same->low, -0.16889565860999556));
        QCOMPARE(same->high, 1.0);
        const auto turned = spearman({1, 2, 3, 4, 5}, {5, 4, 3, 2, 1});
        QCOMPARE(turned->rho, -1.0);
        QVERIFY(near(turned->high, 0.16889565860999556));
        QCOMPARE(turned->low, -1.0);
    }

    void fourPairsAndOneValueThroughoutHaveNone()
    {
        QVERIFY(!spearman({1, 2, 3, 4}, {1, 2, 3, 4}));
        QVERIFY(!spearman({}, {}));
        QVERIFY(!spearman({1, 1, 1, 1, 1}, {1, 2, 3, 4, 5}));
    }
};

QTEST_APPLESS_MAIN(TestRankCorrelation)
#include "tst_rank_correlation.moc"

#include <QTest>

#include "core/distillation/paired_difference.h"

using namespace lathe;

namespace {

bool isNear(double a, double b)
{
    return std::abs(a - b) < 1e-6;
}

} // namespace

class TestPairedDifference : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void isStudentsOverTheSeeds();
    void theVerdictLooksAtZero_data();
    void theVerdictLooksAtZero();
    void oneSeedHasNoInterval();
    void pairsThatAreNoneAreRefused();
};

/// Differences 0.01, 0.02 and 0.03: standard error 0.01 / sqrt(3), t(0.975, 2) = 4.302653.
void TestPairedDifference::isStudentsOverTheSeeds()
{
    const auto found = pairedDifference({0.90, 0.91, 0.89}, {0.91, 0.93, 0.92});
    QVERIFY(found && found->interval);
    QVERIFY(isNear(found->mean, 0.02));
    QVERIFY(isNear(found->interval->low, 0.02 - 0.0248414));
    QVERIFY(isNear(found->interval->high, 0.02 + 0.0248414));
}

void TestPairedDifference::theVerdictLooksAtZero_data()
{
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::addColumn<QString>("verdict");
    QTest::newRow("above") << 0.001 << 0.01 << QStringLiteral("improvement");
    QTest::newRow("below") << -0.01 << -0.001 << QStringLiteral("worse");
    QTest::newRow("around") << -0.01 << 0.03 << QStringLiteral("no improvement shown");
    QTest::newRow("just zero") << 0.0 << 0.03 << QStringLiteral("no improvement shown");
}

void TestPairedDifference::theVerdictLooksAtZero()
{
    QFETCH(const double, low);
    QFETCH(const double, high);
    QFETCH(const QString, verdict);
    const std::string_view found = name(verdictOf({0.5 * (low + high), stats::Interval{low, high}}));
    QCOMPARE(QString::fromUtf8(found.data(), static_cast<qsizetype>(found.size())), verdict);
}

void TestPairedDifference::oneSeedHasNoInterval()
{
    const auto found = pairedDifference({0.9}, {0.95});
    QVERIFY(found && !found->interval);
    QVERIFY(isNear(found->mean, 0.05));
    QCOMPARE(verdictOf(*found), TeacherVerdict::Unknown);
}

void TestPairedDifference::pairsThatAreNoneAreRefused()
{
    QCOMPARE(pairedDifference({0.9, 0.8}, {0.95}).error().message,
             std::string("2 runs without the teacher and 1 with it are no pairs; train both with each seed."));
    QVERIFY(!pairedDifference({}, {}));
}

QTEST_GUILESS_MAIN(TestPairedDifference)
#include "tst_paired_difference.moc"

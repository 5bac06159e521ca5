#include <QTest>

#include <cmath>
#include <limits>
#include <locale>

#include "core/analysis/significant.h"

using lathe::formatBytes;
using lathe::formatDuration;
using lathe::formatRange;
using lathe::formatSi;
using lathe::formatSignificant;
using lathe::formatWithInterval;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
const std::string kDash = "–";

} // namespace

class TestSignificant : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void digitsAreThoseTheIntervalSupports()
    {
        QCOMPARE(formatWithInterval(12.3187, 12.1, 12.5), std::string("12.3 ± 0.2"));
        QCOMPARE(formatWithInterval(1234.5, 1204.0, 1260.0), std::string("1230 ± 30"));
        QCOMPARE(formatWithInterval(0.000123456, 0.00012, 0.000127), std::string("0.000123 ± 0.000004"));
        QCOMPARE(formatWithInterval(100.0, 99.5, 100.5), std::string("100.0 ± 0.5"));
        QCOMPARE(formatWithInterval(8.0, 2.0, 14.0), std::string("8 ± 6"));
        QCOMPARE(formatWithInterval(-3.14159, -3.2, -3.1), std::string("-3.14 ± 0.06"));
    }

    void aFirstDigitOfOneIsFollowedByASecond()
    {
        QCOMPARE(formatWithInterval(12.3187, 12.18, 12.45), std::string("12.32 ± 0.14"));
        QCOMPARE(formatWithInterval(50.0, 49.0, 51.0), std::string("50.0 ± 1.0"));
        QCOMPARE(formatWithInterval(1000.0, 850.0, 1100.0), std::string("1000 ± 150"));
        QCOMPARE(formatWithInterval(50.0, 49.04, 50.96), std::string("50.0 ± 1.0")); // 0.96 rounds up to a one
    }

    void bothEndsOfARangeHaveAsManyDecimals()
    {
        QCOMPARE(formatRange(1.6, 2.5), std::string("1.60 to 2.50"));
        QCOMPARE(formatRange(0.994, 1.0061), std::string("0.994 to 1.006"));
        QCOMPARE(formatRange(-0.0031, 0.0124), std::string("−0.0031 to 0.0124"));
        QCOMPARE(formatRange(120.4, 133.7), std::string("120 to 134"));
        QCOMPARE(formatRange(2.0, 2.0), std::string("2 to 2"));
        QCOMPARE(formatRange(kNan, 2.0), kDash + " to 2");
    }

    void theFartherEndCounts()
    {
        QCOMPARE(formatWithInterval(10.0, 9.9, 10.6), std::string("10.0 ± 0.6"));
        QCOMPARE(formatWithInterval(10.0, 9.4, 10.1), std::string("10.0 ± 0.6"));
    }

    void aValueFarWithinItsIntervalShowsItsFirstDigit()
    {
        QCOMPARE(formatWithInterval(382.0, -2618.0, 3382.0), std::string("400 ± 3000"));
        QCOMPARE(formatWithInterval(0.0, -3.0, 3.0), std::string("0 ± 3"));
    }

    void withoutAnIntervalThreeDigitsStand()
    {
        QCOMPARE(formatWithInterval(12.3187, 12.3187, 12.3187), std::string("12.3"));
        QCOMPARE(formatWithInterval(12.3187, 0.0, 0.0), std::string("12.3"));
        QCOMPARE(formatWithInterval(12.3187, kNan, 13.0), std::string("12.3"));
        QCOMPARE(formatWithInterval(12.3187, 12.0, kInfinity), std::string("12.3"));
        QCOMPARE(formatWithInterval(12.3187, 13.0, 12.0), std::string("12.3"));
        QCOMPARE(formatWithInterval(kNan, 1.0, 2.0), kDash);
        QCOMPARE(formatWithInterval(1.0, 1.0 - 1e-15, 1.0 + 1e-15), std::string("1"));
    }

    void significantDigitsAreCountedFromTheFirst()
    {
        QCOMPARE(formatSignificant(1234.56), std::string("1235"));
        QCOMPARE(formatSignificant(0.0012345), std::string("0.00123"));
        QCOMPARE(formatSignificant(2.5), std::string("2.5"));
        QCOMPARE(formatSignificant(99.97), std::string("100"));
        QCOMPARE(formatSignificant(9.996), std::string("10"));
        QCOMPARE(formatSignificant(100.0), std::string("100"));
        QCOMPARE(formatSignificant(3.14159, 5), std::string("3.1416"));
        QCOMPARE(formatSignificant(-0.5), std::string("-0.5"));
        QCOMPARE(formatSignificant(0.0), std::string("0"));
        QCOMPARE(formatSignificant(-0.0), std::string("0"));
        QCOMPARE(formatSignificant(kInfinity), kDash);
    }

    void largeNumbersHaveSiPrefixes()
    {
        QCOMPARE(formatSi(25557032), std::string("25.6M"));
        QCOMPARE(formatSi(10000), std::string("10k"));
        QCOMPARE(formatSi(4089184256.0), std::string("4.09G"));
        QCOMPARE(formatSi(999), std::string("999"));
        QCOMPARE(formatSi(999.6), std::string("1k"));
        QCOMPARE(formatSi(999999), std::string("1M"));
        QCOMPARE(formatSi(1000), std::string("1k"));
        QCOMPARE(formatSi(61706), std::string("61.7k"));
        QCOMPARE(formatSi(0.25), std::string("0.25"));
        QCOMPARE(formatSi(0), std::string("0"));
        QCOMPARE(formatSi(-1500), std::string("-1.5k"));
        QCOMPARE(formatSi(2.5e13), std::string("25T"));
        QCOMPARE(formatSi(1e23), std::string("100000E"));
        QCOMPARE(formatSi(kNan), kDash);
    }

    void aUnitFollowsThePrefix()
    {
        QCOMPARE(formatSi(3.1e11, "FLOP/s"), std::string("310 GFLOP/s"));
        QCOMPARE(formatSi(12.0, "FLOP/s"), std::string("12 FLOP/s"));
        QCOMPARE(formatSi(kNan, "FLOP/s"), kDash);
    }

    void bytesAreInPowersOfTen()
    {
        QCOMPARE(formatBytes(97800000), std::string("97.8 MB"));
        QCOMPARE(formatBytes(512), std::string("512 B"));
        QCOMPARE(formatBytes(0), std::string("0 B"));
        QCOMPARE(formatBytes(1000), std::string("1 kB"));
        QCOMPARE(formatBytes(2147483648.0), std::string("2.15 GB"));
        QCOMPARE(formatBytes(kInfinity), kDash);
    }

    void durationsAreInTwoUnitsAtMost()
    {
        QCOMPARE(formatDuration(80), std::string("1 min 20 s"));
        QCOMPARE(formatDuration(0), std::string("0 ms"));
        QCOMPARE(formatDuration(0.0123), std::string("12.3 ms"));
        QCOMPARE(formatDuration(0.35), std::string("350 ms"));
        QCOMPARE(formatDuration(0.9999), std::string("1.0 s"));
        QCOMPARE(formatDuration(3.52), std::string("3.5 s"));
        QCOMPARE(formatDuration(9.96), std::string("10 s"));
        QCOMPARE(formatDuration(42.4), std::string("42 s"));
        QCOMPARE(formatDuration(59.7), std::string("1 min"));
        QCOMPARE(formatDuration(120), std::string("2 min"));
        QCOMPARE(formatDuration(3599.6), std::string("1 h"));
        QCOMPARE(formatDuration(7500), std::string("2 h 5 min"));
        QCOMPARE(formatDuration(86399), std::string("1 d"));
        QCOMPARE(formatDuration(3 * 86400 + 4 * 3600), std::string("3 d 4 h"));
        QCOMPARE(formatDuration(-1), kDash);
        QCOMPARE(formatDuration(kNan), kDash);
        QCOMPARE(formatDuration(1e300), kDash);
    }

    void theyAreAlikeInEveryLocale()
    {
        struct Comma : std::numpunct<char> {
            char do_decimal_point() const override { return ','; }
            char do_thousands_sep() const override { return '.'; }
            std::string do_grouping() const override { return "\3"; }
        };
        const std::locale before = std::locale::global(std::locale(std::locale(), new Comma));
        const std::string interval = formatWithInterval(12345.5, 12345.1, 12345.9);
        const std::string si = formatSi(25557032);
        std::locale::global(before);
        QCOMPARE(interval, std::string("12345.5 ± 0.4"));
        QCOMPARE(si, std::string("25.6M"));
    }

    void aFixedNumberHasAMinusSign()
    {
        QCOMPARE(lathe::formatFixed(-0.617, 2), std::string("−0.62"));
        QCOMPARE(lathe::formatFixed(0.617, 2), std::string("0.62"));
        QCOMPARE(lathe::formatFixed(-0.001, 2), std::string("0.00"));
        QCOMPARE(lathe::formatFixed(-12.0, 0), std::string("−12"));
        QCOMPARE(lathe::formatFixed(std::nan(""), 2), std::string("–"));
    }
};

QTEST_APPLESS_MAIN(TestSignificant)
#include "tst_significant.moc"

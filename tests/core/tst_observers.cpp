#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/quantization/distributions.h"
#include "core/quantization/observers.h"

using namespace lathe;

namespace {

constexpr IntegerFormat kAffine{8, true, false};
constexpr IntegerFormat kSymmetric{8, true, true};

ObserverOptions only(ObserverKind kind)
{
    ObserverOptions options;
    options.kind = kind;
    return options;
}

Result<ValueRange> observed(const ObserverOptions& options, const std::vector<std::vector<float>>& batches,
                            const IntegerFormat& format = kAffine)
{
    Observer observer(options, format);
    for (const std::vector<float>& batch : batches)
        observer.observe(batch);
    return observer.range();
}

std::vector<std::vector<float>> inBatches(const std::vector<float>& values, std::size_t size)
{
    std::vector<std::vector<float>> batches;
    for (std::size_t begin = 0; begin < values.size(); begin += size)
        batches.emplace_back(values.begin() + static_cast<std::ptrdiff_t>(begin),
                             values.begin() + static_cast<std::ptrdiff_t>(std::min(begin + size, values.size())));
    return batches;
}

double errorWithin(const std::vector<float>& values, const ValueRange& range, const IntegerFormat& format)
{
    return meanSquaredError(weighted(values), parametersFor(range, format));
}

/// The least error of ranges in even steps of a four-hundredth of the whole.
double leastByTrying(const std::vector<float>& values, const IntegerFormat& format, bool bothEndsAlike)
{
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    double least = std::numeric_limits<double>::infinity();
    for (int i = 1; i <= 400; i += bothEndsAlike ? 1 : 8)
        for (int k = bothEndsAlike ? i : 1; k <= (bothEndsAlike ? i : 400); k += 8)
            least = std::min(
                least,
                errorWithin(values, {*low * static_cast<float>(i) / 400.0F, *high * static_cast<float>(k) / 400.0F},
                            format));
    return least;
}

/// Entropy's definition, bin by bin, for one threshold.
double divergenceByDefinition(std::vector<double> counts, std::size_t bins, std::size_t levels)
{
    counts[0] = counts[1];
    std::vector<double> p(counts.begin(), counts.begin() + static_cast<std::ptrdiff_t>(bins));
    std::vector<double> q(bins, 0.0);
    for (std::size_t level = 0; level < levels; ++level) {
        const std::size_t begin = level * bins / levels, end = (level + 1) * bins / levels;
        double sum = 0.0, filled = 0.0;
        for (std::size_t b = begin; b < end; ++b) {
            sum += p[b];
            filled += p[b] > 0.0 ? 1.0 : 0.0;
        }
        for (std::size_t b = begin; b < end; ++b)
            q[b] = p[b] > 0.0 ? sum / filled : 0.0;
    }
    for (std::size_t b = bins; b < counts.size(); ++b)
        p.back() += counts[b];
    double totalP = 0.0, totalQ = 0.0, sum = 0.0;
    for (std::size_t b = 0; b < bins; ++b) {
        totalP += p[b];
        totalQ += q[b];
    }
    for (std::size_t b = 0; b < bins; ++b)
        if (p[b] > 0.0)
            sum += q[b] > 0.0 ? p[b] / totalP * std::log(p[b] / totalP / (q[b] / totalQ))
                              : std::numeric_limits<double>::infinity();
    return sum;
}

} // namespace

class TestObservers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesAreReadBack()
    {
        for (const ObserverKind kind : allObservers())
            QCOMPARE(*observerFromName(name(kind)), kind);
        QCOMPARE(observerFromName("median").error().code, ErrorCode::InvalidArgument);
    }

    void minMaxSpansAllBatches()
    {
        QCOMPARE(*observed(only(ObserverKind::MinMax), {{1.0F, 2.0F}, {-3.0F}, {0.5F, 4.0F}}),
                 (ValueRange{-3.0F, 4.0F}));
    }

    void movingAverageFollowsTheBatchesEnds()
    {
        ObserverOptions options = only(ObserverKind::MovingAverage);
        options.averagingConstant = 0.25;
        QCOMPARE(*observed(options, {{-1.0F, 2.0F}, {-5.0F, 6.0F}}), (ValueRange{-2.0F, 3.0F}));
        QCOMPARE(*observed(only(ObserverKind::MovingAverage), {{0.0F, 100.0F}, {0.0F, 200.0F}}),
                 (ValueRange{0.0F, 101.0F}));
    }

    void percentileIsExactWhereValuesAreFew()
    {
        std::vector<float> values;
        for (int i = 0; i <= 1000; ++i)
            values.push_back(static_cast<float>(i));
        ObserverOptions options = only(ObserverKind::Percentile);
        options.percentile = 90.0;
        QCOMPARE(*observed(options, inBatches(values, 77)), (ValueRange{50.0F, 950.0F}));
        QCOMPARE(*observed(options, {values}, kSymmetric), (ValueRange{-900.0F, 900.0F}));
    }

    void percentileComesFromAHistogramWhereValuesAreMany()
    {
        const std::vector<float> values = drawSamples(Distribution::Normal, 200000, 5);
        ObserverOptions options = only(ObserverKind::Percentile);
        options.percentile = 99.0;
        const ValueRange range = *observed(options, inBatches(values, 5000));
        const ValueRange exact = percentileRange(values, 99.0, kAffine);
        QVERIFY(std::abs(range.low - exact.low) < 0.005F);
        QVERIFY(std::abs(range.high - exact.high) < 0.005F);
        QVERIFY(std::abs(exact.high - 2.5758F) < 0.05F); // the normal's 99.5th percentile
    }

    void squaredErrorsRangeIsTheBestOfAll_data()
    {
        QTest::addColumn<int>("bits");
        QTest::addColumn<bool>("isSymmetric");
        for (const int bits : {2, 3, 4, 8})
            for (const bool symmetric : {false, true})
                QTest::addRow("%d bits, %s", bits, symmetric ? "symmetric" : "affine") << bits << symmetric;
    }

    void squaredErrorsRangeIsTheBestOfAll()
    {
        QFETCH(int, bits);
        QFETCH(bool, isSymmetric);
        const IntegerFormat format{bits, true, isSymmetric};
        const std::vector<float> values = drawSamples(Distribution::Laplace, 2000, 7);
        const ValueRange range = *observed(only(ObserverKind::MeanSquaredError), {values}, format);
        const double found = errorWithin(values, range, format);
        QVERIFY(found <= 1.02 * leastByTrying(values, format, isSymmetric));
        QVERIFY(found <= errorWithin(values, *observed(only(ObserverKind::MinMax), {values}, format), format));
    }

    void squaredErrorClipsMoreWithFewerBits()
    {
        const std::vector<float> values = drawSamples(Distribution::Normal, 50000, 3);
        float before = 10.0F;
        for (const int bits : {8, 6, 4, 3, 2}) {
            const float high =
                observed(only(ObserverKind::MeanSquaredError), {values}, IntegerFormat{bits, true, true})->high;
            QVERIFY(high < before);
            before = high;
        }
        // Banner, Nahshan and Soudry, "Post training 4-bit quantization", 2019: 2.55 deviations for 4 bits of a normal.
        QVERIFY(std::abs(observed(only(ObserverKind::MeanSquaredError), {values}, IntegerFormat{4, true, true})->high -
                         2.55F) < 0.25F);
    }

    void valuesOnTheGridKeepTheirRange()
    {
        QCOMPARE(*observed(only(ObserverKind::MeanSquaredError), {{-127.0F, -3.0F, 0.0F, 64.0F, 127.0F}}, kSymmetric),
                 (ValueRange{-127.0F, 127.0F}));
    }

    void entropyIsTheLeastDivergenceOfAllThresholds()
    {
        GrowingHistogram histogram;
        const std::vector<float> values = drawSamples(Distribution::HeavyTailed, 20000, 11);
        histogram.add(values);
        const auto [low, high] = std::minmax_element(values.begin(), values.end());
        const ValueRange range = entropyRange(histogram, {*low, *high}, kSymmetric);
        const Histogram magnitudes = histogram.magnitudes();
        const std::vector<double> counts(magnitudes.counts.begin(), magnitudes.counts.end());
        const auto bins =
            static_cast<std::size_t>(std::lround(static_cast<double>(range.high) / magnitudes.binWidth()));
        const double found = divergenceByDefinition(counts, bins, 128);
        for (std::size_t other = 128; other <= counts.size(); other += 3)
            QVERIFY(divergenceByDefinition(counts, other, 128) >= found - 1e-9);
        QVERIFY(range.high < 0.5F * *high); // the tail is clipped
        QCOMPARE(range.low, -range.high);
    }

    void entropyClipsWhatLiesFarOut()
    {
        std::vector<float> values = drawSamples(Distribution::Normal, 100000, 2);
        values.push_back(100.0F);
        const ValueRange range = *observed(only(ObserverKind::Entropy), {values});
        QVERIFY(range.high > 2.0F && range.high < 20.0F);
        QVERIFY(range.low >= -20.0F && range.low < -2.0F);
    }

    void entropyOfValuesToOneSideStaysThere()
    {
        std::vector<float> values = drawSamples(Distribution::Normal, 50000, 4);
        for (float& value : values)
            value = std::max(value, 0.0F);
        const ValueRange range = *observed(only(ObserverKind::Entropy), {values});
        QCOMPARE(range.low, 0.0F);
        QVERIFY(range.high > 1.5F && range.high < 5.0F);
    }

    void batchesMakeNoDifference_data()
    {
        QTest::addColumn<int>("kind");
        for (const ObserverKind kind :
             {ObserverKind::MinMax, ObserverKind::Percentile, ObserverKind::MeanSquaredError, ObserverKind::Entropy})
            QTest::newRow(std::string(name(kind)).c_str()) << static_cast<int>(kind);
    }

    void batchesMakeNoDifference()
    {
        QFETCH(int, kind);
        const ObserverOptions options = only(static_cast<ObserverKind>(kind));
        std::vector<float> values = drawSamples(Distribution::HeavyTailed, 30000, 9);
        const ValueRange whole = *observed(options, {values});
        QCOMPARE(*observed(options, inBatches(values, 100)), whole);
        std::reverse(values.begin(), values.end());
        QCOMPARE(*observed(options, inBatches(values, 1000)), whole);
    }

    void aHistogramGrowsWithoutLosingCounts()
    {
        GrowingHistogram histogram;
        histogram.add(std::vector<float>{0.0F});
        histogram.add(std::vector<float>{1e-6F, -2e-6F});
        histogram.add(std::vector<float>{1000.0F, -3.0F, 999.0F});
        const Histogram counts = histogram.counts();
        QCOMPARE(counts.total(), std::int64_t{6});
        QVERIFY(counts.counts.size() > 2048 && counts.counts.size() <= 4096);
        QVERIFY(counts.low <= -3.0 && counts.low > -4.0);
        QVERIFY(counts.high > 1000.0 && counts.high < 1001.0);
        QCOMPARE(histogram.magnitudes().total(), std::int64_t{6});
        QCOMPARE(histogram.magnitudes().counts[0], std::int64_t{3});
    }

    void equalValuesHaveARange()
    {
        for (const ObserverKind kind : allObservers()) {
            QCOMPARE(*observed(only(kind), {std::vector<float>(10000, 0.0F)}), (ValueRange{0.0F, 0.0F}));
            const ValueRange range = *observed(only(kind), {std::vector<float>(10000, 2.5F)});
            const QuantizationParameters p = parametersFor(range, kAffine);
            QVERIFY(std::abs(dequantize(quantize(2.5F, p), p) - 2.5F) < 0.01F);
        }
    }

    void whatCannotBeQuantizedIsRefused()
    {
        for (const ObserverKind kind : allObservers()) {
            QCOMPARE(observed(only(kind), {}).error().message, std::string("There are no values to find a range of."));
            QVERIFY(!observed(only(kind), {{1.0F}, {std::nanf("")}, {2.0F}}));
            QVERIFY(!observed(only(kind), {{HUGE_VALF}}));
        }
    }

    void samplesAreTheSameFromASeed()
    {
        for (const Distribution distribution : allDistributions()) {
            QCOMPARE(drawSamples(distribution, 100, 1), drawSamples(distribution, 100, 1));
            QVERIFY(drawSamples(distribution, 100, 1) != drawSamples(distribution, 100, 2));
            QCOMPARE(*distributionFromName(name(distribution)), distribution);
        }
        QVERIFY(!distributionFromName("cauchy"));
    }

    void samplesHaveTheirDistributionsMoments_data()
    {
        QTest::addColumn<int>("distribution");
        QTest::addColumn<double>("absolute"); ///< mean of |x|
        QTest::newRow("uniform") << static_cast<int>(Distribution::Uniform) << std::sqrt(3.0) / 2.0;
        QTest::newRow("normal") << static_cast<int>(Distribution::Normal) << std::sqrt(2.0 / 3.141592653589793);
        QTest::newRow("laplace") << static_cast<int>(Distribution::Laplace) << std::sqrt(0.5);
        QTest::newRow("heavy-tailed") << static_cast<int>(Distribution::HeavyTailed) << 2.0 / 3.141592653589793;
    }

    void samplesHaveTheirDistributionsMoments()
    {
        QFETCH(int, distribution);
        QFETCH(double, absolute);
        double sum = 0.0, squares = 0.0, magnitudes = 0.0;
        constexpr int kCount = 400000;
        for (const float x : drawSamples(static_cast<Distribution>(distribution), kCount, 17)) {
            sum += static_cast<double>(x);
            squares += static_cast<double>(x) * static_cast<double>(x);
            magnitudes += std::abs(static_cast<double>(x));
        }
        QVERIFY(std::abs(sum / kCount) < 0.01);
        QVERIFY(std::abs(magnitudes / kCount - absolute) < 0.01);
        QVERIFY(std::abs(squares / kCount - 1.0) <
                (distribution == static_cast<int>(Distribution::HeavyTailed) ? 0.2 : 0.02));
    }
};

QTEST_APPLESS_MAIN(TestObservers)
#include "tst_observers.moc"

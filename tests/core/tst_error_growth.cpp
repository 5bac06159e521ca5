#include <QTest>

#include <cmath>

#include "core/quantization/error_growth.h"

using namespace lathe;

namespace {

constexpr std::int64_t kValues = 200000;

ErrorGrowth drawn(const ErrorGrowthOptions& options, const IntegerFormat& format = {},
                  Distribution distribution = Distribution::Normal, const ObserverOptions& observer = {})
{
    const TensorValues values = drawnValues(distribution, 1, kValues, 1);
    const QuantizationChoice choice{format, {}, observer};
    const QuantizationGrids grids = *chooseGrids(values.values(), values.tensor.shape, choice);
    return *errorGrowth(values.values(), grids, options);
}

bool says(const ErrorGrowth& growth, const std::string& part)
{
    for (const std::string& sentence : errorGrowthSentences(growth))
        if (sentence.find(part) != std::string::npos)
            return true;
    return false;
}

} // namespace

class TestErrorGrowth : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesAreReadBack()
    {
        for (const VectorOrder order : allVectorOrders())
            QCOMPARE(*vectorOrderFromName(name(order)), order);
        QVERIFY(!vectorOrderFromName("sorted"));
    }

    void independentErrorsGrowAsPredicted()
    {
        const ErrorGrowth growth = drawn({});
        QVERIFY2(growth.holds(), errorGrowthSentences(growth).front().c_str());
        QVERIFY(growth.ratioInterval.low < 1.02 && growth.ratioInterval.high > 0.98);
        QVERIFY(std::abs(growth.exponent - 0.5) < 0.02);
        QVERIFY(growth.distance < 1.3 * growth.distanceByChance);
        QVERIFY(std::abs(growth.excessKurtosis) < 0.3);
        QVERIFY(std::abs(growth.singleRatio - 1.0) < 0.01);
        QVERIFY(says(growth, "The prediction holds"));
    }

    void thePredictionIsItsFormula()
    {
        const ErrorGrowth growth = drawn({.length = 300, .vectors = 200});
        QCOMPARE(growth.points.front().length, std::int64_t{1});
        QCOMPARE(growth.points[8].length, std::int64_t{256});
        QCOMPARE(growth.longest().length, std::int64_t{300});
        const double s = std::sqrt(growth.meanSquaredStep);
        QCOMPARE(growth.longest().predicted, s * std::sqrt(300.0 / 12.0));
        QCOMPARE(growth.longest().naive, 300.0 * s / 2.0);
        QCOMPARE(growth.sums.total(), std::int64_t{200});
        QVERIFY(std::abs(predictedDensity(growth, 0.0) * growth.longest().predicted - 0.398942) < 1e-6);
    }

    void aSingleErrorIsUniform()
    {
        const ErrorGrowth growth = drawn({.length = 1, .vectors = 20000});
        QVERIFY(std::abs(growth.excessKurtosis + 1.2) < 0.05);
        QVERIFY(growth.distance > 2.0 * growth.distanceByChance);
        QVERIFY(std::abs(growth.ratio - 1.0) < 0.02);
    }

    void errorsOfADotProductGrowTheSame()
    {
        const ErrorGrowth growth = drawn({.weighted = true});
        QVERIFY(growth.holds());
        QVERIFY(std::abs(growth.exponent - 0.5) < 0.02);
        QVERIFY(std::abs(growth.longest().naive / drawn({}).longest().naive - std::sqrt(2.0 / 3.14159265)) < 1e-6);
    }

    void equalValuesAddUp()
    {
        const ErrorGrowth growth = drawn({.order = VectorOrder::Constant});
        QVERIFY(!growth.holds());
        QVERIFY(std::abs(growth.exponent - 1.0) < 1e-9);
        QVERIFY(std::abs(growth.ratio - std::sqrt(1024.0)) < 1.0); // n e against s sqrt(n / 12)
        QVERIFY(says(growth, "The prediction fails"));
        QVERIFY(says(growth, "Correlated errors: they grow with n^1.00"));
    }

    void runsAddUpWithinThemselves()
    {
        const ErrorGrowth growth = drawn({.order = VectorOrder::Runs});
        QVERIFY(!growth.holds());
        QVERIFY(std::abs(growth.ratio - 4.0) < 0.2); // the root of 16
    }

    void neighboursOfIndependentValuesAreIndependent() { QVERIFY(drawn({.order = VectorOrder::InOrder}).holds()); }

    void clippingBreaksThePrediction()
    {
        const ErrorGrowth growth =
            drawn({}, {8, true, true}, Distribution::Normal, {ObserverKind::Percentile, 80.0, 0.01});
        QVERIFY(!growth.holds());
        QVERIFY(growth.ratio > 3.0);
        QVERIFY(std::abs(growth.clippedShare - 0.2) < 0.02);
        QVERIFY(says(growth, "Clipping: 20 % of the values"));
    }

    void fewLevelsBreakThePrediction()
    {
        const ErrorGrowth growth = drawn({}, {2, true, true}, Distribution::Laplace);
        QVERIFY(!growth.holds());
        QVERIFY(std::abs(growth.singleRatio - 1.0) > 0.1);
        QVERIFY(says(growth, "Few levels"));
    }

    void aBiasGrowsWithTheTerms()
    {
        const std::vector<float> x(1000, 0.3F);
        const QuantizationGrids grids{*Partition::make({1000}, {}), {{0.0F, 1.0F}}, {{0.5F, 0, {0, 3}}}};
        const ErrorGrowth growth = *errorGrowth(x, grids, {.length = 100, .vectors = 100});
        QVERIFY(std::abs(growth.longest().mean - 20.0) < 1e-4); // 100 times 0.5 - 0.3
        QVERIFY(says(growth, "Bias: the mean of the sums is 20"));
    }

    void partsCountWithTheirOwnSteps()
    {
        const TensorValues values = drawnValues(Distribution::Normal, 8, 20000, 2);
        QuantizationChoice choice;
        choice.granularity.kind = Granularity::Kind::PerChannel;
        const QuantizationGrids grids = *chooseGrids(values.values(), values.tensor.shape, choice);
        const ErrorGrowth growth = *errorGrowth(values.values(), grids, {.length = 256});
        QVERIFY(growth.holds());
        QVERIFY(std::abs(growth.ratio - 1.0) < 0.05);
    }

    void whatChanceLeavesOfFewValuesIsNoBias()
    {
        const TensorValues values = drawnValues(Distribution::Normal, 1, 1000, 4); // few
        const QuantizationGrids grids = *chooseGrids(values.values(), values.tensor.shape, {});
        const ErrorGrowth growth = *errorGrowth(values.values(), grids, {});
        QVERIFY(!growth.isBiased());
        QVERIFY(growth.meanByChance > 0.5 * growth.longest().predicted);
    }

    void theSameSeedDrawsTheSame()
    {
        const ErrorGrowth one = drawn({.length = 64, .vectors = 300, .seed = 5});
        QCOMPARE(drawn({.length = 64, .vectors = 300, .seed = 5}).sums.counts, one.sums.counts);
        QVERIFY(drawn({.length = 64, .vectors = 300, .seed = 6}).ratio != one.ratio);
    }

    void whatCannotBeDrawnIsRefused()
    {
        const std::vector<float> x{1.0F, 2.0F};
        const QuantizationGrids grids = *chooseGrids(x, {2}, {});
        QVERIFY(!errorGrowth(x, grids, {.length = 0}));
        QVERIFY(!errorGrowth(x, grids, {.length = 70000}));
        QVERIFY(!errorGrowth(x, grids, {.vectors = 10}));
        QVERIFY(!errorGrowth({}, grids, {}));
        QCOMPARE(errorGrowth(x, grids, {.order = VectorOrder::InOrder}).error().message,
                 std::string("There are 2 values in order, too few for vectors of 1024; take a smaller n."));
        std::stop_source source;
        source.request_stop();
        QCOMPARE(errorGrowth(x, grids, {}, source.get_token()).error().code, ErrorCode::Cancelled);
    }
};

QTEST_APPLESS_MAIN(TestErrorGrowth)
#include "tst_error_growth.moc"

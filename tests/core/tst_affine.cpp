#include <QTest>

#include <bit>
#include <cmath>
#include <fstream>
#include <limits>

#include <nlohmann/json.hpp>

#include "core/quantization/affine.h"
#include "core/quantization/granularity.h"

using namespace lathe;

namespace {

using Json = nlohmann::json;

/// What PyTorch gave: tests/interop/make_quantized.py wrote it.
const Json& reference()
{
    static const Json document = Json::parse(std::ifstream(LATHE_TEST_DATA "/quantized.json"));
    return document;
}

float floatOf(const Json& bits)
{
    return std::bit_cast<float>(bits.get<std::int32_t>());
}

std::vector<float> floatsOf(const Json& bits)
{
    std::vector<float> floats;
    for (const Json& each : bits)
        floats.push_back(floatOf(each));
    return floats;
}

IntegerFormat affine8(const Json& type)
{
    return {8, type == "int8", false};
}

QuantizationParameters parametersOf(const Json& test)
{
    return {floatOf(test["scale"]), test["zero_point"].get<int>(), integerRange(affine8(test["type"]))};
}

std::vector<int> quantized(const std::vector<float>& x, const QuantizationParameters& parameters)
{
    std::vector<std::int32_t> integers(x.size());
    quantize<std::int32_t>(x, parameters, integers);
    return {integers.begin(), integers.end()};
}

std::vector<float> rounded(const std::vector<float>& x, const QuantizationParameters& parameters)
{
    std::vector<float> result(x.size());
    fakeQuantize(x, parameters, result);
    return result;
}

QuantizationParameters asymmetric(float low, float high, int bits = 8)
{
    return parametersFor({low, high}, {bits, true, false});
}

} // namespace

class TestAffine : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void integersHaveTheirRange_data()
    {
        QTest::addColumn<int>("bits");
        QTest::addColumn<bool>("isSigned");
        QTest::addColumn<bool>("isSymmetric");
        QTest::addColumn<int>("low");
        QTest::addColumn<int>("high");
        QTest::newRow("int8") << 8 << true << false << -128 << 127;
        QTest::newRow("uint8") << 8 << false << false << 0 << 255;
        QTest::newRow("int8 symmetric") << 8 << true << true << -127 << 127;
        QTest::newRow("uint8 symmetric") << 8 << false << true << 1 << 255;
        QTest::newRow("7 bits symmetric") << 7 << true << true << -63 << 63;
        QTest::newRow("4 bits") << 4 << true << false << -8 << 7;
        QTest::newRow("2 bits") << 2 << false << false << 0 << 3;
        QTest::newRow("2 bits symmetric") << 2 << true << true << -1 << 1;
    }

    void integersHaveTheirRange()
    {
        QFETCH(int, bits);
        QFETCH(bool, isSigned);
        QFETCH(bool, isSymmetric);
        QFETCH(int, low);
        QFETCH(int, high);
        QCOMPARE(integerRange({bits, isSigned, isSymmetric}), (IntegerRange{low, high}));
        QVERIFY(checkFormat({bits, isSigned, isSymmetric}));
    }

    void otherNumbersOfBitsAreRefused()
    {
        for (const int bits : {-1, 0, 1, 9, 16})
            QCOMPARE(checkFormat({bits, true, false}).error().code, ErrorCode::InvalidArgument);
    }

    void anAffineRangeGetsScaleAndZeroPoint()
    {
        const QuantizationParameters p = asymmetric(-1.0F, 2.0F, 2); // integers -2 to 1
        QCOMPARE(p.scale, 1.0F);
        QCOMPARE(p.zeroPoint, -1);
        QCOMPARE(p.lowest(), -1.0F);
        QCOMPARE(p.highest(), 2.0F);
    }

    void aSymmetricRangeReachesAsFarToBothSides()
    {
        const QuantizationParameters p = parametersFor({-1.0F, 12.7F}, {8, true, true});
        QCOMPARE(p.scale, 0.1F);
        QCOMPARE(p.zeroPoint, 0);
        QCOMPARE(p.lowest(), -p.highest());
        const QuantizationParameters raised = parametersFor({-12.7F, 1.0F}, {8, false, true});
        QCOMPARE(raised.scale, 0.1F);
        QCOMPARE(raised.zeroPoint, 128);
        QCOMPARE(quantize(-12.7F, raised), 1);
    }

    void theRangeIsWidenedToHoldZero()
    {
        QCOMPARE(asymmetric(1.0F, 3.0F), asymmetric(0.0F, 3.0F));
        QCOMPARE(asymmetric(-3.0F, -1.0F), asymmetric(-3.0F, 0.0F));
        for (const auto& p : {asymmetric(0.37F, 3.0F), asymmetric(-0.7F, 0.31F)})
            QCOMPARE(dequantize(quantize(0.0F, p), p), 0.0F);
    }

    void aRangeOfNothingHasAGridAllTheSame()
    {
        for (const bool symmetric : {false, true}) {
            const QuantizationParameters p = parametersFor({0.0F, 0.0F}, {8, true, symmetric});
            QCOMPARE(p.scale, 1.0F);
            QCOMPARE(p.zeroPoint, 0);
        }
    }

    void rangesAtTheEndsOfFloat32HaveFiniteScales()
    {
        const float most = std::numeric_limits<float>::max(), least = std::numeric_limits<float>::denorm_min();
        for (const int bits : {2, 8})
            for (const bool symmetric : {false, true})
                for (const ValueRange range :
                     {ValueRange{-most, most}, ValueRange{0.0F, most}, ValueRange{0.0F, least}}) {
                    const QuantizationParameters p = parametersFor(range, {bits, true, symmetric});
                    QVERIFY(std::isfinite(p.scale) && std::isfinite(1.0F / p.scale));
                    QVERIFY(p.zeroPoint >= p.integers.low && p.zeroPoint <= p.integers.high);
                }
    }

    void halvesGoToTheEvenInteger()
    {
        const QuantizationParameters p{0.5F, 1, {-128, 127}};
        // 1.5, 2.5, 3.5, 0.5 and -0.5 once z is added.
        QCOMPARE(quantized({0.25F, 0.75F, 1.25F, -0.25F, -0.75F}, p), (std::vector<int>{2, 2, 4, 0, 0}));
    }

    void whatIsTooLargeIsClipped()
    {
        const QuantizationParameters p{0.1F, 0, {-8, 7}};
        const float infinity = std::numeric_limits<float>::infinity();
        QCOMPARE(quantized({0.74F, 0.76F, 1e30F, infinity, -0.86F, -infinity}, p),
                 (std::vector<int>{7, 7, 7, 7, -8, -8}));
    }

    void farBeyondTheIntegersItIsClippedToTheNearEnd()
    {
        const QuantizationParameters p{1.0F, 255, {0, 255}};
        QCOMPARE(quantize(3e9F, p), 255);
        QCOMPARE(quantize(-3e9F, {1.0F, -128, {-128, 127}}), -128);
    }

    void perTensorEqualsLibTorch()
    {
        for (const Json& test : reference()["per_tensor"]) {
            const QuantizationParameters p = parametersOf(test);
            const std::vector<float> x = floatsOf(test["x"]);
            QCOMPARE(quantized(x, p), test["integers"].get<std::vector<int>>());
            QCOMPARE(rounded(x, p), floatsOf(test["rounded"]));
        }
        QCOMPARE(reference()["per_tensor"].size(), std::size_t{21});
    }

    void fewBitsEqualLibTorchsFakeQuantization()
    {
        for (const Json& test : reference()["few_bits"]) {
            const QuantizationParameters p{floatOf(test["scale"]),
                                           test["zero_point"].get<int>(),
                                           {test["low"].get<int>(), test["high"].get<int>()}};
            QCOMPARE(rounded(floatsOf(test["x"]), p), floatsOf(test["rounded"]));
        }
    }

    void perChannelEqualsLibTorch()
    {
        for (const Json& test : reference()["per_channel"]) {
            const std::vector<float> x = floatsOf(test["x"]), scales = floatsOf(test["scales"]);
            const std::vector<float> expected = floatsOf(test["rounded"]);
            const auto integers = test["integers"].get<std::vector<int>>();
            const Partition channels = *Partition::make(
                test["shape"].get<Shape>(), {Granularity::Kind::PerChannel, test["axis"].get<std::int64_t>(), 1});
            QCOMPARE(channels.parts(), test["channels"].get<std::int64_t>());
            for (std::size_t i = 0; i < x.size(); ++i) {
                const auto channel = static_cast<std::size_t>(channels.partOf(static_cast<std::int64_t>(i)));
                const QuantizationParameters p{
                    scales[channel], test["zero_points"][channel].get<int>(), {0, 255}, true};
                QCOMPARE(quantize(x[i], p), integers[i]);
                QCOMPARE(dequantize(quantize(x[i], p), p), expected[i]);
            }
        }
    }

    void scaleAndZeroPointEqualPyTorchsObserver()
    {
        for (const Json& test : reference()["ranges"]) {
            const QuantizationParameters p =
                parametersFor({floatOf(test["low"]), floatOf(test["high"])}, affine8(test["type"]));
            QCOMPARE(p.scale, floatOf(test["scale"]));
            QCOMPARE(p.zeroPoint, test["zero_point"].get<int>());
        }
    }

    void bytesHoldWhatTheirTypeHolds()
    {
        const std::vector<float> x{-2.0F, -0.1F, 0.0F, 0.3F, 5.0F};
        std::vector<std::int8_t> small(x.size());
        std::vector<std::uint8_t> positive(x.size());
        quantize<std::int8_t>(x, {0.1F, 0, {-128, 127}}, small);
        quantize<std::uint8_t>(x, {0.1F, 128, {0, 255}}, positive);
        QCOMPARE(small, (std::vector<std::int8_t>{-20, -1, 0, 3, 50}));
        QCOMPARE(positive, (std::vector<std::uint8_t>{108, 127, 128, 131, 178}));
        std::vector<float> back(x.size());
        dequantize<std::uint8_t>(positive, {0.1F, 128, {0, 255}}, back);
        QCOMPARE(back, (std::vector<float>{-2.0F, -0.1F, 0.0F, 0.3F, 5.0F}));
    }

    void whatIsNoNumberIsFound()
    {
        QVERIFY(checkFinite(std::vector<float>{1.0F, -2.0F}));
        const float nan = std::numeric_limits<float>::quiet_NaN();
        QCOMPARE(checkFinite(std::vector<float>{1.0F, nan}).error().message,
                 std::string("Value 2 is not a number: only finite numbers can be quantized."));
        QCOMPARE(checkFinite(std::vector<float>{HUGE_VALF}).error().code, ErrorCode::InvalidArgument);
    }

    void aTensorIsCutIntoChannels()
    {
        const Partition middle = *Partition::make({2, 3, 4}, {Granularity::Kind::PerChannel, 1, 1});
        QCOMPARE(middle.parts(), std::int64_t{3});
        QCOMPARE(middle.partOf(0), std::int64_t{0});
        QCOMPARE(middle.partOf(11), std::int64_t{2});
        QCOMPARE(middle.partOf(12), std::int64_t{0});
        QCOMPARE(middle.sizeOf(1), std::int64_t{8});
        std::vector<std::pair<std::int64_t, std::int64_t>> runs;
        middle.forEachRun(1, [&](std::int64_t begin, std::int64_t end) { runs.emplace_back(begin, end); });
        QCOMPARE(runs, (std::vector<std::pair<std::int64_t, std::int64_t>>{{4, 8}, {16, 20}}));
    }

    void aRowIsCutIntoGroupsOfWhichTheLastIsShorter()
    {
        const Partition groups = *Partition::make({2, 10}, {Granularity::Kind::PerGroup, 0, 4});
        QCOMPARE(groups.parts(), std::int64_t{6});
        QCOMPARE(groups.sizeOf(0), std::int64_t{4});
        QCOMPARE(groups.sizeOf(2), std::int64_t{2});
        QCOMPARE(groups.partOf(9), std::int64_t{2});
        QCOMPARE(groups.partOf(10), std::int64_t{3});
        QCOMPARE(Partition::make({10}, {Granularity::Kind::PerGroup, 0, 4})->parts(), std::int64_t{3});
    }

    void everyElementIsInOnePart()
    {
        const Shape shape{3, 5, 7};
        for (const Granularity& granularity : {Granularity{},
                                               Granularity{Granularity::Kind::PerChannel, 0, 1},
                                               {Granularity::Kind::PerChannel, 2, 1},
                                               {Granularity::Kind::PerGroup, 0, 4},
                                               {Granularity::Kind::PerGroup, 0, 100}}) {
            const Partition partition = *Partition::make(shape, granularity);
            std::vector<int> seen(105, 0);
            for (std::int64_t part = 0; part < partition.parts(); ++part)
                partition.forEachRun(part, [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t i = begin; i < end; ++i) {
                        QCOMPARE(partition.partOf(i), part);
                        ++seen[static_cast<std::size_t>(i)];
                    }
                });
            QCOMPARE(seen, std::vector<int>(105, 1));
        }
    }

    void cutsThatCannotBeAreRefused()
    {
        QVERIFY(!Partition::make({2, 3}, {Granularity::Kind::PerChannel, 2, 1}));
        QVERIFY(!Partition::make({2, 3}, {Granularity::Kind::PerChannel, -1, 1}));
        QVERIFY(!Partition::make({2, 3}, {Granularity::Kind::PerGroup, 0, 0}));
        QVERIFY(!granularityFromName("per-row"));
        QCOMPARE(*granularityFromName("per-group"), Granularity::Kind::PerGroup);
    }
};

QTEST_APPLESS_MAIN(TestAffine)
#include "tst_affine.moc"

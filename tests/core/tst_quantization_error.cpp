#include <QTest>

#include <cmath>
#include <cstring>
#include <limits>

#include "core/base/float_formats.h"
#include "core/quantization/quantization_text.h"

using namespace lathe;

namespace {

constexpr QuantizationParameters kHalves{0.5F, 0, {-4, 3}}; // -2 to 1.5

QuantizationChoice choiceOf(Granularity::Kind kind, std::int64_t axis = 0)
{
    QuantizationChoice choice;
    choice.granularity = {kind, axis, 4};
    return choice;
}

QuantizationView viewOf(const TensorValues& values, const QuantizationChoice& choice, std::int64_t part = 0)
{
    QuantizationView view{choice, *chooseGrids(values.values(), values.tensor.shape, choice), {}, {}};
    view.error = quantizationError(values.values(), view.grids);
    view.part = quantizedPart(values.values(), view.grids, part, 100);
    return view;
}

bool contains(const std::vector<std::string>& sentences, const std::string& part)
{
    for (const std::string& sentence : sentences)
        if (sentence.find(part) != std::string::npos)
            return true;
    return false;
}

} // namespace

class TestQuantizationError : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void roundingAndClippingAreToldApart()
    {
        // Errors: 0.1 (rounding), 0.25 up to the even one, -2.5 (clipped), 0, 1 (clipped).
        const std::vector<float> x{0.9F, 0.75F, 4.0F, -0.5F, -3.0F};
        const QuantizationError error = quantizationError(x, kHalves);
        QCOMPARE(error.count, std::int64_t{5});
        QCOMPARE(error.clipped, std::int64_t{2});
        QVERIFY(std::abs(error.roundingSquares - (0.01 + 0.0625)) < 1e-7);
        QCOMPARE(error.clippingSquares, 6.25 + 1.0);
        QCOMPARE(error.largest, 2.5);
        QVERIFY(std::abs(error.mean() - (0.1 + 0.25 - 2.5 + 1.0) / 5.0) < 1e-7);
        QCOMPARE(error.meanSquared(), error.roundingMeanSquared() + error.clippingMeanSquared());
        QCOMPARE(error.clippedShare(), 0.4);
    }

    void halfAStepOutsideIsRoundedAndMoreIsClipped()
    {
        QVERIFY(!isClipped(1.74F, kHalves));
        QVERIFY(isClipped(1.76F, kHalves));
        QVERIFY(!isClipped(-2.24F, kHalves));
        QVERIFY(isClipped(-2.26F, kHalves));
    }

    void sqnrIsTheSignalByTheNoise()
    {
        QuantizationError error;
        error.count = 1;
        error.signalSquares = 1000.0;
        error.roundingSquares = 0.06;
        error.clippingSquares = 0.04;
        QCOMPARE(error.sqnrDb(), 40.0);
        QVERIFY(std::isinf(quantizationError(std::vector<float>{0.5F, -1.0F}, kHalves).sqnrDb()));
    }

    void aBitMoreIsSixDecibels()
    {
        const TensorValues values = drawnValues(Distribution::Uniform, 1, 50000, 1);
        double before = 0.0;
        for (int bits = 4; bits <= 8; ++bits) {
            QuantizationChoice choice;
            choice.format.bits = bits;
            const double sqnr = viewOf(values, choice).error.sqnrDb();
            if (bits > 4)
                QVERIFY(std::abs(sqnr - before - 6.02) < 0.5);
            before = sqnr;
        }
        QVERIFY(std::abs(before - 48.16) < 0.2); // 20 log10(2^8), of a uniform signal over the whole range
    }

    void errorsAreCountedInTheirBins()
    {
        Histogram histogram = makeHistogram(-0.25, 0.25, 5);
        addErrors(histogram, std::vector<float>{0.9F, 0.5F, 0.0F, 1.1F}, kHalves); // 0.1, 0, 0, -0.1
        QCOMPARE(histogram.counts, (std::vector<std::int64_t>{0, 1, 2, 1, 0}));
    }

    void bytesAreThoseOfPackedIntegersAndScales()
    {
        QCOMPARE(quantizedBytes(1000, 1, {8, true, true}), std::int64_t{1004});
        QCOMPARE(quantizedBytes(1000, 10, {8, true, false}), std::int64_t{1050});
        QCOMPARE(quantizedBytes(1001, 1, {4, true, true}), std::int64_t{505});
        QCOMPARE(quantizedBytes(3, 1, {2, true, true}), std::int64_t{5});
    }

    void eachChannelHasAGridOfItsOwn()
    {
        const TensorValues values = *parsedValues("1, -1, 0.5; 10, -10, 5");
        const QuantizationView view = viewOf(values, choiceOf(Granularity::Kind::PerChannel), 1);
        QCOMPARE(view.grids.parameters.size(), std::size_t{2});
        QCOMPARE(view.grids.ranges[0], (ValueRange{-1.0F, 1.0F}));
        QCOMPARE(view.grids.ranges[1], (ValueRange{-10.0F, 10.0F}));
        QCOMPARE(view.part.first.size(), std::size_t{3});
        QCOMPARE(view.part.first[0].place, std::int64_t{3});
        QCOMPARE(view.part.first[0].x, 10.0F);
        QCOMPARE(view.part.values.total(), std::int64_t{3});
        QCOMPARE(view.part.errors.total(), std::int64_t{3});
        QCOMPARE(partText(view), std::string("channel 2 of 2"));
    }

    void smallerPartsFitBetter()
    {
        const TensorValues values = drawnValues(Distribution::Normal, 16, 500, 3);
        const double tensor = viewOf(values, choiceOf(Granularity::Kind::PerTensor)).error.meanSquared();
        const double channel = viewOf(values, choiceOf(Granularity::Kind::PerChannel)).error.meanSquared();
        const double group = viewOf(values, choiceOf(Granularity::Kind::PerGroup)).error.meanSquared();
        QVERIFY(channel < 0.6 * tensor);
        QVERIFY(group < 0.6 * channel);
    }

    void formulasHaveTheirNumbersPutIn()
    {
        QuantizationChoice choice;
        choice.format = {2, true, false};
        const QuantizationView view = viewOf(*parsedValues("-1, 2, 0.9"), choice);
        const std::vector<std::string> formulas = quantizationFormulas(view);
        for (const char* part : {"2 bits, signed, affine, so 4 of them, from −2 to 1", "Range by minmax: from −1 to 2",
                                 "s = (high − low) / 3 = (2 − (−1)) / 3 = 1", "−2 − round(−1 / 1) = −1",
                                 "Of x = −1: round(−1 / 1 + (−1)) gives −2", "1 × (−2 − (−1)) = −1", "Clipping: none",
                                 "3 values × 2 bits / 8 + 1 × 5 for s and z = 6; as float32 4 × 3 = 12"})
            QVERIFY2(contains(formulas, part), part);
        QCOMPARE(view.part.first[2].integer, 0);
        QVERIFY(contains({quantizationSummary(view)}, "largest error 0.1"));
    }

    void whatIsClippedIsSaid()
    {
        QuantizationChoice choice;
        choice.observer = {ObserverKind::Percentile, 80.0, 0.01};
        const QuantizationView view = viewOf(*parsedValues("1,2,3,4,5,6,7,8,9,10,1000"), choice);
        QVERIFY(contains(quantizationFormulas(view), "Clipping: 1 of 11 values (9.1 %)"));
    }

    void zerosAreQuantizedWithoutError()
    {
        const QuantizationView view = viewOf(*parsedValues("0 0 0"), {});
        QCOMPARE(view.error.largest, 0.0);
        QVERIFY(contains(quantizationFormulas(view), "Every value is 0"));
        QVERIFY(contains({quantizationSummary(view)}, "No error at all"));
    }

    void numbersOfOnesOwnAreRead()
    {
        const TensorValues values = *parsedValues(" 1, -2.5e-1\n3\t; 4 5,6 ");
        QCOMPARE(values.tensor.shape, (Shape{2, 3}));
        QCOMPARE(values.values()[1], -0.25F);
        QCOMPARE(values.values()[5], 6.0F);
        QCOMPARE(parsedValues("7")->tensor.shape, Shape{1});
    }

    void whatIsNoNumberIsRefused_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("says");
        QTest::newRow("letters") << "1, two"
                                 << "\"two\" is no finite number";
        QTest::newRow("half a number") << "1.5x"
                                       << "\"1.5x\" is no finite number";
        QTest::newRow("nan") << "nan"
                             << "\"nan\" is no finite number";
        QTest::newRow("infinite") << "1, inf"
                                  << "\"inf\" is no finite number";
        QTest::newRow("too large for float32") << "1e39"
                                               << "\"1e39\" is no finite number";
        QTest::newRow("nothing") << " , "
                                 << "There are no numbers";
        QTest::newRow("uneven") << "1, 2; 3"
                                << "Channel 2 has 1 numbers and the first has 2";
    }

    void whatIsNoNumberIsRefused()
    {
        QFETCH(QString, text);
        QFETCH(QString, says);
        const auto values = parsedValues(text.toStdString());
        QVERIFY(!values);
        QCOMPARE(values.error().code, ErrorCode::InvalidArgument);
        QVERIFY2(values.error().message.find(says.toStdString()) != std::string::npos, values.error().message.c_str());
    }

    void aStoppedQuantizationSaysSo()
    {
        std::stop_source source;
        source.request_stop();
        const TensorValues values = *parsedValues("1, 2");
        QCOMPARE(chooseGrids(values.values(), values.tensor.shape, {}, source.get_token()).error().code,
                 ErrorCode::Cancelled);
    }

    void valuesThatAreNotFiniteAreRefused()
    {
        const std::vector<float> x{1.0F, std::numeric_limits<float>::quiet_NaN()};
        QCOMPARE(chooseGrids(x, {2}, {}).error().code, ErrorCode::InvalidArgument);
        QVERIFY(!chooseGrids({}, {0}, {}));
        QuantizationChoice nine;
        nine.format.bits = 9;
        QVERIFY(!chooseGrids(std::vector<float>{1.0F}, {1}, nine));
    }

    void otherFloatingTypesAreConverted()
    {
        const std::uint16_t halves[] = {0x3C00, 0xC500, 0x0001, 0x7C00, 0x8000}; // 1, -5, 2^-24, infinity, -0
        WritableTensor half = makeTensor(DType::Float16, {5});
        std::memcpy(half.bytes, halves, sizeof(halves));
        const HostTensor floats = *asFloat32(half.tensor);
        QCOMPARE(floats.floats()[0], 1.0F);
        QCOMPARE(floats.floats()[1], -5.0F);
        QCOMPARE(floats.floats()[2], 0x1p-24F);
        QVERIFY(std::isinf(floats.floats()[3]));
        QVERIFY(std::signbit(floats.floats()[4]));
        const std::uint16_t brains[] = {0x3F80, 0xC0A0};
        WritableTensor brain = makeTensor(DType::BFloat16, {2});
        std::memcpy(brain.bytes, brains, sizeof(brains));
        QCOMPARE(asFloat32(brain.tensor)->floats()[1], -5.0F);
        const double doubles[] = {0.1};
        WritableTensor wide = makeTensor(DType::Float64, {1});
        std::memcpy(wide.bytes, doubles, sizeof(doubles));
        QCOMPARE(asFloat32(wide.tensor)->floats()[0], 0.1F);
        QCOMPARE(asFloat32(makeTensor(DType::Int8, {1}).tensor).error().code, ErrorCode::Unsupported);
    }
};

QTEST_APPLESS_MAIN(TestQuantizationError)
#include "tst_quantization_error.moc"

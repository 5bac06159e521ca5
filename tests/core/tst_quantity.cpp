#include <QTest>

#include <cmath>
#include <limits>

#include "core/analysis/quantity.h"

using lathe::Measure;
using lathe::Quantity;
using lathe::Record;

namespace {

Record sample()
{
    Record r;
    r.params = 25'557'032;
    r.macs = 4'089'184'256;
    r.activationBytes = 44'451'840;
    r.parameterBytes = 102'441'376;
    r.top1 = 0.80858;
    r.fileBytes = 102'549'760;
    r.latency.median = 12.5;
    r.latency.ciLow = 12.25;
    r.latency.ciHigh = 13.0;
    r.throughput = 640.0;
    r.throughputLow = 615.5;
    r.throughputHigh = 653.25;
    r.peakTensorBytes = 51'380'224;
    return r;
}

} // namespace

class TestQuantity : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void valuesAreInTheUnitsOfTheirAxes_data()
    {
        QTest::addColumn<int>("quantity");
        QTest::addColumn<double>("value");
        QTest::addColumn<double>("low");
        QTest::addColumn<double>("high");
        const auto row = [](Quantity q, double value, double low, double high) {
            QTest::newRow(lathe::quantityName(q).data()) << static_cast<int>(q) << value << low << high;
        };
        row(Quantity::Params, 25.557032, 25.557032, 25.557032);
        row(Quantity::Macs, 4.089184256, 4.089184256, 4.089184256);
        row(Quantity::ActivationBytes, 44.45184, 44.45184, 44.45184);
        row(Quantity::Latency, 12.5, 12.25, 13.0);
        row(Quantity::Throughput, 640.0, 615.5, 653.25);
        row(Quantity::Top1, 80.858, 80.858, 80.858);
        row(Quantity::FileSize, 102.54976, 102.54976, 102.54976);
        row(Quantity::PeakMemory, 153.8216, 153.8216, 153.8216);
    }
    void valuesAreInTheUnitsOfTheirAxes()
    {
        QFETCH(int, quantity);
        QFETCH(double, value);
        QFETCH(double, low);
        QFETCH(double, high);
        const auto measured = lathe::measure(sample(), static_cast<Quantity>(quantity));
        QVERIFY(measured.has_value());
        QCOMPARE(measured->value, value);
        QCOMPARE(measured->low, low);
        QCOMPARE(measured->high, high);
    }

    void whatIsUnknownHasNoMeasure()
    {
        for (const Quantity quantity : lathe::allQuantities())
            QVERIFY2(!lathe::measure(Record(), quantity), lathe::quantityName(quantity).data());
    }

    void anUnknownFileIsNotGuessedFromItsParameters()
    {
        Record record = sample();
        record.fileBytes.reset();
        QVERIFY(!lathe::measure(record, Quantity::FileSize));
    }

    void parametersAloneAreNoPeakMemory()
    {
        Record record = sample();
        record.peakTensorBytes = 0;
        QVERIFY(!lathe::measure(record, Quantity::PeakMemory));
    }

    void withoutASoundIntervalTheValueStandsForIt()
    {
        Record record = sample();
        record.latency.ciLow = record.latency.ciHigh = 0.0;
        QCOMPARE(lathe::measure(record, Quantity::Latency)->low, 12.5);
        QCOMPARE(lathe::measure(record, Quantity::Latency)->high, 12.5);
        record.throughputHigh = 639.0; // below the value
        QCOMPARE(lathe::measure(record, Quantity::Throughput)->low, 640.0);
        record.latency.ciLow = std::numeric_limits<double>::quiet_NaN();
        QCOMPARE(lathe::measure(record, Quantity::Latency)->low, 12.5);
    }

    void whatIsNotFiniteHasNoMeasure()
    {
        Record record = sample();
        record.latency.median = std::numeric_limits<double>::quiet_NaN();
        record.throughput = std::numeric_limits<double>::infinity();
        QVERIFY(!lathe::measure(record, Quantity::Latency));
        QVERIFY(!lathe::measure(record, Quantity::Throughput));
    }

    void namesGoBothWays()
    {
        QCOMPARE(lathe::allQuantities().size(), std::size_t(8));
        for (const Quantity quantity : lathe::allQuantities())
            QVERIFY(lathe::quantityFromName(lathe::quantityName(quantity)) == quantity);
        QVERIFY(!lathe::quantityFromName("parameters"));
        QVERIFY(lathe::quantityFromName("activation_bytes") == Quantity::ActivationBytes);
        QVERIFY(lathe::quantityFromName("peak_memory") == Quantity::PeakMemory);
    }

    void titlesHaveUnits()
    {
        QCOMPARE(lathe::axisTitle(Quantity::Params), std::string("Parameters (millions)"));
        QCOMPARE(lathe::axisTitle(Quantity::Throughput), std::string("Throughput (images/s)"));
        for (const Quantity quantity : lathe::allQuantities())
            QVERIFY(lathe::axisTitle(quantity).ends_with(")"));
    }

    void moreThroughputAndAccuracyAreBetterLessOfTheRest()
    {
        for (const Quantity quantity : lathe::allQuantities())
            QCOMPARE(lathe::smallerIsBetter(quantity), quantity != Quantity::Throughput && quantity != Quantity::Top1);
    }

    void aFigureInWordsHasItsUnitAndTheDigitsOfItsInterval()
    {
        QCOMPARE(lathe::measureText({19.8123, 19.3, 20.3}, Quantity::Latency), std::string("19.8 ± 0.5 ms"));
        QCOMPARE(lathe::measureText({25.557, 25.557, 25.557}, Quantity::Params), std::string("25.6 M"));
        QCOMPARE(lathe::measureText({75.8, 75.8, 75.8}, Quantity::Top1), std::string("75.80 %"));
        QCOMPARE(std::string(lathe::quantityWord(Quantity::PeakMemory)), std::string("peak memory"));
        QCOMPARE(std::string(lathe::unitName(Quantity::Throughput)), std::string("images/s"));
    }
};

QTEST_APPLESS_MAIN(TestQuantity)
#include "tst_quantity.moc"

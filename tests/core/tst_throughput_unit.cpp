#include <QTest>

#include "core/analysis/throughput_unit.h"

using namespace lathe;

class TestThroughputUnit : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void imagesUnlessARecordTookTokens();
};

void TestThroughputUnit::imagesUnlessARecordTookTokens()
{
    Record image;
    image.configuration.input = {3, 224, 224};
    Record text;
    text.configuration.input = {128};
    QCOMPARE(throughputUnit(image), std::string("images/s"));
    QCOMPARE(throughputUnit(text), std::string("samples/s"));
    QCOMPARE(throughputUnit(std::vector<Record>{}), std::string("images/s"));
    QCOMPARE(throughputUnit({image, image}), std::string("images/s"));
    QCOMPARE(throughputUnit({image, text}), std::string("samples/s"));
    QCOMPARE(withThroughputUnit("Throughput (images/s)", {text}), std::string("Throughput (samples/s)"));
    QCOMPARE(withThroughputUnit("Latency (ms)", {text}), std::string("Latency (ms)"));
}

QTEST_APPLESS_MAIN(TestThroughputUnit)
#include "tst_throughput_unit.moc"

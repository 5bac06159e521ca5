#include <QTest>

#include "core/datasets/preprocessing.h"
#include "tests/support/datasets.h"

using namespace lathe;

namespace {

Metadata entry(const char* text)
{
    return {{"lathe.preprocessing", text}};
}

} // namespace

class TestPreprocessing : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void comesBackAsItWasWritten()
    {
        const Dataset data = test::barDataset(10, 10, 12);
        Metadata metadata{{"architecture", "lenet"}};
        addTo(metadata, preprocessingOf(data));
        QCOMPARE(metadata.size(), std::size_t{2});
        const auto found = preprocessingIn(metadata);
        QVERIFY(found.has_value());
        QCOMPARE(found->dataset, std::string("bars"));
        QVERIFY(found->normalisation == data.normalisation); // to the last digit
        QCOMPARE(found->classNames, data.classNames);
    }

    void whatMakesNoSenseIsNoneAtAll_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("no JSON") << QByteArray("{");
        QTest::newRow("nothing") << QByteArray("{}");
        QTest::newRow("a list") << QByteArray("[1]");
        QTest::newRow("no deviation") << QByteArray(R"({"dataset":"d","mean":[],"deviation":[],"classes":[]})");
        QTest::newRow("zero") << QByteArray(R"({"dataset":"d","mean":[0.5],"deviation":[0.0],"classes":[]})");
        QTest::newRow("negative") << QByteArray(R"({"dataset":"d","mean":[0.5],"deviation":[-1],"classes":[]})");
        QTest::newRow("unlike counts") << QByteArray(
            R"({"dataset":"d","mean":[0.5,0.5],"deviation":[1],"classes":[]})");
        QTest::newRow("words") << QByteArray(R"({"dataset":"d","mean":["x"],"deviation":[1],"classes":[]})");
    }
    void whatMakesNoSenseIsNoneAtAll()
    {
        QFETCH(const QByteArray, text);
        QVERIFY(!preprocessingIn(entry(text.constData())).has_value());
    }

    void mostFilesHaveNone() { QVERIFY(!preprocessingIn({{"architecture", "lenet"}}).has_value()); }
};

QTEST_APPLESS_MAIN(TestPreprocessing)
#include "tst_preprocessing.moc"

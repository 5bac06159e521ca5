#include <QAbstractItemModelTester>
#include <QTest>

#include "ui/benchmark/details_text.h"
#include "ui/benchmark/layer_model.h"

using lathe::LayerTime;
using lathe::Record;
using lathe::ui::LayerModel;

namespace {

std::vector<LayerTime> layers()
{
    return {{"conv1", "Conv2d", 3.0, 6'000'000}, {"relu", "ReLU", 1.0, 0}};
}

} // namespace

class LayerModelTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sharesAddUpToTheWhole();
    void rateIsMacsOverTime();
    void summaryTellsTheDifference();
    void detailsTellFiguresAndFlags();
    void sideBySideWarnsOfUnlikeEnvironments();
};

void LayerModelTest::sharesAddUpToTheWhole()
{
    LayerModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setLayers(layers());
    QCOMPARE(model.total(), 4.0);
    QCOMPARE(model.index(0, LayerModel::Share).data().toString(), QString("75.0 %"));
    QCOMPARE(model.index(1, LayerModel::Share).data(LayerModel::ShareRole).toDouble(), 0.25);
    model.setLayers({});
    QCOMPARE(model.rowCount(), 0);
}

void LayerModelTest::rateIsMacsOverTime()
{
    LayerModel model;
    model.setLayers(layers());
    QCOMPARE(model.index(0, LayerModel::Rate).data(LayerModel::SortRole).toDouble(), 2.0);
    QCOMPARE(model.index(1, LayerModel::Rate).data().toString(), QString());
}

void LayerModelTest::summaryTellsTheDifference()
{
    Record record;
    record.latency.median = 4.1;
    record.layers = layers();
    record.layersTotalMs = 4.0;
    QCOMPARE(lathe::ui::layersSummary(record),
             QString("The layers add up to 4.00 ms, the whole takes 4.10 ms: a difference of -2.4 %."));
    record.layers.clear();
    QCOMPARE(lathe::ui::layersSummary(record), QString());
}

void LayerModelTest::detailsTellFiguresAndFlags()
{
    Record record;
    record.configuration.model = "resnet50";
    record.configuration.input = {3, 224, 224};
    record.latency.median = 12.3187;
    record.latency.ciLow = 12.1;
    record.latency.ciHigh = 12.5;
    record.flags.push_back({"drift", "Times rose <b>by</b> 8 %."});
    record.environment.cpu = "Some CPU";
    const QString html = lathe::ui::detailsHtml(record);
    QVERIFY(html.contains("resnet50"));
    QVERIFY(html.contains("12.3 ± 0.2\u00A0ms"));
    QVERIFY(html.contains("Times rose &lt;b&gt;by&lt;/b&gt; 8 %."));
    QVERIFY(html.contains("Some CPU"));
}

void LayerModelTest::sideBySideWarnsOfUnlikeEnvironments()
{
    Record a;
    a.configuration.model = "resnet50";
    Record b = a;
    b.configuration.model = "swin_t";
    QVERIFY(!lathe::ui::sideBySideHtml({&a, &b}).contains("unlike"));
    b.environment.cpu = "Another CPU";
    const QString html = lathe::ui::sideBySideHtml({&a, &b});
    QVERIFY(html.contains("unlike"));
    QVERIFY(html.contains("resnet50") && html.contains("swin_t"));
}

QTEST_GUILESS_MAIN(LayerModelTest)
#include "tst_layer_model.moc"

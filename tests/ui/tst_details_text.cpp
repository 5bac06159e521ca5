#include <QTest>

#include "ui/benchmark/details_text.h"

using lathe::Record;

class DetailsTextTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theSlowestLayersComeFirst();
    void aPublishedClaimIsHeldAgainstWhatWasMeasured();
    void detailsTellFiguresAndFlags();
    void sideBySideWarnsOfUnlikeEnvironments();
    void compressionIsHeldAgainstTheNetworkItCameFrom();
    void explanationsHaveTheirShares();
    void whyComesBehindTheFlags();
};

void DetailsTextTest::theSlowestLayersComeFirst()
{
    Record record;
    QVERIFY(!lathe::ui::detailsHtml(record).contains("Slowest layers"));
    record.layers = {{"a", "ReLU", 0.25, 0}, {"b", "Conv2d", 3.0, 0}, {"c", "ReLU", 1.0, 0},
                     {"d", "ReLU", 2.0, 0},  {"e", "ReLU", 0.5, 0},   {"f", "ReLU", 0.125, 0}};
    const QString html = lathe::ui::detailsHtml(record);
    QVERIFY(html.contains(lathe::ui::layersLink()));
    QVERIFY(html.contains("All 6 layers"));
    QVERIFY(html.indexOf("3.000 ms") < html.indexOf("2.000 ms"));
    QVERIFY(html.contains("0.5000 ms"));
    QVERIFY(!html.contains("0.2500 ms"));
}

void DetailsTextTest::aPublishedClaimIsHeldAgainstWhatWasMeasured()
{
    lathe::Session session;
    for (const char* model : {"bert_base_uncased", "distilbert_base_uncased", "resnet50"}) {
        Record record;
        record.configuration.model = model;
        record.params = 1;
        record.latency.median = record.latency.ciLow = record.latency.ciHigh = 5.0;
        session.records.push_back(record);
    }
    QVERIFY(lathe::ui::claimsHtml({&session.records[0]}, session).contains("published: 40 %"));
    QCOMPARE(lathe::ui::claimsHtml({&session.records[2]}, session), QString());
}

void DetailsTextTest::detailsTellFiguresAndFlags()
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

void DetailsTextTest::sideBySideWarnsOfUnlikeEnvironments()
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

void DetailsTextTest::compressionIsHeldAgainstTheNetworkItCameFrom()
{
    Record whole;
    whole.configuration.model = "resnet50";
    whole.configuration.mode = "fused";
    whole.throughput = 10.0;
    whole.fileBytes = 1000;
    Record small = whole;
    small.configuration.mode = "int8";
    small.scheme = "int8";
    small.origin = "resnet50";
    small.throughput = 18.3;
    small.fileBytes = 250;
    const QString html = lathe::ui::detailsHtml(small, {}, {whole, small});
    QVERIFY(html.contains("Compression"));
    QVERIFY(html.contains("1.83 times as fast as resnet50 fused, file 25 % of its size."));
    QVERIFY(lathe::ui::detailsHtml(small).contains("Measure resnet50 with batch 1, 1 thread"));
    QVERIFY(!lathe::ui::detailsHtml(whole, {}, {whole, small}).contains("Compression"));
    QVERIFY(lathe::ui::sideBySideHtml({&whole, &small}).contains("Scheme"));
    QVERIFY(!lathe::ui::sideBySideHtml({&whole, &whole}).contains("Scheme"));
}

void DetailsTextTest::explanationsHaveTheirShares()
{
    lathe::ui::ExplanationAnswer answer;
    QCOMPARE(lathe::ui::explanationsHtml(answer), QString());
    answer.ids = QStringList{"a"};
    answer.explanations = {{"contention", "It was busy.", {}, {}},
                           {"depthwise", "Slow <layers>.", 0.256, {"x"}},
                           {"page_faults", "Many faults.", {}, {}}};
    answer.missing = {"No roofs."};
    const QString html = lathe::ui::explanationsHtml(answer);
    QVERIFY(html.contains("<li><b>26 %</b> Slow &lt;layers&gt;.</li><li>Many faults.</li>"));
    QVERIFY(html.contains("<i>No roofs.</i>"));
    QVERIFY(!html.contains("It was busy.")); // a flag says so
    QVERIFY(html.contains("Why it takes its time"));
    answer.ids << "b";
    QVERIFY(lathe::ui::explanationsHtml(answer).contains("Why they differ"));
}

void DetailsTextTest::whyComesBehindTheFlags()
{
    Record record;
    record.flags.push_back({"drift", "Times rose."});
    const QString html = lathe::ui::detailsHtml(record, "<p>because</p>");
    QVERIFY(html.indexOf("Times rose.") < html.indexOf("because"));
    QVERIFY(html.indexOf("because") < html.indexOf("95th percentile"));
}

QTEST_GUILESS_MAIN(DetailsTextTest)
#include "tst_details_text.moc"

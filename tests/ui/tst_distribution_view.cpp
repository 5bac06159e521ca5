#include <QComboBox>
#include <QTemporaryDir>
#include <QTest>
#include <QUndoStack>

#include <set>

#include "ui/plots/distribution_plot.h"
#include "ui/plots/distribution_view.h"
#include "ui/plots/empty_hint.h"
#include "ui/session/document.h"

using namespace lathe;
using namespace lathe::ui;

namespace {

Record makeRecord(const std::string& id, std::vector<double> samples)
{
    Record record;
    record.id = id;
    record.configuration.model = id;
    record.latency.samples = std::move(samples);
    record.latency.median = 10.0;
    record.latency.ciLow = 9.8;
    record.latency.ciHigh = 10.2;
    record.latency.p5 = 9.5;
    record.latency.p95 = 10.5;
    return record;
}

const std::vector<double> kSamples{10.0, 9.9, 10.1, 9.8, 10.2, 10.0, 17.0};

} // namespace

class TestDistributionView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theLastRecordIsShownWhileNoneIsSelected()
    {
        const std::vector<Record> records{makeRecord("a", kSamples), makeRecord("b", kSamples), makeRecord("c", {})};
        const auto shown = distributions(records, {});
        QCOMPARE(shown.size(), std::size_t(1));
        QCOMPARE(shown[0].id, QString("b"));
    }

    void theSelectedRecordsAreShownInTheirOrder()
    {
        const std::vector<Record> records{makeRecord("a", kSamples), makeRecord("b", kSamples),
                                          makeRecord("c", kSamples)};
        const auto shown = distributions(records, {"c", "a"});
        QCOMPARE(shown.size(), std::size_t(2));
        QCOMPARE(shown[0].id, QString("a"));
        QCOMPARE(shown[1].id, QString("c"));
        QCOMPARE(distributions(records, {"a", "b", "c"}, 2).size(), std::size_t(2));
    }

    void outliersAreMarkedAndQuartilesAreTheSamples()
    {
        const auto shown = distributions({makeRecord("a", kSamples)}, {});
        QCOMPARE(shown[0].outlier, (std::vector<bool>{false, false, false, false, false, false, true}));
        QCOMPARE(shown[0].p25, 9.95);
        QCOMPARE(shown[0].p75, 10.15);
        QCOMPARE(shown[0].samples, kSamples);
    }

    void identicalSamplesHaveNoOutliers()
    {
        const auto shown = distributions({makeRecord("a", {10.0, 10.0, 10.0, 10.5})}, {});
        QCOMPARE(std::count(shown[0].outlier.begin(), shown[0].outlier.end(), true), 0);
    }

    void theCumulativeShareRunsFromNoneToAll()
    {
        const auto corners = cumulativeShare({3.0, 1.0, 2.0, 4.0});
        QCOMPARE(corners.front().x, 1.0);
        QCOMPARE(corners.front().y, 0.0);
        QCOMPARE(corners[1].y, 25.0);
        QCOMPARE(corners.back().x, 4.0);
        QCOMPARE(corners.back().y, 100.0);
        QVERIFY(cumulativeShare({}).empty());
    }

    void jitterStaysInsideAndSpreads()
    {
        std::set<int> tenths;
        for (std::size_t i = 0; i < 100; ++i) {
            QVERIFY(jitter(i) >= -1.0 && jitter(i) <= 1.0);
            tenths.insert(static_cast<int>((jitter(i) + 1.0) * 5.0));
        }
        QVERIFY(tenths.size() >= 10);
    }

    void theViewHintsUntilThereAreSamples()
    {
        Document document;
        DistributionView view(&document);
        view.resize(700, 500);
        view.show();
        QVERIFY(view.findChild<EmptyHint*>("emptyHint")->isVisible());
        QVERIFY(view.isEmpty());
        document.appendRecord(makeRecord("a", kSamples));
        QVERIFY(!view.findChild<EmptyHint*>("emptyHint")->isVisible());
        QVERIFY(!view.isEmpty());
    }

    void theDocumentsSelectionChoosesWhatIsShown()
    {
        Document document;
        document.appendRecord(makeRecord("a", kSamples));
        document.appendRecord(makeRecord("b", kSamples));
        DistributionView view(&document);
        auto* plot = view.findChild<DistributionPlot*>("distributionPlot");
        QCOMPARE(plot->content().distributions[0].id, QString("b"));
        document.select({"a"});
        QCOMPARE(plot->content().distributions[0].id, QString("a"));
    }

    void everyKindHasItsAxes_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("x");
        QTest::newRow("strips") << 0 << "Latency (ms)";
        QTest::newRow("cumulative") << 1 << "Latency (ms)";
        QTest::newRow("order") << 2 << "Sample, in the order taken";
    }
    void everyKindHasItsAxes()
    {
        QFETCH(int, kind);
        Document document;
        document.appendRecord(makeRecord("a", kSamples));
        DistributionView view(&document);
        view.resize(700, 500);
        view.show();
        view.findChild<QComboBox*>("distributionKind")->setCurrentIndex(kind);
        QTEST(view.titles().x, "x");
        QTest::qWait(1);
        auto* plot = view.findChild<DistributionPlot*>("distributionPlot");
        const Range time = kind == 2 ? plot->mapping().y : plot->mapping().x;
        QVERIFY(time.low < 9.8 && time.high > 17.0);
    }

    void anEditedTitleBelongsToWhatItsAxisShowsAndIsSaved()
    {
        Document document;
        document.appendRecord(makeRecord("a", kSamples));
        DistributionView view(&document);
        auto* plot = view.findChild<DistributionPlot*>("distributionPlot");
        auto* kind = view.findChild<QComboBox*>("distributionKind");
        Q_EMIT plot->titlesEdited({{}, "Time (ms)", {}});
        QCOMPARE(view.titles().x, QString("Time (ms)"));
        kind->setCurrentIndex(2);
        QCOMPARE(view.titles().x, QString("Sample, in the order taken"));
        QCOMPARE(view.titles().y, QString("Time (ms)"));
        const QTemporaryDir folder;
        QVERIFY(document.save(folder.filePath("titles.lathe")).has_value());
        document.undoStack()->undo();
        QCOMPARE(view.titles().y, QString("Latency (ms)"));

        Document again;
        QVERIFY(again.open(folder.filePath("titles.lathe")).has_value());
        QCOMPARE(DistributionView(&again).titles().x, QString("Time (ms)"));
    }

    void theLegendHidesARecordAndTheSessionKeepsIt()
    {
        Document document;
        document.appendRecord(makeRecord("a", kSamples));
        document.appendRecord(makeRecord("b", kSamples));
        document.select({"a", "b"});
        DistributionView view(&document);
        auto* plot = view.findChild<DistributionPlot*>("distributionPlot");
        view.findChild<QComboBox*>("distributionKind")->setCurrentIndex(1);
        Q_EMIT plot->legendClicked("b");
        QCOMPARE(document.plot().samples.hidden, std::vector<std::string>{"b"});
        QVERIFY(plot->content().hidden.contains("b"));
        QCOMPARE(document.undoStack()->undoText(), QString("Show or hide b"));
        document.undoStack()->undo();
        QVERIFY(plot->content().hidden.empty());
    }
};

QTEST_MAIN(TestDistributionView)
#include "tst_distribution_view.moc"

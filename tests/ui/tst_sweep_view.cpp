#include <QComboBox>
#include <QTemporaryDir>
#include <QTest>
#include <QUndoStack>

#include "ui/plots/empty_hint.h"
#include "ui/plots/sweep_plot.h"
#include "ui/plots/sweep_view.h"
#include "ui/session/document.h"

using namespace lathe;
using namespace lathe::ui;

namespace {

Record makeRecord(const std::string& model, const std::string& mode, std::int64_t batch, int threads, double median)
{
    Record record;
    record.id = model + mode + std::to_string(batch) + "x" + std::to_string(threads) + "@" + std::to_string(median);
    record.configuration.model = model;
    record.configuration.mode = mode;
    record.configuration.batch = batch;
    record.configuration.threads = threads;
    record.latency.median = median;
    record.latency.ciLow = median * 0.9;
    record.latency.ciHigh = median * 1.1;
    record.throughput = static_cast<double>(batch) * 1000.0 / median;
    record.throughputLow = record.throughput * 0.9;
    record.throughputHigh = record.throughput * 1.1;
    return record;
}

} // namespace

class TestSweepView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void recordsOfOneModelAndModeBecomeOneCurve()
    {
        const auto curves = sweepCurves({makeRecord("net", "eager", 8, 1, 70.0), makeRecord("net", "eager", 1, 1, 10.0),
                                         makeRecord("net", "fused", 1, 1, 8.0), makeRecord("net", "fused", 8, 1, 50.0)},
                                        SweepAxis::Batch);
        QCOMPARE(curves.size(), std::size_t(2));
        QCOMPARE(curves[0].name, QString("net · eager"));
        QCOMPARE(curves[0].points.size(), std::size_t(2));
        QCOMPARE(curves[0].points[0].x, 1.0);
        QCOMPARE(curves[0].points[1].latency.value, 70.0);
        QVERIFY(std::abs(curves[0].points[1].throughput.value - 8000.0 / 70.0) < 1e-9);
    }

    void oneSizeIsNoCurve()
    {
        QVERIFY(sweepCurves({makeRecord("net", "eager", 1, 1, 10.0), makeRecord("other", "eager", 8, 1, 10.0)},
                            SweepAxis::Batch)
                    .empty());
    }

    void whatElseDiffersIsNamed()
    {
        const auto curves = sweepCurves({makeRecord("net", "eager", 1, 1, 10.0), makeRecord("net", "eager", 8, 1, 70.0),
                                         makeRecord("net", "eager", 1, 2, 6.0), makeRecord("net", "eager", 8, 2, 40.0)},
                                        SweepAxis::Batch);
        QCOMPARE(curves.size(), std::size_t(2));
        QCOMPARE(curves[0].name, QString("net · eager · 1 threads"));
        QCOMPARE(curves[1].name, QString("net · eager · 2 threads"));
    }

    void theNewestOfRepeatsCounts()
    {
        const auto curves = sweepCurves({makeRecord("net", "eager", 1, 1, 10.0), makeRecord("net", "eager", 8, 1, 70.0),
                                         makeRecord("net", "eager", 1, 1, 12.0)},
                                        SweepAxis::Batch);
        QCOMPARE(curves[0].points[0].latency.value, 12.0);
    }

    void unlikeMachinesAreNeverOneCurve()
    {
        Record elsewhere = makeRecord("net", "eager", 8, 1, 70.0);
        elsewhere.environment.cpu = "another CPU";
        QVERIFY(sweepCurves({makeRecord("net", "eager", 1, 1, 10.0), elsewhere}, SweepAxis::Batch).empty());
    }

    void theViewHintsUntilThereIsASweepAndThenDrawsBoth()
    {
        Document document;
        SweepView view(&document);
        view.resize(900, 500);
        view.show();
        auto* hint = view.findChild<EmptyHint*>("emptyHint");
        auto* latency = view.findChild<SweepPlot*>("sweepLatency");
        QVERIFY(hint->isVisible());
        QVERIFY(view.isEmpty());
        document.appendRecord(makeRecord("net", "eager", 1, 1, 10.0));
        QVERIFY(hint->isVisible());
        document.appendRecord(makeRecord("net", "eager", 8, 1, 70.0));
        QVERIFY(!hint->isVisible());
        QVERIFY(latency->isVisible());
        QVERIFY(view.findChild<SweepPlot*>("sweepThroughput")->isVisible());
        view.findChild<QComboBox*>("sweepShow")->setCurrentIndex(1);
        QVERIFY(!view.findChild<SweepPlot*>("sweepThroughput")->isVisible());
        QCOMPARE(view.titles().y, QString("Latency (ms)"));
    }

    void aThreadSweepIsFoundByItself()
    {
        Document document;
        SweepView view(&document);
        document.appendRecord(makeRecord("net", "eager", 1, 1, 10.0));
        document.appendRecord(makeRecord("net", "eager", 1, 2, 6.0));
        QCOMPARE(view.findChild<QComboBox*>("sweepOver")->currentIndex(), 1);
        QVERIFY(!view.isEmpty());
        QCOMPARE(view.titles().x, QString("Threads"));
    }

    void aClickSelectsTheRecord()
    {
        Document document;
        const Record first = makeRecord("net", "eager", 1, 1, 10.0);
        document.appendRecord(first);
        document.appendRecord(makeRecord("net", "eager", 8, 1, 70.0));
        SweepView view(&document);
        view.resize(900, 500);
        view.show();
        QTest::qWait(1);
        auto* plot = view.findChild<SweepPlot*>("sweepLatency");
        const QPoint at = plot->mapping().toPixel(1.0, 10.0).toPoint();
        QTest::mouseClick(plot->surface(), Qt::LeftButton, {}, at);
        QCOMPARE(document.selection(), QStringList{QString::fromStdString(first.id)});
    }

    void theLegendHidesACurveInBothPanels()
    {
        Document document;
        document.appendRecord(makeRecord("net", "eager", 1, 1, 10.0));
        document.appendRecord(makeRecord("net", "eager", 8, 1, 70.0));
        SweepView view(&document);
        view.resize(900, 500);
        view.show();
        QTest::qWait(1);
        auto* plot = view.findChild<SweepPlot*>("sweepThroughput");
        const QString key = plot->content().curves.at(0).key;
        QTest::mouseClick(plot->surface(), Qt::LeftButton, {}, plot->legendEntryRect(key).center().toPoint());
        QVERIFY(plot->content().hidden.contains(key));
        QVERIFY(view.findChild<SweepPlot*>("sweepLatency")->content().hidden.contains(key));
        QCOMPARE(document.undoStack()->undoText(), QString("Show or hide net · eager"));
        document.undoStack()->undo();
        QVERIFY(plot->content().hidden.empty());
    }

    void aHiddenCurveStaysHiddenWhenAnotherChangesItsName()
    {
        Document document;
        SweepView view(&document);
        document.appendRecord(makeRecord("net", "eager", 1, 1, 10.0));
        document.appendRecord(makeRecord("net", "eager", 8, 1, 70.0));
        auto* plot = view.findChild<SweepPlot*>("sweepLatency");
        PlotSettings settings;
        settings.sweep.hidden = {plot->content().curves.at(0).key.toStdString()};
        document.setPlot(settings, "Hide");
        document.appendRecord(makeRecord("net", "eager", 1, 2, 6.0));
        document.appendRecord(makeRecord("net", "eager", 8, 2, 40.0));
        QCOMPARE(plot->content().curves.at(0).name, QString("net · eager · 1 threads"));
        QVERIFY(plot->content().hidden.contains(plot->content().curves.at(0).key));
        QVERIFY(!plot->content().hidden.contains(plot->content().curves.at(1).key));
    }

    void anEditedTitleBelongsToWhatItsAxisShowsAndIsSaved()
    {
        Document document;
        document.appendRecord(makeRecord("net", "eager", 1, 1, 10.0));
        document.appendRecord(makeRecord("net", "eager", 8, 1, 70.0));
        document.appendRecord(makeRecord("net", "eager", 1, 2, 6.0));
        SweepView view(&document);
        auto* latency = view.findChild<SweepPlot*>("sweepLatency");
        auto* throughput = view.findChild<SweepPlot*>("sweepThroughput");
        Q_EMIT latency->titlesEdited({{}, "Images at once", "Delay"});
        QCOMPARE(throughput->titles().x, QString("Images at once"));
        QCOMPARE(throughput->titles().y, QString("Throughput (images/s)"));
        const QTemporaryDir folder;
        QVERIFY(document.save(folder.filePath("titles.lathe")).has_value());

        auto* over = view.findChild<QComboBox*>("sweepOver");
        over->setCurrentIndex(1);
        QCOMPARE(latency->titles().x, QString("Threads"));
        QCOMPARE(latency->titles().y, QString("Delay"));
        over->setCurrentIndex(0);
        document.undoStack()->undo();
        QCOMPARE(latency->titles().x, QString("Batch size (images)"));

        QVERIFY(document.open(folder.filePath("titles.lathe")).has_value());
        QCOMPARE(latency->titles().x, QString("Images at once"));
        QCOMPARE(latency->titles().y, QString("Delay"));
        Q_EMIT latency->titlesEdited({{}, "", "Delay"});
        QCOMPARE(latency->titles().x, QString("Batch size (images)"));
    }
};

QTEST_MAIN(TestSweepView)
#include "tst_sweep_view.moc"

#include <QComboBox>
#include <QMenu>
#include <QTemporaryDir>
#include <QTest>
#include <QUndoStack>

#include "ui/plots/empty_hint.h"
#include "ui/plots/legend_strip.h"
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
        QCOMPARE(curves[0].name, QString("net · eager · 1 thread"));
        QCOMPARE(curves[1].name, QString("net · eager · 2 threads"));
    }

    void filesOfOneNameAreCurvesOfTheirOwn()
    {
        const auto curves = sweepCurves(
            {makeRecord("/a/model.pth", "eager", 1, 1, 10.0), makeRecord("/a/model.pth", "eager", 8, 1, 70.0),
             makeRecord("/b/model.pth", "eager", 1, 1, 6.0), makeRecord("/b/model.pth", "eager", 8, 1, 40.0)},
            SweepAxis::Batch);
        QCOMPARE(curves.size(), std::size_t(2));
        QCOMPARE(curves[0].name, QString("a/model.pth · eager"));
        QCOMPARE(curves[1].name, QString("b/model.pth · eager"));
        QCOMPARE(curves[1].points[0].latency.value, 6.0);
    }

    void whatOnlyOtherModelsHaveIsNotNamed()
    {
        std::vector<Record> records{makeRecord("net", "eager", 1, 1, 10.0), makeRecord("net", "eager", 8, 1, 70.0),
                                    makeRecord("tiny", "eager", 1, 1, 1.0), makeRecord("tiny", "eager", 8, 1, 7.0)};
        records[2].configuration.input = records[3].configuration.input = {1, 28, 28};
        const auto curves = sweepCurves(records, SweepAxis::Batch);
        QCOMPARE(curves[0].name, QString("net · eager"));
        QCOMPARE(curves[1].name, QString("tiny · eager"));
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
        auto* legend = view.findChild<LegendStrip*>("legendStrip");
        QTest::mouseClick(legend, Qt::LeftButton, {}, legend->entryRect(key).center().toPoint());
        QVERIFY(plot->content().hidden.contains(key));
        QVERIFY(view.findChild<SweepPlot*>("sweepLatency")->content().hidden.contains(key));
        QCOMPARE(document.undoStack()->undoText(), QString("Show or hide net · eager"));
        document.undoStack()->undo();
        QVERIFY(plot->content().hidden.empty());
    }

    void theLegendCoversNoDataHoweverManyCurves()
    {
        Document document;
        for (int threads = 1; threads <= 40; ++threads)
            for (const std::int64_t batch : {1, 8})
                document.appendRecord(makeRecord("network", "channels_last", batch, threads, 10.0 * threads));
        SweepView view(&document);
        view.resize(600, 400);
        view.show();
        QTest::qWait(1);
        const auto* legend = view.findChild<LegendStrip*>("legendStrip");
        QVERIFY(legend->height() > 0 && legend->height() < 100);
        for (const char* name : {"sweepLatency", "sweepThroughput"}) {
            auto* plot = view.findChild<SweepPlot*>(name);
            QVERIFY(plot->legendRect().isEmpty());
            QVERIFY(legend->mapTo(&view, QPoint(0, legend->height())).y() <= plot->mapTo(&view, QPoint()).y());
        }
    }

    void whatHasNoRoomInTheLegendIsInItsMenu()
    {
        Document document;
        for (int threads = 1; threads <= 40; ++threads)
            for (const std::int64_t batch : {1, 8})
                document.appendRecord(makeRecord("network", "channels_last", batch, threads, 10.0 * threads));
        SweepView view(&document);
        view.resize(600, 400);
        view.show();
        QTest::qWait(1);
        auto* legend = view.findChild<LegendStrip*>("legendStrip");
        const StripLayout layout = layoutStrip(legend->entries(), PlotTheme::light(QFont()).font, legend->width(), 4);
        QVERIFY(!layout.more.isNull());
        QVERIFY(layout.more.right() <= 600.0 && layout.more.bottom() <= legend->height());
        QVERIFY(layout.cells.size() < 40);
        const QString last = legend->entries().back().key;
        QVERIFY(legend->entryRect(last).isNull());
        QTest::keyClick(legend, Qt::Key_Space);
        auto* menu = legend->findChild<QMenu*>("legendMenu");
        QVERIFY(menu);
        QCOMPARE(menu->actions().size(), 40);
        menu->actions().last()->trigger();
        QVERIFY(view.findChild<SweepPlot*>("sweepLatency")->content().hidden.contains(last));
        menu->close();
    }

    void fewCurvesAreAllInTheLegend()
    {
        const auto named = [](const QString& name) { return LegendEntry{name, name, LegendEntry::Icon::Line, {}}; };
        const std::vector<LegendEntry> entries{named("first"), named("second"), named("third")};
        const StripLayout layout = layoutStrip(entries, PlotTheme::light(QFont()).font, 900, 3);
        QCOMPARE(layout.cells.size(), std::size_t(3));
        QVERIFY(layout.more.isNull());
        QCOMPARE(layout.cells[0].y(), layout.cells[2].y());
        const StripLayout narrow = layoutStrip(entries, PlotTheme::light(QFont()).font, 60, 3);
        QVERIFY(narrow.cells[2].y() > narrow.cells[1].y());
        QVERIFY(narrow.cells[0].right() <= 60.0);
        QCOMPARE(layoutStrip({}, QFont(), 900, 3).height, 0);
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
        QCOMPARE(plot->content().curves.at(0).name, QString("net · eager · 1 thread"));
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

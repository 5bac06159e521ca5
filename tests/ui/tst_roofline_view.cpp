#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QTest>
#include <QToolButton>

#include <map>
#include <mutex>

#include "core/benchmark/environment.h"
#include "ui/jobs/job_queue.h"
#include "ui/plots/legend_strip.h"
#include "ui/plots/plot_export.h"
#include "ui/plots/roofline_drawing.h"
#include "ui/plots/roofline_plot.h"
#include "ui/plots/roofline_view.h"
#include "ui/roofline/roofline_model.h"
#include "ui/session/document.h"

using namespace lathe;
using namespace lathe::ui;

namespace {

Peaks peaks(int threads)
{
    Peaks peaks;
    peaks.environment.host = "box";
    peaks.time = "2026-11-23T09:00:00Z";
    peaks.threads = threads;
    peaks.fp32 = 300e9;
    peaks.bf16 = 30e9;
    peaks.int8 = 1200e9;
    peaks.bandwidth = {{"L1", 48 << 10, 2, 400e9, 300e9, 500e9},
                       {"L2", 2 << 20, 2, 150e9, 80e9, 100e9},
                       {"memory", 16LL << 30, 1, 20e9, 10e9, 15e9}};
    peaks.notes = {"This CPU has no instructions for bf16."};
    return peaks;
}

Record record(const std::string& model, const std::string& type, int threads = 1)
{
    Record r;
    r.id = model + std::to_string(threads);
    r.configuration = {model, "eager", 1, threads, {3, 224, 224}, "cpu"};
    r.environment.host = "box";
    r.type = type;
    r.latency.median = 50.0;
    return r;
}

Record withLayers()
{
    Record r = record("resnet18", "cnn");
    r.layers = {{"conv1", "Conv2d", 2.0, 118013952},
                {"bn1", "BatchNorm2d", 1.0, 0},
                {"relu", "ReLU", 0.15, 0},
                {"flatten", "Flatten", 0.01, 0},
                {"fc", "Linear", 0.2, 512000}};
    return r;
}

/// The roofs that there are; as a machine would, it keeps what was measured.
struct Machine {
    std::mutex mutex;
    std::map<int, Peaks> known;
    bool fails = false;
    bool damaged = false;

    Measuring measuring()
    {
        Measuring measuring;
        measuring.knownPeaks = [this](int threads) -> Result<Peaks> {
            const std::lock_guard lock(mutex);
            if (damaged)
                return fail(ErrorCode::BadFile, "peaks-1.json is damaged.");
            const auto found = known.find(threads);
            if (found == known.end())
                return fail(ErrorCode::NotFound, "There is no such file.");
            return found->second;
        };
        measuring.measurePeaks = [this](int threads, std::stop_token, const ProgressSink&) -> Result<KnownPeaks> {
            if (fails)
                return fail(ErrorCode::EngineFailure, "It failed as it was told to.");
            const std::lock_guard lock(mutex);
            known[threads] = peaks(threads);
            return KnownPeaks{peaks(threads), true, {"The folder is read-only."}};
        };
        return measuring;
    }
};

template <class Widget> Widget* child(const QWidget& view, const char* name)
{
    return view.findChild<Widget*>(QString::fromLatin1(name));
}

/// Document, view and queue, in the order in which they must go.
struct Fixture {
    Machine machine;
    Document document;
    std::unique_ptr<JobQueue> queue = std::make_unique<JobQueue>();
    std::unique_ptr<RooflineView> view;

    explicit Fixture(std::vector<int> known = {1})
    {
        for (const int threads : known)
            machine.known[threads] = peaks(threads);
        view = std::make_unique<RooflineView>(&document, queue.get(), machine.measuring());
        view->resize(1000, 800);
    }
    ~Fixture() { queue.reset(); }
    void showRoofs() const
    {
        view->show();
        QTRY_VERIFY(!view->isEmpty());
    }
    RooflinePlot* plot() const { return child<RooflinePlot>(*view, "rooflinePlot"); }
    QTableView* table() const { return child<QTableView>(*view, "rooflineTable"); }
    QString answer() const { return child<QLabel>(*view, "rooflineAnswer")->text(); }
    QString cell(int row, RooflineModel::Column column) const
    {
        return table()->model()->index(row, column).data().toString();
    }
};

} // namespace

class TestRooflineView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void withoutRoofsTheViewMeasuresThem()
    {
        Fixture f(std::vector<int>{});
        f.document.appendRecord(record("resnet18", "cnn"));
        f.view->show();
        auto* button = child<QPushButton>(*f.view, "emptyHintButton");
        QTRY_VERIFY(button->isVisible());
        QVERIFY(f.view->isEmpty());
        QCOMPARE(button->text(), QString("Measure this machine"));
        QTest::mouseClick(button, Qt::LeftButton);
        QCOMPARE(f.queue->jobs().front().title, QString("Measure this machine with 1 thread"));
        QTRY_VERIFY(!f.view->isEmpty());
        QVERIFY(!button->isVisible());
        QCOMPARE(child<QToolButton>(*f.view, "rooflineMeasure")->text(), QString("Measure again"));
        QVERIFY(f.answer().contains("The folder is read-only."));
        QVERIFY(f.answer().contains("This CPU has no instructions for bf16."));
    }

    void whyOldFiguresAreOfNoUseIsSaid()
    {
        Fixture f(std::vector<int>{});
        f.machine.damaged = true;
        f.view->show();
        const auto* hint = child<QWidget>(*f.view, "emptyHint");
        QTRY_VERIFY(hint->isVisible());
        QVERIFY(hint->findChild<QLabel*>()->text().contains("peaks-1.json is damaged."));
    }

    void aFailedMeasurementCanBeTriedAgain()
    {
        Fixture f(std::vector<int>{});
        f.machine.fails = true;
        f.view->show();
        auto* button = child<QPushButton>(*f.view, "emptyHintButton");
        QTRY_VERIFY(button->isVisible());
        QTest::mouseClick(button, Qt::LeftButton);
        QVERIFY(!button->isEnabled());
        QTRY_VERIFY(button->isEnabled());
        QVERIFY(f.view->isEmpty());
        QCOMPARE(f.queue->jobs().front().what, QString("It failed as it was told to."));
    }

    void everyRecordLiesUnderTheRoofs()
    {
        Fixture f;
        f.document.appendRecord(record("resnet18", "cnn"));
        f.document.appendRecord(record("vit_b_16", "vit"));
        f.showRoofs();
        const auto& content = f.plot()->content();
        QCOMPARE(content.records.size(), std::size_t{2});
        QCOMPARE(content.records[0].name, QString("resnet18"));
        QCOMPARE(content.records[0].type, QString("cnn"));
        QCOMPARE(content.records[1].point.level, std::string("memory"));
        QVERIFY(content.layers.empty());
        const QPointF at = f.plot()->pixelOf(content.records[0]);
        QVERIFY(f.plot()->mapping().area.contains(at));
        QVERIFY(std::abs(f.plot()->mapping().toValue(at).x() / content.records[0].point.intensity() - 1.0) < 1e-6);
        f.document.appendRecord(record("alexnet", "cnn"));
        QTRY_COMPARE(f.plot()->content().records.size(), std::size_t{3});
    }

    void theSelectedRecordsLayersAreListedSlowestFirst()
    {
        Fixture f;
        f.document.appendRecord(record("vit_b_16", "vit"));
        f.document.appendRecord(withLayers());
        f.showRoofs();
        const QAbstractItemModelTester tester(f.table()->model());
        QCOMPARE(f.table()->model()->rowCount(), 0);
        f.document.select({"resnet181"});
        QCOMPARE(f.table()->model()->rowCount(), 5);
        QCOMPARE(f.cell(0, RooflineModel::Layer), QString("conv1"));
        QCOMPARE(f.cell(0, RooflineModel::Time), QString("2.00"));
        QCOMPARE(f.cell(0, RooflineModel::Share), QString("59.5 %"));
        QCOMPARE(f.cell(0, RooflineModel::Rate), QString("118 GFLOP/s"));
        QCOMPARE(f.cell(0, RooflineModel::BoundBy), QString("neither"));
        QCOMPARE(f.cell(0, RooflineModel::From), QString("L2"));
        QCOMPARE(f.cell(4, RooflineModel::Layer), QString("flatten"));
        QCOMPARE(f.cell(4, RooflineModel::Rate), QString());
        QCOMPARE(f.plot()->content().layers.size(), std::size_t{5});
        QCOMPARE(f.plot()->content().layersOf, QString("resnet18"));
        QVERIFY(f.answer().contains("<b>resnet18: Bound by neither: "));
        f.document.select({});
        QCOMPARE(f.table()->model()->rowCount(), 0);
    }

    void aClickOnALayerTellsWhatBoundsIt()
    {
        Fixture f;
        f.document.appendRecord(withLayers()); // the only record needs no selecting
        f.showRoofs();
        const auto& layers = f.plot()->content().layers;
        QCOMPARE(layers.size(), std::size_t{5});
        QTest::qWait(1);
        QTest::mouseClick(f.plot()->surface(), Qt::LeftButton, {}, f.plot()->pixelOf(layers[0]).toPoint());
        QCOMPARE(f.table()->currentIndex().siblingAtColumn(RooflineModel::Layer).data().toString(), QString("conv1"));
        QCOMPARE(f.plot()->currentLayer(), std::optional<std::size_t>(0));
        QVERIFY2(f.answer().contains("conv1: Bound by neither: 118 GFLOP/s, 39 % of the 300 GFLOP/s"),
                 qPrintable(f.answer()));
        f.table()->setCurrentIndex(f.table()->model()->index(4, 0));
        QVERIFY(f.answer().contains("flatten: Bound by neither: it computes and moves nothing"));
    }

    void aClickOnARecordSelectsIt()
    {
        Fixture f;
        f.document.appendRecord(record("vit_b_16", "vit"));
        f.document.appendRecord(record("resnet18", "cnn"));
        f.showRoofs();
        QTest::qWait(1);
        QTest::mouseClick(f.plot()->surface(), Qt::LeftButton, {},
                          f.plot()->pixelOf(f.plot()->content().records[1]).toPoint());
        QCOMPARE(f.document.selection(), QStringList{"resnet181"});
        QCOMPARE(f.plot()->content().selected, QStringList{"resnet181"});
    }

    void recordsOfOtherThreadsAreLeftOutAndCounted()
    {
        if (usableCores() < 2)
            QSKIP("There is one core: there are no other threads.");
        Fixture f({1, 2});
        f.document.appendRecord(record("resnet18", "cnn"));
        f.document.appendRecord(record("alexnet", "cnn"));
        f.document.appendRecord(record("vit_b_16", "vit", 2));
        f.showRoofs();
        auto* threads = child<QComboBox>(*f.view, "rooflineThreads");
        QCOMPARE(threads->currentText(), QString("1 thread")); // as most records
        QVERIFY(f.answer().contains("1 record is left out: it ran on 2 threads, and the roofs are those of 1."));
        threads->setCurrentIndex(threads->findData(2));
        Q_EMIT threads->activated(threads->currentIndex());
        QTRY_COMPARE(f.plot()->content().records.size(), std::size_t{1});
        QVERIFY(f.answer().contains("2 records are left out: it ran on 1 thread, and the roofs are those of 2."));
    }

    void aTypeIsHiddenByItsLegendEntry()
    {
        Fixture f;
        f.document.appendRecord(record("vit_b_16", "vit"));
        f.document.appendRecord(record("resnet18", "cnn"));
        f.showRoofs();
        auto* legend = child<LegendStrip>(*f.view, "rooflineLegend");
        QCOMPARE(legend->entries().front().text, QString("ViT"));
        QTest::mouseClick(legend, Qt::LeftButton, {}, legend->entryRect("type:vit").center().toPoint());
        QVERIFY(!f.plot()->content().shows(f.plot()->content().records[0]));
        QVERIFY(f.plot()->content().shows(f.plot()->content().records[1]));
        QVERIFY(!legend->entries().front().shown);
        QTest::mouseClick(legend, Qt::LeftButton, {}, legend->entryRect("type:vit").center().toPoint());
        QVERIFY(f.plot()->content().shows(f.plot()->content().records[0]));
    }

    void theExportHasRoofsAndNames()
    {
        Fixture f;
        f.document.appendRecord(withLayers());
        f.showRoofs();
        ExportOptions options;
        const auto svg = encodePlot(*f.view, PlotFormat::Svg, options);
        QVERIFY(svg.has_value());
        for (const char* text : {"fp32 300 GFLOP/s", "int8 1.2 TOP/s", "memory 20 GB/s", "L1 500 GB/s", "resnet18",
                                 "Arithmetic intensity"})
            QVERIFY2(svg->contains(text), text);
    }

    void slopesMeetTheCeilingWhereTheyBend()
    {
        const PlotMapping map{QRectF(0, 0, 600, 400), {0.01, 1e4}, {1e8, 1e13}, true, true};
        const auto lines = roofLines(peaks(1), map, PlotTheme::light(QFont()));
        QCOMPARE(lines.size(), std::size_t{6});
        const auto named = [&](const char* begin) {
            return *std::find_if(lines.begin(), lines.end(),
                                 [&](const RoofLine& line) { return line.text.startsWith(QLatin1String(begin)); });
        };
        const RoofLine fp32 = named("fp32");
        QVERIFY(fp32.strong && !fp32.dashed);
        QCOMPARE(fp32.from, map.toPixel(300.0 / 500.0, 300e9)); // where the first cache's slope passes
        QCOMPARE(fp32.to.x(), 600.0);
        const RoofLine memory = named("memory");
        QCOMPARE(memory.from, map.toPixel(0.01, 0.01 * 20e9));
        QCOMPARE(memory.to, map.toPixel(60.0, 1200e9)); // up to the highest ceiling
        QVERIFY(named("bf16").dashed);
        for (const RoofLine& line : lines)
            for (const QRectF& box : line.covered())
                QVERIFY2(map.area.contains(box), qPrintable(line.text));
        for (std::size_t i = 0; i < lines.size(); ++i)
            for (std::size_t j = 0; j < i; ++j)
                for (const QRectF& a : lines[i].covered())
                    for (const QRectF& b : lines[j].covered())
                        QVERIFY2(!a.intersects(b), qPrintable(lines[i].text + " over " + lines[j].text));
    }

    void labelsKeepOffThePoints()
    {
        const PlotMapping map{QRectF(0, 0, 600, 400), {0.01, 1e4}, {1e8, 1e13}, true, true};
        const RoofLine free = roofLines(peaks(1), map, PlotTheme::light(QFont())).front();
        const QRectF point(free.label.center() - QPointF(3, 3), QSizeF(6, 6));
        const RoofLine moved = roofLines(peaks(1), map, PlotTheme::light(QFont()), {point}).front();
        QVERIFY(!moved.label.isEmpty() && !moved.label.intersects(point));
        const QRectF everywhere(0, 0, 600, 400);
        QCOMPARE(roofLines(peaks(1), map, PlotTheme::light(QFont()), {everywhere}).front().label, free.label);
    }

    void whatIsOutOfSightHasNoLine()
    {
        const PlotMapping map{QRectF(0, 0, 600, 400), {1e3, 1e4}, {1e8, 1e10}, true, true};
        QVERIFY(roofLines(peaks(1), map, PlotTheme::light(QFont())).empty());
    }
};

QTEST_MAIN(TestRooflineView)
#include "tst_roofline_view.moc"

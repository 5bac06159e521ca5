#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QLineF>
#include <QMenu>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QUndoStack>
#include <QWheelEvent>

#include <set>

#include "ui/plots/figure_text.h"
#include "ui/plots/hover_card.h"
#include "ui/plots/nearest_point.h"
#include "ui/plots/plot_navigation.h"
#include "ui/plots/scatter_arrows.h"
#include "ui/plots/scatter_plot.h"
#include "ui/plots/scatter_view.h"
#include "ui/session/document.h"

using namespace lathe;
using namespace lathe::ui;

namespace {

Record makeRecord(const std::string& id, const std::string& model, const std::string& type, double millions,
                  double throughput)
{
    Record record;
    record.id = id;
    record.configuration.model = model;
    record.configuration.input = {3, 224, 224};
    record.family = model;
    record.type = type;
    record.params = static_cast<std::int64_t>(millions * 1e6);
    record.macs = 1'000'000'000;
    record.latency.median = 1000.0 / throughput;
    record.latency.ciLow = 990.0 / throughput;
    record.latency.ciHigh = 1010.0 / throughput;
    record.throughput = throughput;
    record.throughputLow = throughput * 0.99;
    record.throughputHigh = throughput * 1.01;
    record.environment.cpu = "test CPU";
    return record;
}

std::vector<Record> threeRecords()
{
    return {makeRecord("a", "resnet50", "cnn", 25.6, 20.0), makeRecord("b", "swin_t", "vit", 28.3, 12.0),
            makeRecord("c", "mobilenet_v2", "cnn", 3.5, 80.0)};
}

/// resnet50 and what was made from it: at the same parameters, so straight above.
std::vector<Record> wholeAndCompressed()
{
    std::vector<Record> records = {makeRecord("whole", "resnet50", "cnn", 25.6, 20.0),
                                   makeRecord("small", "resnet50", "cnn", 25.6, 60.0),
                                   makeRecord("other", "mobilenet_v2", "cnn", 3.5, 80.0)};
    records[0].configuration.mode = "fused";
    records[0].fileBytes = 100'000'000;
    records[1].configuration.mode = "int8";
    records[1].scheme = "int8";
    records[1].origin = "resnet50";
    records[1].fileBytes = 25'000'000;
    return records;
}

/// A view on a document with three records, shown.
struct Shown {
    Document document;
    ScatterView view{&document};
    ScatterPlot* plot = view.findChild<ScatterPlot*>("scatterPlot");

    explicit Shown(const std::vector<Record>& records = threeRecords())
    {
        for (const Record& record : records)
            document.appendRecord(record);
        view.resize(800, 600);
        view.show();
        settle();
    }
    void settle() const
    {
        QTest::qWait(1); // the plot redraws at the next turn of the event loop
        QApplication::processEvents();
    }
    QWidget* surface() const { return plot->surface(); }
    QPoint at(const char* id) const { return plot->pixelOf(id).toPoint(); }
    void click(const QPoint& where, Qt::KeyboardModifiers keys = {}) const
    {
        QTest::mouseClick(surface(), Qt::LeftButton, keys, where);
        settle();
    }
    void drag(const QPoint& from, const QPoint& to, Qt::KeyboardModifiers keys = {}) const
    {
        QTest::mousePress(surface(), Qt::LeftButton, keys, from);
        for (const QPoint& where : {from + (to - from) / 2, to}) {
            QMouseEvent move(QEvent::MouseMove, where, surface()->mapToGlobal(where), Qt::NoButton, Qt::LeftButton,
                             keys);
            QApplication::sendEvent(surface(), &move);
        }
        QTest::mouseRelease(surface(), Qt::LeftButton, keys, to);
        settle();
    }
    void wheel(const QPointF& where) const
    {
        QWheelEvent event(where, surface()->mapToGlobal(where), {}, QPoint(0, 120), Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QApplication::sendEvent(surface(), &event);
        settle();
    }
    template <class T> T* child(const char* name) const
    {
        auto* found = view.findChild<T*>(name);
        Q_ASSERT(found);
        return found;
    }
    QColor colourAt(const QPointF& where) const
    {
        const QImage image = surface()->grab().toImage();
        return image.pixelColor((where * image.devicePixelRatio()).toPoint());
    }
    QString notice() const { return child<QLabel>("scatterNotice")->text(); }
};

} // namespace

class TestScatter : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        table = folder.filePath("benchmark-infer-tiny.csv");
        write(table, "model,infer_samples_per_sec,infer_step_time,infer_batch_size,param_count,infer_gmacs\n"
                     "resnet50,2500.0,100.0,256,25.56,4.11\n"
                     "vit_base_patch16_224,900.0,280.0,256,86.57,17.58\n"
                     "mixer_b16_224,1100.0,230.0,256,59.88,12.62\n");
    }

    void recordsBecomePointsInTheAxesUnits()
    {
        const ScatterModel model = makeScatterModel(threeRecords(), PlotSettings());
        QCOMPARE(model.points.size(), std::size_t(3));
        QCOMPARE(model.points[0].x.value, 25.6);
        QCOMPARE(model.points[0].y.value, 20.0);
        QCOMPARE(model.points[0].y.low, 19.8);
        QCOMPARE(model.points[1].label, QString("swin_t"));
        QCOMPARE(model.series.size(), std::size_t(2));
        QCOMPARE(model.series[0].name, QString("CNN"));
        QCOMPARE(model.series[1].key, QString("type:vit"));
    }

    void labelsSayWhatTellsRecordsOfAModelApart()
    {
        std::vector<Record> records = threeRecords();
        records.push_back(makeRecord("d", "resnet50", "cnn", 25.6, 40.0));
        records.back().configuration.mode = "fused";
        records.back().configuration.batch = 8;
        const std::vector<QString> labels = recordLabels(records);
        QCOMPARE(labels[0], QString("resnet50 · eager · b1"));
        QCOMPARE(labels[1], QString("swin_t"));
        QCOMPARE(labels[3], QString("resnet50 · fused · b8"));
    }

    void recordsWithoutAFigureAreCountedNotDropped()
    {
        std::vector<Record> records = threeRecords();
        records[0].top1 = 0.803;
        PlotSettings settings;
        settings.x = "top1";
        const ScatterModel model = makeScatterModel(records, settings);
        QCOMPARE(model.points.size(), std::size_t(1));
        QCOMPARE(model.points[0].x.value, 80.3);
        QCOMPARE(model.notices.size(), std::size_t(1));
        QVERIFY(model.notices[0].startsWith("2 of 3 records not shown"));
    }

    void theOddMachineIsMarkedWhicheverCameLast()
    {
        std::vector<Record> records = threeRecords();
        records[2].environment.cpu = "another CPU";
        const ScatterModel model = makeScatterModel(records, PlotSettings());
        QVERIFY(!model.points[0].unlike);
        QVERIFY(!model.points[1].unlike);
        QVERIFY(model.points[2].unlike);
    }

    void coloursFollowWhatIsChosen_data()
    {
        QTest::addColumn<QString>("colour");
        QTest::addColumn<QStringList>("names");
        QTest::newRow("type") << "type" << QStringList{"CNN", "ViT"};
        QTest::newRow("family") << "family" << QStringList{"resnet50", "swin_t", "mobilenet_v2"};
        QTest::newRow("mode") << "mode" << QStringList{"eager"};
        QTest::newRow("scheme") << "scheme" << QStringList{"float32"};
        QTest::newRow("machine") << "machine" << QStringList{"test CPU"};
    }
    void coloursFollowWhatIsChosen()
    {
        QFETCH(QString, colour);
        PlotSettings settings;
        settings.colour = colour.toStdString();
        QStringList names;
        for (const ScatterSeries& series : makeScatterModel(threeRecords(), settings).series)
            names << series.name;
        QTEST(names, "names");
    }

    void compressedNetworksAreASeriesOfTheirScheme()
    {
        PlotSettings settings;
        settings.colour = "scheme";
        const ScatterModel model = makeScatterModel(wholeAndCompressed(), settings);
        QCOMPARE(model.series.size(), std::size_t(2));
        QCOMPARE(model.series[0].key, QString("scheme:float32"));
        QCOMPARE(model.series[1].name, QString("int8"));
        QVERIFY(seriesStyle(model.series[0], PlotTheme::light(QFont())).marker !=
                seriesStyle(model.series[1], PlotTheme::light(QFont())).marker);
    }

    void anArrowLeadsFromANetworkToItsCompressedSelf()
    {
        Shown shown(wholeAndCompressed());
        QCOMPARE(shown.plot->scene().model.arrows.size(), std::size_t(1));
        shown.child<QAction>("scatterFront")->trigger(); // its step would lie there
        shown.child<QAction>("scatterLabels")->trigger();
        shown.child<QComboBox>("scatterColour")->setCurrentText("Scheme");
        shown.settle();
        const QPointF middle = (shown.plot->pixelOf("whole") + shown.plot->pixelOf("small")) / 2.0;
        const QColor background = shown.plot->theme().background;
        const QColor target = seriesStyle(shown.plot->scene().model.series[1], shown.plot->theme()).colour;
        const QColor drawn = shown.colourAt(middle);
        QVERIFY(drawn != background);
        QVERIFY(std::abs(drawn.hsvHue() - target.hsvHue()) < 20);

        shown.child<QAction>("scatterArrows")->trigger();
        shown.settle();
        QVERIFY(!shown.document.plot().arrows);
        QVERIFY(shown.colourAt(middle) != drawn);
        QVERIFY(shown.plot->legendEntryRect("arrows").isEmpty());
        shown.document.undoStack()->undo();
        shown.settle();
        QCOMPARE(shown.colourAt(middle), drawn);
        shown.click(shown.plot->legendEntryRect("arrows").center().toPoint());
        QVERIFY(shown.colourAt(middle) != drawn);
    }

    void anArrowEndsWhereTheMarkerBegins()
    {
        ScatterScene scene = makeScene(makeScatterModel(wholeAndCompressed(), PlotSettings()), {}, PlotSettings());
        const PlotTheme theme = PlotTheme::light(QFont());
        const PlotMapping map{QRectF(0, 0, 400, 400), {1.0, 100.0}, {10.0, 100.0}, true, true};
        const auto arrows = layoutArrows(scene, map, theme);
        QCOMPARE(arrows.size(), std::size_t(1));
        const QPointF target = map.toPixel(25.6, 60.0);
        const QPointF tip = arrows[0].head.front();
        QVERIFY(std::abs(tip.x() - target.x()) < 0.01);
        // A circle's radius and a gap of a pixel, from below.
        QVERIFY(std::abs(tip.y() - target.y() - theme.pointSize / 2.0 - 1.0) < 0.1);
        QVERIFY(arrows[0].shaft.front().y() < map.yPixel(20.0) - theme.pointSize / 2.0);
        scene.hidden.insert("type:cnn");
        QVERIFY(layoutArrows(scene, map, theme).empty());
    }

    void anArrowBendsAroundAPointOfItsNetworkInItsWay()
    {
        std::vector<Record> records = wholeAndCompressed();
        records.push_back(makeRecord("between", "resnet50", "cnn", 25.6, 35.0));
        records.back().configuration.mode = "channels_last";
        const ScatterScene scene = makeScene(makeScatterModel(records, PlotSettings()), {}, PlotSettings());
        const PlotTheme theme = PlotTheme::light(QFont());
        const PlotMapping map{QRectF(0, 0, 400, 400), {1.0, 100.0}, {10.0, 100.0}, true, true};
        const auto arrows = layoutArrows(scene, map, theme);
        QCOMPARE(arrows.size(), std::size_t(1));
        const QPointF obstacle = map.toPixel(25.6, 35.0);
        for (const QPointF& corner : arrows[0].shaft)
            QVERIFY(QLineF(corner, obstacle).length() > theme.pointSize / 2.0 + 1.0);
        records.back().configuration.model = "another"; // it goes behind others', or a full plot would be a tangle
        const ScatterScene other = makeScene(makeScatterModel(records, PlotSettings()), {}, PlotSettings());
        QCOMPARE(layoutArrows(other, map, theme)[0].shaft.size(), 2);
    }

    void pointsThatTouchHaveNoRoomForAnArrow()
    {
        std::vector<Record> records = wholeAndCompressed();
        records[1].throughput = 20.1;
        const ScatterScene scene = makeScene(makeScatterModel(records, PlotSettings()), {}, PlotSettings());
        const PlotMapping map{QRectF(0, 0, 400, 400), {1.0, 100.0}, {10.0, 100.0}, true, true};
        QVERIFY(layoutArrows(scene, map, PlotTheme::light(QFont())).empty());
        records[1].throughput = 20.0; // the very same place
        const ScatterScene same = makeScene(makeScatterModel(records, PlotSettings()), {}, PlotSettings());
        QVERIFY(layoutArrows(same, map, PlotTheme::light(QFont())).empty());
    }

    void theHoverCardSaysWhatCompressionGained()
    {
        const std::vector<Record> records = wholeAndCompressed();
        const QString text = plainCard(recordCard(records[1], records));
        QVERIFY(text.contains("int8: 3.00 ± 0.06 times as fast as resnet50 fused, file 25 % of its size."));
        QVERIFY(!plainCard(recordCard(records[0], records)).contains("times as fast"));
    }

    void aMarkersAreaIsItsShareOfTheLargest()
    {
        PlotSettings settings;
        settings.size = "throughput";
        const ScatterModel model = makeScatterModel(threeRecords(), settings);
        const PlotTheme theme = PlotTheme::light(QFont());
        QCOMPARE(model.points[0].size, 0.25);
        QCOMPARE(model.points[2].size, 1.0);
        QCOMPARE(markerDiameter(model.points[2], model, theme), 2.0 * markerDiameter(model.points[0], model, theme));
    }

    void theFrontStepsToTheNextOptimum()
    {
        // More of both costs more parameters: within a budget the last one counts.
        const auto line = frontLine({{1.0, 10.0}, {2.0, 5.0}, {4.0, 30.0}}, Quantity::Params, Quantity::Throughput);
        QCOMPARE(line.size(), std::size_t(3));
        QCOMPARE(line[1].x, 4.0);
        QCOMPARE(line[1].y, 10.0);
        const auto accuracy = frontLine({{70.0, 50.0}, {80.0, 20.0}}, Quantity::Top1, Quantity::Throughput);
        QCOMPARE(accuracy.size(), std::size_t(3));
        QCOMPARE(accuracy[1].x, 70.0);
        QCOMPARE(accuracy[1].y, 20.0);
    }

    void trendsNeedThreePointsOfAType()
    {
        std::vector<Record> records;
        for (const double millions : {1.0, 10.0, 100.0})
            records.push_back(makeRecord(std::to_string(millions), "net", "cnn", millions, 1000.0 / millions));
        records.push_back(makeRecord("v", "vit", "vit", 5.0, 5.0));
        const auto trends = scatterTrends(makeScatterModel(records, PlotSettings()), {});
        QCOMPARE(trends.size(), std::size_t(1));
        QVERIFY(std::abs(trends[0].law.exponent + 1.0) < 1e-9);
        QCOMPARE(trendText(trends[0].law), QString("x^−1.00, R² 1.00"));
    }

    void figuresHaveTheDigitsTheirIntervalSupports()
    {
        QCOMPARE(figureText({12.3187, 12.1, 12.5}), QString("12.3 ± 0.2"));
        QCOMPARE(figureText({1234.0, 1190.0, 1278.0}), QString("1230 ± 40"));
        QCOMPARE(figureText({25.557, 25.557, 25.557}), QString("25.6"));
    }

    void theNearestPointIsFoundThroughItsStrip()
    {
        const PlotMapping map{QRectF(0, 0, 100, 100), {0, 100}, {0, 100}, false, false};
        const NearestPoint nearest({{10, 10}, {52, 50}, {50, 50}, {90, 90}});
        const auto any = [](std::size_t) { return true; };
        QCOMPARE(nearest.at({50.4, 50}, 10.0, map, any), std::optional<std::size_t>(2));
        QCOMPARE(nearest.at({50.4, 50}, 10.0, map, [](std::size_t i) { return i != 2; }),
                 std::optional<std::size_t>(1));
        QCOMPARE(nearest.at({30, 30}, 10.0, map, any), std::optional<std::size_t>());
    }

    void anEmptyViewSaysWhatToDoFirst()
    {
        Shown shown(std::vector<Record>{});
        QVERIFY(shown.view.isEmpty());
        QVERIFY(!shown.plot->isVisible());
        QString asked;
        shown.view.setChooseFile([&](const QString& title, const QString&) {
            asked = title;
            return QString();
        });
        shown.child<QPushButton>("emptyHintButton")->click();
        QCOMPARE(asked, QString("Open a timm benchmark table"));
        shown.document.appendRecord(threeRecords()[0]);
        QVERIFY(shown.plot->isVisible());
    }

    void aClickSelectsAndCtrlAdds()
    {
        Shown shown;
        shown.click(shown.at("a"));
        QCOMPARE(shown.document.selection(), QStringList{"a"});
        shown.click(shown.at("c"), Qt::ControlModifier);
        QCOMPARE(shown.document.selection(), QStringList({"a", "c"}));
        shown.click(shown.at("a"), Qt::ControlModifier);
        QCOMPARE(shown.document.selection(), QStringList{"c"});
        shown.click(shown.plot->mapping().area.bottomRight().toPoint() - QPoint(8, 8));
        QCOMPARE(shown.document.selection(), QStringList());
    }

    void aSelectionElsewhereLightsThePoint()
    {
        Shown shown;
        const QRect around(shown.at("b") - QPoint(14, 14), QSize(28, 28));
        const QImage before = shown.surface()->grab(around).toImage();
        shown.document.select({"b"});
        shown.settle();
        QVERIFY(shown.surface()->grab(around).toImage() != before);
    }

    void shiftAndDragSelectsAllInside()
    {
        Shown shown;
        const QRectF area = shown.plot->mapping().area;
        shown.drag(area.topLeft().toPoint() + QPoint(2, 2), area.bottomRight().toPoint() - QPoint(2, 2),
                   Qt::ShiftModifier);
        QCOMPARE(shown.document.selection(), QStringList({"a", "b", "c"}));
        QVERIFY(shown.plot->isFitted());
    }

    void theLassoSelectsWhatItRounds()
    {
        Shown shown;
        shown.plot->navigation()->setTool(PlotNavigation::Tool::Lasso);
        const QPoint c = shown.at("c");
        QTest::mousePress(shown.surface(), Qt::LeftButton, {}, c + QPoint(-20, -20));
        for (const QPoint& step : {QPoint(20, -20), QPoint(20, 20), QPoint(-20, 20)}) {
            QMouseEvent move(QEvent::MouseMove, c + step, shown.surface()->mapToGlobal(c + step), Qt::NoButton,
                             Qt::LeftButton, {});
            QApplication::sendEvent(shown.surface(), &move);
        }
        QTest::mouseRelease(shown.surface(), Qt::LeftButton, {}, c + QPoint(-20, 20));
        QCOMPARE(shown.document.selection(), QStringList{"c"});
    }

    void aDraggedRectangleZoomsUnlessItIsTiny()
    {
        Shown shown;
        const Range before = shown.plot->mapping().x;
        const QPoint middle = shown.plot->mapping().area.center().toPoint();
        shown.drag(middle, middle + QPoint(9, 9));
        QVERIFY(shown.plot->mapping().x == before);
        shown.drag(middle, middle + QPoint(150, 150));
        QVERIFY(shown.plot->mapping().x.low > before.low && shown.plot->mapping().x.high < before.high);
        QVERIFY(!shown.plot->isFitted());
        QTest::keyClick(shown.surface(), Qt::Key_Home);
        QVERIFY(shown.plot->mapping().x == before);
    }

    void theWheelZoomsAtTheCursorAndOverAnAxisThatAxisAlone()
    {
        Shown shown;
        const PlotMapping before = shown.plot->mapping();
        const QPointF at = before.area.center() + QPointF(60, 40);
        const QPointF value = before.toValue(at);
        shown.wheel(at);
        const PlotMapping after = shown.plot->mapping();
        QVERIFY(after.x.high < before.x.high && after.y.high < before.y.high);
        QVERIFY(std::abs(axisPosition(value.x(), after.x, 1.0, true) - axisPosition(value.x(), before.x, 1.0, true)) <
                1e-9);
        shown.wheel(QPointF(before.area.center().x(), before.area.bottom() + 12));
        QVERIFY(shown.plot->mapping().x.high < after.x.high);
        QVERIFY(shown.plot->mapping().y == after.y);
    }

    void aRecordThatArrivesDoesNotMoveAZoomedView()
    {
        Shown shown;
        QTest::keyClick(shown.surface(), Qt::Key_Plus);
        const Range zoomed = shown.plot->mapping().x;
        shown.document.appendRecord(makeRecord("d", "vit_l_16", "vit", 304.0, 2.0));
        shown.settle();
        QVERIFY(shown.plot->mapping().x == zoomed);
        shown.child<QToolButton>("scatterFit")->click();
        QVERIFY(shown.plot->mapping().x.high > 304.0);
    }

    void theLegendTogglesASeriesAndKeepsItListed()
    {
        Shown shown;
        const QPoint entry = shown.plot->legendEntryRect("type:cnn").center().toPoint();
        shown.click(entry);
        QVERIFY(shown.plot->scene().hidden.contains("type:cnn"));
        QVERIFY(!shown.plot->legendEntryRect("type:cnn").isEmpty());
        shown.click(shown.at("a"));
        QCOMPARE(shown.document.selection(), QStringList()); // what is hidden cannot be hit
        shown.click(shown.plot->legendEntryRect("type:cnn").center().toPoint());
        QVERIFY(shown.plot->scene().hidden.empty());
    }

    void aHiddenSeriesIsPartOfTheSessionAndCanBeUndone()
    {
        Shown shown;
        shown.click(shown.plot->legendEntryRect("type:cnn").center().toPoint());
        QCOMPARE(shown.document.plot().hidden, std::vector<std::string>{"type:cnn"});
        QVERIFY(shown.document.isModified());
        const QString file = folder.filePath("hidden.lathe");
        QVERIFY(shown.document.save(file).has_value());
        shown.document.undoStack()->undo();
        QVERIFY(shown.plot->scene().hidden.empty());

        Document again;
        ScatterView view(&again);
        QVERIFY(again.open(file).has_value());
        QVERIFY(view.findChild<ScatterPlot*>("scatterPlot")->scene().hidden.contains("type:cnn"));
    }

    void arrowsStepFromPointToPointAndReturnSelects()
    {
        Shown shown;
        QTest::keyClick(shown.surface(), Qt::Key_Right);
        QCOMPARE(shown.plot->hoveredId(), QString("c"));
        QTest::keyClick(shown.surface(), Qt::Key_Right);
        QCOMPARE(shown.plot->hoveredId(), QString("a"));
        QVERIFY(shown.surface()->accessibleDescription().contains("resnet50"));
        QTest::keyClick(shown.surface(), Qt::Key_Return);
        QCOMPARE(shown.document.selection(), QStringList{"a"});
    }

    void theHoverCardHasFiguresAndFlagsInWords()
    {
        std::vector<Record> records = threeRecords();
        records[0].flags.push_back({"contention", "Another process took 23 % of the cores."});
        Shown shown(records);
        QTest::mouseMove(shown.surface(), shown.at("b"));
        QMouseEvent move(QEvent::MouseMove, shown.at("a"), shown.surface()->mapToGlobal(shown.at("a")), Qt::NoButton,
                         Qt::NoButton, {});
        QApplication::sendEvent(shown.surface(), &move);
        QVERIFY(shown.child<HoverCard>("hoverCard")->isVisible());
        const QString text = plainCard(recordCard(records[0]));
        QVERIFY(text.contains("resnet50"));
        QVERIFY(text.contains("20.0 ± 0.2"));
        QVERIFY(text.contains("Another process took 23 % of the cores."));
        QCOMPARE(shown.surface()->accessibleDescription(), text);
    }

    void controlsChangeTheSettingsAndUndoBringsThemBack()
    {
        Shown shown;
        auto* x = shown.child<QComboBox>("scatterXQuantity");
        x->setCurrentIndex(x->findData("macs"));
        QCOMPARE(shown.document.plot().x, std::string("macs"));
        QCOMPARE(shown.plot->titles().x, QString::fromStdString(axisTitle(Quantity::Macs)));
        shown.child<QToolButton>("scatterYLog")->click();
        QVERIFY(!shown.document.plot().yLog);
        shown.document.undoStack()->undo();
        shown.document.undoStack()->undo();
        QCOMPARE(shown.document.plot().x, std::string("params"));
        QCOMPARE(x->currentData().toString(), QString("params"));
        QVERIFY(shown.child<QToolButton>("scatterYLog")->isChecked());
    }

    void aDoubleClickOnAnAxisTitleEditsIt()
    {
        Shown shown;
        const QPoint title(shown.plot->width() / 2, shown.plot->height() - 8);
        QTest::mouseDClick(shown.surface(), Qt::LeftButton, {}, title);
        auto* editor = shown.view.findChild<QLineEdit*>("plotTitleEditor");
        QVERIFY(editor);
        QTest::keyClicks(editor, "Weights");
        QTest::keyClick(editor, Qt::Key_Return);
        QCOMPARE(shown.document.plot().xTitle, std::string("Weights"));
        QCOMPARE(shown.view.titles().x, QString("Weights"));
    }

    void aTableGoesBehindTheRecordsAndComesOffAgain()
    {
        Shown shown;
        shown.view.openOverlay(table);
        QCOMPARE(shown.document.plot().overlay, table.toStdString());
        const OverlayModel& overlay = shown.plot->scene().overlay;
        QCOMPARE(overlay.points.size(), std::size_t(3));
        QCOMPARE(overlay.points[0].x, 25.56);
        QCOMPARE(overlay.points[0].y, 2500.0);
        QCOMPARE(overlay.points[1].type, ArchitectureType::Vit);
        QCOMPARE(overlay.points[2].type, ArchitectureType::Mlp);
        shown.view.clearOverlay();
        QVERIFY(shown.plot->scene().overlay.points.empty());
        QCOMPARE(shown.document.records().size(), std::size_t(3));
    }

    void hoveringATablesPointShowsItsModel()
    {
        Shown shown(std::vector<Record>{});
        shown.view.openOverlay(table);
        shown.settle();
        const OverlayPoint& vit = shown.plot->scene().overlay.points[1];
        const QPointF at = shown.plot->mapping().toPixel(vit.x, vit.y);
        QMouseEvent move(QEvent::MouseMove, at, shown.surface()->mapToGlobal(at), Qt::NoButton, Qt::NoButton, {});
        QApplication::sendEvent(shown.surface(), &move);
        QVERIFY(shown.surface()->accessibleDescription().contains("vit_base_patch16_224"));
        QCOMPARE(shown.plot->hoveredId(), QString());
    }

    void aMissingTableIsSaidInPlaceAndNothingIsLost()
    {
        Shown shown;
        shown.view.openOverlay(folder.filePath("gone.csv"));
        QVERIFY(shown.notice().contains("gone.csv"));
        QVERIFY(shown.child<QLabel>("scatterNotice")->isVisible());
        QCOMPARE(shown.plot->scene().model.points.size(), std::size_t(3));
        QVERIFY(!shown.document.plot().overlay.empty()); // the file may come back
        shown.view.clearOverlay();
        QVERIFY(!shown.child<QLabel>("scatterNotice")->isVisible());
    }

    void aQuantityTheTableLacksIsSaidInPlace()
    {
        Shown shown;
        shown.view.openOverlay(table);
        auto* y = shown.child<QComboBox>("scatterYQuantity");
        y->setCurrentIndex(y->findData("peak_memory"));
        QVERIFY(shown.plot->scene().overlay.points.empty());
        QVERIFY(shown.notice().contains("has no peak memory"));
        y->setCurrentIndex(y->findData("top1"));
        QVERIFY(shown.notice().contains("accuracy table"));
    }

    void anAccuracyTableBesideGivesTop1()
    {
        write(folder.filePath("results-imagenet.csv"), "model,top1,top5\nresnet50,80.4,94.6\n");
        Shown shown;
        shown.view.openOverlay(table);
        auto* x = shown.child<QComboBox>("scatterXQuantity");
        x->setCurrentIndex(x->findData("top1"));
        QFile::remove(folder.filePath("results-imagenet.csv"));
        QCOMPARE(shown.plot->scene().overlay.points.size(), std::size_t(1));
        QVERIFY(std::abs(shown.plot->scene().overlay.points[0].x - 80.4) < 1e-9);
    }

    void theWholeOfTimmsTableIsRead()
    {
        const QString path =
            QStringLiteral(LATHE_SHARED_DATA) + "/data/timm/benchmark-infer-amp-nhwc-pt240-cu124-rtx4090.csv";
        if (!QFile::exists(path))
            QSKIP("timm's benchmark tables are not beside the project (../shared/data/timm).");
        Shown shown;
        shown.view.openOverlay(path);
        QCOMPARE(shown.plot->scene().overlay.points.size(), std::size_t(1441));
    }

    void aPaletteChangeChangesTheTheme()
    {
        Shown shown;
        QVERIFY(!shown.plot->theme().isDark);
        QPalette dark;
        dark.setColor(QPalette::Window, Qt::black);
        dark.setColor(QPalette::WindowText, Qt::white);
        dark.setColor(QPalette::Base, Qt::black);
        dark.setColor(QPalette::Text, Qt::white);
        shown.view.setPalette(dark);
        QVERIFY(shown.plot->theme().isDark);
    }

    void theControlsTakeTwoRowsInAWindowOf1280Pixels()
    {
        Shown shown;
        QFont font = shown.view.font();
        font.setPixelSize(12);
        shown.view.setFont(font);
        shown.view.resize(590, 500); // what docks of the usual widths leave
        shown.settle();
        std::set<int> rows;
        auto* controls = shown.child<QWidget>("scatterControls");
        for (const QWidget* control : controls->findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly))
            rows.insert(control->y());
        QCOMPARE(rows.size(), std::size_t(2));
    }

    void whatIsDrawnIsChosenInAMenu()
    {
        Shown shown;
        auto* front = shown.child<QAction>("scatterFront");
        QVERIFY(front->isChecked());
        front->trigger();
        QVERIFY(!shown.document.plot().front);
        shown.document.undoStack()->undo();
        QVERIFY(front->isChecked());
        for (const QAction* action : shown.child<QToolButton>("scatterShow")->menu()->actions())
            QVERIFY2(action->isCheckable() && action->toolTip() != action->text(), qPrintable(action->text()));
    }

    void everyControlHasANameAndATip()
    {
        Shown shown;
        for (QWidget* control : shown.view.findChildren<QWidget*>()) {
            if (!qobject_cast<QComboBox*>(control) && !qobject_cast<QToolButton*>(control))
                continue;
            QVERIFY2(!control->accessibleName().isEmpty(), qPrintable(control->objectName()));
            QVERIFY2(!control->toolTip().isEmpty(), qPrintable(control->objectName()));
            QVERIFY(!control->objectName().isEmpty());
        }
    }

private:
    static void write(const QString& path, const QByteArray& text)
    {
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }

    QTemporaryDir folder;
    QString table;
};

QTEST_MAIN(TestScatter)
#include "tst_scatter.moc"

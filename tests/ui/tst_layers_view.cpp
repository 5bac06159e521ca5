#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <QTreeView>

#include <algorithm>

#include "core/architectures/catalogue.h"
#include "ui/layers/layer_picture.h"
#include "ui/layers/layer_subjects.h"
#include "ui/layers/layer_tree_model.h"
#include "ui/layers/layers_view.h"
#include "ui/session/document.h"

using namespace lathe;
using namespace lathe::ui;

namespace {

/// A record of LeNet whose layers take 1, 2, 3, ... ms.
Record lenetRecord(const std::string& id = "r1", std::int64_t batch = 4)
{
    Record record;
    record.id = id;
    record.configuration = {.model = "lenet", .batch = batch, .input = {}};
    record.latency.median = 10.0;
    const Graph graph = *buildArchitecture("lenet");
    double next = 1.0;
    for (std::size_t i = 1; i < graph.nodes().size(); ++i)
        record.layers.push_back(
            {graph.nodes()[i].name, std::string(operationName(graph.nodes()[i].operation)), next++, 0});
    for (const LayerTime& layer : record.layers)
        record.layersTotalMs += layer.milliseconds;
    return record;
}

class Shown {
public:
    Shown() : view(&document) { view.resize(900, 700); }
    template <class T> T* find(const char* name) const { return view.findChild<T*>(QString::fromLatin1(name)); }
    QAbstractItemModel* layers() const { return find<QTreeView>("layerTree")->model(); }
    void show()
    {
        view.show();
        QVERIFY(QTest::qWaitForWindowExposed(&view));
    }

    Document document;
    LayersView view;
};

} // namespace

class TestLayersView : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theTreeHasTheWholeNetworkAndItsSums();
    void flatHasOneRowALayerInTheOrderTheyRun();
    void numbersSortAsNumbers();
    void selectedRecordsComeFirst();
    void theNetworkThatWasMeasuredSinceIsShown();
    void tilesCoverTheMapInProportion();
    void barsAddUpToTheirWidth();
    void aTileIsNamedByWhatTellsItApart();
    void anEmptySessionSaysWhatToDo();
    void aTickedModelIsShownWithoutTimes();
    void aRecordIsShownWithItsTimes();
    void searchingKeepsWhatMatchesAndDimsTheRest();
    void aClickOnATileSelectsItsLayer();
    void aModelThatIsGoneShowsWhatTheRecordHolds();
    void theTableIsSavedAsCsv();
};

void TestLayersView::theTreeHasTheWholeNetworkAndItsSums()
{
    LayerTreeModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setTable(layerTable(*buildArchitecture("resnet18"), 1), "resnet18");
    QCOMPARE(model.rowCount(), 1);
    const QModelIndex root = model.index(0, 0);
    QCOMPARE(root.data().toString(), QString("resnet18"));
    QCOMPARE(root.siblingAtColumn(LayerTreeModel::Parameters).data().toString(), QString("11690"));
    QCOMPARE(root.siblingAtColumn(LayerTreeModel::Macs).data().toString(), QString("1814"));
    QCOMPARE(model.index(0, 0, root).data().toString(), QString("conv1"));
    const QModelIndex layer1 = model.index(4, 0, root);
    QCOMPARE(layer1.data().toString(), QString("layer1"));
    QCOMPARE(model.index(0, 0, model.index(0, 0, layer1)).data(LayerTreeModel::PathRole).toString(),
             QString("layer1.0.conv1"));
}

void TestLayersView::flatHasOneRowALayerInTheOrderTheyRun()
{
    LayerTreeModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const Record record = lenetRecord();
    model.setTable(layerTable(*buildArchitecture("lenet"), 4, record.layers), "lenet");
    model.setFlat(true);
    QCOMPARE(model.rowCount(), static_cast<int>(record.layers.size()));
    for (int row = 0; row < model.rowCount(); ++row)
        QCOMPARE(model.index(row, 0).data().toString().toStdString(),
                 record.layers[static_cast<std::size_t>(row)].name);
    QCOMPARE(model.index(1, LayerTreeModel::Time).data().toString(), QString("2.00"));
    model.setFlat(false);
    QCOMPARE(model.rowCount(), 1);
    model.setTable({}, {});
    QCOMPARE(model.rowCount(), 0);
}

void TestLayersView::numbersSortAsNumbers()
{
    LayerTreeModel model;
    model.setTable(layerTable(*buildArchitecture("lenet"), 1), "lenet");
    model.setFlat(true);
    const QVariant macs = model.index(0, LayerTreeModel::Macs).data(LayerTreeModel::SortRole);
    QCOMPARE(macs.toDouble(), static_cast<double>(model.table().rows[0].macs));
    QVERIFY(!model.index(0, LayerTreeModel::Time).data(LayerTreeModel::SortRole).isValid()); // not measured: last
}

void TestLayersView::selectedRecordsComeFirst()
{
    Session session;
    session.setup.models = {"swin_t"};
    session.records = {lenetRecord("a"), lenetRecord("b", 8)};
    const auto subjects = layerSubjects(session, {"a"});
    QCOMPARE(subjects.size(), std::size_t{3});
    QCOMPARE(subjects[0].key, QString("a"));
    QCOMPARE(subjects[1].key, QString("b"));
    QCOMPARE(subjects[2].text, QString("swin_t (not measured)"));
    QCOMPARE(chosenSubject(subjects, {"a"}, "b"), 0);
    QCOMPARE(chosenSubject(subjects, {}, "b"), 1);
    QCOMPARE(chosenSubject(subjects, {}, "gone"), 0);
    QCOMPARE(chosenSubject({}, {}, {}), -1);
    session.setup.models = {"/home/a/model.pth", "/home/b/model.pth"}; // told apart by their folders
    const auto files = layerSubjects(session, {});
    QCOMPARE(files[2].text, QString("a/model.pth (not measured)"));
    QCOMPARE(files[3].text, QString("b/model.pth (not measured)"));
    session.setup.models = {"/home/a/model.pth"};
    session.records[0].configuration.model = "/home/b/model.pth";
    QCOMPARE(layerSubjects(session, {})[2].text, QString("a/model.pth (not measured)"));
}

void TestLayersView::theNetworkThatWasMeasuredSinceIsShown()
{
    Session session;
    session.setup.models = {"lenet"};
    session.records = {lenetRecord("a")};
    QCOMPARE(chosenSubject(layerSubjects(session, {}), {}, "lenet"), 0);
}

void TestLayersView::tilesCoverTheMapInProportion()
{
    LayerPictureContent content;
    content.table = layerTable(*buildArchitecture("lenet"), 1);
    content.branches = layerTree(content.table, "lenet");
    content.quantity = LayerQuantity::Parameters;
    const LayerScene scene = makeLayerScene(content, {800, 500}, PlotTheme::light(QFont()));
    double covered = 0.0;
    for (const TreemapTile& tile : scene.tiles) {
        QVERIFY(scene.map.adjusted(-0.01, -0.01, 0.01, 0.01).contains(tile.area));
        const LayerBranch& branch = content.branches[static_cast<std::size_t>(tile.branch)];
        if (!branch.children.empty())
            continue;
        const double area = tile.area.width() * tile.area.height();
        covered += area;
        const double share =
            static_cast<double>(branch.total.parameters) / static_cast<double>(content.branches[0].total.parameters);
        QVERIFY(std::abs(area - share * scene.map.width() * scene.map.height()) < 1.0);
        QCOMPARE(scene.branchAt(tile.area.center()), tile.branch);
    }
    QVERIFY(covered > 0.98 * scene.map.width() * scene.map.height());
    QCOMPARE(scene.branchAt({-5.0, -5.0}), -1);
}

void TestLayersView::barsAddUpToTheirWidth()
{
    LayerPictureContent content;
    content.table = layerTable(*buildArchitecture("mobilenet_v2"), 1);
    content.branches = layerTree(content.table, "mobilenet_v2");
    content.quantity = LayerQuantity::Macs;
    const LayerScene scene = makeLayerScene(content, {800, 500}, PlotTheme::dark(QFont()));
    QCOMPARE(scene.bars.size(), std::size_t{3}); // no times
    double right = 0.0;
    for (const KindSegment& segment : scene.segments)
        right = std::max(right, segment.area.right());
    QVERIFY(std::abs(right - 790.0) < 0.5);
    const KindSegment* first = scene.segmentAt(scene.segments.front().area.center());
    QVERIFY(first && first->kind == OperationKind::Convolution);
    QVERIFY(segmentCard(*first).contains("Parameters"));
}

void TestLayersView::aTileIsNamedByWhatTellsItApart()
{
    QCOMPARE(tileName("features.2.conv.0.0"), QString("conv.0.0"));
    QCOMPARE(tileName("layer1.0.conv1"), QString("conv1"));
    QCOMPARE(tileName("features.0"), QString("features.0"));
    QCOMPARE(tileName("conv1"), QString("conv1"));
    QCOMPARE(tileName("0"), QString("0"));
}

void TestLayersView::anEmptySessionSaysWhatToDo()
{
    Shown shown;
    shown.show();
    QVERIFY(shown.view.isEmpty());
    QCOMPARE(shown.find<QComboBox>("layerSubject")->count(), 0);
}

void TestLayersView::aTickedModelIsShownWithoutTimes()
{
    Shown shown;
    shown.show();
    Setup setup;
    setup.models = {"mobilenet_v2"};
    shown.document.setSetup(setup, "Tick");
    QTRY_COMPARE(shown.layers()->rowCount(), 1);
    QCOMPARE(shown.layers()->index(0, LayerTreeModel::Time).data().toString(), QString());
    QCOMPARE(shown.find<QComboBox>("layerQuantity")->currentText(), QString("MACs")); // there are no times
    QVERIFY(!shown.view.isEmpty());
}

void TestLayersView::aRecordIsShownWithItsTimes()
{
    Shown shown;
    shown.show();
    shown.document.appendRecord(lenetRecord());
    QTRY_COMPARE(shown.layers()->rowCount(), 1);
    const Record record = lenetRecord();
    const QString total = shown.layers()->index(0, LayerTreeModel::Time).data().toString();
    QCOMPARE(total.toDouble(), record.layersTotalMs);
    QVERIFY(shown.find<QLabel>("layerNote")->text().startsWith("The layers add up to"));
    shown.find<QComboBox>("layerForm")->setCurrentIndex(1);
    QCOMPARE(shown.layers()->rowCount(), static_cast<int>(record.layers.size()));
}

void TestLayersView::searchingKeepsWhatMatchesAndDimsTheRest()
{
    Shown shown;
    shown.show();
    shown.document.appendRecord(lenetRecord());
    QTRY_COMPARE(shown.layers()->rowCount(), 1);
    shown.find<QComboBox>("layerForm")->setCurrentIndex(1);
    shown.find<QLineEdit>("layerSearch")->setText("conv");
    const int kept = shown.layers()->rowCount();
    QVERIFY(kept > 0 && kept < static_cast<int>(lenetRecord().layers.size()));
    QVERIFY(!shown.find<LayerPicture>("layerPicture")->content().dimmed.empty());
    shown.find<QLineEdit>("layerSearch")->setText("no such layer");
    QCOMPARE(shown.layers()->rowCount(), 0);
    shown.find<QLineEdit>("layerSearch")->clear();
    QVERIFY(shown.find<LayerPicture>("layerPicture")->content().dimmed.empty());
}

void TestLayersView::aClickOnATileSelectsItsLayer()
{
    Shown shown;
    shown.show();
    shown.document.appendRecord(lenetRecord());
    QTRY_COMPARE(shown.layers()->rowCount(), 1);
    auto* picture = shown.find<LayerPicture>("layerPicture");
    const auto& tiles = picture->scene().tiles;
    const auto largest = std::max_element(tiles.begin(), tiles.end(), [](const TreemapTile& a, const TreemapTile& b) {
        return a.area.width() * a.area.height() < b.area.width() * b.area.height();
    });
    const int branch = picture->scene().branchAt(largest->area.center());
    const QPoint at = largest->area.center().toPoint();
    QTest::mouseClick(picture, Qt::LeftButton, {}, at);
    QCOMPARE(picture->content().selected, branch);
    QVERIFY(shown.find<QTreeView>("layerTree")->currentIndex().isValid());
}

void TestLayersView::aModelThatIsGoneShowsWhatTheRecordHolds()
{
    Shown shown;
    shown.show();
    Record record = lenetRecord();
    record.configuration.model = "gone/model.safetensors";
    shown.document.appendRecord(record);
    QTRY_COMPARE(shown.layers()->rowCount(), 1);
    QVERIFY(shown.find<QLabel>("layerNote")->text().contains("gone/model.safetensors"));
    shown.find<QComboBox>("layerForm")->setCurrentIndex(1);
    QCOMPARE(shown.layers()->index(0, LayerTreeModel::Time).data().toString(), QString("1.00"));
}

void TestLayersView::theTableIsSavedAsCsv()
{
    Shown shown;
    const QTemporaryDir folder;
    const QString path = folder.filePath("layers.csv");
    QString suggested;
    Questions questions = Questions::dialogs();
    questions.saveFile = [&](QWidget*, const QString&, const QString& name, const QString&) {
        suggested = name;
        return path;
    };
    shown.view.setQuestions(questions);
    shown.show();
    shown.document.appendRecord(lenetRecord());
    QTRY_COMPARE(shown.layers()->rowCount(), 1);
    const QSignalSpy told(&shown.view, &LayersView::told);
    shown.find<QToolButton>("layerSave")->click();
    QCOMPARE(suggested, QString("lenet-layers.csv"));
    QCOMPARE(told.size(), 1);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.readLine().startsWith("layer,operation,kind,"));
}

QTEST_MAIN(TestLayersView)
#include "tst_layers_view.moc"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include "ui/architectures/catalogue_filter.h"
#include "ui/architectures/catalogue_model.h"

using lathe::ui::CatalogueModel;
using lathe::ui::CatalogueProxy;
using lathe::ui::parseCatalogueFilter;

namespace {

int rowOf(const QAbstractItemModel& model, const QString& name)
{
    for (int row = 0; row < model.rowCount(); ++row)
        if (model.index(row, CatalogueModel::Name).data().toString() == name)
            return row;
    return -1;
}

QString cell(const QAbstractItemModel& model, const QString& name, int column)
{
    return model.index(rowOf(model, name), column).data().toString();
}

} // namespace

class CatalogueModelTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void showsPublishedFigures();
    void costsComeLater();
    void tickingTellsTheName();
    void unknownModelsStayTicked();
    void aModelFileIsARow();
    void filtersByWordsTypeAndRange();
    void badConditionIsASentence_data();
    void badConditionIsASentence();
    void sortsByValueWithUnknownLast();

private:
    std::vector<lathe::ui::CatalogueCost> m_costs;
};

void CatalogueModelTest::initTestCase()
{
    m_costs = lathe::ui::catalogueCosts();
}

void CatalogueModelTest::showsPublishedFigures()
{
    CatalogueModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(cell(model, "resnet50", CatalogueModel::Top1), QString("80.9"));
    QCOMPARE(cell(model, "resnet50", CatalogueModel::Type), QString("cnn"));
    QCOMPARE(cell(model, "resnet50", CatalogueModel::Year), QString("2015"));
    QCOMPARE(cell(model, "lenet", CatalogueModel::Top1), QString());
}

void CatalogueModelTest::costsComeLater()
{
    CatalogueModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(cell(model, "resnet50", CatalogueModel::Params), QString());
    model.setCosts(m_costs);
    QCOMPARE(cell(model, "resnet50", CatalogueModel::Params), QString("25.6"));
    QCOMPARE(cell(model, "resnet50", CatalogueModel::Gmacs), QString("4.09"));
}

void CatalogueModelTest::tickingTellsTheName()
{
    CatalogueModel model;
    QSignalSpy edited(&model, &CatalogueModel::tickEdited);
    const QModelIndex index = model.index(rowOf(model, "resnet18"), CatalogueModel::Name);
    QVERIFY(model.setData(index, Qt::Checked, Qt::CheckStateRole));
    QCOMPARE(model.ticked(), QStringList({"resnet18"}));
    QCOMPARE(edited.takeFirst().at(0).toString(), QString("resnet18"));
    QVERIFY(model.setData(index, Qt::Unchecked, Qt::CheckStateRole));
    QVERIFY(model.ticked().isEmpty());
}

void CatalogueModelTest::unknownModelsStayTicked()
{
    CatalogueModel model;
    model.setTicked({"own.safetensors"});
    QVERIFY(model.setData(model.index(0, CatalogueModel::Name), Qt::Checked, Qt::CheckStateRole));
    QCOMPARE(model.ticked().first(), QString("own.safetensors"));
    QCOMPARE(model.ticked().size(), 2);
}

void CatalogueModelTest::aModelFileIsARow()
{
    CatalogueModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    const int before = model.rowCount();
    model.setFile({"/models/Mine.json", false, {}, {}, {}, {}, 0, 0, {}, {}});
    QCOMPARE(model.rowCount(), before + 1);
    QVERIFY(model.holds("/models/Mine.json"));
    QVERIFY(model.holds("resnet50"));
    QVERIFY(!model.holds("Mine.json"));
    model.setFile({"/models/Mine.json", true, {}, "my own", "cnn", "1x28x28", 61706, 416520, 250000, {}});
    QCOMPARE(model.rowCount(), before + 1);
    QCOMPARE(cell(model, "Mine.json", CatalogueModel::Params), QString("0.0617"));
    QCOMPARE(cell(model, "Mine.json", CatalogueModel::Type), QString("cnn"));
    QCOMPARE(cell(model, "Mine.json", CatalogueModel::File), QString("0.250"));
    const QModelIndex row = model.index(rowOf(model, "Mine.json"), CatalogueModel::Name);
    QVERIFY(row.data(Qt::ToolTipRole).toString().contains("/models/Mine.json"));
    QVERIFY(model.setData(row, Qt::Checked, Qt::CheckStateRole));
    QCOMPARE(model.ticked(), QStringList({"/models/Mine.json"}));

    CatalogueProxy proxy(&model);
    auto filter = *parseCatalogueFilter("mine");
    filter.tickedOnly = true;
    proxy.setFilter(filter);
    QCOMPARE(proxy.rowCount(), 1);
    model.removeFile("/models/Mine.json");
    QCOMPARE(proxy.rowCount(), 0);
    QCOMPARE(model.rowCount(), before);
}

void CatalogueModelTest::filtersByWordsTypeAndRange()
{
    CatalogueModel model;
    model.setCosts(m_costs);
    CatalogueProxy proxy(&model);
    const QAbstractItemModelTester tester(&proxy, QAbstractItemModelTester::FailureReportingMode::QtTest);
    proxy.setFilter(*parseCatalogueFilter("params:20-30"));
    QVERIFY(rowOf(proxy, "resnet50") >= 0);
    QVERIFY(rowOf(proxy, "swin_v2_t") >= 0);
    QVERIFY(rowOf(proxy, "resnet18") < 0);
    proxy.setFilter(*parseCatalogueFilter("ResNet type:cnn gmacs<2"));
    QVERIFY(rowOf(proxy, "resnet18") >= 0);
    QVERIFY(rowOf(proxy, "resnet50") < 0);
    proxy.setFilter(*parseCatalogueFilter("type:vit year>=2021"));
    QVERIFY(rowOf(proxy, "resnet18") < 0);
    model.setTicked({"resnet101"});
    auto ticked = *parseCatalogueFilter("");
    ticked.tickedOnly = true;
    proxy.setFilter(ticked);
    QCOMPARE(proxy.rowCount(), 1);
}

void CatalogueModelTest::badConditionIsASentence_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("no number") << "params:many";
    QTest::newRow("unknown quantity") << "weight:20-30";
    QTest::newRow("three ends") << "params:1-2-3";
}

void CatalogueModelTest::badConditionIsASentence()
{
    QFETCH(QString, text);
    const auto parsed = parseCatalogueFilter(text);
    QVERIFY(!parsed);
    QVERIFY(QString::fromStdString(parsed.error().message).contains(text));
}

void CatalogueModelTest::sortsByValueWithUnknownLast()
{
    CatalogueModel model;
    model.setCosts(m_costs);
    CatalogueProxy proxy(&model);
    for (const auto order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
        proxy.sort(CatalogueModel::Top1, order);
        QVERIFY(proxy.index(0, CatalogueModel::Top1).data(CatalogueModel::SortRole).isValid());
        QVERIFY(!proxy.index(proxy.rowCount() - 1, CatalogueModel::Top1).data(CatalogueModel::SortRole).isValid());
    }
    proxy.sort(CatalogueModel::Params, Qt::AscendingOrder);
    QCOMPARE(proxy.index(0, CatalogueModel::Name).data().toString(), QString("lenet"));
}

QTEST_GUILESS_MAIN(CatalogueModelTest)
#include "tst_catalogue_model.moc"

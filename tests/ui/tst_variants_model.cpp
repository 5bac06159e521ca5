#include <QAbstractItemModelTester>
#include <QTest>

#include "ui/quantization/data_path_model.h"
#include "ui/quantization/variants_model.h"

using namespace Qt::StringLiterals;
using namespace lathe;
using namespace lathe::ui;

/// The tables of the Quantize page's comparison: networks in float and quantized, and the steps of one.
class TestVariantsModel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void isAModelWithAndWithoutRows();
    void aRowIsANetwork();
    void stepsAreRows();
};

namespace {

std::vector<Variant> variants()
{
    std::vector<Variant> all(3);
    const char* const names[] = {"float32 eager", "float32 fused", "int8"};
    for (std::size_t i = 0; i < 3; ++i) {
        all[i].name = names[i];
        all[i].size = {i < 2 ? 4000000 : 1000000, i < 2 ? 3700000 : 900000};
        all[i].timings = {{1, 2.0, 1.9, 2.1, 500.0, {}}, {8, 10.0, 9.5, 10.5, 800.0, {}}};
    }
    Comparison faster;
    faster.ratio = 0.5;
    faster.ciLow = 0.4;
    faster.ciHigh = 0.625;
    faster.sentence = "int8 is 2.00 times as fast.";
    all[2].timings[1].againstFused = faster;
    return all;
}

std::vector<PathStep> steps()
{
    PathStep first;
    first.kind = StepKind::Quantize;
    first.layer = "conv1";
    first.milliseconds = 0.25;
    first.bytes = 1250;
    PathStep second = first;
    second.kind = StepKind::Float;
    second.layer = "act";
    return {first, second};
}

} // namespace

void TestVariantsModel::isAModelWithAndWithoutRows()
{
    VariantsModel networks;
    const QAbstractItemModelTester ofNetworks(&networks, QAbstractItemModelTester::FailureReportingMode::QtTest);
    networks.setVariants(variants());
    networks.setVariants({});
    DataPathModel path;
    const QAbstractItemModelTester ofSteps(&path, QAbstractItemModelTester::FailureReportingMode::QtTest);
    path.setSteps(steps());
    path.setSteps({});
}

void TestVariantsModel::aRowIsANetwork()
{
    VariantsModel model;
    model.setVariants(variants());
    QCOMPARE(model.rowCount(), 3);
    QCOMPARE(model.columnCount(), VariantsModel::FixedColumns + 2 * 3);
    const auto text = [&](int row, int column) { return model.index(row, column).data().toString(); };
    QCOMPARE(text(2, VariantsModel::Name), u"int8"_s);
    QCOMPARE(text(2, VariantsModel::File), u"1 MB"_s);
    QCOMPARE(text(0, VariantsModel::Gzip), u"3.7 MB"_s);
    QCOMPARE(text(0, VariantsModel::Accuracy), u"–"_s);
    const int last = model.columnCount() - 1;
    QCOMPARE(model.headerData(last, Qt::Horizontal).toString(), u"speed-up, batch 8"_s);
    QCOMPARE(text(2, last), u"2.00 (1.60 to 2.50)"_s);
    QCOMPARE(text(1, last), QString());
    QCOMPARE(model.index(2, last).data(Qt::ToolTipRole).toString(), u"int8 is 2.00 times as fast."_s);
}

void TestVariantsModel::stepsAreRows()
{
    DataPathModel model;
    model.setSteps(steps());
    QCOMPARE(model.rowCount(), 2);
    QCOMPARE(model.index(0, DataPathModel::Layer).data().toString(), u"conv1"_s);
    QCOMPARE(model.index(0, DataPathModel::Kind).data().toString(), u"to integers"_s);
    QCOMPARE(model.index(1, DataPathModel::Kind).data().toString(), u"in float"_s);
    QCOMPARE(model.index(0, DataPathModel::Time).data().toString(), u"0.25"_s);
    QCOMPARE(model.index(1, DataPathModel::Layer).data(DataPathModel::SortRole).toInt(), 1); // in the order they run
}

QTEST_MAIN(TestVariantsModel)
#include "tst_variants_model.moc"

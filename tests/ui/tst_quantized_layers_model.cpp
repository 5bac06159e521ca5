#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include <limits>

#include "ui/quantization/quantized_layers_model.h"

using namespace Qt::StringLiterals;
using namespace lathe;
using namespace lathe::ui;

namespace {

using Model = QuantizedLayersModel;

LayerRow row(NodeId node, const char* name, const char* operation, Precision given)
{
    LayerRow made;
    made.node = node;
    made.name = name;
    made.operation = operation;
    made.given = given;
    made.chosen = given;
    made.isComputed = true;
    return made;
}

/// A convolution, a norm that has no choice, a linear layer, a convolution.
std::vector<LayerRow> fourRows()
{
    std::vector<LayerRow> rows{row(1, "conv1", "conv2d", Precision::Int8),
                               row(2, "norm", "layer_norm", Precision::Float32),
                               row(4, "fc", "linear", Precision::Int8), row(5, "conv2", "conv2d", Precision::Int8)};
    rows[0].operation = operationName(op::Conv2d{});
    rows[2].operation = operationName(op::Linear{});
    rows[3].operation = rows[0].operation;
    rows[1].reason = "no matrix product";
    rows[1].isComputed = false;
    rows[0].weightDb = 41.26;
    rows[0].outputDb = std::numeric_limits<double>::infinity();
    rows[0].floatMs = 1.0;
    rows[0].quantizedMs = 1.25;
    return rows;
}

QString text(const Model& model, int row, int column)
{
    return model.index(row, column).data().toString();
}

} // namespace

/// The table of a quantized network's layers.
class TestQuantizedLayersModel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void showsFiguresAndReasons()
    {
        Model model;
        const QAbstractItemModelTester tester(&model);
        model.setRows(fourRows());
        QCOMPARE(model.rowCount(), 4);
        QCOMPARE(text(model, 0, Model::ChosenPrecision), u"int8 ▾"_s);
        QCOMPARE(text(model, 0, Model::Weight), u"41.3"_s);
        QCOMPARE(text(model, 0, Model::Output), u"exact"_s);
        QCOMPARE(text(model, 0, Model::Accumulated), QString());
        QCOMPARE(text(model, 0, Model::Saved), u"−0.250"_s);
        QCOMPARE(text(model, 1, Model::ChosenPrecision), u"float32"_s);
        QCOMPARE(text(model, 1, Model::Reason), u"no matrix product"_s);
    }

    void sortsByValueAndByTheOrderTheyRun()
    {
        Model model;
        model.setRows(fourRows());
        QCOMPARE(model.index(3, Model::Layer).data(Model::SortRole).toInt(), 5);
        QCOMPARE(model.index(0, Model::Weight).data(Model::SortRole).toDouble(), 41.26);
        QVERIFY(!model.index(1, Model::Weight).data(Model::SortRole).isValid());
    }

    void onlyLayersWithAChoiceAreEdited()
    {
        Model model;
        const QAbstractItemModelTester tester(&model);
        model.setRows(fourRows());
        const QSignalSpy chosen(&model, &Model::layersChosen);
        const QModelIndex first = model.index(0, Model::ChosenPrecision);
        QVERIFY(!model.setData(first, u"float32"_s)); // not now
        model.setEditable(true);
        QVERIFY(model.setData(first, u"float32"_s));
        QCOMPARE(chosen.count(), 1);
        QCOMPARE(text(model, 0, Model::ChosenPrecision), u"float32 ▾"_s);
        QCOMPARE(text(model, 0, Model::Reason), u"chosen so"_s);
        QVERIFY(model.setData(first, u"float32"_s)); // as it is
        QCOMPARE(chosen.count(), 1);
        QVERIFY(!model.setData(first, u"int8-dynamic"_s)); // another scheme gives that
        QVERIFY(!model.setData(first, u"int4-weight-only"_s));
        QCOMPARE(first.data(Model::ChoicesRole).toStringList(),
                 (QStringList{u"int8"_s, u"int8-weight-only"_s, u"bf16"_s, u"float32"_s}));
        QVERIFY(model.setData(model.index(2, Model::ChosenPrecision), u"bf16"_s));
        QCOMPARE(chosen.count(), 2);
        QVERIFY(!model.setData(first, u"int5"_s));
        QVERIFY(!model.setData(model.index(1, Model::ChosenPrecision), u"int8"_s));
        QVERIFY(!model.setData(model.index(0, Model::Weight), 3.0));
        QCOMPARE(choiceOf(model.rows()), (PrecisionChoice{{1, Precision::Float32}, {4, Precision::BFloat16}}));
    }

    void theSameLayersStayTheSameRows()
    {
        Model model;
        model.setRows(fourRows());
        const QPersistentModelIndex last(model.index(3, 0));
        std::vector<LayerRow> rows = fourRows();
        rows[3].weightDb = 12.0;
        model.setRows(rows);
        QVERIFY(last.isValid());
        QCOMPARE(text(model, 3, Model::Weight), u"12.0"_s);
        rows.pop_back();
        model.setRows(rows);
        QVERIFY(!last.isValid());
    }

    void presetsLeaveOutLayersWithoutAChoice_data()
    {
        QTest::addColumn<int>("preset");
        QTest::addColumn<QList<int>>("layers");
        QTest::newRow("all") << int(LayerPreset::All) << QList<int>{1, 4, 5};
        QTest::newRow("ends") << int(LayerPreset::EndsInFloat) << QList<int>{4};
        QTest::newRow("convolutions") << int(LayerPreset::Convolutions) << QList<int>{1, 5};
        QTest::newRow("linear") << int(LayerPreset::Linear) << QList<int>{4};
        QTest::newRow("none") << int(LayerPreset::None) << QList<int>{};
    }
    void presetsLeaveOutLayersWithoutAChoice()
    {
        QFETCH(int, preset);
        QFETCH(QList<int>, layers);
        const auto found = presetLayers(fourRows(), static_cast<LayerPreset>(preset));
        QCOMPARE(QList<int>(found.begin(), found.end()), layers);
    }
};

QTEST_MAIN(TestQuantizedLayersModel)
#include "tst_quantized_layers_model.moc"

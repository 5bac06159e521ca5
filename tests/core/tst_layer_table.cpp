#include <QTest>

#include "core/analysis/layer_table.h"
#include "core/analysis/layer_tree.h"
#include "core/architectures/catalogue.h"

using namespace lathe;

namespace {

/// input 3x8x8 -> block.conv 4x8x8 -> block.bn -> flatten -> fc
Graph smallNetwork()
{
    GraphBuilder builder("small", {3, 8, 8});
    const op::Conv2d conv{
        .inChannels = 3, .outChannels = 4, .kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}, .bias = false};
    NodeId x = builder.conv2d("block.conv", builder.input(), conv);
    x = builder.batchNorm2d("block.bn", x);
    x = builder.add("flatten", op::Flatten{}, {x});
    return *builder.finish(builder.linear("fc", x, 10));
}

} // namespace

class TestLayerTable : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void figuresAreThoseOfTheWholeBatch()
    {
        const LayerTable table = layerTable(smallNetwork(), 2);
        QCOMPARE(table.rows.size(), std::size_t{4});
        const LayerRow& conv = table.rows[0];
        QCOMPARE(conv.name, std::string("block.conv"));
        QCOMPARE(conv.operation, std::string("Conv2d"));
        QCOMPARE(conv.input, (Shape{3, 8, 8}));
        QCOMPARE(conv.output, (Shape{4, 8, 8}));
        QCOMPARE(conv.parameters, std::int64_t{108});
        QCOMPARE(conv.macs, std::int64_t{2 * 4 * 64 * 27});
        QCOMPARE(conv.bytes, std::int64_t{4 * (108 + 2 * 3 * 64 + 2 * 4 * 64)});
        QCOMPARE(conv.parameterBytes, std::int64_t{4 * 108});
        QCOMPARE(conv.elementwise, std::int64_t{0});
        QCOMPARE(table.rows[1].elementwise, std::int64_t{2 * 4 * 64});
        QVERIFY(!conv.milliseconds);
        QVERIFY(!conv.gflopsPerSecond());
        QVERIFY(!table.totalMs);
    }

    void aViewMovesNoBytes()
    {
        const LayerTable table = layerTable(smallNetwork(), 1);
        QCOMPARE(table.rows[2].name, std::string("flatten"));
        QCOMPARE(table.rows[2].bytes, std::int64_t{0});
    }

    void anEmbeddingReadsTheRowsItGives()
    {
        const LayerTable table = layerTable(*buildArchitecture("distilbert_base_uncased", {{128}, 0}), 1);
        QCOMPARE(table.rows.front().name, std::string("embeddings.word_embeddings"));
        QCOMPARE(table.rows.front().bytes, std::int64_t{2 * 128 * 768 * 4 + 128 * 8});
    }

    void timesGiveSharesAndRates()
    {
        const std::vector<LayerTime> times{
            {"block.conv", "Conv2d", 3.0, 0}, {"block.bn", "BatchNorm2d", 0.5, 0}, {"gone", "ReLU", 0.5, 0}};
        const LayerTable table = layerTable(smallNetwork(), 1, times);
        QCOMPARE(*table.totalMs, 4.0);
        QCOMPARE(*table.rows[0].share, 0.75);
        QCOMPARE(*table.rows[0].gflopsPerSecond(), 2.0 * 4 * 64 * 27 / 3e6);
        QVERIFY(!table.rows[1].gflopsPerSecond()); // no MACs
        QVERIFY(!table.rows[3].milliseconds);
        QCOMPARE(table.unknown, std::vector<std::string>{"gone"});
    }

    void operationsAreOfTheKindThatMachinesTellApart()
    {
        QVERIFY(kindOf(op::Conv2d{.inChannels = 8, .outChannels = 8, .groups = 8}) ==
                OperationKind::GroupedConvolution);
        QVERIFY(kindOf(op::Conv2d{.inChannels = 8, .outChannels = 8}) == OperationKind::Convolution);
        QVERIFY(kindOf(op::Affine{}) == OperationKind::Normalisation);
        QVERIFY(kindOf(op::AdaptiveAvgPool2d{}) == OperationKind::Elementwise);
        QVERIFY(kindOf(op::Permute{}) == OperationKind::Movement);
        for (const OperationKind kind : allOperationKinds())
            QVERIFY(!kindName(kind).empty());
    }

    void sharesByKindAddUpToOne()
    {
        const LayerTable table = layerTable(*buildArchitecture("mobilenet_v2"), 1);
        const std::vector<double> macs = sharesByKind(table, LayerQuantity::Macs);
        double sum = 0.0;
        for (const double share : macs)
            sum += share;
        QVERIFY(std::abs(sum - 1.0) < 1e-12);
        // Depthwise convolutions are few of its MACs.
        const double depthwise = macs[static_cast<std::size_t>(OperationKind::GroupedConvolution)];
        QVERIFY(depthwise > 0.05 && depthwise < 0.1);
        for (const double share : sharesByKind(table, LayerQuantity::Time))
            QCOMPARE(share, 0.0);
    }

    void modulesAddUpTheirLayers()
    {
        const std::vector<LayerTime> times{{"block.conv", "Conv2d", 3.0, 0}, {"block.bn", "BatchNorm2d", 1.0, 0}};
        const LayerTable table = layerTable(smallNetwork(), 1, times);
        const std::vector<LayerBranch> tree = layerTree(table, "small");
        QCOMPARE(tree.size(), std::size_t{6}); // the network, block, and four layers
        QCOMPARE(tree[0].name, std::string("small"));
        QCOMPARE(tree[0].children.size(), std::size_t{3});
        const LayerBranch& block = tree[1];
        QCOMPARE(block.path, std::string("block"));
        QVERIFY(!block.row);
        QCOMPARE(block.total.parameters, std::int64_t{108 + 8});
        QCOMPARE(*block.total.milliseconds, 4.0);
        QCOMPARE(*block.total.share, 1.0);
        QCOMPARE(tree[2].name, std::string("conv"));
        QCOMPARE(tree[2].parent, 1);
        QCOMPARE(*tree[2].row, std::size_t{0});
        QCOMPARE(tree[0].total.macs, table.rows[0].macs + table.rows[3].macs);
    }

    void theTreeOfEveryArchitectureHoldsEachLayerOnce()
    {
        for (const Architecture& architecture : catalogue()) {
            const LayerTable table = layerTable(*architecture.build({}), 1);
            std::size_t rows = 0;
            for (const LayerBranch& branch : layerTree(table, architecture.name))
                rows += branch.row ? 1 : 0;
            QVERIFY2(rows == table.rows.size(), architecture.name.c_str());
        }
    }

    void csvHasOneRowALayerWithEmptyCellsForWhatIsUnknown()
    {
        const std::string csv = layersToCsv(layerTable(smallNetwork(), 1, {{"block.conv", "Conv2d", 0.5, 0}}));
        const QStringList lines = QString::fromStdString(csv).split("\r\n");
        QCOMPARE(lines.size(), 6); // header, four layers, and the end
        QCOMPARE(lines[0], QString("layer,operation,kind,input,output,params,macs_of_batch,bytes_of_batch,time_ms,"
                                   "time_fraction,gflops_per_s"));
        QCOMPARE(lines[1], QString("block.conv,Conv2d,Convolution,3x8x8,4x8x8,108,6912,2224,0.5,1,0.027648"));
        QCOMPARE(lines[4], QString("fc,Linear,Matrix product,256,10,2570,2560,11344,,,"));
    }
};

QTEST_APPLESS_MAIN(TestLayerTable)
#include "tst_layer_table.moc"

#include <QTest>

#include <set>

#include "core/analysis/layer_table.h"
#include "core/analysis/layer_work.h"
#include "core/architectures/catalogue.h"
#include "tests/support/fake_backend.h"

using namespace lathe;

namespace {

/// input 3x8x8 -> conv 3x8x8 (no bias) -> bn -> + input -> relu
Graph residual()
{
    GraphBuilder builder("residual", {3, 8, 8});
    const op::Conv2d conv{
        .inChannels = 3, .outChannels = 3, .kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}, .bias = false};
    NodeId x = builder.conv2d("conv", builder.input(), conv);
    x = builder.batchNorm2d("bn", x);
    x = builder.addition("add", x, builder.input());
    return *builder.finish(builder.activation("relu", x, op::Activation::Kind::ReLU));
}

LoweredNode together(std::vector<NodeId> nodes)
{
    return {std::move(nodes), {}, {}, {}, false};
}

constexpr std::int64_t kValue = 3 * 64 * 4; ///< bytes of an activation

} // namespace

class LayerWorkTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void byItselfANodeReadsItsInputsAndWritesItsOutput();
    void whatAnOperationHandsOnTouchesNoMemory();
    void aValueReadTwiceIsMovedOnce();
    void fusedMovesLessThanHalf();
    void viewsMoveNothing();
    void itAgreesWithTheTableOfLayers();
    void fusedIsWhatTheLoweringMakesOne();
    void whatIsFoldedCostsNothing();
    void constantsAreNotRun();
};

void LayerWorkTest::byItselfANodeReadsItsInputsAndWritesItsOutput()
{
    const Graph graph = residual();
    const auto work = layerWork(graph, 2, operationsOf(graph, "eager"));
    QCOMPARE(work.size(), std::size_t{4});
    QCOMPARE(work[0].name, std::string("conv"));
    QCOMPARE(work[0].operation, std::string("Conv2d"));
    QCOMPARE(work[0].flops, 2.0 * 2 * 3 * 64 * 27);
    QCOMPARE(work[0].parameterBytes, std::int64_t{81 * 4});
    QCOMPARE(work[0].bytes, 81 * 4 + 2 * (kValue + kValue));
    QCOMPARE(work[2].bytes, 2 * 3 * kValue);
    QCOMPARE(work[3].flops, 2.0 * 3 * 64);
}

void LayerWorkTest::whatAnOperationHandsOnTouchesNoMemory()
{
    const Graph graph = residual();
    const auto work = layerWork(graph, 1, {together({1, 2}), together({3, 4})});
    QCOMPARE(work.size(), std::size_t{2});
    QCOMPARE(work[0].name, std::string("conv"));
    QCOMPARE(work[0].flops, 2.0 * 3 * 64 * 27 + 3 * 64);
    QCOMPARE(work[0].bytes, work[0].parameterBytes + 2 * kValue);
    QCOMPARE(work[1].name, std::string("add"));
    QCOMPARE(work[1].bytes, 3 * kValue);
    QCOMPARE(work[1].flops, 2.0 * 3 * 64);
}

void LayerWorkTest::aValueReadTwiceIsMovedOnce()
{
    const Graph graph = residual();
    const auto work = layerWork(graph, 1, {together({1, 2, 3, 4})}); // the convolution and the addition read the input
    QCOMPARE(work[0].bytes, work[0].parameterBytes + 2 * kValue);
}

void LayerWorkTest::fusedMovesLessThanHalf()
{
    const Graph mobilenet = *buildArchitecture("mobilenet_v2", {});
    double eager = 0.0, fused = 0.0;
    for (const LayerWork& work : layerWork(mobilenet, 1, operationsOf(mobilenet, "eager")))
        eager += static_cast<double>(work.bytes);
    for (const LayerWork& work : layerWork(mobilenet, 1, operationsOf(mobilenet, "fused")))
        fused += static_cast<double>(work.bytes);
    QVERIFY2(fused < 0.5 * eager, qPrintable(QString::number(fused / eager)));
}

void LayerWorkTest::viewsMoveNothing()
{
    const Graph graph = test::smallGraph();
    const auto work = layerWork(graph, 1, operationsOf(graph, "eager"));
    QCOMPARE(work[3].name, std::string("flatten"));
    QCOMPARE(work[3].bytes, std::int64_t{0});
    // Behind a copy a view only renames what was written: pooling reads 4 x 8 x 8 and writes 4 values.
    QCOMPARE(layerWork(graph, 1, {together({3, 4})})[0].bytes, std::int64_t{4 * (256 + 4)});
}

void LayerWorkTest::itAgreesWithTheTableOfLayers()
{
    for (const char* name : {"resnet18", "swin_t", "mobilenet_v2", "distilbert_base_uncased"}) {
        const Graph graph = *buildArchitecture(name, {});
        const auto work = layerWork(graph, 3, operationsOf(graph, "channels_last"));
        const LayerTable table = layerTable(graph, 3);
        QCOMPARE(work.size(), table.rows.size());
        for (std::size_t i = 0; i < work.size(); ++i) {
            QCOMPARE(work[i].name, table.rows[i].name);
            QCOMPARE(work[i].parameterBytes, table.rows[i].parameterBytes);
            const std::vector<NodeId>& inputs = graph.nodes()[i + 1].inputs;
            if (std::set<NodeId>(inputs.begin(), inputs.end()).size() == inputs.size())
                QCOMPARE(work[i].bytes, table.rows[i].bytes);
        }
    }
}

void LayerWorkTest::fusedIsWhatTheLoweringMakesOne()
{
    const Graph graph = residual();
    const auto operations = operationsOf(graph, "fused");
    QCOMPARE(operations.size(), std::size_t{1});
    QCOMPARE(operations[0].nodes, (std::vector<NodeId>{1, 2, 3, 4}));
    // 53 convolutions, two poolings, flatten and the classifier.
    QCOMPARE(operationsOf(*buildArchitecture("resnet50", {}), "fused").size(), std::size_t{57});
}

void LayerWorkTest::whatIsFoldedCostsNothing()
{
    const Graph graph = residual();
    const auto work = layerWork(graph, 1, operationsOf(graph, "fused"));
    // The batch norm is in the convolution's weights; the addition and the ReLU are still done.
    QCOMPARE(work[0].flops, 2.0 * 3 * 64 * 27 + 2.0 * 3 * 64);
    QCOMPARE(work[0].parameterBytes, std::int64_t{81 * 4});
    QCOMPARE(work[0].bytes, 81 * 4 + 2 * kValue);
}

void LayerWorkTest::constantsAreNotRun()
{
    const Graph graph = *buildArchitecture("swin_t", {});
    const auto isConstant = [&](const LoweredNode& operation) { return !graph.node(operation.node()).output.batched; };
    const auto fused = operationsOf(graph, "fused");
    QVERIFY(std::none_of(fused.begin(), fused.end(), isConstant));
    const auto eager = operationsOf(graph, "eager");
    QVERIFY(std::any_of(eager.begin(), eager.end(), isConstant));
}

QTEST_APPLESS_MAIN(LayerWorkTest)
#include "tst_layer_work.moc"

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

constexpr std::int64_t kValue = 3 * 64 * 4; ///< bytes of an activation

} // namespace

class LayerWorkTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void byItselfANodeReadsItsInputsAndWritesItsOutput();
    void whatAGroupHandsOnTouchesNoMemory();
    void aValueReadTwiceIsMovedOnce();
    void fusedRunsAConvolutionWithWhatFollowsAsOne();
    void viewsMoveNothing();
    void itAgreesWithTheTableOfLayers();
};

void LayerWorkTest::byItselfANodeReadsItsInputsAndWritesItsOutput()
{
    const Graph graph = residual();
    const auto work = layerWork(graph, 2, nodeGroups(graph, "eager"));
    QCOMPARE(work.size(), std::size_t{4});
    QCOMPARE(work[0].name, std::string("conv"));
    QCOMPARE(work[0].operation, std::string("Conv2d"));
    QCOMPARE(work[0].flops, 2.0 * 2 * 3 * 64 * 27);
    QCOMPARE(work[0].parameterBytes, std::int64_t{81 * 4});
    QCOMPARE(work[0].bytes, 81 * 4 + 2 * (kValue + kValue));
    QCOMPARE(work[2].bytes, 2 * 3 * kValue);
    QCOMPARE(work[3].flops, 2.0 * 3 * 64);
}

void LayerWorkTest::whatAGroupHandsOnTouchesNoMemory()
{
    const Graph graph = residual();
    const auto work = layerWork(graph, 1, {{1, 2}, {3, 4}});
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
    const auto work = layerWork(graph, 1, {{1, 2, 3, 4}}); // the convolution and the addition read the input
    QCOMPARE(work[0].bytes, work[0].parameterBytes + 2 * kValue);
}

void LayerWorkTest::fusedRunsAConvolutionWithWhatFollowsAsOne()
{
    const Graph graph = residual();
    QCOMPARE(nodeGroups(graph, "fused"), (std::vector<NodeGroup>{{1, 2, 3, 4}}));
    QCOMPARE(nodeGroups(graph, "eager"), (std::vector<NodeGroup>{{1}, {2}, {3}, {4}}));
    const Graph mobilenet = *buildArchitecture("mobilenet_v2", {});
    double eager = 0.0, fused = 0.0;
    for (const LayerWork& work : layerWork(mobilenet, 1, nodeGroups(mobilenet, "eager")))
        eager += static_cast<double>(work.bytes);
    for (const LayerWork& work : layerWork(mobilenet, 1, nodeGroups(mobilenet, "fused")))
        fused += static_cast<double>(work.bytes);
    QVERIFY2(fused < 0.5 * eager, qPrintable(QString::number(fused / eager)));
}

void LayerWorkTest::viewsMoveNothing()
{
    const Graph graph = test::smallGraph();
    const auto work = layerWork(graph, 1, nodeGroups(graph, "eager"));
    QCOMPARE(work[3].name, std::string("flatten"));
    QCOMPARE(work[3].bytes, std::int64_t{0});
    // Behind a copy a view only renames what was written: pooling reads 4 x 8 x 8 and writes 4 values.
    QCOMPARE(layerWork(graph, 1, {{3, 4}})[0].bytes, std::int64_t{4 * (256 + 4)});
}

void LayerWorkTest::itAgreesWithTheTableOfLayers()
{
    for (const char* name : {"resnet18", "swin_t", "mobilenet_v2", "distilbert_base_uncased"}) {
        const Graph graph = *buildArchitecture(name, {});
        const auto work = layerWork(graph, 3, nodeGroups(graph, "channels_last"));
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

QTEST_APPLESS_MAIN(LayerWorkTest)
#include "tst_layer_work.moc"

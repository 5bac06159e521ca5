#include <QTest>

#include <cmath>

#include "core/architectures/catalogue.h"
#include "core/engine/backend.h"
#include "core/graph/cost.h"
#include "core/lowering/folded_model.h"
#include "tests/support/closed_form.h"
#include "tests/support/tensors.h"

using namespace lathe;
using test::floats;
using test::valuesOf;

/// Batch norms and constant factors multiplied into the layers before them.
class TestFoldedModel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aBatchNormBecomesWeightAndBias();
    void aFactorIsMultipliedIn();
    void aBatchNormWithoutALayerStays();
    void aSharedWeightIsLeftAlone();
    void halfPrecisionWeightsBecomeFloat32();
    void aNetworkComputesWhatItDid_data();
    void aNetworkComputesWhatItDid();
};

namespace {

const NamedTensor& find(const StateDict& weights, const std::string& name)
{
    return *std::find_if(weights.begin(), weights.end(), [&](const NamedTensor& t) { return t.name == name; });
}

/// One input channel, two outputs; var + eps = 4 and 1.
StateDict normWeights()
{
    WritableTensor tracked = makeTensor(DType::Int64, {});
    std::fill_n(tracked.bytes, 8, std::byte{0});
    return {{"conv.weight", floats({2, 1, 1, 1}, {1.0F, 2.0F})}, {"norm.weight", floats({2}, {2.0F, 3.0F})},
            {"norm.bias", floats({2}, {0.5F, 0.25F})},           {"norm.running_mean", floats({2}, {1.0F, -1.0F})},
            {"norm.running_var", floats({2}, {3.0F, 0.0F})},     {"norm.num_batches_tracked", tracked.tensor}};
}

Graph normGraph()
{
    GraphBuilder b("net", {1, 2, 2});
    const NodeId conv = b.conv2d("conv", b.input(), {.inChannels = 1, .outChannels = 2, .bias = false});
    return *b.finish(b.batchNorm2d("norm", conv, 1.0));
}

} // namespace

void TestFoldedModel::aBatchNormBecomesWeightAndBias()
{
    const FoldedModel folded = foldConstants(normGraph(), normWeights());
    QCOMPARE(folded.graph.nodes().size(), std::size_t{2});
    QCOMPARE(folded.origin, (std::vector<NodeId>{0, 1}));
    QCOMPARE(folded.weights.size(), std::size_t{2});
    // scale 2 / 2 and 3 / 1; shift 0.5 - 1 * 1 and 0.25 + 1 * 3
    QCOMPARE(valuesOf(find(folded.weights, "conv.weight").tensor), (std::vector<float>{1.0F, 6.0F}));
    QCOMPARE(valuesOf(find(folded.weights, "conv.bias").tensor), (std::vector<float>{-0.5F, 3.25F}));
    QVERIFY(std::get<op::Conv2d>(folded.graph.node(1).operation).bias);
}

void TestFoldedModel::aFactorIsMultipliedIn()
{
    GraphBuilder b("net", {2});
    const NodeId linear = b.linear("fc", b.input(), 2, true);
    const ParameterId gamma = b.parameter("gamma", {2});
    const NodeId factor = b.add("gamma", op::ParameterValue{}, {}, {gamma});
    const Graph graph = *b.finish(b.add("scale", op::Multiply{}, {linear, factor}));
    const FoldedModel folded = foldConstants(graph, {{"fc.weight", floats({2, 2}, {1, 2, 3, 4})},
                                                     {"fc.bias", floats({2}, {1, 1})},
                                                     {"gamma", floats({2}, {10, 100})}});
    QCOMPARE(folded.graph.nodes().size(), std::size_t{2});
    QCOMPARE(valuesOf(find(folded.weights, "fc.weight").tensor), (std::vector<float>{10, 20, 300, 400}));
    QCOMPARE(valuesOf(find(folded.weights, "fc.bias").tensor), (std::vector<float>{10, 100}));
}

void TestFoldedModel::aBatchNormWithoutALayerStays()
{
    GraphBuilder b("net", {2, 2, 2});
    const Graph graph = *b.finish(b.batchNorm2d("norm", b.input()));
    QCOMPARE(foldConstants(graph, test::closedFormWeights(graph)).graph.nodes().size(), std::size_t{2});
}

void TestFoldedModel::aSharedWeightIsLeftAlone()
{
    GraphBuilder b("net", {2, 2, 2});
    const ParameterId weight = b.parameter("weight", {2, 2, 1, 1});
    const op::Conv2d conv{.inChannels = 2, .outChannels = 2, .bias = false};
    const NodeId first = b.add("first", conv, {b.input()}, {weight});
    const NodeId norm = b.batchNorm2d("norm", first);
    const Graph graph = *b.finish(b.add("second", conv, {norm}, {weight}));
    QCOMPARE(foldConstants(graph, test::closedFormWeights(graph)).graph.nodes().size(), graph.nodes().size());
}

void TestFoldedModel::halfPrecisionWeightsBecomeFloat32()
{
    StateDict weights = normWeights();
    WritableTensor half = makeTensor(DType::Float16, {2, 1, 1, 1});
    const std::uint16_t bits[] = {0x3C00, 0x4000}; // 1 and 2
    std::copy_n(reinterpret_cast<const std::byte*>(bits), 4, half.bytes);
    weights.front().tensor = half.tensor;
    const FoldedModel folded = foldConstants(normGraph(), weights);
    QCOMPARE(valuesOf(find(folded.weights, "conv.weight").tensor), (std::vector<float>{1.0F, 6.0F}));
}

void TestFoldedModel::aNetworkComputesWhatItDid_data()
{
    QTest::addColumn<QString>("name");
    for (const char* name : {"lenet", "resnet18", "mobilenet_v3_small", "convnext_tiny", "densenet121", "swin_v2_t",
                             "resmlp_12_224", "googlenet", "maxvit_t"})
        QTest::newRow(name) << name;
}

void TestFoldedModel::aNetworkComputesWhatItDid()
{
    QFETCH(QString, name);
    const Graph graph = *buildArchitecture(name.toStdString());
    const StateDict weights = test::closedFormWeights(graph);
    const FoldedModel folded = foldConstants(graph, weights);
    QCOMPARE(cost(folded.graph).macs, cost(graph).macs);
    Backend* backend = loadBackend().value();
    backend->setThreads(2);
    Shape shape = graph.inputShape();
    shape.insert(shape.begin(), 1);
    const HostTensor x = test::closedFormInput(shape, graph.vocabulary());
    const HostTensor expected = *(*backend->prepare(graph, weights, Mode::Eager))->infer(x);
    const HostTensor y = *(*backend->prepare(folded.graph, folded.weights, Mode::Eager))->infer(x);
    QCOMPARE(y.shape, expected.shape);
    double largest = 0.0;
    double magnitude = 0.0;
    for (std::int64_t i = 0; i < elementCount(y.shape); ++i) {
        largest = std::max(largest, std::abs(static_cast<double>(y.floats()[i]) - expected.floats()[i]));
        magnitude = std::max(magnitude, std::abs(static_cast<double>(expected.floats()[i])));
    }
    QVERIFY2(largest <= 1e-4 * magnitude, qPrintable(QString::number(largest / magnitude)));
}

QTEST_GUILESS_MAIN(TestFoldedModel)
#include "tst_folded_model.moc"

#include <QTest>

#include <cmath>

#include "core/architectures/catalogue.h"
#include "core/engine/backend.h"
#include "core/lowering/folded_model.h"
#include "core/quantization/equalization.h"
#include "tests/support/closed_form.h"
#include "tests/support/tensors.h"

using namespace lathe;
using test::floats;
using test::valuesOf;

/// Ranges of channels evened out across layers, the function unchanged.
class TestEqualization : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void rangesOfAPairAreEvenedOut();
    void nothingIsDoneAcrossWhatDoesNotScale_data();
    void nothingIsDoneAcrossWhatDoesNotScale();
    void aDepthwiseLayerIsPartOfTwoPairs();
    void theFunctionStays();
};

namespace {

op::Conv2d pointwise(std::int64_t in, std::int64_t out, std::int64_t groups = 1)
{
    return {.inChannels = in, .outChannels = out, .kernel = {1, 1}, .groups = groups};
}

Graph pair(op::Activation::Kind between)
{
    GraphBuilder b("pair", {1, 2, 2});
    const NodeId first = b.conv2d("first", b.input(), pointwise(1, 2));
    return *b.finish(b.conv2d("second", b.activation("act", first, between), pointwise(2, 1)));
}

const StateDict kPairWeights{{"first.weight", floats({2, 1, 1, 1}, {4.0F, -1.0F})},
                             {"first.bias", floats({2}, {2.0F, 3.0F})},
                             {"second.weight", floats({1, 2, 1, 1}, {1.0F, 4.0F})},
                             {"second.bias", floats({1}, {0.5F})}};

} // namespace

void TestEqualization::rangesOfAPairAreEvenedOut()
{
    StateDict weights = kPairWeights;
    QCOMPARE(equalize(pair(op::Activation::Kind::ReLU), weights), 1);
    QCOMPARE(valuesOf(weights[0].tensor), (std::vector<float>{2.0F, -2.0F}));
    QCOMPARE(valuesOf(weights[1].tensor), (std::vector<float>{1.0F, 6.0F}));
    QCOMPARE(valuesOf(weights[2].tensor), (std::vector<float>{2.0F, 2.0F}));
    QCOMPARE(valuesOf(weights[3].tensor), std::vector<float>{0.5F});
}

void TestEqualization::nothingIsDoneAcrossWhatDoesNotScale_data()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("ReLU6") << static_cast<int>(op::Activation::Kind::ReLU6);
    QTest::newRow("GELU") << static_cast<int>(op::Activation::Kind::GELU);
    QTest::newRow("sigmoid") << static_cast<int>(op::Activation::Kind::Sigmoid);
}

void TestEqualization::nothingIsDoneAcrossWhatDoesNotScale()
{
    QFETCH(int, kind);
    StateDict weights = kPairWeights;
    QCOMPARE(equalize(pair(static_cast<op::Activation::Kind>(kind)), weights), 0);
    QCOMPARE(valuesOf(weights[0].tensor), valuesOf(kPairWeights[0].tensor));
}

void TestEqualization::aDepthwiseLayerIsPartOfTwoPairs()
{
    GraphBuilder b("chain", {1, 2, 2});
    NodeId x = b.activation("a", b.conv2d("wide", b.input(), pointwise(1, 2)), op::Activation::Kind::ReLU);
    x = b.activation("b", b.conv2d("depthwise", x, pointwise(2, 2, 2)), op::Activation::Kind::ReLU);
    const Graph graph = *b.finish(b.conv2d("narrow", x, pointwise(2, 1)));
    StateDict weights = test::closedFormWeights(graph);
    QCOMPARE(equalize(graph, weights), 2);
}

void TestEqualization::theFunctionStays()
{
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    const Graph graph = *buildArchitecture("resnet18");
    FoldedModel folded = foldConstants(graph, test::closedFormWeights(graph));
    const HostTensor x = test::closedFormInput({1, 3, 224, 224});
    const auto outputOf = [&] { return *(*(*backend)->prepare(folded.graph, folded.weights, Mode::Eager))->infer(x); };
    const HostTensor before = outputOf();
    QCOMPARE(equalize(folded.graph, folded.weights), 8); // the first layer of each basic block with its second
    const HostTensor after = outputOf();
    for (std::int64_t i = 0; i < elementCount(before.shape); ++i)
        QVERIFY(std::abs(before.floats()[i] - after.floats()[i]) <=
                1e-4F * std::max(1.0F, std::abs(before.floats()[i])));
}

QTEST_GUILESS_MAIN(TestEqualization)
#include "tst_equalization.moc"

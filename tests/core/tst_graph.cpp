#include <QTest>

#include "core/graph/cost.h"
#include "core/graph/graph.h"

using namespace lathe;

namespace {

/// input 3x8x8 -> conv 3->4 k3 -> ReLU -> global average pool -> flatten -> linear 4->2
Result<Graph> tiny(bool inPlace, Shape input = {3, 8, 8})
{
    GraphBuilder b("tiny", std::move(input));
    NodeId x = b.conv2d("conv", b.input(), {.inChannels = 3, .outChannels = 4, .kernel = {3, 3}});
    x = b.activation("relu", x, op::Activation::Kind::ReLU, inPlace);
    x = b.add("pool", op::AdaptiveAvgPool2d{}, {x});
    x = b.add("flatten", op::Flatten{}, {x});
    return b.finish(b.linear("fc", x, 2));
}

std::string messageOf(GraphBuilder& b, NodeId output)
{
    const Result<Graph> graph = b.finish(output);
    return graph ? std::string() : graph.error().message;
}

Value batched(Shape shape)
{
    return {std::move(shape), true};
}

Value constant(Shape shape)
{
    return {std::move(shape), false};
}

/// Shape of what comes out, or {-1} where it is refused.
Shape shapeOf(const Operation& operation, const std::vector<Value>& inputs, const std::vector<Shape>& parameters = {})
{
    const Result<Value> out = inferOutput(operation, inputs, parameters);
    return out ? out->shape : Shape{-1};
}

} // namespace

class TestGraph : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void knowsTheShapeBehindEveryNode();
    void takesShapeAndWorkOfASealedProgramAsTheyAre();
    void listsParametersInOrderOfDeclaration();
    void countsParametersMacsAndBytes();
    void countsAnInPlaceActivationAsNoMemory();
    void findsThePeakOfLiveActivations();
    void keepsWhatAViewLooksAtAlive();
    void releasesEachValueAfterItsLastReader();
    void keepsAModulesInputUntilTheModuleReturnsAsPythonDoes();
    void countsBothProductsOfAttention();
    void slidesWindowsAsPyTorchDoes_data();
    void slidesWindowsAsPyTorchDoes();
    void broadcastsConstantsOverTheBatch();
    void infersTheMovesOfData();
    void keepsFeaturesUnderAnAffine();
    void looksTokensUpBeforeAnythingElse();
    void attendsToSeparateQueriesKeysAndValues();
    void refusesWhatDoesNotFit_data();
    void refusesWhatDoesNotFit();
    void namesTheNodeThatIsWrong();
    void refusesTwoNodesOfOneName();
};

void TestGraph::knowsTheShapeBehindEveryNode()
{
    const Result<Graph> graph = tiny(false);
    QVERIFY(graph);
    const std::vector<Shape> expected{{3, 8, 8}, {4, 6, 6}, {4, 6, 6}, {4, 1, 1}, {4}, {2}};
    QCOMPARE(graph->nodes().size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        QCOMPARE(graph->nodes()[i].output.shape, expected[i]);
    QCOMPARE(graph->outputShape(), Shape{2});
}

void TestGraph::listsParametersInOrderOfDeclaration()
{
    GraphBuilder b("ordered", {2, 4, 4});
    const ParameterId first = b.parameter("token", {1, 2, 4, 4});
    const NodeId x = b.batchNorm2d("bn", b.input());
    const NodeId token = b.add("token", op::ParameterValue{}, {}, {first});
    const Result<Graph> graph = b.finish(b.addition("add", x, token));
    QVERIFY(graph);
    std::vector<std::string> names;
    for (const Parameter& p : graph->parameters())
        names.push_back(p.name);
    QCOMPARE(names, (std::vector<std::string>{"token", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var",
                                              "bn.num_batches_tracked"}));
    QCOMPARE(graph->parameters().back().dtype, DType::Int64);
}

void TestGraph::countsParametersMacsAndBytes()
{
    const GraphCost total = cost(*tiny(false));
    QCOMPARE(total.parameters, std::int64_t{4 * 3 * 9 + 4 + 4 * 2 + 2});
    QCOMPARE(total.macs, std::int64_t{4 * 36 * 27 + 8});
    QCOMPARE(total.elementwise, std::int64_t{144 + 144}); // ReLU, and the pool reads 4x6x6
    QCOMPARE(total.parameterBytes, std::int64_t{4 * 122});
    QCOMPARE(total.activationBytes, std::int64_t{4 * (144 + 144 + 4 + 2)});
}

void TestGraph::countsAnInPlaceActivationAsNoMemory()
{
    QCOMPARE(cost(*tiny(true)).activationBytes, std::int64_t{4 * (144 + 4 + 2)});
}

void TestGraph::findsThePeakOfLiveActivations()
{
    QCOMPARE(cost(*tiny(false)).peakActivationBytes, std::int64_t{4 * (144 + 144)});
    QCOMPARE(cost(*tiny(true)).peakActivationBytes, std::int64_t{4 * (144 + 4)});
}

void TestGraph::keepsWhatAViewLooksAtAlive()
{
    GraphBuilder b("view", {4, 2, 2});
    const NodeId copy = b.activation("copy", b.input(), op::Activation::Kind::ReLU);
    const NodeId view = b.add("view", op::Flatten{}, {copy});
    const NodeId other = b.activation("other", b.input(), op::Activation::Kind::ReLU);
    const NodeId flat = b.add("flat", op::Flatten{}, {other});
    const Result<Graph> graph = b.finish(b.addition("add", view, flat));
    QVERIFY(graph);
    QCOMPARE(cost(*graph).peakActivationBytes, std::int64_t{3 * 16 * 4});
}

void TestGraph::releasesEachValueAfterItsLastReader()
{
    const auto released = releasedAfter(*tiny(false), Lifetimes::Shortest);
    QCOMPARE(released, (std::vector<std::vector<NodeId>>{{}, {0}, {1}, {2}, {3}, {4}}));
}

void TestGraph::keepsAModulesInputUntilTheModuleReturnsAsPythonDoes()
{
    const auto relu = op::Activation::Kind::ReLU;
    GraphBuilder b("nested", {1, 2, 2});
    const NodeId stem = b.activation("stem", b.input(), relu);
    const NodeId first = b.activation("block.0", stem, relu);
    const NodeId second = b.activation("block.1", first, relu);
    const Graph graph = *b.finish(b.activation("head", second, relu));
    // The caller's variable holds the stem's output while "block" runs; within it each step frees the one before.
    QCOMPARE(releasedAfter(graph, Lifetimes::Eager), (std::vector<std::vector<NodeId>>{{}, {0}, {}, {1, 2}, {3}}));
    QCOMPARE(cost(graph).peakActivationBytes, std::int64_t{2 * 16});
    QCOMPARE(cost(graph).eagerPeakActivationBytes, std::int64_t{3 * 16});
}

void TestGraph::countsBothProductsOfAttention()
{
    const op::Attention attention{.heads = 2};
    const Work work = countWork(attention, {batched({5, 24})}, batched({5, 8}));
    QCOMPARE(work.macs, std::int64_t{2 * 5 * 5 * 8});
}

void TestGraph::slidesWindowsAsPyTorchDoes_data()
{
    QTest::addColumn<int>("in");
    QTest::addColumn<int>("kernel");
    QTest::addColumn<int>("stride");
    QTest::addColumn<int>("padding");
    QTest::addColumn<bool>("ceil");
    QTest::addColumn<int>("out");
    QTest::newRow("resnet's first pool") << 112 << 3 << 2 << 1 << false << 56;
    QTest::newRow("floor drops the rest") << 6 << 3 << 2 << 0 << false << 2;
    QTest::newRow("ceil keeps it") << 6 << 3 << 2 << 0 << true << 3;
    QTest::newRow("ceil keeps the only one") << 2 << 3 << 2 << 0 << true << 1;
    QTest::newRow("a ceil window may not start in the padding") << 3 << 2 << 2 << 1 << true << 2;
    QTest::newRow("one window") << 2 << 2 << 2 << 0 << false << 1;
}

void TestGraph::slidesWindowsAsPyTorchDoes()
{
    QFETCH(int, in);
    QFETCH(int, kernel);
    QFETCH(int, stride);
    QFETCH(int, padding);
    QFETCH(bool, ceil);
    QFETCH(int, out);
    const op::MaxPool2d pool{{kernel, kernel}, {stride, stride}, {padding, padding}, {1, 1}, ceil};
    QCOMPARE(shapeOf(pool, {batched({3, in, in})}), (Shape{3, out, out}));
}

void TestGraph::broadcastsConstantsOverTheBatch()
{
    QCOMPARE(shapeOf(op::Add{}, {batched({197, 768}), constant({1, 197, 768})}), (Shape{197, 768}));
    QCOMPARE(shapeOf(op::Multiply{}, {batched({32, 7, 7}), batched({32, 1, 1})}), (Shape{32, 7, 7}));
    QCOMPARE(shapeOf(op::Add{}, {constant({1, 4}), constant({3, 1})}), (Shape{3, 4}));
    QCOMPARE(shapeOf(op::Add{}, {batched({4}), constant({2, 4})}), Shape{-1});
}

void TestGraph::infersTheMovesOfData()
{
    const Value image = batched({8, 10, 12});
    QCOMPARE(shapeOf(op::Concat{0}, {image, batched({2, 10, 12})}), (Shape{10, 10, 12}));
    QCOMPARE(shapeOf(op::Flatten{1}, {image}), (Shape{8, 120}));
    QCOMPARE(shapeOf(op::Reshape{{-1, 12}}, {image}), (Shape{80, 12}));
    QCOMPARE(shapeOf(op::Permute{{1, 2, 0}}, {image}), (Shape{10, 12, 8}));
    QCOMPARE(shapeOf(op::Slice{1, 1, 10, 2}, {image}), (Shape{8, 5, 12}));
    QCOMPARE(shapeOf(op::Slice{0, 3, 4, 1, true}, {image}), (Shape{10, 12}));
    QCOMPARE(shapeOf(op::PadBottomRight{4, 2}, {image}), (Shape{12, 12, 12}));
    QCOMPARE(shapeOf(op::Mean{0}, {image}), (Shape{10, 12}));
    QCOMPARE(shapeOf(op::ExpandToBatch{}, {constant({1, 1, 768})}), (Shape{1, 768}));
    QCOMPARE(shapeOf(op::WindowPartition{{4, 5}}, {image}), (Shape{4, 20, 12}));
    QCOMPARE(shapeOf(op::WindowReverse{{4, 5}, 8, 10}, {batched({4, 20, 12})}), (Shape{8, 10, 12}));
    QCOMPARE(shapeOf(op::WindowPartition{{5, 4}, true}, {image}), (Shape{6, 20, 8}));
    QCOMPARE(shapeOf(op::WindowReverse{{5, 4}, 10, 12, true}, {batched({6, 20, 8})}), (Shape{8, 10, 12}));
    QCOMPARE(shapeOf(op::ShiftedWindowMask{8, 10, {4, 5}, {2, 2}}, {}), (Shape{4, 20, 20}));
}

void TestGraph::keepsFeaturesUnderAnAffine()
{
    const std::vector<Shape> alphaAndBeta{{1, 1, 8}, {1, 1, 8}};
    QCOMPARE(shapeOf(op::Affine{8}, {batched({5, 8})}, alphaAndBeta), (Shape{5, 8}));
    QCOMPARE(countWork(op::Affine{8}, {batched({5, 8})}, batched({5, 8})).elementwise, std::int64_t{40});
    QCOMPARE(shapeOf(op::Affine{8}, {batched({8, 5})}, alphaAndBeta), Shape{-1});
    QCOMPARE(shapeOf(op::Affine{8}, {batched({5, 8})}, {{8}, {8}}), Shape{-1});
}

void TestGraph::looksTokensUpBeforeAnythingElse()
{
    const Value ids{{5}, true, DType::Int64};
    const auto looked = inferOutput(op::Embedding{100, 8}, {ids}, {{100, 8}});
    QVERIFY(looked);
    QCOMPARE(looked->shape, (Shape{5, 8}));
    QCOMPARE(looked->dtype, DType::Float32);
    QCOMPARE(countWork(op::Embedding{100, 8}, {ids}, *looked).macs, std::int64_t{0});
    QCOMPARE(shapeOf(op::Embedding{100, 8}, {batched({5})}, {{100, 8}}), Shape{-1}); // numbers, not ids
    QCOMPARE(shapeOf(op::Embedding{100, 8}, {ids}, {{100, 9}}), Shape{-1});
    QCOMPARE(shapeOf(op::Linear{5, 2, false}, {ids}, {{2, 5}}), Shape{-1});

    GraphBuilder b("tokens", {5}, 100);
    const Result<Graph> graph = b.finish(b.embedding("words", b.input(), 100, 8, {}));
    QVERIFY(graph);
    QCOMPARE(graph->vocabulary(), std::int64_t{100});
    QCOMPARE(cost(*graph).parameters, std::int64_t{800});
}

void TestGraph::attendsToSeparateQueriesKeysAndValues()
{
    const op::Attention attention{.heads = 2, .separate = true};
    const Value x = batched({5, 8});
    QCOMPARE(shapeOf(attention, {x, x, x}), (Shape{5, 8}));
    QCOMPARE(shapeOf(attention, {x, x, batched({5, 6})}), Shape{-1});
    QCOMPARE(shapeOf(attention, {x}), Shape{-1});
    const Work joined = countWork(op::Attention{.heads = 2}, {batched({5, 24})}, x);
    const Work apart = countWork(attention, {x, x, x}, x);
    QCOMPARE(apart.macs, joined.macs);
    QCOMPARE(apart.elementwise, joined.elementwise);
}

void TestGraph::refusesWhatDoesNotFit_data()
{
    QTest::addColumn<int>("which");
    for (int i = 0; i < 12; ++i)
        QTest::addRow("case %d", i) << i;
}

void TestGraph::refusesWhatDoesNotFit()
{
    QFETCH(int, which);
    const Value image = batched({8, 10, 12});
    const std::vector<Shape> refused{
        shapeOf(op::Conv2d{3, 4}, {image}, {{4, 3, 1, 1}, {4}}),
        shapeOf(op::Conv2d{8, 4, {11, 11}, {1, 1}, {0, 0}, {1, 1}, 1, false}, {image}, {{4, 8, 11, 11}}),
        shapeOf(op::Conv2d{8, 4, {1, 1}, {1, 1}, {0, 0}, {1, 1}, 3, false}, {image}, {{4, 2, 1, 1}}),
        shapeOf(op::Conv2d{8, 4}, {image}, {{4, 8, 1, 1}}), // without its bias
        shapeOf(op::Linear{8, 4}, {image}, {{4, 8}, {4}}),
        shapeOf(op::Reshape{{7, -1}}, {image}),
        shapeOf(op::Permute{{0, 1, 1}}, {image}),
        shapeOf(op::Slice{1, 4, 11}, {image}),
        shapeOf(op::Concat{3}, {image, image}),
        shapeOf(op::WindowPartition{{4, 4}}, {image}),
        shapeOf(op::Attention{.heads = 5}, {batched({5, 24})}),
        shapeOf(op::MaxPool2d{}, {}),
    };
    QCOMPARE(refused[static_cast<std::size_t>(which)], Shape{-1});
}

void TestGraph::namesTheNodeThatIsWrong()
{
    const Result<Graph> graph = tiny(false, {3, 2, 2});
    QVERIFY(!graph);
    QVERIFY2(graph.error().message.find("node conv (Conv2d)") != std::string::npos, graph.error().message.c_str());
    QCOMPARE(graph.error().code, ErrorCode::InvalidArgument);
}

void TestGraph::refusesTwoNodesOfOneName()
{
    GraphBuilder b("twins", {1, 4, 4});
    const NodeId x = b.activation("relu", b.input(), op::Activation::Kind::ReLU);
    const std::string message = messageOf(b, b.activation("relu", x, op::Activation::Kind::ReLU));
    QCOMPARE(message, std::string("twins: node relu has the same name as another node."));
}

void TestGraph::takesShapeAndWorkOfASealedProgramAsTheyAre()
{
    GraphBuilder b("sealed", {3, 8, 8});
    QVERIFY(!tiny(false)->isSealed());
    const ParameterId weight = b.parameter("weight", {10, 192});
    const op::Sealed program{nullptr, {10}, 1920, 100};
    const Graph graph = *b.finish(b.add("program", program, {b.input()}, {weight}));
    const GraphCost total = cost(graph);
    QVERIFY(graph.isSealed());
    QCOMPARE(graph.outputShape(), (Shape{10}));
    QCOMPARE(total.macs, std::int64_t{1920});
    QCOMPARE(total.parameters, std::int64_t{1920});
    QCOMPARE(total.peakActivationBytes, std::int64_t{(100 + 10) * 4});
}

QTEST_APPLESS_MAIN(TestGraph)
#include "tst_graph.moc"

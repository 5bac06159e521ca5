#include <QTest>

#include <algorithm>

#include "core/architectures/catalogue.h"
#include "core/lowering/lowered_graph.h"

using namespace lathe;

/// Which nodes of a network become one operation, and which are left alone.
class TestLoweredGraph : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aBlockOfResnetIsFourConvolutions();
    void aValueReadTwiceIsNotFused();
    void whatTheOutputDoesNotNeedIsLeftOut();
    void aConstantFactorOfTheChannelsIsFolded();
    void aFactorThatDependsOnTheInputIsNotFolded();
    void anAdditionWaitsForBothOfItsInputs();
    void biasesAndMasksAreConstants();
    void windowsMoveAtOnce();
    void mergedPatchesMoveAtOnce();
    void everyNodeIsAccountedFor_data();
    void everyNodeIsAccountedFor();
};

namespace {

const LoweredNode* find(const Graph& graph, const LoweredGraph& lowered, std::string_view name)
{
    const auto found = std::find_if(lowered.nodes.begin(), lowered.nodes.end(),
                                    [&](const LoweredNode& n) { return graph.node(n.node()).name == name; });
    return found == lowered.nodes.end() ? nullptr : &*found;
}

QStringList namesOf(const Graph& graph, const std::vector<NodeId>& nodes)
{
    QStringList names;
    for (const NodeId id : nodes)
        names << QString::fromStdString(graph.node(id).name);
    return names;
}

op::Conv2d pointwise(std::int64_t channels)
{
    return {.inChannels = channels, .outChannels = channels};
}

} // namespace

void TestLoweredGraph::aBlockOfResnetIsFourConvolutions()
{
    const Graph graph = *buildArchitecture("resnet50");
    const LoweredGraph lowered = lower(graph);
    const LoweredNode* first = find(graph, lowered, "layer1.0.conv1");
    QVERIFY(first != nullptr);
    QCOMPARE(namesOf(graph, first->folded), QStringList{"layer1.0.bn1"});
    QCOMPARE(first->epilogues.size(), std::size_t{1});
    const LoweredNode* last = find(graph, lowered, "layer1.0.downsample.0");
    QVERIFY(last != nullptr);
    QCOMPARE(graph.node(last->folded.front()).name, std::string("layer1.0.downsample.1"));
    QVERIFY(std::holds_alternative<Addend>(last->epilogues[0]));
    QVERIFY(std::holds_alternative<op::Activation>(last->epilogues[1]));
    // 53 convolutions, the input, a max pool, an average pool, flatten and the classifier.
    QCOMPARE(lowered.nodes.size(), std::size_t{58});
}

void TestLoweredGraph::aValueReadTwiceIsNotFused()
{
    GraphBuilder builder("net", {4, 8, 8});
    const NodeId conv = builder.conv2d("conv", builder.input(), pointwise(4));
    const NodeId relu = builder.activation("relu", conv, op::Activation::Kind::ReLU);
    const Graph graph = *builder.finish(builder.addition("add", relu, conv));
    const LoweredGraph lowered = lower(graph);
    QCOMPARE(find(graph, lowered, "conv")->nodes.size(), std::size_t{1});
    QVERIFY(find(graph, lowered, "relu") != nullptr);
}

void TestLoweredGraph::whatTheOutputDoesNotNeedIsLeftOut()
{
    GraphBuilder builder("net", {4, 8, 8});
    const NodeId used = builder.conv2d("used", builder.input(), pointwise(4));
    builder.conv2d("unused", builder.input(), pointwise(4));
    const Graph graph = *builder.finish(used);
    const LoweredGraph lowered = lower(graph);
    QVERIFY(find(graph, lowered, "unused") == nullptr);
    QVERIFY(find(graph, lowered, "used") != nullptr);
}

void TestLoweredGraph::aConstantFactorOfTheChannelsIsFolded()
{
    const Graph graph = *buildArchitecture("convnext_tiny");
    const LoweredNode* last = nullptr;
    const LoweredGraph lowered = lower(graph);
    last = find(graph, lowered, "features.1.0.block.5");
    QVERIFY(last != nullptr);
    QCOMPARE(last->folded.size(), std::size_t{1});
    QVERIFY(std::holds_alternative<op::Multiply>(graph.node(last->folded[0]).operation));
    QVERIFY(std::holds_alternative<Addend>(last->epilogues.back()));
}

void TestLoweredGraph::aFactorThatDependsOnTheInputIsNotFolded()
{
    const Graph graph = *buildArchitecture("efficientnet_b0");
    for (const LoweredNode& node : lower(graph).nodes)
        for (const NodeId folded : node.folded)
            QVERIFY(std::holds_alternative<op::BatchNorm2d>(graph.node(folded).operation));
}

void TestLoweredGraph::anAdditionWaitsForBothOfItsInputs()
{
    const Graph graph = *buildArchitecture("resnet50");
    for (const LoweredNode& node : lower(graph).nodes)
        for (const Epilogue& epilogue : node.epilogues)
            if (const auto* addend = std::get_if<Addend>(&epilogue))
                QVERIFY(addend->value < node.node());
}

void TestLoweredGraph::biasesAndMasksAreConstants()
{
    const Graph graph = *buildArchitecture("swin_v2_t");
    const LoweredGraph lowered = lower(graph);
    const QStringList names = namesOf(graph, lowered.constants);
    QVERIFY(names.contains("features.1.0.attn.cpb_mlp.2"));
    QVERIFY(names.contains("features.1.1.attn.attn_mask"));
    QVERIFY(find(graph, lowered, "features.1.0.attn.cpb_mlp.2") == nullptr);
}

void TestLoweredGraph::windowsMoveAtOnce()
{
    const Graph graph = *buildArchitecture("swin_t");
    const LoweredGraph lowered = lower(graph);
    const LoweredNode* into = find(graph, lowered, "features.1.1.attn.roll");
    QVERIFY(into != nullptr && into->isMovement);
    QCOMPARE(namesOf(graph, into->nodes),
             (QStringList{"features.1.1.attn.roll", "features.1.1.attn.window_partition"}));
    QVERIFY(find(graph, lowered, "features.1.1.attn.roll_back") == nullptr);
    QVERIFY(find(graph, lowered, "features.1.1.attn.window_reverse")->isMovement);
}

void TestLoweredGraph::mergedPatchesMoveAtOnce()
{
    const Graph graph = *buildArchitecture("swin_t");
    const LoweredGraph lowered = lower(graph);
    const LoweredNode* merge = find(graph, lowered, "features.2.rows0");
    QVERIFY(merge != nullptr && merge->isMovement);
    QCOMPARE(merge->nodes.size(), std::size_t{7}); // two slices of rows, four of columns, one concatenation
    QCOMPARE(graph.node(merge->value()).name, std::string("features.2.cat"));
}

void TestLoweredGraph::everyNodeIsAccountedFor_data()
{
    QTest::addColumn<QString>("name");
    for (const Architecture& architecture : catalogue())
        QTest::newRow(architecture.name.c_str()) << QString::fromStdString(architecture.name);
}

/// Each node is in one operation or among the constants, unless the output does not need it; and whatever an operation
/// reads was there before.
void TestLoweredGraph::everyNodeIsAccountedFor()
{
    QFETCH(QString, name);
    const Graph graph = *buildArchitecture(name.toStdString());
    const LoweredGraph lowered = lower(graph);
    std::vector<int> times(graph.nodes().size(), 0);
    std::vector<bool> there(graph.nodes().size(), false);
    for (const NodeId constant : lowered.constants) {
        ++times[static_cast<std::size_t>(constant)];
        there[static_cast<std::size_t>(constant)] = true;
    }
    for (const LoweredNode& node : lowered.nodes) {
        for (const NodeId input : node.inputs)
            QVERIFY(there[static_cast<std::size_t>(input)]);
        for (const NodeId member : node.nodes)
            ++times[static_cast<std::size_t>(member)];
        there[static_cast<std::size_t>(node.value())] = true;
    }
    QVERIFY(there[static_cast<std::size_t>(graph.output())]);
    QVERIFY(std::all_of(times.begin(), times.end(), [](int count) { return count == 1; }));
}

QTEST_APPLESS_MAIN(TestLoweredGraph)
#include "tst_lowered_graph.moc"

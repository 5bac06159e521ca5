#include <QTest>

#include <algorithm>

#include "core/architectures/catalogue.h"
#include "core/pruning/channel_classes.h"
#include "core/pruning/channel_groups.h"
#include "tests/support/small_networks.h"

using namespace lathe;

/// Which entries go together, and which groups of them compete.
class TestChannelClasses : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aChannelIsOfTheLayerThatMakesItAndOfAllThatReadIt();
    void anAdditionJoinsBothSummands();
    void aConcatenationPutsOneBehindTheOther();
    void aDepthwiseConvolutionKeepsTheChannelsOfItsInput();
    void groupsOfAConvolutionLoseTheSamePlaces();
    void aShuffleJoinsTheSamePlaceOfBothHalves();
    void aReshapeVariesAlongOneAxisAlone();
    void anExcitationHasTheChannelsThatItScales();
    void flatteningRepeatsAChannel();
    void aHeadIsOneClass();
    void aGateHasTheFeaturesThatItMultiplies();
    void whatMeetsTheImageStays();
    void aSharedParameterTiesItsReaders();
    void tellsKindsAndLayersOfGroups();
    void saysWhyAGroupStays();
    void everyArchitectureHasChannelsThatMayGo_data();
    void everyArchitectureHasChannelsThatMayGo();
};

namespace {

struct Classified {
    Graph graph;
    ChannelClassesOfGraph classes;

    explicit Classified(Result<Graph> made) : graph(*std::move(made)), classes(channelClasses(graph)) {}

    ChannelClasses value(const std::string& node, std::size_t axis = 0) const
    {
        for (std::size_t i = 0; i < graph.nodes().size(); ++i)
            if (graph.nodes()[i].name == node)
                return classes.values[i][axis];
        return {-1};
    }

    ChannelClasses parameter(const std::string& name, std::size_t axis = 0) const
    {
        for (std::size_t i = 0; i < graph.parameters().size(); ++i)
            if (graph.parameters()[i].name == name)
                return classes.parameters[i][axis];
        return {-1};
    }

    bool isFixed(int id) const { return classes.fixed[static_cast<std::size_t>(id)].any(); }

    std::vector<ChannelGroup> groups() const { return channelGroups(graph, classes); }

    ChannelGroup groupOf(const std::string& layer) const
    {
        for (const ChannelGroup& group : groups())
            if (std::find(group.layers.begin(), group.layers.end(), layer) != group.layers.end())
                return group;
        return {};
    }
};

/// Different ones among them.
std::size_t distinct(ChannelClasses classes)
{
    std::sort(classes.begin(), classes.end());
    return static_cast<std::size_t>(std::unique(classes.begin(), classes.end()) - classes.begin());
}

ChannelClasses part(const ChannelClasses& classes, std::ptrdiff_t first, std::ptrdiff_t count)
{
    return {classes.begin() + first, classes.begin() + first + count};
}

using Classes = ChannelClasses;

} // namespace

void TestChannelClasses::aChannelIsOfTheLayerThatMakesItAndOfAllThatReadIt()
{
    const Classified chain(test::chain());
    const Classes made = chain.parameter("conv1.weight");
    QCOMPARE(made.size(), std::size_t(8));
    QCOMPARE(distinct(made), std::size_t(8));
    for (const char* along : {"conv1.bias", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var"})
        QCOMPARE(chain.parameter(along), made);
    QCOMPARE(chain.parameter("conv2.weight", 1), made);
    QCOMPARE(chain.value("relu"), made);
    QCOMPARE(chain.value("relu", 1), Classes{});             // height
    QCOMPARE(chain.parameter("conv1.weight", 1), Classes{}); // the image's colours
    QVERIFY(chain.parameter("conv2.weight") != made);
}

void TestChannelClasses::anAdditionJoinsBothSummands()
{
    const Classified residual(test::residual());
    QCOMPARE(residual.parameter("outer.weight"), residual.parameter("stem.weight"));
    QCOMPARE(residual.value("add"), residual.parameter("stem.weight"));
    QCOMPARE(residual.parameter("fc.weight", 1), residual.parameter("stem.weight"));
    QCOMPARE(distinct(residual.parameter("inner.weight")), std::size_t(4));
}

void TestChannelClasses::aConcatenationPutsOneBehindTheOther()
{
    const Classified cat(test::concatenation());
    const Classes all = cat.parameter("fc.weight", 1);
    QCOMPARE(all.size(), std::size_t(13));
    QCOMPARE(part(all, 0, 4), cat.parameter("left.weight"));
    QCOMPARE(part(all, 7, 6), cat.parameter("right.weight"));
    QVERIFY(!cat.isFixed(all[0]));
    QVERIFY(cat.isFixed(all[4])); // of the image
    QCOMPARE(cat.parameter("bn.weight"), all);
}

void TestChannelClasses::aDepthwiseConvolutionKeepsTheChannelsOfItsInput()
{
    const Classified depthwise(test::depthwise());
    const Classes in = depthwise.parameter("expand.weight");
    const Classes out = depthwise.parameter("depthwise.weight");
    QCOMPARE(out.size(), std::size_t(12));
    for (std::size_t i = 0; i < out.size(); ++i)
        QCOMPARE(out[i], in[i / 2]);
    QCOMPARE(depthwise.parameter("depthwise.weight", 1), Classes{});
    QCOMPARE(depthwise.parameter("project.weight", 1), out);
}

void TestChannelClasses::groupsOfAConvolutionLoseTheSamePlaces()
{
    const Classified grouped(test::grouped());
    const Classes in = grouped.parameter("in.weight");
    QCOMPARE(part(in, 0, 4), part(in, 4, 4));
    QCOMPARE(distinct(in), std::size_t(4));
    QCOMPARE(grouped.parameter("grouped.weight", 1), part(in, 0, 4));
    const Classes out = grouped.parameter("grouped.weight");
    QCOMPARE(part(out, 0, 6), part(out, 6, 6));
    QCOMPARE(distinct(out), std::size_t(6));
}

void TestChannelClasses::aShuffleJoinsTheSamePlaceOfBothHalves()
{
    const Classified shuffle(test::shuffle());
    const Classes left = shuffle.parameter("left.weight");
    QCOMPARE(shuffle.parameter("right.weight"), left);
    QCOMPARE(distinct(left), std::size_t(8));
    QCOMPARE(shuffle.value("view", 0), Classes{});
    QCOMPARE(shuffle.value("view", 1), left);
    // 0 0 1 1 2 2 3 3, of which the other half goes to the branch.
    const Classes first = shuffle.value("first");
    for (std::size_t i = 0; i < 8; ++i)
        QCOMPARE(first[i], left[i / 2]);
    const Classes second = shuffle.parameter("branch.weight", 1);
    for (std::size_t i = 0; i < 8; ++i)
        QCOMPARE(second[i], left[4 + i / 2]);
}

void TestChannelClasses::aReshapeVariesAlongOneAxisAlone()
{
    GraphBuilder b("reshape", {1, 2, 3});
    NodeId x = b.conv2d("conv", b.input(), {.inChannels = 1, .outChannels = 12});
    x = b.add("split", op::Reshape{{3, 4, 2, 3}}, {x});
    x = b.add("pairs", op::Reshape{{12, 6}}, {x});
    const Classified graph(b.finish(b.linear("fc", x, 2)));
    // 12 as 3 x 4 leaves 4 classes along the second, 3 along the first.
    QCOMPARE(graph.value("split", 0), Classes{});
    QCOMPARE(distinct(graph.value("split", 1)), std::size_t(4));
    const Classes made = graph.parameter("conv.weight");
    QCOMPARE(part(made, 0, 4), part(made, 8, 4));
}

void TestChannelClasses::anExcitationHasTheChannelsThatItScales()
{
    const Classified se(test::squeezeExcitation());
    QCOMPARE(se.parameter("fc2.weight"), se.parameter("conv.weight"));
    QCOMPARE(se.parameter("fc1.weight", 1), se.parameter("conv.weight"));
    QCOMPARE(distinct(se.parameter("fc1.weight")), std::size_t(4));
}

void TestChannelClasses::flatteningRepeatsAChannel()
{
    const Classified flattened(test::flattened());
    const Classes in = flattened.parameter("fc1.weight", 1);
    const Classes made = flattened.parameter("conv.weight");
    QCOMPARE(in.size(), std::size_t(24));
    for (std::size_t i = 0; i < in.size(); ++i)
        QCOMPARE(in[i], made[i / 4]);
}

void TestChannelClasses::aHeadIsOneClass()
{
    const Classified transformer(test::transformer());
    const Classes qkv = transformer.parameter("qkv.weight");
    QCOMPARE(distinct(qkv), std::size_t(4));
    for (std::size_t i = 0; i < qkv.size(); ++i)
        QCOMPARE(qkv[i], qkv[i % 8 / 2 * 2]); // heads of 2 features; queries, keys and values of 8
    QCOMPARE(transformer.parameter("proj.weight", 1), part(qkv, 0, 8));
    // The class token and the positions have the features that they are joined with and added to.
    QCOMPARE(transformer.parameter("token", 2), transformer.parameter("patches.weight"));
    QCOMPARE(transformer.parameter("positions", 2), transformer.parameter("patches.weight"));
    QVERIFY(transformer.isFixed(transformer.parameter("positions", 1).front()));
}

void TestChannelClasses::aGateHasTheFeaturesThatItMultiplies()
{
    const Classified gating(test::gating());
    const Classes made = gating.parameter("fc1.weight");
    QCOMPARE(part(made, 0, 4), part(made, 4, 4));
    QCOMPARE(gating.parameter("norm.weight"), part(made, 0, 4));
    QCOMPARE(gating.parameter("fc2.weight", 1), part(made, 0, 4));
    QVERIFY(gating.isFixed(gating.parameter("mix.weight").front())); // positions
}

void TestChannelClasses::whatMeetsTheImageStays()
{
    const Classified gating(test::gating());
    for (const int id : gating.parameter("fc2.weight")) // added to the input
        QVERIFY(gating.isFixed(id));
    for (const int id : gating.parameter("head.weight")) // the network's output
        QVERIFY(gating.isFixed(id));
}

void TestChannelClasses::aSharedParameterTiesItsReaders()
{
    GraphBuilder b("shared", {4});
    const std::vector<ParameterId> weight{b.parameter("weight", {4, 4})};
    const op::Linear linear{.inFeatures = 4, .outFeatures = 4, .bias = false};
    const NodeId x = b.linear("first", b.input(), 4);
    const NodeId y = b.add("a", linear, {x}, weight);
    const NodeId z = b.add("b", linear, {y}, weight);
    const Classified graph(b.finish(b.linear("last", z, 2)));
    QCOMPARE(graph.value("b"), graph.value("a"));
    QCOMPARE(graph.value("a"), graph.value("first"));
}

void TestChannelClasses::tellsKindsAndLayersOfGroups()
{
    const Classified residual(test::residual());
    QCOMPARE(residual.groupOf("stem").layers, (std::vector<std::string>{"stem", "outer"}));
    QCOMPARE(residual.groupOf("stem").kind, ChannelKind::ResidualStream);
    QCOMPARE(residual.groupOf("stem").size(), std::int64_t(8));
    QCOMPARE(residual.groupOf("inner").kind, ChannelKind::Channels);
    const Classified transformer(test::transformer());
    QCOMPARE(transformer.groupOf("qkv").kind, ChannelKind::AttentionHeads);
    QCOMPARE(transformer.groupOf("qkv").size(), std::int64_t(4));
    QCOMPARE(transformer.groupOf("mlp1").kind, ChannelKind::Features);
    QCOMPARE(transformer.groupOf("patches").kind, ChannelKind::TransformerStream);
    QCOMPARE(transformer.groupOf("patches").layers, (std::vector<std::string>{"patches", "proj", "mlp2"}));
    QCOMPARE(transformer.groupOf("patches").title(), std::string("patches, proj and mlp2"));
    const Classified depthwise(test::depthwise());
    QCOMPARE(depthwise.groupOf("expand").layers, std::vector<std::string>{"expand"});
    QCOMPARE(depthwise.groupOf("expand").axes.front().perClass, std::int64_t(1));
}

void TestChannelClasses::saysWhyAGroupStays()
{
    const Classified gating(test::gating());
    QCOMPARE(gating.groupOf("head").obstacle(), std::string("they are the network's output"));
    QCOMPARE(gating.groupOf("fc2").obstacle(), std::string("they meet values that cannot lose any"));
    QCOMPARE(gating.groupOf("fc1").obstacle(), std::string());
}

void TestChannelClasses::everyArchitectureHasChannelsThatMayGo_data()
{
    QTest::addColumn<QString>("name");
    for (const Architecture& architecture : catalogue())
        QTest::newRow(architecture.name.c_str()) << QString::fromStdString(architecture.name);
}

void TestChannelClasses::everyArchitectureHasChannelsThatMayGo()
{
    QFETCH(QString, name);
    const Classified classified(buildArchitecture(name.toStdString()));
    const ChannelClassesOfGraph& classes = classified.classes;
    for (std::size_t i = 0; i < classified.graph.nodes().size(); ++i)
        for (std::size_t axis = 0; axis < classes.values[i].size(); ++axis)
            QVERIFY(classes.values[i][axis].empty() || static_cast<std::int64_t>(classes.values[i][axis].size()) ==
                                                           classified.graph.nodes()[i].output.shape[axis]);
    std::int64_t free = 0;
    for (const ChannelGroup& group : classified.groups())
        free += group.obstacle().empty() ? group.size() : 0;
    QVERIFY(free > 50);
}

QTEST_APPLESS_MAIN(TestChannelClasses)
#include "tst_channel_classes.moc"

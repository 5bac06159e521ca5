#include <QTest>

#include <cmath>

#include <nlohmann/json.hpp>

#include "core/architectures/catalogue.h"
#include "core/base/files.h"
#include "core/graph/cost.h"
#include "core/pruning/channel_pruning.h"
#include "core/pruning/loss_changes.h"
#include "tests/support/closed_form.h"
#include "tests/support/small_networks.h"

using namespace lathe;

/// Channels judged, counted and taken out, held against what Torch-Pruning leaves.
class TestStructuredPruning : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void leavesWhatTorchPruningLeaves_data();
    void leavesWhatTorchPruningLeaves();
    void judgesByNormsOfTheWeightsThatMakeAChannel();
    void judgesByTheScaleOfTheBatchNormalisation();
    void judgesByWeightTimesGradient();
    void drawsTheSameChannelsFromTheSameSeed();
    void eachGroupLosesTheRatioRoundedAsTorchPruningDoes();
    void keepsMultiplesOfAWidth();
    void ranksAllGroupsTogether();
    void takesTheLeastImportantOut();
    void excludesLayers();
    void leavesHeadsAndEmbeddingUnlessAskedFor();
    void findsTheRatioThatMeetsATarget();
    void tellsWhatEveryLayerLost();
    void takesTheWidestOfTheFastestWidths();
    void cannotBeStoppedTooLate();
    void refuses_data();
    void refuses();
};

namespace {

LoadedModel modelOf(Result<Graph> graph)
{
    LoadedModel model;
    model.graph = *std::move(graph);
    model.name = model.graph.name();
    model.weights = test::closedFormWeights(model.graph);
    return model;
}

ChannelPruningOptions losing(double ratio)
{
    ChannelPruningOptions options;
    options.amount.ratio = ratio;
    return options;
}

HostTensor tensorOf(Shape shape, const std::vector<float>& values)
{
    WritableTensor made = makeTensor(DType::Float32, std::move(shape));
    std::copy(values.begin(), values.end(), reinterpret_cast<float*>(made.bytes));
    return made.tensor;
}

void set(StateDict& weights, const std::string& name, const std::vector<float>& values)
{
    for (NamedTensor& tensor : weights)
        if (tensor.name == name)
            tensor.tensor = tensorOf(tensor.tensor.shape, values);
}

/// two -> three -> the output, of linear layers alone.
LoadedModel perceptron()
{
    GraphBuilder b("perceptron", {2});
    const NodeId x = b.linear("hidden", b.input(), 3);
    LoadedModel model = modelOf(b.finish(b.linear("out", x, 2)));
    set(model.weights, "hidden.weight", {3, -4, 1, 1, 0, -6});
    set(model.weights, "hidden.bias", {0, 0, 0});
    set(model.weights, "out.weight", {1, 2, 3, 4, 5, 6});
    return model;
}

std::vector<double> scoresOf(const LoadedModel& model, const ChannelMeasure& measure)
{
    const ChannelClassesOfGraph classes = channelClasses(model.graph);
    const auto groups = chosenGroups(model.graph, channelGroups(model.graph, classes), {});
    return channelScores(model.graph, classes, *groups, model.weights, measure)->front();
}

ChannelGroup groupOf(int first, int size, std::int64_t perClass = 1)
{
    ChannelGroup group;
    for (int i = 0; i < size; ++i)
        group.classes.push_back(first + i);
    group.axes = {{0, 0, perClass, ChannelRole::Weight}};
    group.layers = {"layer"};
    return group;
}

std::int64_t channelsOf(const ChannelPruningOutcome& outcome, const std::string& layer)
{
    for (const PrunedLayer& pruned : outcome.layers)
        if (pruned.name == layer)
            return pruned.channels;
    return -1;
}

using Counts = std::vector<std::int64_t>;
using Scores = std::vector<std::vector<double>>;

} // namespace

void TestStructuredPruning::leavesWhatTorchPruningLeaves_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<double>("ratio");
    QTest::addColumn<qint64>("parameters");
    QTest::addColumn<qint64>("operations");
    const auto cases = nlohmann::json::parse(*readFile(LATHE_TEST_DATA "/pruning/structured_pruning.json"));
    for (const auto& [key, left] : cases.items()) {
        const QString text = QString::fromStdString(key);
        QTest::newRow(key.c_str()) << text.section('@', 0, 0) << text.section('@', 1).toDouble()
                                   << qint64(left.at("params")) << qint64(left.at("macs"));
    }
}

void TestStructuredPruning::leavesWhatTorchPruningLeaves()
{
    QFETCH(QString, name);
    QFETCH(double, ratio);
    QFETCH(qint64, parameters);
    QFETCH(qint64, operations);
    LoadedModel model;
    model.name = name.toStdString();
    model.graph = *buildArchitecture(model.name);
    ChannelPruningOptions options = losing(ratio);
    options.measure.criterion = ChannelCriterion::Random; // which ones go does not matter to how many
    const auto pruned = pruneChannels(model, options);
    QVERIFY2(pruned, pruned ? "" : pruned.error().message.c_str());
    QCOMPARE(pruned->after.parameters, parameters);
    // Its count of operations leaves out what is called as a function.
    const double share = static_cast<double>(pruned->after.moduleOperations) / static_cast<double>(operations);
    QVERIFY2(std::abs(share - 1.0) < 0.002, qPrintable(QString::number(share, 'f', 5)));
}

void TestStructuredPruning::judgesByNormsOfTheWeightsThatMakeAChannel()
{
    const LoadedModel model = perceptron();
    QCOMPARE(scoresOf(model, {.criterion = ChannelCriterion::L1}), (std::vector<double>{7, 2, 6}));
    QCOMPARE(scoresOf(model, {.criterion = ChannelCriterion::L2}), (std::vector<double>{5, std::sqrt(2.0), 6}));
}

void TestStructuredPruning::judgesByTheScaleOfTheBatchNormalisation()
{
    LoadedModel model = modelOf(test::chain());
    set(model.weights, "bn.weight", {1, -2, 3, 0, 5, 6, 7, 8});
    QCOMPARE(scoresOf(model, {.criterion = ChannelCriterion::BatchNormScale}),
             (std::vector<double>{1, 2, 3, 0, 5, 6, 7, 8}));
}

void TestStructuredPruning::judgesByWeightTimesGradient()
{
    const LoadedModel model = perceptron();
    StateDict gradients;
    gradients.push_back({"hidden.weight", tensorOf({3, 2}, {1, 1, 0, 2, 5, 0})});
    gradients.push_back({"hidden.bias", tensorOf({3}, {9, 9, 9})});
    gradients.push_back({"out.weight", tensorOf({2, 3}, {0, 0, 0, 0, 0, -1})});
    gradients.push_back({"out.bias", tensorOf({2}, {7, 7})});
    const ChannelClassesOfGraph classes = channelClasses(model.graph);
    const auto changes = firstOrderChanges(model.graph, classes, model.weights, gradients);
    QVERIFY2(changes, changes ? "" : changes.error().message.c_str());
    // 3 - 4; 2; 0 - 6, the last of what the output reads: biases are 0.
    QCOMPARE(scoresOf(model, {.criterion = ChannelCriterion::Taylor, .seed = 1, .lossChanges = &*changes}),
             (std::vector<double>{1, 2, 6}));
    gradients.pop_back();
    const auto without = firstOrderChanges(model.graph, classes, model.weights, gradients);
    QVERIFY(!without);
    QCOMPARE(without.error().message,
             std::string(
                 "The first-order criterion needs a gradient of out.bias of its shape 2; give those of this network."));
}

void TestStructuredPruning::drawsTheSameChannelsFromTheSameSeed()
{
    const LoadedModel model = modelOf(test::chain());
    const ChannelMeasure first{.criterion = ChannelCriterion::Random, .seed = 1};
    const ChannelMeasure second{.criterion = ChannelCriterion::Random, .seed = 2};
    QCOMPARE(scoresOf(model, first), scoresOf(model, first));
    QVERIFY(scoresOf(model, first) != scoresOf(model, second));
}

void TestStructuredPruning::eachGroupLosesTheRatioRoundedAsTorchPruningDoes()
{
    const std::vector<ChannelGroup> groups{groupOf(0, 64), groupOf(64, 90), groupOf(154, 3), groupOf(157, 5)};
    const Scores scores{Scores::value_type(64), Scores::value_type(90), Scores::value_type(3), {}};
    QCOMPARE(keptCounts(groups, scores, {.ratio = 0.3}), (Counts{44, 63, 2, 5})); // the last has no scores
    QCOMPARE(keptCounts(groups, scores, {.ratio = 0.9}), (Counts{6, 9, 1, 5}));
    QCOMPARE(keptCounts(groups, scores, {.ratio = 0.0}), (Counts{64, 90, 3, 5}));
}

void TestStructuredPruning::keepsMultiplesOfAWidth()
{
    // 64 channels; 5, fewer than a multiple; 16 classes of 4 channels each.
    const std::vector<ChannelGroup> groups{groupOf(0, 64), groupOf(64, 5), groupOf(69, 16, 4)};
    const Scores scores{Scores::value_type(64), Scores::value_type(5), Scores::value_type(16)};
    QCOMPARE(keptCounts(groups, scores, {.ratio = 0.3, .roundTo = 8}), (Counts{40, 5, 10}));
    QCOMPARE(keptCounts(groups, scores, {.ratio = 0.95, .roundTo = 8}), (Counts{8, 5, 2}));
    QCOMPARE(classStep(groups[2], 8), std::int64_t(2));
}

void TestStructuredPruning::ranksAllGroupsTogether()
{
    const std::vector<ChannelGroup> groups{groupOf(0, 4), groupOf(4, 4)};
    // Divided by their means, 25 and 1: 1.6, 1.6, 0.4, 0.4 and 1, 1, 1, 1.
    const Scores scores{{40, 40, 10, 10}, {1, 1, 1, 1}};
    QCOMPARE(keptCounts(groups, scores, {.ratio = 0.25, .isGlobal = true}), (Counts{2, 4}));
    // A share of each is left, whatever the ranking says.
    QCOMPARE(keptCounts(groups, scores, {.ratio = 0.75, .isGlobal = true, .leastShare = 0.25}), (Counts{1, 1}));
    QCOMPARE(keptCounts(groups, scores, {.ratio = 0.75, .isGlobal = true, .leastShare = 0.5}), (Counts{2, 2}));
}

void TestStructuredPruning::takesTheLeastImportantOut()
{
    const std::vector<ChannelGroup> groups{groupOf(1, 4)};
    QCOMPARE(leastImportant(6, groups, {{3, 1, 2, 1}}, {3}), (RemovedClasses{false, false, false, false, true, false}));
    QCOMPARE(leastImportant(6, groups, {{3, 1, 2, 1}}, {2}), (RemovedClasses{false, false, true, false, true, false}));
    const auto pruned = pruneChannels(perceptron(), losing(0.5));
    QVERIFY2(pruned, pruned ? "" : pruned.error().message.c_str());
    QCOMPARE(pruned->model.weights[0].tensor.shape, (Shape{1, 2}));
    QCOMPARE(pruned->model.weights[0].tensor.floats()[1], -6.0F); // the greatest norm
    QCOMPARE(pruned->model.weights[2].tensor.floats()[0], 3.0F);
    QCOMPARE(pruned->model.weights[2].tensor.floats()[1], 6.0F);
}

void TestStructuredPruning::excludesLayers()
{
    const LoadedModel model = modelOf(buildArchitecture("resnet18"));
    ChannelPruningOptions options = losing(0.5);
    options.choice.excluded = {"layer1.*", "layer2.0.conv1"};
    const auto pruned = pruneChannels(model, options);
    QVERIFY2(pruned, pruned ? "" : pruned.error().message.c_str());
    QCOMPARE(channelsOf(*pruned, "conv1"), -1); // its channels are those of layer1's stream
    QCOMPARE(channelsOf(*pruned, "layer1.0.conv1"), -1);
    QCOMPARE(channelsOf(*pruned, "layer2.0.conv1"), -1);
    QCOMPARE(channelsOf(*pruned, "layer2.0.conv2"), 64);
    QVERIFY(pruned->notes.front().find("they are excluded") != std::string::npos);
}

void TestStructuredPruning::leavesHeadsAndEmbeddingUnlessAskedFor()
{
    const LoadedModel model = modelOf(test::transformer());
    ChannelPruningOptions options = losing(0.5);
    const auto usual = pruneChannels(model, options);
    QCOMPARE(channelsOf(*usual, "mlp1"), 6);
    QCOMPARE(channelsOf(*usual, "qkv"), -1);
    QCOMPARE(usual->notes, (std::vector<std::string>{"All channels of qkv stay: attention heads stay unless asked "
                                                     "for.",
                                                     "All channels of patches stay: the embedding's width stays unless "
                                                     "asked for."}));
    options.choice = {.heads = true, .transformerStream = true, .excluded = {}};
    const auto all = pruneChannels(model, options);
    QCOMPARE(channelsOf(*all, "qkv"), 12);
    QCOMPARE(channelsOf(*all, "patches"), 4);
    QVERIFY(all->notes.empty());
}

void TestStructuredPruning::findsTheRatioThatMeetsATarget()
{
    const LoadedModel model = modelOf(buildArchitecture("resnet20"));
    const std::int64_t before = cost(model.graph).macs;
    ChannelPruningOptions options;
    options.targetMacs = before / 2;
    const auto pruned = pruneChannels(model, options);
    QVERIFY2(pruned, pruned ? "" : pruned.error().message.c_str());
    QVERIFY(pruned->after.macs <= before / 2);
    QVERIFY(pruned->after.macs > before * 45 / 100);
    // Any less would not have been enough.
    ChannelPruningOptions less = losing(pruned->ratio - 1e-6);
    QVERIFY(pruneChannels(model, less)->after.macs > before / 2);
    options.amount.isGlobal = true;
    QVERIFY(pruneChannels(model, options)->after.macs <= before / 2);
    ChannelPruningOptions both = options;
    both.targetParameters = pruned->before.parameters / 4;
    const auto smaller = pruneChannels(model, both);
    QVERIFY(smaller->after.parameters <= pruned->before.parameters / 4);
    QVERIFY(smaller->after.macs <= before / 2);
}

void TestStructuredPruning::tellsWhatEveryLayerLost()
{
    const LoadedModel model = modelOf(test::chain());
    const auto pruned = pruneChannels(model, losing(0.5));
    QCOMPARE(pruned->layers.size(), std::size_t(3));
    const PrunedLayer& second = pruned->layers[1];
    QCOMPARE(second.name, std::string("conv2"));
    QCOMPARE(second.numel, std::int64_t(6 * 8 * 9));
    QCOMPARE(second.pruned, std::int64_t(6 * 8 * 9 - 3 * 4 * 9));
    QCOMPARE(second.channelsBefore, std::int64_t(6));
    QCOMPARE(second.channels, std::int64_t(3));
    QCOMPARE(pruned->layers[2].name, std::string("fc")); // reads fewer, gives out as many
    QCOMPARE(pruned->layers[2].channels, std::int64_t(5));
    QCOMPARE(pruned->scheme, std::string("l2 channels 0.5 local"));
    QCOMPARE(pruned->model.origin, std::string("chain"));
    QVERIFY(pruned->model.userDefined);
    QCOMPARE(pruned->before.parameters, cost(model.graph).parameters);
    QCOMPARE(pruned->after.parameters, cost(pruned->model.graph).parameters);
    QCOMPARE(model.weights.front().tensor.shape, (Shape{8, 3, 3, 3})); // the model itself stays
}

void TestStructuredPruning::takesTheWidestOfTheFastestWidths()
{
    GraphBuilder b("wide", {3, 8, 8});
    NodeId x = b.conv2d("conv1", b.input(), {.inChannels = 3, .outChannels = 64});
    x = b.conv2d("conv2", x, {.inChannels = 64, .outChannels = 10});
    const LoadedModel model = modelOf(b.finish(x));
    ChannelPruningOptions options = losing(0.3); // leaves 44
    std::vector<std::int64_t> asked;
    options.timer = [&](const std::vector<Graph>& layers) -> Result<std::vector<double>> {
        std::vector<double> seconds;
        for (const Graph& layer : layers) {
            const auto& conv = std::get<op::Conv2d>(layer.nodes().back().operation);
            const std::int64_t width = conv.inChannels == 3 ? conv.outChannels : conv.inChannels;
            asked.push_back(width);
            seconds.push_back(width == 44 ? 2.0 : 1.0);
        }
        return seconds;
    };
    const auto pruned = pruneChannels(model, options);
    QVERIFY2(pruned, pruned ? "" : pruned.error().message.c_str());
    // 44 and, up to an eighth of 64 above it, the multiple 48, in both layers that have the channels.
    QCOMPARE(asked, (std::vector<std::int64_t>{44, 44, 48, 48}));
    QCOMPARE(channelsOf(*pruned, "conv1"), 48);
    QCOMPARE(pruned->widths.front().tried.front().seconds, 4.0);
    QCOMPARE(pruned->widths.front().chosen, std::int64_t(48));
    QCOMPARE(pruned->scheme, std::string("l2 channels 0.3 local, measured widths"));
}

void TestStructuredPruning::cannotBeStoppedTooLate()
{
    const LoadedModel model = modelOf(test::chain());
    ChannelPruningOptions options = losing(0.5);
    options.timer = [](const std::vector<Graph>& layers) { return std::vector<double>(layers.size(), 1.0); };
    std::stop_source stop;
    stop.request_stop();
    const auto pruned = pruneChannels(model, options, stop.get_token());
    QVERIFY(!pruned);
    QCOMPARE(pruned.error().code, ErrorCode::Cancelled);
}

void TestStructuredPruning::refuses_data()
{
    QTest::addColumn<double>("ratio");
    QTest::addColumn<int>("roundTo");
    QTest::addColumn<QString>("excluded");
    QTest::addColumn<qint64>("target");
    QTest::addColumn<QString>("criterion");
    QTest::addColumn<QString>("message");
    QTest::newRow("a ratio over 1") << 1.5 << 1 << "" << qint64(0) << "l2"
                                    << "A ratio of 1.5 of the channels cannot go; give one from 0 to below 1.";
    QTest::newRow("a ratio that empties layers") << 1.0 << 1 << "" << qint64(0) << "l2"
                                                 << "A ratio of 1 would leave no channel; give one below it.";
    QTest::newRow("no number") << std::nan("") << 1 << "" << qint64(0) << "l2"
                               << "A ratio of nan of the channels cannot go; give one from 0 to below 1.";
    QTest::newRow("multiples of 0") << 0.5 << 0 << "" << qint64(0) << "l2"
                                    << "Widths cannot be multiples of 0; give 1 or more.";
    QTest::newRow("multiples too great") << 0.5 << 64 << "" << qint64(0) << "l2"
                                         << "At a ratio of 0.5 and widths that are multiples of 64 no layer of chain "
                                            "loses a channel; give a greater ratio or a smaller multiple.";
    QTest::newRow("a layer that is not there")
        << 0.5 << 1 << "conv3" << qint64(0) << "l2"
        << "chain has no layer with channels named \"conv3\"; near it are conv1 and conv2.";
    QTest::newRow("everything excluded") << 0.5 << 1 << "*" << qint64(0) << "l2"
                                         << "No channels of chain may go: exclude fewer layers, or allow heads and the "
                                            "embedding's width where there are any.";
    QTest::newRow("a target out of reach") << 0.5 << 1 << "" << qint64(10) << "l2"
                                           << "chain cannot get to that target by losing channels: 1.12 kMACs and 50 "
                                              "parameters are left of it at the least.";
    QTest::newRow("a target that it meets")
        << 0.5 << 1 << "" << qint64(1'000'000'000) << "l2"
        << "chain has 14.7 kMACs and 713 parameters already; give a target below that.";
    QTest::newRow("no gradients") << 0.5 << 1 << "" << qint64(0) << "taylor"
                                  << "The first-order criterion needs gradients: give a dataset to take them on.";
}

void TestStructuredPruning::refuses()
{
    QFETCH(double, ratio);
    QFETCH(int, roundTo);
    QFETCH(QString, excluded);
    QFETCH(qint64, target);
    QFETCH(QString, criterion);
    QFETCH(QString, message);
    ChannelPruningOptions options = losing(ratio);
    options.amount.roundTo = roundTo;
    if (!excluded.isEmpty())
        options.choice.excluded = {excluded.toStdString()};
    if (target > 0)
        options.targetMacs = target;
    options.measure.criterion = *channelCriterionFromName(criterion.toStdString());
    const auto pruned = pruneChannels(modelOf(test::chain()), options);
    QVERIFY(!pruned);
    QCOMPARE(QString::fromStdString(pruned.error().message), message);
}

QTEST_APPLESS_MAIN(TestStructuredPruning)
#include "tst_structured_pruning.moc"

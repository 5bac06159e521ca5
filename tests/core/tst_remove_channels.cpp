#include <QTest>

#include <array>
#include <cmath>

#include "core/architectures/catalogue.h"
#include "core/formats/model_file.h"
#include "core/graph/cost.h"
#include "core/pruning/channel_pruning.h"
#include "tests/support/closed_form.h"
#include "tests/support/masked_network.h"
#include "tests/support/small_networks.h"

using namespace lathe;

/// Networks without some of their channels: the sizes that are left, and the same output as with these masked.
class TestRemoveChannels : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void keepsTheEntriesOfWhatStays();
    void takesAChannelOutOfAllThatHasIt();
    void takesTheSamePlaceOutOfEveryGroup();
    void takesWholeHeadsOut();
    void movesTheBoundsOfASlice();
    void refusesToLeaveNothing();
    void givesTheOutputOfTheMaskedSmallNetwork_data();
    void givesTheOutputOfTheMaskedSmallNetwork();
    void givesTheOutputOfTheMaskedArchitecture_data();
    void givesTheOutputOfTheMaskedArchitecture();

private:
    void compareWithMasked(const Graph& graph, double ratio);
    Backend* m_backend = nullptr;
};

namespace {

/// Weights are written down one by one, which takes its time: the largest are left to LATHE_WHOLE_CATALOGUE=1.
constexpr std::int64_t kMostParameters = 30'000'000;

struct Classified {
    Graph graph;
    ChannelClassesOfGraph classes;
    RemovedClasses removed;

    explicit Classified(Graph made)
        : graph(std::move(made)), classes(channelClasses(graph)),
          removed(static_cast<std::size_t>(classes.count()), false)
    {
    }

    ParameterId parameterId(const std::string& name) const
    {
        for (std::size_t i = 0; i < graph.parameters().size(); ++i)
            if (graph.parameters()[i].name == name)
                return static_cast<ParameterId>(i);
        return -1;
    }

    /// The class of an entry of a parameter along its first axis.
    void remove(const std::string& parameter, std::size_t entry)
    {
        const auto id = static_cast<std::size_t>(parameterId(parameter));
        removed[static_cast<std::size_t>(classes.parameters[id].front()[entry])] = true;
    }

    Graph smaller() const { return *removeChannels(graph, classes, removed); }

    Shape shapeOf(const std::string& parameter) const { return smaller().parameter(parameterId(parameter)).shape; }
};

const Node& nodeOf(const Graph& graph, const std::string& name)
{
    for (const Node& node : graph.nodes())
        if (node.name == name)
            return node;
    return graph.nodes().front();
}

double largest(const HostTensor& y)
{
    double most = 0.0;
    for (std::int64_t i = 0; i < elementCount(y.shape); ++i)
        most = std::max(most, std::abs(static_cast<double>(y.floats()[i])));
    return most;
}

double largestDifference(const HostTensor& a, const HostTensor& b)
{
    double most = 0.0;
    for (std::int64_t i = 0; i < elementCount(a.shape); ++i) {
        const double difference = std::abs(static_cast<double>(a.floats()[i]) - b.floats()[i]);
        most = difference <= most ? most : difference; // not a number is never forgotten
    }
    return most;
}

/// The smallest of some inputs that the architecture takes: channels do not depend on it.
Graph onSmallInput(const Architecture& architecture)
{
    if (architecture.vocabulary > 0)
        return *architecture.build({{16}, 0});
    for (const std::int64_t side : {64, 56, 96, 128})
        if (side < architecture.defaultInput.back())
            if (auto graph = architecture.build({{architecture.defaultInput.front(), side, side}, 0}); graph)
                return *std::move(graph);
    return *architecture.build({});
}

} // namespace

void TestRemoveChannels::initTestCase()
{
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    m_backend = *backend;
    m_backend->setThreads(2);
}

void TestRemoveChannels::keepsTheEntriesOfWhatStays()
{
    const ChannelClasses classes{0, 1, 2, 1};
    QCOMPARE(keptEntries(classes, 4, {false, true, false}), (std::vector<std::int64_t>{0, 2}));
    QCOMPARE(keptEntries({}, 3, {true}), (std::vector<std::int64_t>{0, 1, 2}));
}

void TestRemoveChannels::takesAChannelOutOfAllThatHasIt()
{
    Classified chain(*test::chain());
    chain.remove("conv1.weight", 2);
    chain.remove("conv1.weight", 5);
    QCOMPARE(chain.shapeOf("conv1.weight"), (Shape{6, 3, 3, 3}));
    QCOMPARE(chain.shapeOf("conv1.bias"), (Shape{6}));
    QCOMPARE(chain.shapeOf("bn.running_var"), (Shape{6}));
    QCOMPARE(chain.shapeOf("conv2.weight"), (Shape{6, 6, 3, 3}));
    const StateDict weights = test::closedFormWeights(chain.graph);
    const StateDict left = removeChannels(weights, chain.classes, chain.removed);
    const auto second = static_cast<std::size_t>(chain.parameterId("conv2.weight"));
    // Of filter 1, input 2 was 3 before: 9 entries each.
    for (std::int64_t i = 0; i < 9; ++i)
        QCOMPARE(left[second].tensor.floats()[1 * 54 + 2 * 9 + i], weights[second].tensor.floats()[1 * 72 + 3 * 9 + i]);
    QCOMPARE(left[second].name, std::string("conv2.weight"));
}

void TestRemoveChannels::takesTheSamePlaceOutOfEveryGroup()
{
    Classified grouped(*test::grouped());
    grouped.remove("in.weight", 1); // of the first group, and so number 5, of the second
    grouped.remove("grouped.weight", 0);
    grouped.remove("grouped.weight", 11); // place 5 of both groups
    QCOMPARE(grouped.shapeOf("in.weight"), (Shape{6, 3, 1, 1}));
    QCOMPARE(grouped.shapeOf("grouped.weight"), (Shape{8, 3, 1, 1}));
    QCOMPARE(std::get<op::Conv2d>(nodeOf(grouped.smaller(), "grouped").operation).groups, 2);
}

void TestRemoveChannels::takesWholeHeadsOut()
{
    Classified transformer(*test::transformer());
    transformer.remove("qkv.weight", 9); // a key of the first head
    QCOMPARE(transformer.shapeOf("qkv.weight"), (Shape{18, 8}));
    QCOMPARE(transformer.shapeOf("proj.weight"), (Shape{8, 6}));
    QCOMPARE(std::get<op::Attention>(nodeOf(transformer.smaller(), "attention").operation).heads, 3);
}

void TestRemoveChannels::movesTheBoundsOfASlice()
{
    Classified shuffle(*test::shuffle());
    shuffle.remove("left.weight", 0);
    shuffle.remove("left.weight", 1);
    const auto second = std::get<op::Slice>(nodeOf(shuffle.smaller(), "second").operation);
    QCOMPARE(second.begin, 4); // channels 0 and 1 of both halves went, all of them into the first slice
    QCOMPARE(second.end, 12);
    const auto view = std::get<op::Reshape>(nodeOf(shuffle.smaller(), "view").operation);
    QCOMPARE(view.shape, (Shape{2, 6, 4, 4}));
    const auto back = std::get<op::Reshape>(nodeOf(shuffle.smaller(), "back").operation);
    QCOMPARE(back.shape, (Shape{12, -1, 4}));
}

void TestRemoveChannels::refusesToLeaveNothing()
{
    Classified chain(*test::chain());
    for (std::size_t i = 0; i < 8; ++i)
        chain.remove("conv1.weight", i);
    const auto smaller = removeChannels(chain.graph, chain.classes, chain.removed);
    QVERIFY(!smaller);
    QCOMPARE(smaller.error().message, std::string("Nothing would be left of conv1; remove fewer channels."));
}

void TestRemoveChannels::compareWithMasked(const Graph& graph, double ratio)
{
    LoadedModel model;
    model.name = graph.name();
    model.graph = graph;
    model.weights = test::closedFormWeights(graph);
    ChannelPruningOptions options;
    options.measure.criterion = ChannelCriterion::Random;
    options.amount.ratio = ratio;
    options.keepsOne = true;
    options.choice = {.heads = true, .transformerStream = true, .excluded = {}};
    const auto pruned = pruneChannels(model, options);
    QVERIFY2(pruned, pruned ? "" : pruned.error().message.c_str());
    QVERIFY(pruned->after.parameters < pruned->before.parameters);

    const ChannelClassesOfGraph classes = channelClasses(graph);
    const auto groups = *chosenGroups(graph, channelGroups(graph, classes), options.choice);
    const auto scores = *channelScores(graph, classes, groups, model.weights, options.measure);
    const RemovedClasses removed =
        leastImportant(classes.count(), groups, scores, keptCounts(groups, scores, options.amount));
    Shape shape = graph.inputShape();
    shape.insert(shape.begin(), 1);
    const HostTensor x = test::closedFormInput(shape, graph.vocabulary());
    const auto masked = test::MaskedNetwork(graph, model.weights, classes, removed).infer(*m_backend, x);
    QVERIFY2(masked, masked ? "" : masked.error().message.c_str());

    const auto network = m_backend->prepare(pruned->model.graph, pruned->model.weights, Mode::Eager);
    QVERIFY2(network, network ? "" : network.error().message.c_str());
    const Result<HostTensor> y = (*network)->infer(x);
    QVERIFY2(y, y ? "" : y.error().message.c_str());
    QCOMPARE(y->shape, masked->shape);
    const double most = largest(*masked);
    QVERIFY(most > 0.0 && std::isfinite(most));
    const double share = largestDifference(*y, *masked) / most;
    QVERIFY2(share <= 2e-4, qPrintable(QString("off by %1 of the largest output %2").arg(share).arg(most)));
}

void TestRemoveChannels::givesTheOutputOfTheMaskedSmallNetwork_data()
{
    QTest::addColumn<int>("index");
    int index = 0;
    for (const test::SmallNetwork& network : test::smallNetworks()) {
        QVERIFY2(network.graph, network.graph ? "" : network.graph.error().message.c_str());
        QTest::newRow(network.name.c_str()) << index++;
    }
}

void TestRemoveChannels::givesTheOutputOfTheMaskedSmallNetwork()
{
    QFETCH(int, index);
    for (const double ratio : {0.3, 0.5, 0.8})
        compareWithMasked(*test::smallNetworks()[static_cast<std::size_t>(index)].graph, ratio);
}

void TestRemoveChannels::givesTheOutputOfTheMaskedArchitecture_data()
{
    QTest::addColumn<QString>("name");
    const bool whole = qEnvironmentVariableIsSet("LATHE_WHOLE_CATALOGUE");
    for (const Architecture& architecture : catalogue())
        if (whole || cost(*architecture.build({})).parameters <= kMostParameters)
            QTest::newRow(architecture.name.c_str()) << QString::fromStdString(architecture.name);
}

void TestRemoveChannels::givesTheOutputOfTheMaskedArchitecture()
{
    QFETCH(QString, name);
    compareWithMasked(onSmallInput(**findArchitecture(name.toStdString())), 0.4);
}

QTEST_GUILESS_MAIN(TestRemoveChannels)
#include "tst_remove_channels.moc"

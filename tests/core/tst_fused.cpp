#include <QTest>

#include <algorithm>
#include <cmath>

#include "core/architectures/catalogue.h"
#include "core/engine/backend.h"
#include "core/graph/cost.h"
#include "tests/support/closed_form.h"

using namespace lathe;

Q_DECLARE_METATYPE(Graph)

/// The fused mode computes what the eager mode computes, from memory that it keeps.
class TestFused : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void givesTheEagerOutput_data();
    void givesTheEagerOutput();
    void bfloat16GivesTheEagerOutputRounded_data();
    void bfloat16GivesTheEagerOutputRounded();
    void anUnusualGraphGivesTheEagerOutput_data();
    void anUnusualGraphGivesTheEagerOutput();
    void anUnusualGraphGivesItInBFloat16_data() { anUnusualGraphGivesTheEagerOutput_data(); }
    void anUnusualGraphGivesItInBFloat16();
    void anotherBatchIsPlannedAnew();
    void theKeptInputIsNotLost();
    void bothCountsAgree();
    void everyNodeThatRanHasATime();
    void anotherDeviceIsRefused();
    void aWrongInputIsRefused();

private:
    std::unique_ptr<Network> prepare(const Graph& graph, Mode mode) const;
    Backend* m_backend = nullptr;
};

namespace {

/// Weights are written down one by one, which takes its time: the largest are left to LATHE_WHOLE_CATALOGUE=1.
constexpr std::int64_t kMostParameters = 30'000'000;

double deviation(const HostTensor& y)
{
    const auto count = static_cast<std::size_t>(elementCount(y.shape));
    double mean = 0.0;
    for (std::size_t i = 0; i < count; ++i)
        mean += y.floats()[i] / static_cast<double>(count);
    double squares = 0.0;
    for (std::size_t i = 0; i < count; ++i)
        squares += (y.floats()[i] - mean) * (y.floats()[i] - mean);
    return std::sqrt(squares / static_cast<double>(count));
}

double largestDifference(const HostTensor& a, const HostTensor& b)
{
    double largest = 0.0;
    for (std::int64_t i = 0; i < elementCount(a.shape); ++i) {
        const double difference = std::abs(static_cast<double>(a.floats()[i]) - b.floats()[i]);
        largest = difference <= largest ? largest : difference; // not a number is never forgotten
    }
    return largest;
}

HostTensor inputOf(const Graph& graph, std::int64_t batch)
{
    Shape shape = graph.inputShape();
    shape.insert(shape.begin(), batch);
    return test::closedFormInput(shape, graph.vocabulary());
}

} // namespace

void TestFused::initTestCase()
{
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    m_backend = *backend;
    m_backend->setThreads(2);
}

std::unique_ptr<Network> TestFused::prepare(const Graph& graph, Mode mode) const
{
    return *m_backend->prepare(graph, test::closedFormWeights(graph), mode);
}

void TestFused::givesTheEagerOutput_data()
{
    QTest::addColumn<QString>("name");
    const bool whole = qEnvironmentVariableIsSet("LATHE_WHOLE_CATALOGUE");
    for (const Architecture& architecture : catalogue())
        if (whole || cost(*architecture.build({})).parameters <= kMostParameters)
            QTest::newRow(architecture.name.c_str()) << QString::fromStdString(architecture.name);
}

void TestFused::givesTheEagerOutput()
{
    QFETCH(QString, name);
    const Graph graph = *buildArchitecture(name.toStdString());
    const StateDict weights = test::closedFormWeights(graph);
    const HostTensor x = inputOf(graph, 2);
    const HostTensor eager = *(*m_backend->prepare(graph, weights, Mode::Eager))->infer(x);
    const auto network = m_backend->prepare(graph, weights, Mode::Fused);
    QVERIFY2(network, network ? "" : network.error().message.c_str());
    const Result<HostTensor> fused = (*network)->infer(x);
    QVERIFY2(fused, fused ? "" : fused.error().message.c_str());
    QCOMPARE(fused->shape, eager.shape);
    const double share = largestDifference(eager, *fused) / deviation(eager);
    QVERIFY2(share <= 1e-3, qPrintable(QString("off by %1 standard deviations").arg(share)));
}

namespace {

double rms(const HostTensor& a, const HostTensor& b)
{
    double squares = 0.0;
    for (std::int64_t i = 0; i < elementCount(a.shape); ++i) {
        const double difference = static_cast<double>(a.floats()[i]) - b.floats()[i];
        squares += difference * difference;
    }
    return std::sqrt(squares / static_cast<double>(elementCount(a.shape)));
}

/// The longest way from the input to the output, in operations that round their output.
int depth(const Graph& graph)
{
    std::vector<int> depths(graph.nodes().size(), 0);
    for (std::size_t i = 0; i < depths.size(); ++i) {
        const Node& node = graph.nodes()[i];
        for (const NodeId input : node.inputs)
            depths[i] = std::max(depths[i], depths[static_cast<std::size_t>(input)]);
        depths[i] += storageOf(node.operation) == Storage::View ? 0 : 1;
    }
    return depths[static_cast<std::size_t>(graph.output())];
}

/// A value of 8 significant bits is off by 2^-9 of itself at most; the errors of layers behind each other add up as
/// those of independent ones do, and a residual network's or a normalisation's may grow on the way.
double tolerance(const Graph& graph)
{
    return 4.0 * std::ldexp(1.0, -9) * std::sqrt(static_cast<double>(depth(graph)));
}

} // namespace

void TestFused::bfloat16GivesTheEagerOutputRounded_data()
{
    QTest::addColumn<QString>("name");
    for (const char* some : {"lenet", "resnet18", "mobilenet_v3_small", "efficientnet_b0", "shufflenet_v2_x1_0",
                             "swin_v2_t", "convnext_tiny", "deit_tiny_patch16_224", "resmlp_12_224"})
        QTest::newRow(some) << some;
    if (qEnvironmentVariableIsSet("LATHE_WHOLE_CATALOGUE"))
        givesTheEagerOutput_data();
}

void TestFused::bfloat16GivesTheEagerOutputRounded()
{
    QFETCH(QString, name);
    const Graph graph = *buildArchitecture(name.toStdString());
    const HostTensor x = inputOf(graph, 2);
    const HostTensor eager = *prepare(graph, Mode::Eager)->infer(x);
    const Result<HostTensor> y = prepare(graph, Mode::BFloat16)->infer(x);
    QVERIFY2(y, y ? "" : y.error().message.c_str());
    QCOMPARE(y->shape, eager.shape);
    const double share = rms(*y, eager) / deviation(eager);
    QVERIFY2(share > 1e-4, "it was computed in float32");
    QVERIFY2(share <= tolerance(graph),
             qPrintable(QString("off by %1 standard deviations, over %2").arg(share).arg(tolerance(graph))));
}

namespace {

op::Conv2d pointwise(std::int64_t in, std::int64_t out)
{
    return {.inChannels = in, .outChannels = out};
}

/// A convolution, then an activation, then the addition of what went in (Darknet's order).
Graph activatedBeforeAdded()
{
    GraphBuilder b("net", {16, 8, 8});
    const NodeId x = b.conv2d("stem", b.input(), pointwise(16, 16));
    const NodeId y = b.conv2d("conv", x, {.inChannels = 16, .outChannels = 16, .kernel = {3, 3}, .padding = {1, 1}});
    return *b.finish(b.addition("add", x, b.activation("act", y, op::Activation::Kind::SiLU)));
}

/// A value for each channel added everywhere (a global context).
Graph broadcastAddition()
{
    GraphBuilder b("net", {16, 8, 8});
    const NodeId pooled = b.add("pool", op::AdaptiveAvgPool2d{{1, 1}}, {b.input()});
    return *b.finish(b.addition("add", b.input(), b.conv2d("conv", pooled, pointwise(16, 16))));
}

/// The output is the input, seen otherwise.
Graph viewOfTheInput()
{
    GraphBuilder b("net", {16, 8, 8});
    return *b.finish(b.add("flatten", op::Flatten{}, {b.input()}));
}

/// A constant that has to be computed, in place, and is read at every inference.
Graph computedConstant()
{
    GraphBuilder b("net", {16, 8, 8});
    const ParameterId alpha = b.parameter("alpha", {1, 16, 8, 8});
    const NodeId value = b.add("alpha", op::ParameterValue{}, {}, {alpha});
    const NodeId gate = b.activation("gate", value, op::Activation::Kind::Sigmoid, true);
    const NodeId scaled = b.add("scale", op::Multiply{}, {b.input(), gate});
    return *b.finish(b.add("max", op::MaxPool2d{.kernel = {3, 3}, .stride = {2, 2}, .ceilMode = true}, {scaled}));
}

/// Windows that cover the image once, with an addition and an activation behind them.
Graph patches()
{
    GraphBuilder b("net", {16, 8, 12});
    const op::Conv2d conv{.inChannels = 16, .outChannels = 32, .kernel = {4, 2}, .stride = {4, 2}};
    const NodeId other = b.conv2d("other", b.input(), conv);
    const NodeId sum = b.addition("add", other, b.conv2d("conv", b.input(), conv));
    return *b.finish(b.activation("act", sum, op::Activation::Kind::GELU));
}

Graph dilatedPool()
{
    GraphBuilder b("net", {16, 8, 8});
    return *b.finish(b.add("max", op::MaxPool2d{.kernel = {2, 2}, .stride = {1, 1}, .dilation = {2, 2}}, {b.input()}));
}

} // namespace

void TestFused::anUnusualGraphGivesTheEagerOutput_data()
{
    QTest::addColumn<Graph>("graph");
    QTest::newRow("activated before added") << activatedBeforeAdded();
    QTest::newRow("broadcast addition") << broadcastAddition();
    QTest::newRow("view of the input") << viewOfTheInput();
    QTest::newRow("computed constant") << computedConstant();
    QTest::newRow("patches") << patches();
    QTest::newRow("dilated pool") << dilatedPool();
}

void TestFused::anUnusualGraphGivesTheEagerOutput()
{
    QFETCH(Graph, graph);
    const HostTensor x = inputOf(graph, 2);
    const HostTensor expected = *prepare(graph, Mode::Eager)->infer(x);
    const auto fused = prepare(graph, Mode::Fused);
    for (int time = 0; time < 3; ++time) {
        const Result<HostTensor> y = fused->infer(x);
        QVERIFY2(y, y ? "" : y.error().message.c_str());
        QVERIFY(largestDifference(*y, expected) <= 1e-3 * deviation(expected));
    }
}

void TestFused::anUnusualGraphGivesItInBFloat16()
{
    QFETCH(Graph, graph);
    const HostTensor x = inputOf(graph, 2);
    const HostTensor expected = *prepare(graph, Mode::Eager)->infer(x);
    const auto network = prepare(graph, Mode::BFloat16);
    for (int time = 0; time < 3; ++time) {
        const Result<HostTensor> y = network->infer(x);
        QVERIFY2(y, y ? "" : y.error().message.c_str());
        QVERIFY(rms(*y, expected) <= tolerance(graph) * deviation(expected));
    }
}

void TestFused::anotherBatchIsPlannedAnew()
{
    const Graph graph = *buildArchitecture("lenet");
    const auto eager = prepare(graph, Mode::Eager);
    const auto fused = prepare(graph, Mode::Fused);
    for (const std::int64_t batch : {1, 3, 1}) {
        const HostTensor x = inputOf(graph, batch);
        const HostTensor expected = *eager->infer(x);
        QVERIFY(largestDifference(*fused->infer(x), expected) <= 1e-3 * deviation(expected));
    }
}

void TestFused::theKeptInputIsNotLost()
{
    const Graph graph = *buildArchitecture("lenet");
    const auto fused = prepare(graph, Mode::Fused);
    QVERIFY(fused->setBatch(2));
    QVERIFY(fused->infer(inputOf(graph, 2)));
    QVERIFY(fused->run());
    QVERIFY(fused->infer(inputOf(graph, 1)));
    QVERIFY(fused->run());
    QCOMPARE(fused->runTimed()->size(), graph.nodes().size());
}

void TestFused::bothCountsAgree()
{
    for (const char* name : {"resnet18", "swin_t", "distilbert_base_uncased"}) {
        const Graph graph = *buildArchitecture(name);
        const auto fused = prepare(graph, Mode::Fused);
        QVERIFY(fused->setBatch(2));
        const OperationCount count = *fused->countOperations();
        QVERIFY2(count.unknown.empty(), name);
        QCOMPARE(count.macs, cost(graph).macs);
    }
}

void TestFused::everyNodeThatRanHasATime()
{
    const Graph graph = *buildArchitecture("lenet");
    const auto fused = prepare(graph, Mode::Fused);
    QVERIFY(fused->setBatch(1));
    const std::vector<double> seconds = *fused->runTimed();
    for (std::size_t i = 0; i < seconds.size(); ++i) {
        const Operation& operation = graph.nodes()[i].operation;
        const bool computes =
            std::holds_alternative<op::Conv2d>(operation) || std::holds_alternative<op::Linear>(operation);
        QVERIFY(!computes || seconds[i] > 0.0);
        // An activation was done along with what it followed.
        QVERIFY(!std::holds_alternative<op::Activation>(operation) || seconds[i] == 0.0);
    }
}

void TestFused::anotherDeviceIsRefused()
{
    const Graph graph = *buildArchitecture("lenet");
    const auto refused = m_backend->prepare(graph, test::closedFormWeights(graph), Mode::Fused, "tpu");
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::Unsupported);
}

void TestFused::aWrongInputIsRefused()
{
    const Graph graph = *buildArchitecture("lenet");
    const auto fused = prepare(graph, Mode::Fused);
    const auto refused = fused->infer(test::closedFormInput({1, 3, 28, 28}, 0));
    QVERIFY(!refused);
    QCOMPARE(refused.error().message, std::string("lenet takes an input of Nx1x28x28 and was given 1x3x28x28."));
}

QTEST_GUILESS_MAIN(TestFused)
#include "tst_fused.moc"

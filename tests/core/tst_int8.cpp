#include <QTest>

#include <cmath>
#include <map>

#include "core/architectures/catalogue.h"
#include "core/benchmark/as_run.h"
#include "core/compression/random_input.h"
#include "core/engine/backend.h"
#include "core/lowering/lowered_graph.h"
#include "tests/support/closed_form.h"

using namespace lathe;

/// The int8 kernels compute what the simulation in float32 says, layer by layer.
class TestInt8 : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void everyLayerAgreesWithTheSimulation_data();
    void everyLayerAgreesWithTheSimulation();
    void aDynamicNetworkAgreesWithTheSimulation();
    void roundedWeightsAloneAreComputedInFloat();
    void aMixedNetworkAgreesWithTheSimulation();
    void aFloatNetworkIsRefused();

private:
    LoadedModel model(const std::string& name) const;
    Backend* m_backend = nullptr;
};

namespace {

constexpr std::int64_t kMostParameters = 30'000'000;
constexpr double kShare = 0.999; ///< of the values that have to agree

using Values = std::map<NodeId, HostTensor>;

HostTensor inputOf(const Graph& graph, std::int64_t batch)
{
    Shape shape = graph.inputShape();
    shape.insert(shape.begin(), batch);
    return test::closedFormInput(shape, graph.vocabulary());
}

std::vector<NodeId> boundaries(const Graph& graph)
{
    std::vector<NodeId> nodes{0};
    for (const LoweredNode& lowered : lower(graph).nodes)
        if (lowered.node() != 0)
            nodes.push_back(lowered.value());
    return nodes;
}

double deviation(const HostTensor& y)
{
    const auto count = elementCount(y.shape);
    double sum = 0.0;
    double squares = 0.0;
    for (std::int64_t i = 0; i < count; ++i) {
        sum += y.floats()[i];
        squares += static_cast<double>(y.floats()[i]) * y.floats()[i];
    }
    const double mean = sum / static_cast<double>(count);
    return std::sqrt(std::max(0.0, squares / static_cast<double>(count) - mean * mean));
}

/// Share of values that are within `tolerance` of the expected.
double agreeing(const HostTensor& y, const HostTensor& expected, double tolerance)
{
    std::int64_t within = 0;
    for (std::int64_t i = 0; i < elementCount(y.shape); ++i)
        within += std::abs(static_cast<double>(y.floats()[i]) - expected.floats()[i]) <= tolerance ? 1 : 0;
    return static_cast<double>(within) / static_cast<double>(elementCount(y.shape));
}

} // namespace

void TestInt8::initTestCase()
{
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    m_backend = *backend;
    m_backend->setThreads(2);
}

LoadedModel TestInt8::model(const std::string& name) const
{
    LoadedModel made = *loadModel(name, {});
    made.weights = test::closedFormWeights(made.graph);
    return made;
}

void TestInt8::everyLayerAgreesWithTheSimulation_data()
{
    QTest::addColumn<QString>("name");
    if (qEnvironmentVariableIsSet("LATHE_WHOLE_CATALOGUE")) {
        for (const Architecture& architecture : catalogue())
            QTest::newRow(architecture.name.c_str()) << QString::fromStdString(architecture.name);
        return;
    }
    // Dense, grouped and depthwise convolutions, branches, shuffles, squeeze-excitation, attention, tokens.
    for (const char* name : {"lenet", "resnet18", "resnext50_32x4d", "mobilenet_v2", "mobilenet_v3_small",
                             "efficientnet_b0", "shufflenet_v2_x1_0", "googlenet", "squeezenet1_1", "densenet121",
                             "swin_t", "convnext_tiny", "deit_tiny_patch16_224", "resmlp_12_224"})
        QTest::newRow(name) << name;
}

void TestInt8::everyLayerAgreesWithTheSimulation()
{
    QFETCH(QString, name);
    const auto run = asRun(*m_backend, model(name.toStdString()), Mode::Int8, 1);
    QVERIFY2(run, run ? "" : run.error().message.c_str());
    const Quantization& quantization = *run->quantization;
    const HostTensor x = inputOf(run->graph, 2);
    const std::vector<NodeId> watched = boundaries(run->graph);

    Values simulated;
    const auto reference = m_backend->prepare(run->graph, run->weights, Mode::Simulated, "cpu", &quantization);
    QVERIFY2(reference, reference ? "" : reference.error().message.c_str());
    QVERIFY((*reference)->watch(x, watched, [&](NodeId node, const HostTensor& value) {
        simulated[node] = value;
        return std::optional<HostTensor>();
    }));

    // Each layer gets the simulation's values, so that differences do not add up.
    const auto integers = m_backend->prepare(run->graph, run->weights, Mode::Int8, "cpu", &quantization);
    QVERIFY2(integers, integers ? "" : integers.error().message.c_str());
    int compared = 0;
    QStringList wrong;
    const auto ran = (*integers)->watch(x, watched, [&](NodeId node, const HostTensor& value) {
        const HostTensor& expected = simulated.at(node);
        const auto& grid = quantization.values[static_cast<std::size_t>(node)];
        const double tolerance = grid ? 1.001 * grid->scale : 2e-3 * deviation(expected);
        const double share = value.shape == expected.shape ? agreeing(value, expected, tolerance) : 0.0;
        if (share < kShare)
            wrong += QString("%1 (%2): %3 %% agree")
                         .arg(QString::fromStdString(run->graph.node(node).name))
                         .arg(QString::fromUtf8(operationName(run->graph.node(node).operation).data()))
                         .arg(100.0 * share);
        ++compared;
        return std::optional(expected);
    });
    QVERIFY2(ran, ran ? "" : ran.error().message.c_str());
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.mid(0, 8).join("; ")));
    QCOMPARE(compared, static_cast<int>(watched.size()));
    QVERIFY(std::any_of(quantization.layers.begin(), quantization.layers.end(),
                        [](const LayerQuantization& layer) { return layer.precision == Precision::Int8; }));
}

void TestInt8::aDynamicNetworkAgreesWithTheSimulation()
{
    const LoadedModel run = *asRun(*m_backend, model("deit_tiny_patch16_224"), Mode::Int8Dynamic, 1);
    const HostTensor x = inputOf(run.graph, 2);
    const auto outputOf = [&](Mode mode) {
        return *(*m_backend->prepare(run.graph, run.weights, mode, "cpu", &*run.quantization))->infer(x);
    };
    const HostTensor expected = outputOf(Mode::Simulated);
    // A value on the border of two integers may fall to either, and later layers see it.
    QVERIFY(agreeing(outputOf(Mode::Int8Dynamic), expected, 0.1 * deviation(expected)) >= 0.99);
}

void TestInt8::roundedWeightsAloneAreComputedInFloat()
{
    const LoadedModel run = *asRun(*m_backend, model("resnet18"), Mode::Int8WeightOnly, 1);
    const HostTensor x = inputOf(run.graph, 2);
    const HostTensor expected = *(*m_backend->prepare(run.graph, run.weights, Mode::Eager))->infer(x);
    const HostTensor y =
        *(*m_backend->prepare(run.graph, run.weights, Mode::Int8WeightOnly, "cpu", &*run.quantization))->infer(x);
    QCOMPARE(agreeing(y, expected, 1e-3 * deviation(expected)), 1.0);
}

/// Layers in bfloat16 and with the weight alone in integers among those in int8.
void TestInt8::aMixedNetworkAgreesWithTheSimulation()
{
    const LoadedModel given = model("resnet18");
    QuantizationOptions options;
    options.weights.bits = 7;
    for (const char* layer : {"conv1", "layer2.0.conv2", "layer3.0.downsample.0", "layer4.1.conv2"})
        options.precisions[layer] = Precision::BFloat16;
    options.precisions["layer1.0.conv1"] = Precision::Int8Weights;
    options.precisions["fc"] = Precision::Int8Weights;
    const auto mixed = quantizeAfterTraining(*m_backend, given.graph, given.weights, options, onceRandom(given.graph));
    QVERIFY2(mixed, mixed ? "" : mixed.error().message.c_str());
    const HostTensor x = inputOf(mixed->graph, 2);
    const auto outputOf = [&](Mode mode) {
        return *(*m_backend->prepare(mixed->graph, mixed->weights, mode, "cpu", &mixed->quantization))->infer(x);
    };
    const HostTensor expected = outputOf(Mode::Simulated);
    QVERIFY(agreeing(outputOf(Mode::Int8), expected, 0.1 * deviation(expected)) >= 0.99);
    const HostTensor exact = *(*m_backend->prepare(given.graph, given.weights, Mode::Eager))->infer(x);
    QVERIFY(agreeing(expected, exact, 0.5 * deviation(exact)) >= 0.99);
}

void TestInt8::aFloatNetworkIsRefused()
{
    const LoadedModel lenet = model("lenet");
    const auto refused = m_backend->prepare(lenet.graph, lenet.weights, Mode::Int8);
    QVERIFY(!refused);
    QCOMPARE(refused.error().message,
             std::string("The mode \"int8\" is for quantized networks, and lenet is none: quantize it first."));
}

QTEST_GUILESS_MAIN(TestInt8)
#include "tst_int8.moc"

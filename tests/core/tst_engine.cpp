#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstring>

#include <sys/resource.h>

#include "core/architectures/catalogue.h"
#include "core/engine/backend.h"
#include "core/graph/cost.h"
#include "tests/support/closed_form.h"

using namespace lathe;

namespace {

HostTensor ones(Shape shape)
{
    WritableTensor made = makeTensor(DType::Float32, std::move(shape));
    std::fill_n(reinterpret_cast<float*>(made.bytes), elementCount(made.tensor.shape), 1.0F);
    return made.tensor;
}

const HostTensor* find(const StateDict& weights, const std::string& name)
{
    for (const NamedTensor& entry : weights)
        if (entry.name == name)
            return &entry.tensor;
    return nullptr;
}

double deviationOf(const HostTensor& tensor)
{
    const auto n = static_cast<double>(elementCount(tensor.shape));
    double sum = 0.0;
    double squares = 0.0;
    for (std::int64_t i = 0; i < elementCount(tensor.shape); ++i) {
        sum += tensor.floats()[i];
        squares += static_cast<double>(tensor.floats()[i]) * tensor.floats()[i];
    }
    return std::sqrt(squares / n - sum / n * (sum / n));
}

HostTensor ids(Shape shape, const std::vector<std::int64_t>& values)
{
    WritableTensor made = makeTensor(DType::Int64, std::move(shape));
    std::memcpy(made.bytes, values.data(), values.size() * sizeof(std::int64_t));
    return made.tensor;
}

/// Three tokens out of ten, each looked up as four twos.
Graph tokens()
{
    GraphBuilder b("tokens", {3}, 10);
    return *b.finish(b.embedding("words", b.input(), 10, 4, {Initialisation::Kind::Constant, 2.0}));
}

bool sameBytes(const HostTensor& a, const HostTensor& b)
{
    return a.shape == b.shape && std::memcmp(a.data.get(), b.data.get(), static_cast<std::size_t>(a.byteCount())) == 0;
}

} // namespace

class TestEngine : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void saysWhatItIs();
    void drawsTheSameWeightsFromTheSameSeed();
    void drawsResNetsWeightsAsKaimingDid();
    void cutsAtTwoDeviationsWhereAskedTo();
    void computesEachSampleOfABatchAlone();
    void keptMemoryChangesNoOutput();
    void keptMemoryFaultsNoPagesInASteadyState();
    void looksTokensUp();
    void drawsTokensOfTheVocabulary();
    void refusesWhatIsNoTokenOfTheVocabulary();
    void givesOneTimePerNode();
    void holdsWhatTheGraphPredicts();
    void givesWhatEachNodeGaveOut();
    void keepsNodesFromBeingOverwritten();
    void refusesNodesThatThereAreNot();
    void leavesItsInputUntouched();
    void refusesAnInputOfAnotherShape();
    void refusesWeightsOfAnotherNetwork();
    void refusesADeviceThatIsNotThere();
    void roundsHalfPrecisionWeightsUpToFloat();

private:
    std::unique_ptr<Network> prepare(const std::string& name, Shape input = {});
    Backend* m_backend = nullptr;
};

void TestEngine::initTestCase()
{
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    m_backend = *backend;
    m_backend->setThreads(1);
}

std::unique_ptr<Network> TestEngine::prepare(const std::string& name, Shape input)
{
    const Graph graph = *buildArchitecture(name, {std::move(input), 0});
    return *m_backend->prepare(graph, *m_backend->initialise(graph, 0), Mode::Eager);
}

void TestEngine::saysWhatItIs()
{
    const BackendInfo info = m_backend->info();
    QVERIFY(info.library.starts_with("LibTorch 2."));
    QVERIFY(!info.capability.empty());
    QVERIFY(std::count(info.devices.begin(), info.devices.end(), "cpu") == 1);
}

void TestEngine::drawsTheSameWeightsFromTheSameSeed()
{
    const Graph graph = *buildArchitecture("lenet");
    const StateDict first = *m_backend->initialise(graph, 7);
    const StateDict again = *m_backend->initialise(graph, 7);
    const StateDict other = *m_backend->initialise(graph, 8);
    QVERIFY(sameBytes(first[0].tensor, again[0].tensor));
    QVERIFY(!sameBytes(first[0].tensor, other[0].tensor));
}

void TestEngine::drawsResNetsWeightsAsKaimingDid()
{
    const StateDict weights = *m_backend->initialise(*buildArchitecture("resnet18"), 0);
    const double expected = std::sqrt(2.0 / (512 * 3 * 3)); // fan out of layer4
    QVERIFY(std::abs(deviationOf(*find(weights, "layer4.1.conv2.weight")) / expected - 1.0) < 0.01);
    QCOMPARE(find(weights, "bn1.weight")->floats()[0], 1.0F);
    QCOMPARE(find(weights, "bn1.running_var")->floats()[0], 1.0F);
    QCOMPARE(find(weights, "bn1.bias")->floats()[0], 0.0F);
    const double uniform = 1.0 / std::sqrt(512.0); // torch.nn.Linear's default
    QVERIFY(std::abs(deviationOf(*find(weights, "fc.weight")) / (uniform / std::sqrt(3.0)) - 1.0) < 0.01);
}

void TestEngine::cutsAtTwoDeviationsWhereAskedTo()
{
    GraphBuilder b("cut", {2});
    const ParameterId p = b.parameter("p", {100, 100}, {Initialisation::Kind::NormalWithinTwoDeviations, 0.5});
    const Graph graph = *b.finish(b.add("value", op::ParameterValue{}, {}, {p}));
    const StateDict weights = *m_backend->initialise(graph, 0);
    const HostTensor& values = weights.front().tensor;
    const float* end = values.floats() + elementCount(values.shape);
    QVERIFY(std::all_of(values.floats(), end, [](float x) { return std::abs(x) <= 1.0F; }));
    // 0.8796 of the deviation is left by the cut.
    QVERIFY(std::abs(deviationOf(values) / (0.5 * 0.8796) - 1.0) < 0.03);
}

void TestEngine::looksTokensUp()
{
    const Graph graph = tokens();
    const auto network = *m_backend->prepare(graph, test::closedFormWeights(graph), Mode::Eager);
    const HostTensor table = test::closedFormWeights(graph).front().tensor;
    const HostTensor y = *network->infer(ids({1, 3}, {9, 0, 9}));
    QCOMPARE(y.shape, (Shape{1, 3, 4}));
    QCOMPARE(y.floats()[0], table.floats()[9 * 4]);
    QCOMPARE(y.floats()[4], table.floats()[0]);
    QCOMPARE(y.floats()[11], table.floats()[9 * 4 + 3]);
}

void TestEngine::keptMemoryChangesNoOutput()
{
    const Graph graph = *buildArchitecture("mobilenet_v2");
    const StateDict weights = *m_backend->initialise(graph, 0);
    for (const Mode mode : {Mode::Eager, Mode::ChannelsLast}) {
        const auto usual = *m_backend->prepare(graph, weights, mode);
        const auto kept = *m_backend->prepare(graph, weights, *keptTwin(mode));
        const HostTensor expected = *usual->infer(ones({2, 3, 224, 224}));
        for (int time = 0; time < 3; ++time) { // from the second on in memory that was used before
            const HostTensor y = *kept->infer(ones({2, 3, 224, 224}));
            QCOMPARE(std::memcmp(y.floats(), expected.floats(), 2 * 1000 * sizeof(float)), 0);
        }
    }
}

namespace {

/// Minor page faults of this process, an inference.
double faultsOf(Network& network)
{
    constexpr int kInferences = 3;
    const auto faults = [] {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_minflt;
    };
    for (int i = 0; i < kInferences; ++i)
        (void)network.run();
    const auto before = faults();
    for (int i = 0; i < kInferences; ++i)
        (void)network.run();
    return static_cast<double>(faults() - before) / kInferences;
}

} // namespace

void TestEngine::keptMemoryFaultsNoPagesInASteadyState()
{
    const Graph graph = *buildArchitecture("mobilenet_v2");
    const StateDict weights = *m_backend->initialise(graph, 0);
    const auto faults = [&](Mode mode) {
        const auto network = *m_backend->prepare(graph, weights, mode);
        (void)network->setBatch(8);
        return faultsOf(*network);
    };
    const double usual = faults(Mode::Eager);
    QVERIFY2(usual > 1000.0, qPrintable(QString::number(usual)));
    QVERIFY(faults(Mode::EagerKept) < 0.01 * usual);
}

void TestEngine::drawsTokensOfTheVocabulary()
{
    const Graph graph = tokens();
    const auto network = *m_backend->prepare(graph, *m_backend->initialise(graph, 0), Mode::ChannelsLast);
    QVERIFY(network->setBatch(64));
    const auto ran = network->run(); // an id outside would be refused by the look-up
    QVERIFY2(ran, ran ? "" : ran.error().message.c_str());
}

void TestEngine::refusesWhatIsNoTokenOfTheVocabulary()
{
    const Graph graph = tokens();
    const auto network = *m_backend->prepare(graph, *m_backend->initialise(graph, 0), Mode::Eager);
    QCOMPARE(network->infer(ids({1, 3}, {0, 10, 1})).error().message,
             std::string("tokens takes ids of tokens from 0 to 9 and was given others."));
    QVERIFY(!network->infer(ids({1, 3}, {0, -1, 1})));
    QCOMPARE(network->infer(ones({1, 3})).error().message,
             std::string("tokens takes ids of tokens as int64 and was given float32."));
}

void TestEngine::computesEachSampleOfABatchAlone()
{
    const auto network = prepare("lenet");
    const HostTensor x = test::closedFormInput({3, 1, 28, 28});
    HostTensor second = x;
    second.shape = {1, 1, 28, 28};
    second.data = std::shared_ptr<const std::byte>(x.data, x.data.get() + second.byteCount());
    const HostTensor all = *network->infer(x);
    const HostTensor alone = *network->infer(second);
    QCOMPARE(all.shape, (Shape{3, 10}));
    for (int i = 0; i < 10; ++i)
        QVERIFY(std::abs(all.floats()[10 + i] - alone.floats()[i]) < 1e-6F);
}

void TestEngine::givesOneTimePerNode()
{
    const Graph graph = *buildArchitecture("lenet");
    const auto network = prepare("lenet");
    QVERIFY(network->setBatch(2));
    const std::vector<double> seconds = *network->runTimed();
    QCOMPARE(seconds.size(), graph.nodes().size());
    QCOMPARE(seconds.front(), 0.0);
    QVERIFY(std::all_of(seconds.begin() + 1, seconds.end(), [](double s) { return s > 0.0; }));
}

void TestEngine::holdsWhatTheGraphPredicts()
{
    // In channels_last the kernels hold no copies besides (in eager oneDNN may reorder a convolution's input).
    for (const std::string name : {"resnet50", "swin_t", "vit_b_32"}) {
        const Graph graph = *buildArchitecture(name);
        const auto network = *m_backend->prepare(graph, *m_backend->initialise(graph, 0), Mode::ChannelsLast);
        QVERIFY(network->setBatch(8));
        const double peak = static_cast<double>(*network->peakTensorBytes());
        const double expected = 8.0 * static_cast<double>(cost(graph).eagerPeakActivationBytes);
        QVERIFY2(std::abs(peak / expected - 1.0) < 0.1,
                 qPrintable(QString("%1: %2 bytes, predicted %3").arg(name.c_str()).arg(peak).arg(expected)));
    }
}

void TestEngine::givesWhatEachNodeGaveOut()
{
    const Graph graph = *buildArchitecture("lenet");
    const auto network = prepare("lenet");
    const HostTensor x = test::closedFormInput({2, 1, 28, 28});
    const NodeId last = graph.output();
    const std::vector<HostTensor> outputs = *inferNodes(*network, x, {last, 0, 1, last});
    QVERIFY(sameBytes(outputs[0], *network->infer(x)));
    QVERIFY(sameBytes(outputs[1], x));
    QCOMPARE(outputs[2].shape.size(), std::size_t{4});
    QVERIFY(sameBytes(outputs[3], outputs[0]));
}

void TestEngine::keepsNodesFromBeingOverwritten()
{
    GraphBuilder b("in place", {1, 2, 2});
    const NodeId copy = b.add("double", op::Add{}, {b.input(), b.input()});
    const NodeId relu = b.activation("relu", copy, op::Activation::Kind::ReLU, true);
    const Graph graph = *b.finish(relu);
    const auto network = *m_backend->prepare(graph, {}, Mode::Eager);
    HostTensor x = ones({1, 1, 2, 2});
    reinterpret_cast<float*>(const_cast<std::byte*>(x.data.get()))[0] = -3.0F;
    const std::vector<HostTensor> outputs = *inferNodes(*network, x, {copy, relu});
    QCOMPARE(outputs[0].floats()[0], -6.0F);
    QCOMPARE(outputs[1].floats()[0], 0.0F);
    QCOMPARE(outputs[1].floats()[1], 2.0F);
}

void TestEngine::refusesNodesThatThereAreNot()
{
    const Graph graph = *buildArchitecture("lenet");
    const auto network = prepare("lenet");
    const HostTensor x = test::closedFormInput({1, 1, 28, 28});
    QCOMPARE(inferNodes(*network, x, {999}).error().code, ErrorCode::NotFound);
    QCOMPARE(inferNodes(*network, x, {-1}).error().code, ErrorCode::NotFound);
    QVERIFY(!inferNodes(*network, ones({1, 3, 28, 28}), {1}));
    const auto fused = *m_backend->prepare(graph, *m_backend->initialise(graph, 0), Mode::Fused);
    QCOMPARE(inferNodes(*fused, x, {1}).error().code, ErrorCode::NotFound);
}

void TestEngine::leavesItsInputUntouched()
{
    GraphBuilder b("in place", {1, 2, 2});
    const Graph graph = *b.finish(b.activation("relu", b.input(), op::Activation::Kind::ReLU));
    const auto network = *m_backend->prepare(graph, {}, Mode::Eager);
    const HostTensor x = test::closedFormInput({1, 1, 2, 2});
    const float first = x.floats()[0];
    const HostTensor y = *network->infer(x);
    QCOMPARE(x.floats()[0], first);
    QCOMPARE(y.floats()[0], std::max(first, 0.0F));
}

void TestEngine::refusesAnInputOfAnotherShape()
{
    const auto y = prepare("lenet")->infer(ones({1, 3, 28, 28}));
    QVERIFY(!y);
    QCOMPARE(y.error().message, std::string("lenet takes an input of Nx1x28x28 and was given 1x3x28x28."));
}

void TestEngine::refusesWeightsOfAnotherNetwork()
{
    const Graph lenet = *buildArchitecture("lenet");
    const Graph resnet = *buildArchitecture("resnet18");
    const auto network = m_backend->prepare(resnet, *m_backend->initialise(lenet, 0), Mode::Eager);
    QVERIFY(!network);
    QVERIFY(network.error().message.find("\"conv1.weight\" should be 64x3x7x7") != std::string::npos);
}

void TestEngine::refusesADeviceThatIsNotThere()
{
    const Graph graph = *buildArchitecture("lenet");
    const auto network = m_backend->prepare(graph, *m_backend->initialise(graph, 0), Mode::Eager, "tpu");
    QVERIFY(!network);
    QCOMPARE(network.error().code, ErrorCode::Unsupported);
}

void TestEngine::roundsHalfPrecisionWeightsUpToFloat()
{
    GraphBuilder b("half", {2});
    const Graph graph = *b.finish(b.linear("fc", b.input(), 1, false));
    WritableTensor weight = makeTensor(DType::BFloat16, {1, 2});
    const std::uint16_t bits[] = {0x3FC0, 0xC000}; // 1.5 and -2
    std::memcpy(weight.bytes, bits, sizeof bits);
    const auto network = *m_backend->prepare(graph, {{"fc.weight", weight.tensor}}, Mode::Eager);
    QCOMPARE(network->infer(ones({1, 2}))->floats()[0], -0.5F);
}

QTEST_GUILESS_MAIN(TestEngine)
#include "tst_engine.moc"

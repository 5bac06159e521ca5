#include <QTest>

#include <cmath>
#include <cstring>
#include <limits>

#include "core/architectures/catalogue.h"
#include "core/engine/backend.h"
#include "core/quantization/weight_quantizer.h"
#include "tests/support/closed_form.h"
#include "tests/support/tensors.h"

using namespace lathe;
using test::floats;

namespace {

using Kind = OptimizerOptions::Kind;

HostTensor labels(const std::vector<std::int64_t>& values)
{
    WritableTensor made = makeTensor(DType::Int64, {static_cast<std::int64_t>(values.size())});
    std::memcpy(made.bytes, values.data(), values.size() * sizeof(std::int64_t));
    return made.tensor;
}

std::vector<float> values(const StateDict& state, const std::string& name)
{
    for (const NamedTensor& entry : state)
        if (entry.name == name)
            return {entry.tensor.floats(), entry.tensor.floats() + elementCount(entry.tensor.shape)};
    qFatal("no tensor %s", name.c_str());
}

bool areNear(const std::vector<float>& found, const std::vector<double>& expected, double tolerance)
{
    for (std::size_t i = 0; i < expected.size(); ++i)
        if (std::abs(static_cast<double>(found[i]) - expected[i]) > tolerance) {
            qWarning("entry %zu is %.9g and should be %.9g", i, static_cast<double>(found[i]), expected[i]);
            return false;
        }
    return found.size() == expected.size();
}

bool sameBytes(const StateDict& a, const StateDict& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const NamedTensor& x, const NamedTensor& y) {
        return x.name == y.name && x.tensor.shape == y.tensor.shape &&
               std::memcmp(x.tensor.data.get(), y.tensor.data.get(), static_cast<std::size_t>(x.tensor.byteCount())) ==
                   0;
    });
}

/// Two features to two classes.
Graph linear()
{
    GraphBuilder b("linear", {2});
    return *b.finish(b.linear("fc", b.input(), 2));
}

const StateDict kLinearWeights{{"fc.weight", floats({2, 2}, {0.5F, -0.25F, 0.125F, 1.0F})},
                               {"fc.bias", floats({2}, {0.1F, -0.2F})}};
const HostTensor kLinearInput = floats({3, 2}, {1.0F, 2.0F, -1.0F, 0.5F, 0.25F, -2.0F});
const HostTensor kLinearLabels = labels({0, 1, 1});

/// Every kind of node a small network has, with a residual addition: 2 x 5 x 5 to three classes.
Graph tiny()
{
    GraphBuilder b("tiny", {2, 5, 5});
    const op::Conv2d conv{.inChannels = 2, .outChannels = 3, .kernel = {3, 3}, .padding = {1, 1}};
    NodeId x =
        b.activation("act1", b.batchNorm2d("bn1", b.conv2d("conv1", b.input(), conv)), op::Activation::Kind::Tanh);
    const op::Conv2d depthwise{.inChannels = 3, .outChannels = 3, .kernel = {3, 3}, .padding = {1, 1}, .groups = 3};
    x = b.addition("add", b.conv2d("conv2", x, depthwise), x, true);
    x = b.activation("act2", x, op::Activation::Kind::Sigmoid, true);
    x = b.add("flatten", op::Flatten{}, {b.add("pool", op::AvgPool2d{}, {x})});
    return *b.finish(b.linear("fc", x, 3));
}

/// One channel, batch normalisation, two classes.
Graph normalised()
{
    GraphBuilder b("normalised", {1, 1, 2});
    const NodeId x = b.add("flatten", op::Flatten{}, {b.batchNorm2d("bn", b.input())});
    return *b.finish(b.linear("fc", x, 2, false));
}

} // namespace

class TestTrainingEngine : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void gradientsAreThoseOfFiniteDifferences();
    void theLossIsTheCrossEntropy_data();
    void theLossIsTheCrossEntropy();
    void stepsAreThoseOfPyTorch_data();
    void stepsAreThoseOfPyTorch();
    void batchNormKeepsRunningStatistics();
    void theSameCallsGiveTheSameBits();
    void goesOnFromAStateAsIfNeverStopped_data();
    void goesOnFromAStateAsIfNeverStopped();
    void leavesItsInputAndFirstWeightsUntouched();
    void everyKindOfNetworkTrains_data();
    void everyKindOfNetworkTrains();
    void learnsByHeart();
    void returnsALossThatIsNoNumberAndStays();
    void refusesLabelsThatDoNotFit();
    void refusesAnotherNetworksState();
    void refusesWhatHasNoClasses();
    void gradientsPassThroughTheRounding();
    void weightsInGroupsAreRefused();
    void prunedWeightsStayZero_data();
    void prunedWeightsStayZero();
    void aMaskThatDoesNotFitIsRefused();
    void gradientsAloneAreThoseOfAStep();

private:
    std::unique_ptr<Trainee> prepare(const Graph& graph, const StateDict& weights, const TraineeOptions& options)
    {
        auto trainee = m_backend->prepareTraining(graph, weights, options);
        if (!trainee)
            qFatal("%s", trainee.error().message.c_str());
        return *std::move(trainee);
    }
    Backend* m_backend = nullptr;
};

void TestTrainingEngine::initTestCase()
{
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    m_backend = *backend;
    m_backend->setThreads(1);
}

/// With plain SGD at a learning rate of 1, a step takes the gradient off the parameters. Its loss at parameters a
/// little to either side gives the same gradient. In eval mode, where batch norm's statistics stay, the two would
/// differ.
void TestTrainingEngine::gradientsAreThoseOfFiniteDifferences()
{
    const Graph graph = tiny();
    const StateDict weights = test::closedFormWeights(graph);
    const HostTensor x = test::closedFormInput({4, 2, 5, 5});
    const HostTensor truth = labels({0, 2, 1, 2});
    const TraineeOptions options{{.kind = Kind::Sgd, .momentum = 0.0}, 0.0, {}};
    const auto lossAt = [&](const StateDict& at) { return prepare(graph, at, options)->step(x, truth, 0.0)->loss; };
    const auto trainee = prepare(graph, weights, options);
    QVERIFY(trainee->step(x, truth, 1.0));
    const StateDict after = trainee->state()->weights;
    constexpr float kStep = 1e-2F;
    for (std::size_t p = 0; p < weights.size(); ++p) {
        if (!graph.parameters()[p].trainable)
            continue;
        const std::int64_t count = elementCount(weights[p].tensor.shape);
        for (std::int64_t i = 0; i < count; i += 1 + count / 7) {
            const auto moved = [&](float by) {
                StateDict copy = weights;
                std::vector<float> entries(weights[p].tensor.floats(), weights[p].tensor.floats() + count);
                entries[static_cast<std::size_t>(i)] += by;
                copy[p].tensor = floats(weights[p].tensor.shape, entries);
                return copy;
            };
            const double expected = (lossAt(moved(kStep)) - lossAt(moved(-kStep))) / (2.0 * kStep);
            const double found = weights[p].tensor.floats()[i] - after[p].tensor.floats()[i];
            QVERIFY2(
                std::abs(found - expected) < 2e-3 * std::max(0.1, std::abs(expected)),
                qPrintable(QString("%1[%2]: %3 and %4").arg(weights[p].name.c_str()).arg(i).arg(found).arg(expected)));
        }
    }
}

void TestTrainingEngine::theLossIsTheCrossEntropy_data()
{
    QTest::addColumn<double>("smoothing");
    QTest::addColumn<double>("loss");
    QTest::newRow("labels as they are") << 0.0 << 1.7750983114310124;
    QTest::newRow("smoothed") << 0.1 << 1.7081191439447818;
}

void TestTrainingEngine::theLossIsTheCrossEntropy()
{
    QFETCH(const double, smoothing);
    QFETCH(const double, loss);
    const auto trainee = prepare(linear(), kLinearWeights, {{.kind = Kind::Sgd}, smoothing, {}});
    const auto result = trainee->step(kLinearInput, kLinearLabels, 0.1);
    QVERIFY(result);
    QVERIFY2(std::abs(result->loss - loss) < 1e-6, qPrintable(QString::number(result->loss, 'g', 9)));
    QCOMPARE(result->correct, std::int64_t{1});
}

void TestTrainingEngine::stepsAreThoseOfPyTorch_data()
{
    QTest::addColumn<OptimizerOptions>("options");
    QTest::addColumn<std::vector<double>>("weight");
    QTest::addColumn<std::vector<double>>("bias");
    QTest::newRow("sgd") << OptimizerOptions{.kind = Kind::Sgd, .momentum = 0.0}
                         << std::vector<double>{0.55259669, -0.05991998, 0.07240330, 0.80992001}
                         << std::vector<double>{0.07505284, -0.17505284};
    QTest::newRow("sgd with decay") << OptimizerOptions{.kind = Kind::Sgd, .momentum = 0.0, .weightDecay = 0.1}
                                    << std::vector<double>{0.54385978, -0.05690638, 0.07056519, 0.79421628}
                                    << std::vector<double>{0.07341298, -0.17172097};
    QTest::newRow("momentum") << OptimizerOptions{.kind = Kind::Sgd, .momentum = 0.9}
                              << std::vector<double>{0.57724559, 0.02911486, 0.04775439, 0.72088516}
                              << std::vector<double>{0.06356161, -0.16356160};
    QTest::newRow("nesterov") << OptimizerOptions{.kind = Kind::Sgd,
                                                  .momentum = 0.9,
                                                  .nesterov = true,
                                                  .weightDecay = 0.01}
                              << std::vector<double>{0.61580414, 0.17636290, 0.00673368, 0.57068259}
                              << std::vector<double>{0.03904759, -0.13865365};
    QTest::newRow("adam") << OptimizerOptions{.kind = Kind::Adam}
                          << std::vector<double>{0.66955823, -0.08013127, -0.04455822, 0.83013123}
                          << std::vector<double>{-0.06962705, -0.03037296};
    QTest::newRow("adam with decay") << OptimizerOptions{.kind = Kind::Adam, .weightDecay = 0.1}
                                     << std::vector<double>{0.66916871, -0.08015824, -0.04440191, 0.83014667}
                                     << std::vector<double>{-0.06925371, -0.03067387};
    QTest::newRow("adamw") << OptimizerOptions{.kind = Kind::AdamW, .weightDecay = 0.1}
                           << std::vector<double>{0.66029459, -0.07671186, -0.04586960, 0.81402171}
                           << std::vector<double>{-0.07054271, -0.02776528};
    QTest::newRow("adamw, other betas")
        << OptimizerOptions{.kind = Kind::AdamW, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-3, .weightDecay = 0.0}
        << std::vector<double>{0.66883248, -0.08034979, -0.04383244, 0.83034980}
        << std::vector<double>{-0.06823853, -0.03176147};
}

/// Three steps at learning rates 0.1, 0.05 and 0.02.
void TestTrainingEngine::stepsAreThoseOfPyTorch()
{
    QFETCH(const OptimizerOptions, options);
    QFETCH(const std::vector<double>, weight);
    QFETCH(const std::vector<double>, bias);
    const auto trainee = prepare(linear(), kLinearWeights, {options, 0.0, {}});
    for (const double rate : {0.1, 0.05, 0.02})
        QVERIFY(trainee->step(kLinearInput, kLinearLabels, rate));
    const StateDict after = trainee->state()->weights;
    QVERIFY(areNear(values(after, "fc.weight"), weight, 1e-6));
    QVERIFY(areNear(values(after, "fc.bias"), bias, 1e-6));
}

void TestTrainingEngine::batchNormKeepsRunningStatistics()
{
    const Graph graph = normalised();
    StateDict weights = *m_backend->initialise(graph, 0);
    const auto trainee = prepare(graph, weights, {{.kind = Kind::Sgd, .momentum = 0.0}, 0.0, {}});
    const HostTensor x = floats({2, 1, 1, 2}, {1.0F, 3.0F, 5.0F, 7.0F});
    QVERIFY(trainee->step(x, labels({0, 1}), 0.0));
    StateDict after = trainee->state()->weights;
    // Mean 4 and unbiased variance 20 / 3, each a tenth of the way from 0 and 1.
    QVERIFY(areNear(values(after, "bn.running_mean"), {0.4}, 1e-6));
    QVERIFY(areNear(values(after, "bn.running_var"), {0.9 + 20.0 / 30.0}, 1e-6));
    QVERIFY(trainee->step(x, labels({0, 1}), 0.0));
    after = trainee->state()->weights;
    QVERIFY(areNear(values(after, "bn.running_mean"), {0.76}, 1e-6));
    const auto tracked = std::find_if(after.begin(), after.end(),
                                      [](const NamedTensor& t) { return t.name == "bn.num_batches_tracked"; });
    QCOMPARE(*reinterpret_cast<const std::int64_t*>(tracked->tensor.data.get()), std::int64_t{2});
    // An evaluation uses them and leaves them as they are.
    const auto logits = trainee->evaluate(floats({1, 1, 1, 2}, {0.76F, 0.76F}));
    QVERIFY(logits);
    QVERIFY(areNear({logits->floats(), logits->floats() + 2}, {0.0, 0.0}, 1e-6));
    QVERIFY(sameBytes(trainee->state()->weights, after));
}

void TestTrainingEngine::theSameCallsGiveTheSameBits()
{
    const Graph graph = *buildArchitecture("resnet20");
    const StateDict weights = *m_backend->initialise(graph, 3);
    const TraineeOptions options{{.kind = Kind::Sgd, .nesterov = true, .weightDecay = 5e-4}, 0.1, {}};
    const HostTensor x = test::closedFormInput({20, 1, 28, 28});
    const HostTensor truth = labels({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
    const auto outcome = [&] {
        const auto trainee = prepare(graph, weights, options);
        for (int i = 0; i < 3; ++i)
            trainee->step(x, truth, 0.05);
        return *trainee->state();
    };
    const TraineeState first = outcome();
    const TraineeState again = outcome();
    QVERIFY(sameBytes(first.weights, again.weights));
    QVERIFY(sameBytes(first.optimizer, again.optimizer));
    QVERIFY(!sameBytes(first.weights, weights));
}

void TestTrainingEngine::goesOnFromAStateAsIfNeverStopped_data()
{
    QTest::addColumn<OptimizerOptions>("options");
    QTest::newRow("sgd without momentum") << OptimizerOptions{.kind = Kind::Sgd, .momentum = 0.0};
    QTest::newRow("sgd") << OptimizerOptions{.kind = Kind::Sgd, .weightDecay = 1e-3};
    QTest::newRow("adam") << OptimizerOptions{.kind = Kind::Adam};
    QTest::newRow("adamw") << OptimizerOptions{.kind = Kind::AdamW, .weightDecay = 0.1};
}

void TestTrainingEngine::goesOnFromAStateAsIfNeverStopped()
{
    QFETCH(const OptimizerOptions, options);
    const Graph graph = tiny();
    const HostTensor x = test::closedFormInput({4, 2, 5, 5});
    const HostTensor truth = labels({0, 2, 1, 2});
    const auto unbroken = prepare(graph, test::closedFormWeights(graph), {options, 0.0, {}});
    for (int i = 0; i < 2; ++i)
        QVERIFY(unbroken->step(x, truth, 0.01));
    const TraineeState middle = *unbroken->state();
    for (int i = 0; i < 2; ++i)
        QVERIFY(unbroken->step(x, truth, 0.01));
    const auto resumed = prepare(graph, *m_backend->initialise(graph, 0), {options, 0.0, {}});
    QVERIFY(resumed->restore(middle));
    for (int i = 0; i < 2; ++i)
        QVERIFY(resumed->step(x, truth, 0.01));
    QVERIFY(sameBytes(resumed->state()->weights, unbroken->state()->weights));
    QVERIFY(sameBytes(resumed->state()->optimizer, unbroken->state()->optimizer));
}

void TestTrainingEngine::leavesItsInputAndFirstWeightsUntouched()
{
    GraphBuilder b("in place", {1, 2, 2});
    const NodeId x = b.activation("relu", b.input(), op::Activation::Kind::ReLU, true);
    const Graph graph = *b.finish(b.linear("fc", b.add("flatten", op::Flatten{}, {x}), 2));
    const StateDict weights = test::closedFormWeights(graph);
    const HostTensor input = floats({2, 1, 2, 2}, {-1, 2, -3, 4, 5, -6, 7, -8});
    const std::vector<float> before = values(weights, "fc.weight");
    const auto trainee = prepare(graph, weights, {{}, 0.0, {}});
    QVERIFY(trainee->step(input, labels({0, 1}), 1.0));
    QVERIFY(trainee->evaluate(input));
    QCOMPARE(input.floats()[0], -1.0F);
    QCOMPARE(values(weights, "fc.weight"), before);
}

void TestTrainingEngine::everyKindOfNetworkTrains_data()
{
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("input");
    const auto row = [](const char* name, const char* input) {
        QTest::newRow(name) << QByteArray(name) << QByteArray(input);
    };
    row("mobilenet_v2", "3x32x32");
    row("mobilenet_v3_small", "3x32x32"); // activations in place, squeeze and excitation
    row("shufflenet_v2_x0_5", "3x32x32");
    row("efficientnet_b0", "3x32x32");
    row("densenet121", "3x32x32");
    row("googlenet", "3x32x32");
    row("swin_t", "3x32x32");
    row("swin_v2_t", "3x32x32"); // a part of a bias that counts as zero, position biases by a small network
    row("deit_tiny_patch16_224", "3x32x32");
    row("gmlp_s16_224", "3x32x32");
    row("resmlp_12_224", "3x32x32");
}

/// All their parameters learn.
void TestTrainingEngine::everyKindOfNetworkTrains()
{
    QFETCH(const QByteArray, name);
    QFETCH(const QByteArray, input);
    const Graph graph = *buildArchitecture(name.toStdString(), {*shapeFromString(input.toStdString()), 4});
    const StateDict weights = *m_backend->initialise(graph, 1);
    const auto trainee = prepare(graph, weights, {{.kind = Kind::AdamW}, 0.0, {}});
    for (int i = 0; i < 2; ++i) { // twice: nothing of the first pass is in the way of the second
        const auto step = trainee->step(test::closedFormInput({3, 3, 32, 32}), labels({0, 1, 2}), 1e-3);
        QVERIFY2(step, step ? "" : step.error().message.c_str());
        QVERIFY(std::isfinite(step->loss));
    }
    const StateDict after = trainee->state()->weights;
    int unmoved = 0;
    for (std::size_t i = 0; i < weights.size(); ++i)
        if (graph.parameters()[i].trainable && sameBytes({weights[i]}, {after[i]}))
            ++unmoved;
    QCOMPARE(unmoved, 0);
}

void TestTrainingEngine::learnsByHeart()
{
    const Graph graph = *buildArchitecture("lenet");
    const auto trainee = prepare(graph, *m_backend->initialise(graph, 0), {{.kind = Kind::Adam}, 0.0, {}});
    const HostTensor x = test::closedFormInput({10, 1, 28, 28});
    const HostTensor truth = labels({3, 1, 4, 1, 5, 9, 2, 6, 5, 3});
    double first = 0.0;
    StepResult last;
    for (int i = 0; i < 60; ++i) {
        last = *trainee->step(x, truth, 3e-3);
        first = i == 0 ? last.loss : first;
    }
    QVERIFY2(last.loss < 0.05 * first, qPrintable(QString::number(last.loss)));
    QCOMPARE(last.correct, std::int64_t{10});
}

void TestTrainingEngine::returnsALossThatIsNoNumberAndStays()
{
    const auto trainee = prepare(linear(), kLinearWeights, {{}, 0.0, {}});
    const float infinity = std::numeric_limits<float>::infinity();
    const auto step = trainee->step(floats({1, 2}, {infinity, 1.0F}), labels({0}), 0.1);
    QVERIFY(step);
    QVERIFY(!std::isfinite(step->loss));
    QVERIFY(sameBytes(trainee->state()->weights, kLinearWeights));
}

void TestTrainingEngine::refusesLabelsThatDoNotFit()
{
    const auto trainee = prepare(linear(), kLinearWeights, {{}, 0.0, {}});
    const auto message = [&](const HostTensor& truth) {
        return trainee->step(kLinearInput, truth, 0.1).error().message;
    };
    QCOMPARE(message(labels({0, 1, 2})), std::string("linear takes labels from 0 to 1 and was given others."));
    QCOMPARE(message(labels({0, -1, 1})), std::string("linear takes labels from 0 to 1 and was given others."));
    QCOMPARE(message(labels({0, 1})),
             std::string("linear takes one int64 label a sample, 3 of them, and was given 2 of int64."));
    QCOMPARE(message(floats({3}, {0, 1, 1})),
             std::string("linear takes one int64 label a sample, 3 of them, and was given 3 of float32."));
    QVERIFY(!trainee->step(floats({1, 3}, {1, 2, 3}), labels({0}), 0.1));
}

void TestTrainingEngine::refusesAnotherNetworksState()
{
    const auto trainee = prepare(linear(), kLinearWeights, {{.kind = Kind::Sgd}, 0.0, {}});
    TraineeState state = *trainee->state();
    state.optimizer.pop_back();
    QCOMPARE(
        trainee->restore(state).error().message,
        std::string("The state of the optimizer belongs to another network or optimizer; start the training over."));
    const auto adam = prepare(linear(), kLinearWeights, {{.kind = Kind::Adam}, 0.0, {}});
    QVERIFY(!trainee->restore(*adam->state()));
    state = *trainee->state();
    state.weights.pop_back();
    QVERIFY(!trainee->restore(state));
    QVERIFY(sameBytes(trainee->state()->weights, kLinearWeights));
}

void TestTrainingEngine::refusesWhatHasNoClasses()
{
    const Graph graph = *buildArchitecture("distilbert_base_uncased", {{8}, 0});
    const auto trainee = m_backend->prepareTraining(graph, {}, {});
    QVERIFY(!trainee);
    QCOMPARE(trainee.error().message,
             std::string("distilbert_base_uncased gives features of 8x768 and no classes; take "
                         "a network with a classifier to train."));
}

namespace {

/// Of the linear network: 3 bits a weight, one scale a row.
Quantization rounding(Granularity::Kind kind)
{
    Quantization quantization;
    quantization.layers.resize(2);
    quantization.values.resize(2);
    WeightOptions options;
    options.bits = 3;
    options.granularity.kind = kind;
    options.granularity.groupSize = 1;
    quantization.layers[1] = {Precision::Int8, "", *quantizeWeight(kLinearWeights[0].tensor, options)};
    return quantization;
}

} // namespace

/// The step that float weights take under rounding is the one that the rounded weights would take in float.
void TestTrainingEngine::gradientsPassThroughTheRounding()
{
    const Quantization quantization = rounding(Granularity::Kind::PerChannel);
    StateDict roundedWeights = kLinearWeights;
    roundedWeights[0].tensor = quantization.layers[1].weight->dequantized();
    const TraineeOptions plain{{.kind = Kind::Sgd, .momentum = 0.0}, 0.0, {}};
    auto under = m_backend->prepareTraining(linear(), kLinearWeights, plain, &quantization);
    QVERIFY2(under, under ? "" : under.error().message.c_str());
    const auto rounded = prepare(linear(), roundedWeights, plain);
    const auto a = (*under)->step(kLinearInput, kLinearLabels, 0.5);
    const auto b = rounded->step(kLinearInput, kLinearLabels, 0.5);
    QVERIFY(a && b);
    QVERIFY(std::abs(a->loss - b->loss) < 1e-6);
    QVERIFY(std::abs(a->loss - prepare(linear(), kLinearWeights, plain)->step(kLinearInput, kLinearLabels, 0.5)->loss) >
            1e-4);
    const std::vector<float> now = values((*under)->state()->weights, "fc.weight");
    const std::vector<float> other = values(rounded->state()->weights, "fc.weight");
    for (std::size_t i = 0; i < now.size(); ++i) {
        const float step = now[i] - kLinearWeights[0].tensor.floats()[i];
        const float expected = other[i] - roundedWeights[0].tensor.floats()[i];
        QVERIFY2(std::abs(step - expected) < 1e-6F, qPrintable(QString("%1 %2").arg(step).arg(expected)));
    }
}

void TestTrainingEngine::weightsInGroupsAreRefused()
{
    const Quantization quantization = rounding(Granularity::Kind::PerGroup);
    const auto refused = m_backend->prepareTraining(linear(), kLinearWeights, {}, &quantization);
    QVERIFY(!refused);
    QCOMPARE(refused.error().message,
             std::string("Weights that are rounded in groups cannot be fine-tuned; take one scale a channel."));
}

namespace {

HostTensor maskOf(const Shape& shape, const std::vector<std::uint8_t>& keep)
{
    WritableTensor made = makeTensor(DType::UInt8, shape);
    std::memcpy(made.bytes, keep.data(), keep.size());
    return made.tensor;
}

} // namespace

void TestTrainingEngine::prunedWeightsStayZero_data()
{
    QTest::addColumn<int>("kind");
    QTest::newRow("SGD with momentum and weight decay") << static_cast<int>(Kind::Sgd);
    QTest::newRow("Adam") << static_cast<int>(Kind::Adam);
    QTest::newRow("AdamW") << static_cast<int>(Kind::AdamW);
}

/// The pruned entry goes at once and stays away; the others take the steps they take with that weight at zero.
void TestTrainingEngine::prunedWeightsStayZero()
{
    QFETCH(int, kind);
    TraineeOptions options;
    options.optimizer.kind = static_cast<Kind>(kind);
    options.optimizer.weightDecay = 0.1;
    options.masks = {{"fc.weight", maskOf({2, 2}, {1, 0, 1, 1})}};
    const auto trainee = prepare(linear(), kLinearWeights, options);
    QCOMPARE(values(trainee->state()->weights, "fc.weight"), (std::vector<float>{0.5F, 0.0F, 0.125F, 1.0F}));
    for (int i = 0; i < 3; ++i)
        QVERIFY(trainee->step(kLinearInput, kLinearLabels, 0.1));
    const std::vector<float> after = values(trainee->state()->weights, "fc.weight");
    QCOMPARE(after[1], 0.0F);
    QVERIFY(after[0] != 0.5F && after[2] != 0.125F && after[3] != 1.0F);
}

void TestTrainingEngine::aMaskThatDoesNotFitIsRefused()
{
    TraineeOptions options;
    options.masks = {{"fc.weight", maskOf({4}, {1, 0, 1, 1})}};
    QCOMPARE(m_backend->prepareTraining(linear(), kLinearWeights, options).error().message,
             std::string("linear has no parameter that the mask of fc.weight (4, uint8) is for."));
}

/// Plain SGD at a learning rate of 1 takes the gradient off the parameters; asking for it takes nothing.
void TestTrainingEngine::gradientsAloneAreThoseOfAStep()
{
    TraineeOptions options;
    options.optimizer.momentum = 0.0;
    const auto trainee = prepare(linear(), kLinearWeights, options);
    const auto gradients = trainee->gradients(kLinearInput, kLinearLabels);
    QVERIFY(gradients);
    QVERIFY(sameBytes(trainee->state()->weights, kLinearWeights));
    QVERIFY(trainee->step(kLinearInput, kLinearLabels, 1.0));
    const std::vector<float> before = values(kLinearWeights, "fc.weight");
    const std::vector<float> after = values(trainee->state()->weights, "fc.weight");
    std::vector<double> expected;
    for (std::size_t i = 0; i < before.size(); ++i)
        expected.push_back(static_cast<double>(before[i]) - static_cast<double>(after[i]));
    QVERIFY(areNear(values(*gradients, "fc.weight"), expected, 1e-6));
}

QTEST_GUILESS_MAIN(TestTrainingEngine)
#include "tst_training_engine.moc"

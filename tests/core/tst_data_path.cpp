#include <QTest>

#include "core/quantization/speed_reasons.h"
#include "tests/support/tensors.h"

using namespace lathe;
using test::floats;

/// The way of values through a quantized network, and why it is as fast as it is: from literal steps.
class TestDataPath : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void stepsAreToldByWhatTheyReadAndWrite();
    void stepsOfOneKindMakeAStage();
    void integersComputedWithInFloatAreFloat();
    void formulasHaveTheNumbersPutIn();
    void aDynamicGridIsFoundWhenItRuns();
    void bytesAreThoseOfValuesAndWeights();
    void conversionsAreCountedAndTimed();
    void aNetworkThatGainedSaysByWhat();
    void aNetworkThatDidNotSaysWhy();
    void withoutVnniThatIsSaid();
};

namespace {

constexpr QuantizationParameters kInputGrid{0.5F, 3, {0, 255}, false};
constexpr QuantizationParameters kMiddleGrid{0.25F, 0, {0, 255}, false};

QuantizedWeight weight(const Shape& shape)
{
    const WritableTensor made = makeTensor(DType::Int8, shape);
    std::fill_n(made.bytes, elementCount(shape), std::byte{1});
    return {made.tensor, std::vector<float>(static_cast<std::size_t>(shape[0]), 0.125F),
            Granularity{Granularity::Kind::PerChannel}, 7};
}

/// A dense and a depthwise convolution in int8, a sigmoid in float between conversions, and a pooling.
QuantizationOutcome outcome(Precision precision = Precision::Int8)
{
    GraphBuilder b("net", {4, 8, 8});
    const op::Conv2d dense{.inChannels = 4, .outChannels = 4, .kernel = {3, 3}, .padding = {1, 1}, .bias = false};
    op::Conv2d depthwise = dense;
    depthwise.groups = 4;
    const NodeId first = b.conv2d("dense", b.input(), dense);
    const NodeId second = b.conv2d("depthwise", first, depthwise);
    const Graph graph = *b.finish(b.activation("sigmoid", second, op::Activation::Kind::Sigmoid));
    QuantizationOutcome made;
    made.model.graph = graph;
    made.model.quantization.emplace();
    made.model.quantization->layers.resize(graph.nodes().size());
    made.model.quantization->values.resize(graph.nodes().size());
    made.model.quantization->layers[1] = {precision, "", weight({4, 4, 3, 3})};
    made.model.quantization->layers[2] = {precision, "", weight({4, 1, 3, 3})};
    made.model.quantization->values[0] = kInputGrid;
    made.model.quantization->values[1] = kMiddleGrid;
    for (const Parameter& parameter : graph.parameters())
        made.exact.push_back({parameter.name, floats(parameter.shape, 0.125F)});
    made.model.weights = made.exact;
    return made;
}

const Shape kImage{1, 4, 8, 8};

TimedStep step(NodeId node, const char* kernel, DType reads, DType writes, double milliseconds)
{
    return {node, kernel, {{kImage, reads}}, {kImage, writes}, 1e-3 * milliseconds};
}

std::vector<TimedStep> quantizedSteps(double dense, double depthwise, double sigmoid)
{
    return {step(1, "quantize", DType::Float32, DType::UInt8, 0.5),
            step(1, "oneDNN brgconv", DType::UInt8, DType::UInt8, dense),
            step(2, "oneDNN brgconv", DType::UInt8, DType::Float32, depthwise),
            step(3, "oneDNN eltwise", DType::Float32, DType::Float32, sigmoid)};
}

std::vector<TimedStep> floatSteps()
{
    return {step(1, "oneDNN brgconv", DType::Float32, DType::Float32, 6.0),
            step(2, "oneDNN brgconv", DType::Float32, DType::Float32, 3.0),
            step(3, "oneDNN eltwise", DType::Float32, DType::Float32, 1.0)};
}

bool anyContains(const std::vector<std::string>& sentences, const std::string& part)
{
    return std::any_of(sentences.begin(), sentences.end(),
                       [&](const std::string& sentence) { return sentence.find(part) != std::string::npos; });
}

std::vector<std::string> sentencesFor(double dense, double depthwise, double sigmoid, const std::string& instructions)
{
    const QuantizationOutcome made = outcome();
    const Savings savings = savingsOf(made, 1, floatSteps(), quantizedSteps(dense, depthwise, sigmoid));
    return speedSentences(speedReport(made, savings, instructions), made);
}

} // namespace

void TestDataPath::stepsAreToldByWhatTheyReadAndWrite()
{
    const DataPath path = dataPath(outcome(), quantizedSteps(2.0, 3.0, 1.0));
    QCOMPARE(path.steps.size(), std::size_t{4});
    QVERIFY(path.steps[0].kind == StepKind::Quantize);
    QVERIFY(path.steps[1].kind == StepKind::Integers);
    QVERIFY(path.steps[2].kind == StepKind::Integers);
    QVERIFY(path.steps[3].kind == StepKind::Float);
    QCOMPARE(path.steps[0].reads, std::string("float32 1x4x8x8"));
    QCOMPARE(path.steps[0].writes, std::string("uint8 1x4x8x8"));
    QCOMPARE(stepsOf(path, 1).size(), std::size_t{2});
}

void TestDataPath::stepsOfOneKindMakeAStage()
{
    const std::vector<PathStep> stages = stagesOf(dataPath(outcome(), quantizedSteps(2.0, 3.0, 1.0)));
    QCOMPARE(stages.size(), std::size_t{3});
    QVERIFY(stages[0].kind == StepKind::Quantize && !stages[0].formula.empty());
    QVERIFY(stages[1].kind == StepKind::Integers);
    QCOMPARE(stages[1].kernel, std::string("2 steps"));
    QCOMPARE(stages[1].milliseconds, 5.0);
    QCOMPARE(stages[1].writes, std::string("float32 1x4x8x8"));
    QVERIFY(stages[2].kind == StepKind::Float);
}

/// A pooling of bytes for which there is no kernel runs on a copy in float.
void TestDataPath::integersComputedWithInFloatAreFloat()
{
    const DataPath path =
        dataPath(outcome(), {step(1, "float32 oneDNN jit:avx512_core", DType::UInt8, DType::UInt8, 1.0)});
    QVERIFY(path.steps[0].kind == StepKind::Float);
}

void TestDataPath::formulasHaveTheNumbersPutIn()
{
    const DataPath path = dataPath(outcome(), quantizedSteps(2.0, 3.0, 1.0));
    QCOMPARE(path.steps[0].formula, std::string("x_int = round(x / 0.5 + 3), between 0 and 255"));
    QCOMPARE(path.steps[1].formula, std::string("y_int = round(f(s_x s_w sum(w_int (x_int - z_x)) + b) / s_y + z_y)"));
    QCOMPARE(path.steps[2].formula, std::string("y = s_x s_w sum(w_int (x_int - z_x)) + b, in float32"));
    QCOMPARE(path.steps[1].parameters.front().value, std::string("int8, 4x4x3x3, from -63 to 63"));
    for (const StepParameter& parameter : path.steps[1].parameters)
        QVERIFY(parameter.isFixedBefore);
}

void TestDataPath::aDynamicGridIsFoundWhenItRuns()
{
    const DataPath path = dataPath(outcome(Precision::Int8Dynamic),
                                   {step(1, "dynamic oneDNN brgemm", DType::Float32, DType::Float32, 1.0)});
    QVERIFY(path.steps[0].kind == StepKind::Integers);
    int found = 0;
    for (const StepParameter& parameter : path.steps[0].parameters)
        found += parameter.isFixedBefore ? 0 : 1;
    QCOMPARE(found, 2); // scale and zero point of the input
}

void TestDataPath::bytesAreThoseOfValuesAndWeights()
{
    const QuantizationOutcome made = outcome();
    // Three operations read and write 256 floats each; weights are 144 and 36 floats.
    QCOMPARE(bytesMoved(made, floatSteps(), true), std::int64_t{3 * 2 * 1024 + 4 * 180});
    // 1024 + 256, 256 + 256, 256 + 1024, 1024 + 1024; weights of a byte, and 4 scales each.
    QCOMPARE(bytesMoved(made, quantizedSteps(1, 1, 1), false), std::int64_t{1280 + 512 + 1280 + 2048 + 180 + 2 * 16});
}

void TestDataPath::conversionsAreCountedAndTimed()
{
    const DataPath path = dataPath(outcome(), quantizedSteps(2.0, 3.0, 4.5));
    QCOMPARE(path.quantizations, 1);
    QCOMPARE(path.dequantizations, 0);
    QCOMPARE(path.conversionMs, 0.5);
    QCOMPARE(dataPathSentences(path).front(),
             std::string("Conversions take 0.5 of 10 ms (5.0 %): 1 to integers, 0 back to float."));
}

void TestDataPath::aNetworkThatGainedSaysByWhat()
{
    const auto sentences = sentencesFor(1.5, 1.0, 1.0, "AVX2 AVX-512 VNNI");
    QVERIFY(sentences.front() == "Taken apart into steps it is 2.50 times as fast as the fused float32 network: 4 ms "
                                 "instead of 10 ms for a batch of 1.");
    QVERIFY(anyContains(sentences, "1 dense convolution is 4.00 times as fast in int8 (1.5 ms instead of 6 ms); in "
                                   "float it was 60 % of the time."));
    QVERIFY(anyContains(sentences, "1 operation works in float and takes 1 ms, 25 % of its time. Even if "
                                   "int8 layers took no time at all it would be at most 6.7 times as fast."));
    QVERIFY(anyContains(sentences, "1 conversion between float and integers takes 0.5 ms, 12 % of its time."));
    QVERIFY(anyContains(sentences, "This CPU has VNNI"));
}

void TestDataPath::aNetworkThatDidNotSaysWhy()
{
    const auto sentences = sentencesFor(4.5, 4.0, 1.0, "AVX2 AVX-512 VNNI");
    QVERIFY(sentences.front() == "Taken apart into steps it did not get faster: 10 ms, and 10 ms in fused float32, "
                                 "for a batch of 1.");
    QVERIFY(anyContains(sentences, "1 depthwise convolution takes 1.33 times as long in int8"));
    QVERIFY(anyContains(sentences, "reads each value for a few multiplications only"));
    QVERIFY(anyContains(sentences, "1 layer takes longer than in float, depthwise the most (4 ms instead of 3 ms)."));
}

void TestDataPath::withoutVnniThatIsSaid()
{
    QVERIFY(anyContains(sentencesFor(4.5, 4.0, 1.0, "AVX2 FMA"), "This CPU has no VNNI"));
}

QTEST_APPLESS_MAIN(TestDataPath)
#include "tst_data_path.moc"

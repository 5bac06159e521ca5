#include <QTemporaryDir>
#include <QTest>

#include <cstring>
#include <fstream>

#include "core/architectures/catalogue.h"
#include "core/benchmark/as_run.h"
#include "core/engine/backend.h"
#include "core/formats/quantized_file.h"
#include "core/formats/safetensors.h"
#include "core/quantization/post_training.h"
#include "core/quantization/value_groups.h"
#include "tests/support/closed_form.h"
#include "tests/support/tensors.h"

using namespace lathe;
using test::floats;

/// Networks quantized after training: which layers and values, on which grids, and how they are kept in files.
class TestPostTraining : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aWeightIsRoundedChannelByChannel();
    void aWeightIsRoundedGroupByGroup();
    void weightsUseSevenBitsWithoutVnni();
    void valuesBetweenInt8LayersAreIntegers();
    void poolingKeepsTheGrid();
    void everyLayerThatStaysFloatHasAReason();
    void dynamicIsForLinearLayers();
    void aLayerCanBeLeftInFloat();
    void anUnknownLayerIsNamed();
    void aNetworkWithoutLayersIsRefused();
    void aFileOpensAsItWas_data();
    void aFileOpensAsItWas();
    void aLayerInBFloat16IsStoredSo();
    void aPrecisionOfAnotherSchemeIsRefused();
    void aDamagedFileIsOneSentence_data();
    void aDamagedFileIsOneSentence();
    void aFileForOtherInstructionsIsSaid();
};

namespace {

std::vector<int> integersOf(const QuantizedWeight& weight)
{
    const auto* data = reinterpret_cast<const std::int8_t*>(weight.integers.data.get());
    return {data, data + elementCount(weight.integers.shape)};
}

/// conv, pool, conv, with what lies between.
Graph chain()
{
    GraphBuilder b("net", {4, 8, 8});
    const op::Conv2d conv{.inChannels = 4, .outChannels = 4, .kernel = {3, 3}, .padding = {1, 1}};
    const NodeId first = b.conv2d("first", b.input(), conv);
    const NodeId relu = b.activation("relu", first, op::Activation::Kind::ReLU);
    const NodeId pool = b.add("pool", op::MaxPool2d{}, {relu});
    const NodeId second = b.conv2d("second", pool, conv);
    return *b.finish(b.add("mean", op::AdaptiveAvgPool2d{{1, 1}}, {second}));
}

CalibrationData once(const Graph& graph)
{
    Shape shape = graph.inputShape();
    shape.insert(shape.begin(), 2);
    return [x = test::closedFormInput(shape, graph.vocabulary())]() -> Batches {
        return [next = std::optional(x)]() mutable { return std::exchange(next, std::nullopt); };
    };
}

Result<QuantizedModel> quantized(const Graph& graph, const QuantizationOptions& options = {})
{
    return quantizeAfterTraining(**loadBackend(), graph, test::closedFormWeights(graph), options, once(graph));
}

NodeId idOf(const Graph& graph, const std::string& name)
{
    for (std::size_t i = 0; i < graph.nodes().size(); ++i)
        if (graph.nodes()[i].name == name)
            return static_cast<NodeId>(i);
    return -1;
}

bool sameBytes(const HostTensor& a, const HostTensor& b)
{
    return a.dtype == b.dtype && a.shape == b.shape &&
           std::memcmp(a.data.get(), b.data.get(), static_cast<std::size_t>(a.byteCount())) == 0;
}

} // namespace

void TestPostTraining::aWeightIsRoundedChannelByChannel()
{
    const auto weight = quantizeWeight(floats({2, 2}, {1.27F, -0.6F, 0.0254F, 0.0F}), {});
    QVERIFY(weight);
    QCOMPARE(weight->scales.size(), std::size_t{2});
    QVERIFY(std::abs(weight->scales[0] - 0.01F) < 1e-7F);
    QVERIFY(std::abs(weight->scales[1] - 0.0002F) < 1e-8F);
    QCOMPARE(integersOf(*weight), (std::vector<int>{127, -60, 127, 0}));
    QVERIFY(std::abs(weight->dequantized().floats()[1] + 0.6F) < 1e-6F);
}

void TestPostTraining::aWeightIsRoundedGroupByGroup()
{
    WeightOptions options;
    options.bits = 4;
    options.granularity = {Granularity::Kind::PerGroup, 0, 2};
    const auto weight = quantizeWeight(floats({1, 4}, {7.0F, -3.0F, 0.7F, 0.1F}), options);
    QVERIFY(weight);
    QCOMPARE(weight->scales.size(), std::size_t{2});
    QCOMPARE(integersOf(*weight), (std::vector<int>{7, -3, 7, 1}));
}

void TestPostTraining::weightsUseSevenBitsWithoutVnni()
{
    QCOMPARE(weightBitsFor("AVX2 FMA"), 7);
    QCOMPARE(weightBitsFor("AVX2 FMA AVX-512 VNNI"), 8);
    WeightOptions options;
    options.bits = 7;
    QCOMPARE(integersOf(*quantizeWeight(floats({1, 2}, {1.0F, -1.0F}), options)), (std::vector<int>{63, -63}));
}

void TestPostTraining::valuesBetweenInt8LayersAreIntegers()
{
    const auto model = quantized(chain());
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    const auto has = [&](const char* name) { return model->quantization.quantizes(idOf(model->graph, name)); };
    QVERIFY(has("input"));
    QVERIFY(has("relu"));
    QVERIFY(has("pool"));
    QVERIFY(!has("first"));  // within the layer that the ReLU ends
    QVERIFY(!has("second")); // nobody reads it in int8
}

void TestPostTraining::poolingKeepsTheGrid()
{
    const auto model = quantized(chain());
    const auto& values = model->quantization.values;
    const auto at = [&](const char* name) { return values[static_cast<std::size_t>(idOf(model->graph, name))]; };
    QVERIFY(at("relu") == at("pool"));
    QCOMPARE(at("relu")->zeroPoint, 0); // nothing lies below 0
    QVERIFY(!(at("input") == at("relu")));
}

void TestPostTraining::everyLayerThatStaysFloatHasAReason()
{
    for (const char* name : {"swin_t", "distilbert_base_uncased", "densenet121"}) {
        QuantizationOptions options;
        options.scheme = Scheme::WeightOnly;
        const auto model = quantized(*buildArchitecture(name), options);
        QVERIFY2(model, name);
        for (std::size_t i = 0; i < model->graph.nodes().size(); ++i) {
            const LayerQuantization& layer = model->quantization.layers[i];
            const bool hasParameters = !model->graph.nodes()[i].parameters.empty();
            QVERIFY2(layer.precision != Precision::Float32 || !hasParameters || !layer.reason.empty(),
                     model->graph.nodes()[i].name.c_str());
        }
    }
}

void TestPostTraining::dynamicIsForLinearLayers()
{
    QuantizationOptions options;
    options.scheme = Scheme::Dynamic;
    const auto model = quantized(*buildArchitecture("lenet"), options);
    QVERIFY(model);
    const auto& layers = model->quantization.layers;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const Operation& operation = model->graph.nodes()[i].operation;
        QCOMPARE(layers[i].precision == Precision::Int8Dynamic, std::holds_alternative<op::Linear>(operation));
        if (std::holds_alternative<op::Conv2d>(operation))
            QCOMPARE(layers[i].reason, std::string("dynamic quantization is for linear layers"));
    }
    const auto refused = quantized(chain(), options);
    QVERIFY(!refused);
    QCOMPARE(refused.error().message, std::string("net has no layer that this scheme quantizes; take another scheme."));
}

void TestPostTraining::aLayerCanBeLeftInFloat()
{
    QuantizationOptions options;
    options.precisions["second"] = Precision::Float32;
    const auto model = quantized(chain(), options);
    QVERIFY(model);
    QCOMPARE(model->quantization.layer(idOf(model->graph, "second")).reason, std::string("chosen so"));
    QVERIFY(!model->quantization.quantizes(idOf(model->graph, "pool")));
    QVERIFY(model->quantization.quantizes(idOf(model->graph, "input")));
}

void TestPostTraining::anUnknownLayerIsNamed()
{
    QuantizationOptions options;
    options.precisions["third"] = Precision::Float32;
    QCOMPARE(quantized(chain(), options).error().message,
             std::string("net has no convolution or linear layer \"third\"; lathe describe net --layers lists them."));
}

void TestPostTraining::aNetworkWithoutLayersIsRefused()
{
    GraphBuilder b("net", {2, 4, 4});
    const Graph graph = *b.finish(b.activation("relu", b.input(), op::Activation::Kind::ReLU));
    QVERIFY(!quantized(graph));
}

void TestPostTraining::aFileOpensAsItWas_data()
{
    QTest::addColumn<int>("bits");
    QTest::addColumn<bool>("groups");
    QTest::newRow("int8 by channel") << 8 << false;
    QTest::newRow("int4 by group") << 4 << true;
}

void TestPostTraining::aFileOpensAsItWas()
{
    QFETCH(int, bits);
    QFETCH(bool, groups);
    QuantizationOptions options;
    options.weights.bits = bits;
    if (groups) {
        options.scheme = Scheme::WeightOnly;
        options.weights.granularity = {Granularity::Kind::PerGroup, 0, 32};
    }
    const auto model = quantized(*buildArchitecture("lenet"), options);
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    const QTemporaryDir folder;
    const std::string path = folder.filePath("q.safetensors").toStdString();
    LoadedModel saved;
    saved.family = "LeNet";
    saved.type = "cnn";
    saved.graph = model->graph;
    saved.weights = model->weights;
    saved.quantization = model->quantization;
    saved.preprocessing = Preprocessing{"some-images", {{0.5}, {0.25}}, {"a", "b"}};
    QVERIFY(saveModel(path, saved));

    const auto loaded = loadModel(path, {});
    QVERIFY2(loaded, loaded ? "" : loaded.error().message.c_str());
    QVERIFY(loaded->quantization.has_value());
    QVERIFY(loaded->quantization->values == model->quantization.values);
    QVERIFY(loaded->preprocessing && loaded->preprocessing->normalisation == saved.preprocessing->normalisation);
    for (std::size_t i = 0; i < model->weights.size(); ++i)
        QVERIFY2(sameBytes(loaded->weights[i].tensor, model->weights[i].tensor), model->weights[i].name.c_str());
    for (std::size_t i = 0; i < model->quantization.layers.size(); ++i) {
        const LayerQuantization& before = model->quantization.layers[i];
        const LayerQuantization& after = loaded->quantization->layers[i];
        QCOMPARE(after.precision, before.precision);
        QCOMPARE(after.reason, before.reason);
        QCOMPARE(after.weight.has_value(), before.weight.has_value());
        if (!before.weight)
            continue;
        QCOMPARE(after.weight->scales, before.weight->scales);
        QCOMPARE(after.weight->bits, before.weight->bits);
        QVERIFY(sameBytes(after.weight->integers, before.weight->integers));
    }
    QVERIFY(modeFor(kUsualMode, *loaded).value() == (groups ? Mode::Int8WeightOnly : Mode::Int8));
}

void TestPostTraining::aLayerInBFloat16IsStoredSo()
{
    QuantizationOptions options;
    options.precisions["second"] = Precision::BFloat16;
    const auto model = quantized(chain(), options);
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    const StateDict packed = packedWeights(model->graph, model->weights, model->quantization);
    const NodeId second = idOf(model->graph, "second");
    const auto weight = static_cast<std::size_t>(model->graph.node(second).parameters.front());
    QVERIFY(packed[weight].tensor.dtype == DType::BFloat16);
    const auto back =
        quantizedModelFrom(model->graph, packed, quantizationToJson(model->graph, model->quantization), "file");
    QVERIFY2(back, back ? "" : back.error().message.c_str());
    QVERIFY(back->quantization.layer(second).precision == Precision::BFloat16);
    QVERIFY(sameBytes(back->weights[weight].tensor, model->weights[weight].tensor));
}

void TestPostTraining::aPrecisionOfAnotherSchemeIsRefused()
{
    QuantizationOptions options;
    options.precisions["second"] = Precision::Int8Dynamic;
    QCOMPARE(quantized(chain(), options).error().message,
             std::string("The scheme static has no layers in int8-dynamic; choose another precision for second."));
}

namespace {

using Metadata = std::map<std::string, std::string>;

/// Writes lenet in int8 after `edit` has damaged it.
std::string damaged(const std::string& path, const std::function<void(StateDict&, std::string&)>& edit)
{
    const QuantizedModel model = quantized(*buildArchitecture("lenet")).value();
    StateDict tensors = packedWeights(model.graph, model.weights, model.quantization);
    std::string json = quantizationToJson(model.graph, model.quantization);
    edit(tensors, json);
    const auto written = writeSafetensors(
        path, tensors,
        {{kGraphMetadata, graphToJson({model.graph, "LeNet", ArchitectureType::Cnn})}, {kQuantizationMetadata, json}});
    if (!written)
        return written.error().message;
    const auto loaded = loadModel(path, {});
    return loaded ? "opened" : loaded.error().message;
}

void replace(std::string& text, const std::string& from, const std::string& to)
{
    text.replace(text.find(from), from.size(), to);
}

} // namespace

Q_DECLARE_METATYPE(std::function<void(StateDict&, std::string&)>)

void TestPostTraining::aDamagedFileIsOneSentence_data()
{
    using Edit = std::function<void(StateDict&, std::string&)>;
    QTest::addColumn<Edit>("edit");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("no JSON") << Edit([](StateDict&, std::string& json) { json = "]["; }) << "is no JSON object";
    QTest::newRow("newer") << Edit([](StateDict&, std::string& json) {
        replace(json, "\"version\":1", "\"version\":2");
    }) << "by a newer Lathe";
    QTest::newRow("no scales") << Edit([](StateDict& tensors, std::string&) { tensors.pop_back(); }) << "are missing";
    QTest::newRow("too few scales") << Edit([](StateDict& tensors, std::string&) {
        tensors.back().tensor = floats({1}, {1.0F});
    }) << "one for each";
    QTest::newRow("a scale of 0") << Edit([](StateDict& tensors, std::string&) {
        HostTensor& scales = tensors.back().tensor;
        scales = floats(scales.shape, std::vector<float>(static_cast<std::size_t>(scales.shape[0]), 0.0F));
    }) << "no number above 0";
    QTest::newRow("unknown precision") << Edit([](StateDict&, std::string& json) {
        replace(json, "\"precision\":\"int8\"", "\"precision\":\"int9\"");
    }) << "There is no precision \"int9\"";
    QTest::newRow("wrong type") << Edit([](StateDict&, std::string& json) {
        replace(json, "\"precision\":\"int8\"", "\"precision\":8");
    }) << "is damaged";
    QTest::newRow("a grid of 9 bits") << Edit([](StateDict&, std::string& json) {
        replace(json, "\"high\":255", "\"high\":511");
    }) << "none of 8 bits";
}

void TestPostTraining::aDamagedFileIsOneSentence()
{
    using Edit = std::function<void(StateDict&, std::string&)>;
    QFETCH(Edit, edit);
    QFETCH(QString, sentence);
    const QTemporaryDir folder;
    const QString said = QString::fromStdString(damaged(folder.filePath("q.safetensors").toStdString(), edit));
    QVERIFY2(said.contains(sentence), qPrintable(said));
    QVERIFY(said.contains("q.safetensors"));
}

void TestPostTraining::aFileForOtherInstructionsIsSaid()
{
    const QuantizedModel eight = quantized(chain()).value();
    QVERIFY(saturationOf(eight.quantization, "AVX2 FMA").has_value());
    QVERIFY(!saturationOf(eight.quantization, "AVX2 VNNI").has_value());
    QuantizationOptions options;
    options.weights.bits = 7;
    QVERIFY(!saturationOf(quantized(chain(), options)->quantization, "AVX2 FMA").has_value());
    options = {};
    options.scheme = Scheme::WeightOnly;
    QVERIFY(!saturationOf(quantized(chain(), options)->quantization, "AVX2 FMA").has_value());
}

QTEST_GUILESS_MAIN(TestPostTraining)
#include "tst_post_training.moc"

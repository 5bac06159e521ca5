#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <fstream>
#include <set>

#include "core/architectures/catalogue.h"
#include "core/engine/weights.h"
#include "core/formats/huggingface.h"
#include "tests/support/tensors.h"

using namespace lathe;
using test::floats;

namespace {

const HostTensor* find(const StateDict& tensors, const std::string& name)
{
    const auto found =
        std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor& t) { return t.name == name; });
    return found == tensors.end() ? nullptr : &found->tensor;
}

struct LayerNames {
    std::string layer, query, key, value, projection, expansion, contraction;
};
const LayerNames kOld{"encoder.layer.",
                      "attention.attention.query",
                      "attention.attention.key",
                      "attention.attention.value",
                      "attention.output.dense",
                      "intermediate.dense",
                      "output.dense"};
const LayerNames kNew{"layers.",          "attention.q_proj", "attention.k_proj", "attention.v_proj",
                      "attention.o_proj", "mlp.fc1",          "mlp.fc2"};

/// A ViT of 12 layers with patches of 16 pixels as transformers names it, every layer's query, key and value filled
/// with 1, 2 and 3.
StateDict vit(const LayerNames& names, std::int64_t width, const std::string& prefix, std::int64_t classes)
{
    StateDict tensors;
    const auto add = [&](const std::string& name, Shape shape, float value = 0.0F) {
        tensors.push_back({name, floats(std::move(shape), value)});
    };
    const auto linear = [&](const std::string& name, std::int64_t out, std::int64_t in, float value = 0.0F) {
        add(name + ".weight", {out, in}, value);
        add(name + ".bias", {out}, value);
    };
    const auto norm = [&](const std::string& name) {
        add(name + ".weight", {width});
        add(name + ".bias", {width});
    };
    add(prefix + "embeddings.cls_token", {1, 1, width});
    add(prefix + "embeddings.position_embeddings", {1, 197, width});
    add(prefix + "embeddings.patch_embeddings.projection.weight", {width, 3, 16, 16});
    add(prefix + "embeddings.patch_embeddings.projection.bias", {width});
    for (int i = 0; i < 12; ++i) {
        const std::string layer = prefix + names.layer + std::to_string(i) + ".";
        linear(layer + names.query, width, width, 1.0F);
        linear(layer + names.key, width, width, 2.0F);
        linear(layer + names.value, width, width, 3.0F);
        linear(layer + names.projection, width, width);
        norm(layer + "layernorm_before");
        norm(layer + "layernorm_after");
        linear(layer + names.expansion, 4 * width, width);
        linear(layer + names.contraction, width, 4 * width);
    }
    norm(prefix + "layernorm");
    if (classes > 0)
        linear("classifier", classes, width);
    else
        linear("pooler.dense", width, width);
    return tensors;
}

StateDict zerosOf(const Graph& graph, const std::string& prefix)
{
    StateDict tensors;
    for (const Parameter& p : graph.parameters())
        tensors.push_back({prefix + p.name, floats(p.shape, 0.0F)});
    return tensors;
}

double epsilonOf(const Graph& graph)
{
    std::set<double> all;
    for (const Node& node : graph.nodes())
        if (const auto* norm = std::get_if<op::LayerNorm>(&node.operation))
            all.insert(norm->eps);
    return all.size() == 1 ? *all.begin() : -1.0;
}

} // namespace

class TestHuggingFace : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void fitsViTToTorchvisions_data();
    void fitsViTToTorchvisions();
    void joinsQueriesKeysAndValues();
    void fitsAModelWithoutAClassifier();
    void fitsDeiTToTimms();
    void fitsTimmsViTToTorchvisions();
    void readsTheEpsilonBesideTheFile();
    void fitsTextEncoders_data();
    void fitsTextEncoders();
    void leavesOtherNetworksAlone();
};

void TestHuggingFace::fitsViTToTorchvisions_data()
{
    QTest::addColumn<bool>("isNew");
    QTest::newRow("names of transformers 4") << false;
    QTest::newRow("names of transformers 5") << true;
}

void TestHuggingFace::fitsViTToTorchvisions()
{
    QFETCH(bool, isNew);
    const RenamedWeights weights = withCatalogueNames(vit(isNew ? kNew : kOld, 768, "vit.", 10), {});
    QCOMPARE(weights.convention.layerNormEps, 1e-12);
    QVERIFY(weights.convention.hasClassifier);
    QCOMPARE(weights.notes.size(), std::size_t{1});
    const auto graph = adapted(*buildArchitecture("vit_b_16", {{}, 10}), weights.convention);
    QVERIFY(graph);
    QCOMPARE(epsilonOf(*graph), 1e-12);
    const auto matched = matchWeights(*graph, weights.tensors);
    QVERIFY2(matched, matched ? "" : matched.error().message.c_str());
}

void TestHuggingFace::joinsQueriesKeysAndValues()
{
    const RenamedWeights weights = withCatalogueNames(vit(kOld, 768, "", 10), {});
    const HostTensor* joined = find(weights.tensors, "encoder.layers.encoder_layer_3.self_attention.in_proj_weight");
    QVERIFY(joined != nullptr);
    QCOMPARE(joined->shape, (Shape{3 * 768, 768}));
    for (int third = 0; third < 3; ++third) {
        const float* begin = joined->floats() + third * 768 * 768;
        QVERIFY(std::all_of(begin, begin + 768 * 768, [&](float v) { return v == static_cast<float>(third + 1); }));
    }
}

void TestHuggingFace::fitsAModelWithoutAClassifier()
{
    const RenamedWeights weights = withCatalogueNames(vit(kOld, 768, "", 0), {});
    QVERIFY(!weights.convention.hasClassifier);
    QCOMPARE(weights.notes.size(), std::size_t{3}); // the pooler, the classifier, the epsilon
    const auto graph = adapted(*buildArchitecture("vit_b_16"), weights.convention);
    QVERIFY(graph);
    QCOMPARE(graph->outputShape(), Shape{768});
    QVERIFY(matchWeights(*graph, weights.tensors));
}

void TestHuggingFace::fitsDeiTToTimms()
{
    const RenamedWeights weights = withCatalogueNames(vit(kOld, 192, "vit.", 1000), {});
    const auto graph = adapted(*buildArchitecture("deit_tiny_patch16_224"), weights.convention);
    const auto matched = matchWeights(*graph, weights.tensors);
    QVERIFY2(matched, matched ? "" : matched.error().message.c_str());
    QVERIFY(find(weights.tensors, "blocks.11.attn.qkv.weight") != nullptr);
}

void TestHuggingFace::fitsTimmsViTToTorchvisions()
{
    StateDict tensors = zerosOf(*buildArchitecture("deit_tiny_patch16_224"), "");
    QCOMPARE(withCatalogueNames(tensors, {}).tensors.front().name, std::string("cls_token"));
    for (NamedTensor& entry : tensors) { // four times as wide
        for (std::int64_t& extent : entry.tensor.shape)
            extent = extent % 192 == 0 ? extent * 4 : extent;
        entry.tensor = floats(entry.tensor.shape, 0.0F);
    }
    const RenamedWeights weights = withCatalogueNames(tensors, {});
    QVERIFY(weights.convention.isCatalogues());
    const auto matched = matchWeights(*buildArchitecture("vit_b_16"), weights.tensors);
    QVERIFY2(matched, matched ? "" : matched.error().message.c_str());
}

void TestHuggingFace::readsTheEpsilonBesideTheFile()
{
    const QTemporaryDir folder;
    std::ofstream(folder.filePath("config.json").toStdString()) << R"({"layer_norm_eps": 1e-06})";
    const auto weights = withCatalogueNames(vit(kOld, 768, "vit.", 10), folder.path().toStdString());
    QCOMPARE(weights.convention.layerNormEps, 1e-6);
}

void TestHuggingFace::fitsTextEncoders_data()
{
    QTest::addColumn<QString>("architecture");
    QTest::addColumn<QString>("prefix");
    QTest::addColumn<QString>("head");
    QTest::newRow("BERT for pre-training") << "bert_base_uncased"
                                           << "bert."
                                           << "cls.predictions.bias";
    QTest::newRow("BERT alone") << "bert_base_uncased"
                                << ""
                                << "pooler.dense.bias";
    QTest::newRow("DistilBERT for masked words") << "distilbert_base_uncased"
                                                 << "distilbert."
                                                 << "vocab_projector.bias";
    QTest::newRow("DistilBERT alone") << "distilbert_base_uncased"
                                      << ""
                                      << "";
}

void TestHuggingFace::fitsTextEncoders()
{
    QFETCH(QString, architecture);
    QFETCH(QString, prefix);
    QFETCH(QString, head);
    const Graph graph = *buildArchitecture(architecture.toStdString());
    StateDict tensors = zerosOf(graph, prefix.toStdString());
    for (NamedTensor& entry : tensors) // as in the weights that came from TensorFlow
        if (entry.name.ends_with("LayerNorm.weight"))
            entry.name.replace(entry.name.size() - 6, 6, "gamma");
    if (!head.isEmpty())
        tensors.push_back(
            {(head.startsWith("pooler") ? prefix : QString()).toStdString() + head.toStdString(), floats({768}, 0.0F)});
    const RenamedWeights weights = withCatalogueNames(tensors, {});
    QCOMPARE(weights.notes.size(), std::size_t{head.isEmpty() ? 0U : 1U});
    const auto matched = matchWeights(graph, weights.tensors);
    QVERIFY2(matched, matched ? "" : matched.error().message.c_str());
}

void TestHuggingFace::leavesOtherNetworksAlone()
{
    const Graph graph = *buildArchitecture("lenet");
    const RenamedWeights weights = withCatalogueNames(zerosOf(graph, ""), {});
    QVERIFY(matchWeights(graph, weights.tensors));
    QVERIFY(weights.notes.empty());
    QVERIFY(weights.convention.isCatalogues());
}

QTEST_APPLESS_MAIN(TestHuggingFace)
#include "tst_huggingface.moc"

#include "core/formats/huggingface.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "core/formats/vit_names.h"

namespace lathe {

namespace {

/// Of BERT and DistilBERT: the encoder's own tensors need no other names once the model's is gone.
struct TextEncoder {
    std::string_view sign; ///< a name that it alone has
    std::string_view prefix;
    std::array<std::string_view, 5> heads; ///< what begins with these is no part of the encoder
};
constexpr std::array<TextEncoder, 2> kTextEncoders{
    {{"encoder.layer.0.attention.self.query.weight",
      "bert.",
      {"cls.", "pooler.", "classifier.", "qa_outputs.", "embeddings.position_ids"}},
     {"transformer.layer.0.attention.q_lin.weight",
      "distilbert.",
      {"vocab_", "pre_classifier.", "classifier.", "qa_outputs.", "embeddings.position_ids"}}}};

constexpr double kTransformersVitEps = 1e-12;

bool has(const StateDict& tensors, std::string_view name)
{
    return std::any_of(tensors.begin(), tensors.end(), [&](const NamedTensor& t) { return t.name == name; });
}

void removePrefix(StateDict& tensors, std::string_view prefix)
{
    for (NamedTensor& tensor : tensors)
        if (tensor.name.starts_with(prefix))
            tensor.name.erase(0, prefix.size());
}

/// "LayerNorm.gamma" and "LayerNorm.beta" are how the first weights, which came from TensorFlow, say it.
void replaceEnding(std::string& name, std::string_view ending, std::string_view by)
{
    if (name.ends_with(ending))
        name.replace(name.size() - ending.size(), ending.size(), by);
}

template <class Heads> void dropHeads(RenamedWeights& weights, const Heads& heads)
{
    std::string first;
    const auto dropped = std::erase_if(weights.tensors, [&](const NamedTensor& t) {
        const bool isHeads =
            std::any_of(heads.begin(), heads.end(), [&](std::string_view head) { return t.name.starts_with(head); });
        if (isHeads && first.empty())
            first = t.name;
        return isHeads;
    });
    if (dropped > 0)
        weights.notes.push_back(fmt::format("{} of the file's tensors belong to heads behind the encoder (\"{}\") and "
                                            "are left out: the output is the encoder's.",
                                            dropped, first));
}

void renameText(RenamedWeights& weights, const TextEncoder& encoder)
{
    removePrefix(weights.tensors, encoder.prefix);
    for (NamedTensor& tensor : weights.tensors) {
        replaceEnding(tensor.name, "LayerNorm.gamma", "LayerNorm.weight");
        replaceEnding(tensor.name, "LayerNorm.beta", "LayerNorm.bias");
    }
    dropHeads(weights, encoder.heads);
}

double epsilonIn(const std::filesystem::path& folder)
{
    const auto text = readFile(folder / "config.json");
    const auto config = nlohmann::json::parse(text.value_or(std::string()), nullptr, false);
    const auto found = config.is_object() ? config.find("layer_norm_eps") : config.end();
    return config.is_object() && found != config.end() && found->is_number() ? found->get<double>()
                                                                             : kTransformersVitEps;
}

void renameVit(RenamedWeights& weights, VitNaming naming, const std::filesystem::path& folder)
{
    constexpr std::array<std::string_view, 1> kPooler{"pooler."};
    dropHeads(weights, kPooler);
    weights.convention.hasClassifier = has(weights.tensors, "classifier.weight") || naming == VitNaming::Timm;
    weights.tensors = withVitNames(std::move(weights.tensors), naming);
    if (!weights.convention.hasClassifier)
        weights.notes.emplace_back("The file has no classifier: the output is what one would get, the class token's "
                                   "features.");
    if (naming == VitNaming::Timm)
        return;
    weights.convention.layerNormEps = epsilonIn(folder);
    weights.notes.push_back(fmt::format("Layer norms have an epsilon of {}, as Hugging Face's ViT has it; "
                                        "torchvision's and timm's have 1e-06.",
                                        *weights.convention.layerNormEps));
}

} // namespace

RenamedWeights withCatalogueNames(StateDict tensors, const std::filesystem::path& folder)
{
    RenamedWeights weights{std::move(tensors), {}, {}};
    for (const TextEncoder& encoder : kTextEncoders)
        if (has(weights.tensors, encoder.sign) ||
            has(weights.tensors, fmt::format("{}{}", encoder.prefix, encoder.sign))) {
            renameText(weights, encoder);
            return weights;
        }
    if (has(weights.tensors, "vit.embeddings.cls_token"))
        removePrefix(weights.tensors, "vit.");
    if (const auto naming = vitNamingOf(weights.tensors))
        renameVit(weights, *naming, folder);
    return weights;
}

Result<Graph> adapted(const Graph& graph, const WeightConvention& convention)
{
    GraphBuilder builder(graph.name(), graph.inputShape(), graph.vocabulary());
    const Node& head = graph.node(graph.output());
    const std::vector<ParameterId> unused = convention.hasClassifier ? std::vector<ParameterId>() : head.parameters;
    std::vector<ParameterId> ids;
    for (std::size_t i = 0; i < graph.parameters().size(); ++i) {
        const Parameter& p = graph.parameters()[i];
        const bool isUsed = std::find(unused.begin(), unused.end(), static_cast<ParameterId>(i)) == unused.end();
        ids.push_back(isUsed ? builder.parameter(p.name, p.shape, p.initialisation, p.trainable, p.dtype) : -1);
    }
    for (std::size_t i = 1; i < graph.nodes().size(); ++i) {
        const Node& node = graph.nodes()[i];
        if (&node == &head && !convention.hasClassifier)
            return builder.finish(head.inputs.front());
        Operation operation = node.operation;
        if (auto* norm = std::get_if<op::LayerNorm>(&operation); norm != nullptr && convention.layerNormEps)
            norm->eps = *convention.layerNormEps;
        std::vector<ParameterId> parameters;
        for (const ParameterId id : node.parameters)
            parameters.push_back(ids[static_cast<std::size_t>(id)]);
        builder.add(node.name, std::move(operation), node.inputs, std::move(parameters));
    }
    return builder.finish(graph.output());
}

} // namespace lathe

#include <array>
#include <string>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", 2018;
// Sanh et al., "DistilBERT, a distilled version of BERT: smaller, faster, cheaper and lighter", 2019. The encoders
// alone, without a pooler or a head; tensors are named as in Hugging Face's transformers.

namespace lathe::families {

namespace {

/// Names within an encoder's layer.
struct LayerNames {
    const char* query;
    const char* key;
    const char* value;
    const char* attention;
    const char* projection;
    const char* attentionSum;
    const char* attentionNorm;
    const char* expansion;
    const char* activation;
    const char* contraction;
    const char* sum;
    const char* norm;
};

struct Variant {
    const char* name;
    const char* family;
    int year;
    const char* layerList;
    int layers;
    bool tokenTypes; ///< each token is also of the first sentence or the second
    LayerNames names;
};

constexpr LayerNames kBertNames{"attention.self.query",
                                "attention.self.key",
                                "attention.self.value",
                                "attention.self.attention",
                                "attention.output.dense",
                                "attention.output.add",
                                "attention.output.LayerNorm",
                                "intermediate.dense",
                                "intermediate.intermediate_act_fn",
                                "output.dense",
                                "output.add",
                                "output.LayerNorm"};
constexpr LayerNames kDistilBertNames{"attention.q_lin",
                                      "attention.k_lin",
                                      "attention.v_lin",
                                      "attention.attention",
                                      "attention.out_lin",
                                      "add",
                                      "sa_layer_norm",
                                      "ffn.lin1",
                                      "ffn.activation",
                                      "ffn.lin2",
                                      "add_1",
                                      "output_layer_norm"};

constexpr std::array<Variant, 2> kVariants{
    {{"bert_base_uncased", "BERT", 2018, "encoder.layer", 12, true, kBertNames},
     {"distilbert_base_uncased", "DistilBERT", 2019, "transformer.layer", 6, false, kDistilBertNames}}};

constexpr std::int64_t kVocabulary = 30522;
constexpr std::int64_t kPositions = 512;
constexpr std::int64_t kTokenTypes = 2;
constexpr std::int64_t kWidth = 768;
constexpr std::int64_t kHeads = 12;
constexpr std::int64_t kExpansion = 4;
constexpr std::int64_t kDefaultLength = 128;
constexpr double kEps = 1e-12;

Initialisation weightInitialisation()
{
    return blocks::normal(0.02);
}

NodeId linear(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t outFeatures)
{
    return builder.linear(name, x, outFeatures, weightInitialisation());
}

/// The first `rows` of a table of embeddings: those of positions 0, 1, ..., and of the one sentence there is.
NodeId firstRows(GraphBuilder& builder, const std::string& name, std::int64_t entries, std::int64_t rows)
{
    const ParameterId table = builder.parameter(name + ".weight", {entries, kWidth}, weightInitialisation());
    const NodeId value = builder.add(name, op::ParameterValue{}, {}, {table});
    return builder.add(name + ".rows", op::Slice{.axis = 0, .begin = 0, .end = rows}, {value});
}

/// Sums in the order of the reference, which adds the token types first.
NodeId embeddings(GraphBuilder& builder, bool tokenTypes)
{
    const std::string name = "embeddings";
    const std::int64_t length = builder.shape(builder.input()).front();
    if (length > kPositions)
        builder.fail(name + ".position_embeddings", fmt::format("knows {} positions and gets {} tokens: use at most {}",
                                                                kPositions, length, kPositions));
    NodeId x =
        builder.embedding(name + ".word_embeddings", builder.input(), kVocabulary, kWidth, weightInitialisation());
    const NodeId positions = firstRows(builder, name + ".position_embeddings", kPositions, length);
    if (tokenTypes)
        x = builder.addition(name + ".add", x, firstRows(builder, name + ".token_type_embeddings", kTokenTypes, 1));
    x = builder.addition(name + ".add_1", x, positions);
    return builder.layerNorm(name + ".LayerNorm", x, kEps);
}

NodeId encoderLayer(GraphBuilder& builder, const std::string& name, NodeId x, const LayerNames& names)
{
    const auto in = [&](const char* part) { return name + "." + part; };
    const NodeId query = linear(builder, in(names.query), x, kWidth);
    const NodeId key = linear(builder, in(names.key), x, kWidth);
    const NodeId value = linear(builder, in(names.value), x, kWidth);
    NodeId y = builder.add(in(names.attention), op::Attention{.heads = kHeads, .separate = true}, {query, key, value});
    y = linear(builder, in(names.projection), y, kWidth);
    y = builder.addition(in(names.attentionSum), y, x);
    x = builder.layerNorm(in(names.attentionNorm), y, kEps);

    y = linear(builder, in(names.expansion), x, kExpansion * kWidth);
    y = builder.activation(in(names.activation), y, op::Activation::Kind::GELU);
    y = linear(builder, in(names.contraction), y, kWidth);
    y = builder.addition(in(names.sum), y, x);
    return builder.layerNorm(in(names.norm), y, kEps);
}

NodeId encoder(GraphBuilder& builder, const Variant& variant)
{
    NodeId x = embeddings(builder, variant.tokenTypes);
    for (int i = 0; i < variant.layers; ++i)
        x = encoderLayer(builder, fmt::format("{}.{}", variant.layerList, i), x, variant.names);
    return x;
}

} // namespace

std::vector<Member> berts()
{
    std::vector<Member> members;
    for (const Variant& variant : kVariants)
        members.push_back({variant.name, variant.family, ArchitectureType::Transformer, variant.year,
                           [&variant](GraphBuilder& builder, std::int64_t) { return encoder(builder, variant); },
                           Shape{kDefaultLength}, 0, kVocabulary});
    return members;
}

} // namespace lathe::families

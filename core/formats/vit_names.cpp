#include "core/formats/vit_names.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace lathe {

namespace {

/// Names of a Vision Transformer's tensors; those of modules have ".weight" and ".bias" behind them.
struct Names {
    const char* classToken;
    const char* positions;
    const char* patches;
    const char* layer; ///< a layer's number goes where the braces are
    const char* norm1;
    std::array<const char*, 3> queryKeyValue; ///< modules; empty where they are one
    const char* inWeight;                     ///< of the one; null where they are three
    const char* inBias;
    const char* projection;
    const char* norm2;
    const char* expansion;
    const char* contraction;
    const char* norm;
    const char* head;
};

constexpr Names kTransformers4{"embeddings.cls_token",
                               "embeddings.position_embeddings",
                               "embeddings.patch_embeddings.projection",
                               "encoder.layer.{}.",
                               "layernorm_before",
                               {"attention.attention.query", "attention.attention.key", "attention.attention.value"},
                               nullptr,
                               nullptr,
                               "attention.output.dense",
                               "layernorm_after",
                               "intermediate.dense",
                               "output.dense",
                               "layernorm",
                               "classifier"};
constexpr Names kTransformers5{"embeddings.cls_token",
                               "embeddings.position_embeddings",
                               "embeddings.patch_embeddings.projection",
                               "layers.{}.",
                               "layernorm_before",
                               {"attention.q_proj", "attention.k_proj", "attention.v_proj"},
                               nullptr,
                               nullptr,
                               "attention.o_proj",
                               "layernorm_after",
                               "mlp.fc1",
                               "mlp.fc2",
                               "layernorm",
                               "classifier"};
constexpr Names kTimm{
    "cls_token", "pos_embed", "patch_embed.proj", "blocks.{}.", "norm1", {},    "attn.qkv.weight", "attn.qkv.bias",
    "attn.proj", "norm2",     "mlp.fc1",          "mlp.fc2",    "norm",  "head"};
constexpr Names kTorchvision{"class_token",
                             "encoder.pos_embedding",
                             "conv_proj",
                             "encoder.layers.encoder_layer_{}.",
                             "ln_1",
                             {},
                             "self_attention.in_proj_weight",
                             "self_attention.in_proj_bias",
                             "self_attention.out_proj",
                             "ln_2",
                             "mlp.0",
                             "mlp.3",
                             "encoder.ln",
                             "heads.head"};

/// Of the widths that only DeiT's tiny and small have; their tensors are named as in timm.
constexpr std::array<std::int64_t, 2> kDeiTWidths{192, 384};

const Names& namesOf(VitNaming naming)
{
    switch (naming) {
    case VitNaming::Transformers4:
        return kTransformers4;
    case VitNaming::Transformers5:
        return kTransformers5;
    case VitNaming::Timm:
        break;
    }
    return kTimm;
}

const HostTensor* find(const StateDict& tensors, std::string_view name)
{
    const auto found =
        std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor& t) { return t.name == name; });
    return found == tensors.end() ? nullptr : &found->tensor;
}

bool isDeiT(const StateDict& tensors, const Names& names)
{
    const HostTensor* token = find(tensors, names.classToken);
    return token != nullptr && !token->shape.empty() &&
           std::find(kDeiTWidths.begin(), kDeiTWidths.end(), token->shape.back()) != kDeiTWidths.end();
}

/// Takes tensors out of one naming and puts them into another.
class Renaming {
public:
    explicit Renaming(StateDict tensors) : m_tensors(std::move(tensors))
    {
        for (std::size_t i = 0; i < m_tensors.size(); ++i)
            m_places.emplace(m_tensors[i].name, i);
    }

    bool has(const std::string& name) const { return m_places.contains(name); }

    void tensor(const std::string& from, const std::string& to)
    {
        if (const auto found = m_places.find(from); found != m_places.end())
            m_tensors[found->second].name = to;
    }

    void module(const std::string& from, const std::string& to)
    {
        tensor(from + ".weight", to + ".weight");
        tensor(from + ".bias", to + ".bias");
    }

    /// One behind the other along the first extent. What does not fit together stays as it is, and is found missing.
    void joined(const std::array<std::string, 3>& from, const std::string& to)
    {
        std::vector<std::size_t> places;
        for (const std::string& name : from)
            if (const auto found = m_places.find(name); found != m_places.end())
                places.push_back(found->second);
        if (places.size() != from.size() || !areAlike(places))
            return;
        m_tensors[places[0]] = {to, join(places)};
        m_tensors[places[1]].name.clear();
        m_tensors[places[2]].name.clear();
    }

    StateDict take() &&
    {
        std::erase_if(m_tensors, [](const NamedTensor& t) { return t.name.empty(); });
        return std::move(m_tensors);
    }

private:
    const HostTensor& at(std::size_t place) const { return m_tensors[place].tensor; }

    bool areAlike(const std::vector<std::size_t>& places) const
    {
        const HostTensor& first = at(places.front());
        return !first.shape.empty() && std::all_of(places.begin(), places.end(), [&](std::size_t place) {
            return at(place).shape == first.shape && at(place).dtype == first.dtype;
        });
    }

    HostTensor join(const std::vector<std::size_t>& places) const
    {
        const HostTensor& first = at(places.front());
        Shape shape = first.shape;
        shape.front() *= static_cast<std::int64_t>(places.size());
        const WritableTensor made = makeTensor(first.dtype, shape);
        const auto bytes = static_cast<std::size_t>(first.byteCount());
        for (std::size_t i = 0; i < places.size(); ++i)
            std::memcpy(made.bytes + i * bytes, at(places[i]).data.get(), bytes);
        return made.tensor;
    }

    StateDict m_tensors;
    std::unordered_map<std::string, std::size_t> m_places;
};

void renameAttention(Renaming& renaming, const std::string& from, const Names& source, const std::string& to,
                     const Names& target)
{
    if (source.inWeight != nullptr) {
        renaming.tensor(from + source.inWeight, to + target.inWeight);
        renaming.tensor(from + source.inBias, to + target.inBias);
    } else {
        std::array<std::string, 3> weights;
        std::array<std::string, 3> biases;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            weights[i] = from + source.queryKeyValue[i] + ".weight";
            biases[i] = from + source.queryKeyValue[i] + ".bias";
        }
        renaming.joined(weights, to + target.inWeight);
        renaming.joined(biases, to + target.inBias);
    }
    renaming.module(from + source.projection, to + target.projection);
}

} // namespace

std::optional<VitNaming> vitNamingOf(const StateDict& tensors)
{
    const auto has = [&](const char* name) { return find(tensors, name) != nullptr; };
    if (has("embeddings.cls_token") && has("embeddings.patch_embeddings.projection.weight")) {
        if (has("encoder.layer.0.attention.attention.query.weight"))
            return VitNaming::Transformers4;
        if (has("layers.0.attention.q_proj.weight"))
            return VitNaming::Transformers5;
    }
    if (has("cls_token") && has("pos_embed") && has("blocks.0.attn.qkv.weight") && !isDeiT(tensors, kTimm))
        return VitNaming::Timm;
    return std::nullopt;
}

StateDict withVitNames(StateDict tensors, VitNaming naming)
{
    const Names& source = namesOf(naming);
    const Names& target = isDeiT(tensors, source) ? kTimm : kTorchvision;
    Renaming renaming(std::move(tensors));
    renaming.tensor(source.classToken, target.classToken);
    renaming.tensor(source.positions, target.positions);
    renaming.module(source.patches, target.patches);
    for (int i = 0;; ++i) {
        const std::string from = fmt::format(fmt::runtime(source.layer), i);
        const std::string to = fmt::format(fmt::runtime(target.layer), i);
        if (!renaming.has(from + source.norm1 + ".weight"))
            break;
        renaming.module(from + source.norm1, to + target.norm1);
        renameAttention(renaming, from, source, to, target);
        renaming.module(from + source.norm2, to + target.norm2);
        renaming.module(from + source.expansion, to + target.expansion);
        renaming.module(from + source.contraction, to + target.contraction);
    }
    renaming.module(source.norm, target.norm);
    renaming.module(source.head, target.head);
    return std::move(renaming).take();
}

} // namespace lathe

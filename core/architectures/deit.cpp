#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"
#include "core/architectures/timm_blocks.h"

// Touvron et al., "Training data-efficient image transformers & distillation through attention", 2020, without the
// distillation token; tensors are named as in timm.

namespace lathe::families {

namespace {

struct Variant {
    const char* name;
    std::int64_t width;
    std::int64_t heads;
};

constexpr std::array<Variant, 2> kVariants{{{"deit_tiny_patch16_224", 192, 3}, {"deit_small_patch16_224", 384, 6}}};

constexpr int kLayers = 12;
constexpr std::int64_t kPatch = 16;

timm::Initialisations linearStart()
{
    return {blocks::truncatedNormal(0.02), blocks::constant(0.0)};
}

NodeId linear(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t outFeatures)
{
    return builder.linear(name, x, outFeatures, linearStart().weight, linearStart().bias);
}

NodeId patches(GraphBuilder& builder, std::int64_t width)
{
    const std::int64_t fanIn = blocks::channels(builder, builder.input()) * kPatch * kPatch;
    const Initialisation start = blocks::uniform(1.0 / std::sqrt(static_cast<double>(fanIn)));
    return timm::patchEmbedding(builder, "patch_embed", kPatch, width, {start, start});
}

/// The patches behind the class token, each with its position's embedding.
NodeId embedding(GraphBuilder& builder, std::int64_t width)
{
    const Shape image = builder.shape(builder.input());
    const std::int64_t positions = image[1] / kPatch * (image[2] / kPatch) + 1;
    const ParameterId token = builder.parameter("cls_token", {1, 1, width}, blocks::normal(1e-6));
    const ParameterId position = builder.parameter("pos_embed", {1, positions, width}, blocks::truncatedNormal(0.02));
    NodeId x = patches(builder, width);
    const NodeId tokenValue = builder.add("cls_token", op::ParameterValue{}, {}, {token});
    const NodeId tokens = builder.add("expand", op::ExpandToBatch{}, {tokenValue});
    x = builder.add("cat", op::Concat{0}, {tokens, x});
    const NodeId positionValue = builder.add("pos_embed", op::ParameterValue{}, {}, {position});
    return builder.addition("add", x, positionValue);
}

NodeId attention(GraphBuilder& builder, const std::string& name, NodeId x, const Variant& variant)
{
    x = linear(builder, name + ".qkv", x, 3 * variant.width);
    x = builder.add(name + ".attention", op::Attention{.heads = variant.heads}, {x});
    return linear(builder, name + ".proj", x, variant.width);
}

NodeId block(GraphBuilder& builder, const std::string& name, NodeId x, const Variant& variant)
{
    NodeId y = builder.layerNorm(name + ".norm1", x, timm::kLayerNormEps);
    y = attention(builder, name + ".attn", y, variant);
    x = builder.addition(name + ".add", x, y);
    y = builder.layerNorm(name + ".norm2", x, timm::kLayerNormEps);
    y = timm::mlp(builder, name + ".mlp", y, 4 * variant.width, linearStart());
    return builder.addition(name + ".add_1", x, y);
}

NodeId deiT(GraphBuilder& builder, const Variant& variant, std::int64_t classes)
{
    NodeId x = embedding(builder, variant.width);
    for (int i = 0; i < kLayers; ++i)
        x = block(builder, fmt::format("blocks.{}", i), x, variant);
    x = builder.layerNorm("norm", x, timm::kLayerNormEps);
    x = builder.add("select", op::Slice{.axis = 0, .begin = 0, .end = 1, .squeeze = true}, {x});
    return linear(builder, "head", x, classes);
}

} // namespace

std::vector<Member> deiTs()
{
    std::vector<Member> members;
    for (const Variant& variant : kVariants)
        members.push_back(
            {variant.name, "DeiT", ArchitectureType::Vit, 2020,
             [&variant](GraphBuilder& builder, std::int64_t classes) { return deiT(builder, variant, classes); }});
    return members;
}

} // namespace lathe::families

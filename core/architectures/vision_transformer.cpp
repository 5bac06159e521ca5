#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// Dosovitskiy et al., "An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale", 2020.

namespace lathe::families {

namespace {

struct Variant {
    const char* name;
    std::int64_t patch;
    int layers;
    std::int64_t heads;
    std::int64_t width;
};

constexpr std::array<Variant, 5> kVariants{{{"vit_b_16", 16, 12, 12, 768},
                                            {"vit_b_32", 32, 12, 12, 768},
                                            {"vit_l_16", 16, 24, 16, 1024},
                                            {"vit_l_32", 32, 24, 16, 1024},
                                            {"vit_h_14", 14, 32, 16, 1280}}};

constexpr double kEps = 1e-6;

/// The image as a sequence of patches, [(H / patch) (W / patch), width].
NodeId patches(GraphBuilder& builder, const Variant& variant)
{
    blocks::expectWholePatches(builder, "conv_proj", variant.patch);
    const op::Conv2d conv{.inChannels = blocks::channels(builder, builder.input()),
                          .outChannels = variant.width,
                          .kernel = {variant.patch, variant.patch},
                          .stride = {variant.patch, variant.patch}};
    const std::int64_t fanIn = conv.inChannels * variant.patch * variant.patch;
    NodeId x = builder.conv2d("conv_proj", builder.input(), conv,
                              blocks::truncatedNormal(std::sqrt(1.0 / static_cast<double>(fanIn))));
    x = builder.add("reshape", op::Reshape{{variant.width, -1}}, {x});
    return builder.add("permute", op::Permute{{1, 0}}, {x});
}

/// The patches behind the class token, each with its position's embedding.
NodeId embedding(GraphBuilder& builder, const Variant& variant)
{
    const ParameterId token = builder.parameter("class_token", {1, 1, variant.width});
    NodeId x = patches(builder, variant);
    const NodeId tokenValue = builder.add("class_token", op::ParameterValue{}, {}, {token});
    const NodeId tokens = builder.add("expand", op::ExpandToBatch{}, {tokenValue});
    x = builder.add("cat", op::Concat{0}, {tokens, x});
    const ParameterId position =
        builder.parameter("encoder.pos_embedding", {1, builder.shape(x).front(), variant.width}, blocks::normal(0.02));
    const NodeId positionValue = builder.add("encoder.pos_embedding", op::ParameterValue{}, {}, {position});
    return builder.addition("encoder.add", x, positionValue);
}

/// torch.nn.MultiheadAttention; its first projection is no module of its own, hence "in_proj_weight".
NodeId selfAttention(GraphBuilder& builder, const std::string& name, NodeId x, const Variant& variant)
{
    const std::int64_t width = variant.width;
    const ParameterId weight =
        builder.parameter(name + ".in_proj_weight", {3 * width, width}, blocks::xavierUniform(width, 3 * width));
    const ParameterId bias = builder.parameter(name + ".in_proj_bias", {3 * width});
    NodeId y =
        builder.add(name + ".in_proj", op::Linear{.inFeatures = width, .outFeatures = 3 * width}, {x}, {weight, bias});
    y = builder.add(name + ".attention", op::Attention{.heads = variant.heads}, {y});
    return builder.linear(name + ".out_proj", y, width, blocks::uniform(1.0 / std::sqrt(static_cast<double>(width))));
}

NodeId encoderLayer(GraphBuilder& builder, const std::string& name, NodeId input, const Variant& variant)
{
    NodeId x = builder.layerNorm(name + ".ln_1", input, kEps);
    x = selfAttention(builder, name + ".self_attention", x, variant);
    x = builder.addition(name + ".add", x, input);
    const NodeId y = builder.layerNorm(name + ".ln_2", x, kEps);
    const std::int64_t hidden = 4 * variant.width;
    const NodeId z = blocks::mlp(builder, name + ".mlp", y, hidden, blocks::xavierUniform(variant.width, hidden),
                                 blocks::normal(1e-6));
    return builder.addition(name + ".add_1", x, z);
}

NodeId visionTransformer(GraphBuilder& builder, const Variant& variant, std::int64_t classes)
{
    NodeId x = embedding(builder, variant);
    for (int i = 0; i < variant.layers; ++i)
        x = encoderLayer(builder, fmt::format("encoder.layers.encoder_layer_{}", i), x, variant);
    x = builder.layerNorm("encoder.ln", x, kEps);
    x = builder.add("select", op::Slice{.axis = 0, .begin = 0, .end = 1, .squeeze = true}, {x});
    return builder.linear("heads.head", x, classes, blocks::constant(0.0));
}

} // namespace

std::vector<Member> visionTransformers()
{
    std::vector<Member> members;
    for (const Variant& variant : kVariants)
        members.push_back(
            {variant.name, "ViT", ArchitectureType::Vit, 2020, [&variant](GraphBuilder& builder, std::int64_t classes) {
                 return visionTransformer(builder, variant, classes);
             }});
    return members;
}

} // namespace lathe::families

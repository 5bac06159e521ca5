#include <array>
#include <functional>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"
#include "core/architectures/timm_blocks.h"

// Tolstikhin et al., "MLP-Mixer: An all-MLP Architecture for Vision", 2021;
// Touvron et al., "ResMLP: Feedforward networks for image classification with data-efficient training", 2021;
// Liu et al., "Pay Attention to MLPs" (gMLP), 2021. Tensors are named as in timm.

namespace lathe::families {

namespace {

/// positions x width to the same.
using Layer = std::function<NodeId(GraphBuilder& builder, const std::string& name, NodeId x)>;

/// What the three have in common: patches, layers that keep their shape, a norm, the mean over positions, a head.
struct Network {
    std::int64_t patch;
    std::int64_t width;
    int layers;
    Layer layer;
    Layer norm;
};

NodeId layerNorm(GraphBuilder& builder, const std::string& name, NodeId x)
{
    return builder.layerNorm(name, x, timm::kLayerNormEps);
}

/// timm's for the MLPs of these networks.
timm::Initialisations mlpStart(std::int64_t in, std::int64_t out)
{
    return {blocks::xavierUniform(in, out), blocks::normal(1e-6)};
}

NodeId mlp(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t hidden)
{
    return timm::mlp(builder, name, x, hidden, mlpStart(builder.shape(x).back(), hidden));
}

NodeId build(GraphBuilder& builder, const Network& network, std::int64_t classes)
{
    const std::int64_t fanIn = blocks::channels(builder, builder.input()) * network.patch * network.patch;
    NodeId x = timm::patchEmbedding(builder, "stem", network.patch, network.width, {timm::lecunNormal(fanIn), {}});
    for (int i = 0; i < network.layers; ++i)
        x = network.layer(builder, fmt::format("blocks.{}", i), x);
    x = network.norm(builder, "norm", x);
    x = builder.add("mean", op::Mean{.axis = 0}, {x});
    return builder.linear("head", x, classes, blocks::constant(0.0));
}

Member member(const char* name, const char* family, Network network)
{
    return {name, family, ArchitectureType::Mlp, 2021,
            [network = std::move(network)](GraphBuilder& builder, std::int64_t classes) {
                return build(builder, network, classes);
            }};
}

/// MLP-Mixer: one MLP along the positions, one along the features.
NodeId mixerLayer(GraphBuilder& builder, const std::string& name, NodeId x)
{
    const std::int64_t width = builder.shape(x).back();
    NodeId y = layerNorm(builder, name + ".norm1", x);
    y = timm::transpose(builder, name + ".transpose", y);
    y = mlp(builder, name + ".mlp_tokens", y, width / 2);
    y = timm::transpose(builder, name + ".transpose_1", y);
    x = builder.addition(name + ".add", x, y);
    y = layerNorm(builder, name + ".norm2", x);
    y = mlp(builder, name + ".mlp_channels", y, 4 * width);
    return builder.addition(name + ".add_1", x, y);
}

/// What ResMLP has in the place of a norm.
NodeId affine(GraphBuilder& builder, const std::string& name, NodeId x)
{
    const std::int64_t width = builder.shape(x).back();
    const ParameterId alpha = builder.parameter(name + ".alpha", {1, 1, width}, blocks::constant(1.0));
    const ParameterId beta = builder.parameter(name + ".beta", {1, 1, width}, blocks::constant(0.0));
    return builder.add(name, op::Affine{.features = width}, {x}, {alpha, beta});
}

/// One linear layer between all positions.
NodeId linearTokens(GraphBuilder& builder, const std::string& name, NodeId x)
{
    x = timm::transpose(builder, name + ".transpose", x);
    const std::int64_t positions = builder.shape(x).back();
    x = builder.linear(name + ".linear_tokens", x, positions, blocks::xavierUniform(positions, positions));
    return timm::transpose(builder, name + ".transpose_1", x);
}

NodeId scaled(GraphBuilder& builder, const std::string& name, NodeId x, ParameterId scale)
{
    const NodeId value = builder.add(name, op::ParameterValue{}, {}, {scale});
    return builder.add(name + ".mul", op::Multiply{}, {value, x});
}

/// ResMLP, whose residuals start at `scale`.
NodeId resMlpLayer(GraphBuilder& builder, const std::string& name, NodeId x, double scale)
{
    const std::int64_t width = builder.shape(x).back();
    const ParameterId scale1 = builder.parameter(name + ".ls1", {width}, blocks::constant(scale));
    const ParameterId scale2 = builder.parameter(name + ".ls2", {width}, blocks::constant(scale));
    NodeId y = affine(builder, name + ".norm1", x);
    y = scaled(builder, name + ".ls1", linearTokens(builder, name, y), scale1);
    x = builder.addition(name + ".add", x, y);
    y = mlp(builder, name + ".mlp_channels", affine(builder, name + ".norm2", x), 4 * width);
    y = scaled(builder, name + ".ls2", y, scale2);
    return builder.addition(name + ".add_1", x, y);
}

/// gMLP's spatial gating unit: half of the features, mixed along the positions, gates the other half.
NodeId spatialGating(GraphBuilder& builder, const std::string& name, NodeId x)
{
    const std::int64_t width = builder.shape(x).back();
    const NodeId kept = builder.add(name + ".u", op::Slice{.axis = 1, .begin = 0, .end = width / 2}, {x});
    NodeId gate = builder.add(name + ".v", op::Slice{.axis = 1, .begin = width / 2, .end = width}, {x});
    gate = builder.layerNorm(name + ".norm", gate);
    gate = timm::transpose(builder, name + ".transpose", gate);
    gate =
        builder.linear(name + ".proj", gate, builder.shape(gate).back(), blocks::normal(1e-6), blocks::constant(1.0));
    gate = timm::transpose(builder, name + ".transpose_1", gate);
    return builder.add(name + ".mul", op::Multiply{}, {kept, gate});
}

NodeId gMlpLayer(GraphBuilder& builder, const std::string& name, NodeId x)
{
    const std::int64_t width = builder.shape(x).back();
    const std::int64_t hidden = 6 * width;
    const std::string mlp = name + ".mlp_channels";
    const timm::Initialisations in = mlpStart(width, hidden);
    const timm::Initialisations out = mlpStart(hidden / 2, width);
    NodeId y = layerNorm(builder, name + ".norm", x);
    y = builder.linear(mlp + ".fc1", y, hidden, in.weight, in.bias);
    y = builder.activation(mlp + ".act", y, op::Activation::Kind::GELU);
    y = spatialGating(builder, mlp + ".gate", y);
    y = builder.linear(mlp + ".fc2", y, width, out.weight, out.bias);
    return builder.addition(name + ".add", x, y);
}

Member mixer(const char* name, std::int64_t patch, std::int64_t width, int layers)
{
    return member(name, "MLP-Mixer", {patch, width, layers, mixerLayer, layerNorm});
}

Member resMlp(const char* name, int layers, double scale)
{
    const auto layer = [scale](GraphBuilder& builder, const std::string& layerName, NodeId x) {
        return resMlpLayer(builder, layerName, x, scale);
    };
    return member(name, "ResMLP", {16, 384, layers, layer, affine});
}

} // namespace

std::vector<Member> mlps()
{
    return {
        mixer("mixer_s32_224", 32, 512, 8),
        mixer("mixer_s16_224", 16, 512, 8),
        mixer("mixer_b32_224", 32, 768, 12),
        mixer("mixer_b16_224", 16, 768, 12),
        mixer("mixer_l16_224", 16, 1024, 24),
        resMlp("resmlp_12_224", 12, 1e-4),
        resMlp("resmlp_24_224", 24, 1e-5),
        resMlp("resmlp_36_224", 36, 1e-6),
        member("gmlp_s16_224", "gMLP", {16, 256, 30, gMlpLayer, layerNorm}),
    };
}

} // namespace lathe::families

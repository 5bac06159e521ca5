#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// Tu et al., "MaxViT: Multi-Axis Vision Transformer", 2022.

namespace lathe::families {

namespace {

using Activate = op::Activation::Kind;

constexpr std::array<std::int64_t, 4> kWidths{64, 128, 256, 512};
constexpr std::array<int, 4> kDepths{2, 2, 5, 2};
constexpr std::int64_t kStemWidth = 64;
constexpr std::int64_t kHeadWidth = 32;
constexpr std::int64_t kPartition = 7;
constexpr std::int64_t kExpansion = 4; // of the MBConvs and the MLPs
// Five convolutions of stride 2 before the last map is cut into partitions.
constexpr std::int64_t kWholeInput = kPartition * 32;

constexpr double kNormEps = 1e-3;
constexpr double kNormMomentum = 0.01;

Initialisation weightInitialisation()
{
    return blocks::normal(0.02);
}

NodeId conv(GraphBuilder& builder, const std::string& name, NodeId x, op::Conv2d options)
{
    options.inChannels = blocks::channels(builder, x);
    return builder.conv2d(name, x, options, weightInitialisation());
}

NodeId conv1x1(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t outChannels)
{
    return conv(builder, name, x, {.outChannels = outChannels});
}

NodeId linear(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t outFeatures, bool bias = true)
{
    return builder.linear(name, x, outFeatures, weightInitialisation(), blocks::constant(0.0), bias);
}

NodeId batchNorm(GraphBuilder& builder, const std::string& name, NodeId x)
{
    return builder.batchNorm2d(name, x, kNormEps, kNormMomentum);
}

NodeId convNormActivation(GraphBuilder& builder, const std::string& name, NodeId x, op::Conv2d options)
{
    options.bias = false;
    x = conv(builder, name + ".0", x, options);
    x = batchNorm(builder, name + ".1", x);
    return builder.activation(name + ".2", x, Activate::GELU);
}

NodeId squeezeExcitation(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t squeezed)
{
    NodeId scale = builder.add(name + ".avgpool", op::AdaptiveAvgPool2d{}, {x});
    scale = conv1x1(builder, name + ".fc1", scale, squeezed);
    scale = builder.activation(name + ".activation", scale, Activate::SiLU);
    scale = conv1x1(builder, name + ".fc2", scale, blocks::channels(builder, x));
    scale = builder.activation(name + ".scale_activation", scale, Activate::Sigmoid);
    return builder.add(name + ".mul", op::Multiply{}, {scale, x});
}

/// The residual's other way: halves the map and widens it where the block does.
NodeId shortcut(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t width, std::int64_t stride)
{
    if (stride == 1)
        return x;
    const op::AvgPool2d pool{.kernel = {3, 3}, .stride = {stride, stride}, .padding = {1, 1}};
    return conv1x1(builder, name + ".1", builder.add(name + ".0", pool, {x}), width);
}

NodeId mbConv(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t width, std::int64_t stride)
{
    const std::int64_t expanded = kExpansion * width;
    const std::string layers = name + ".layers";
    const NodeId identity = shortcut(builder, name + ".proj", x, width, stride);
    NodeId y = batchNorm(builder, layers + ".pre_norm", x);
    y = convNormActivation(builder, layers + ".conv_a", y, {.outChannels = expanded});
    y = convNormActivation(
        builder, layers + ".conv_b", y,
        {.outChannels = expanded, .kernel = {3, 3}, .stride = {stride, stride}, .padding = {1, 1}, .groups = expanded});
    y = squeezeExcitation(builder, layers + ".squeeze_excitation", y, width / 4);
    y = conv1x1(builder, layers + ".conv_c", y, width);
    return builder.addition(name + ".add", identity, y);
}

/// Within 7 x 7 partitions, with a bias for each pair of positions.
NodeId relativeAttention(GraphBuilder& builder, const std::string& name, NodeId x)
{
    constexpr std::int64_t kPositions = kPartition * kPartition;
    constexpr std::int64_t kOffsets = 2 * kPartition - 1;
    constexpr auto kSide = static_cast<double>(kPartition);
    const std::int64_t width = builder.shape(x).back();
    const std::int64_t heads = width / kHeadWidth;
    const ParameterId table = builder.parameter(name + ".relative_position_bias_table", {kOffsets * kOffsets, heads},
                                                blocks::truncatedNormal(0.02));
    const ParameterId index =
        builder.parameter(name + ".relative_position_index", {kPositions, kPositions},
                          {Initialisation::Kind::RelativePositionIndex, kSide, kSide}, false, DType::Int64);

    const NodeId qkv = linear(builder, name + ".to_qkv", x, 3 * width);
    NodeId bias = builder.add(name + ".relative_position_bias_table", op::ParameterValue{}, {}, {table});
    bias = builder.add(name + ".relative_position_bias",
                       op::RelativePositionBias{.heads = heads, .positions = kPositions}, {bias}, {index});
    // The scale is that of all features, not of a head's as elsewhere.
    const op::Attention attention{
        .heads = heads, .hasBias = true, .scale = 1.0 / std::sqrt(static_cast<double>(width))};
    const NodeId y = builder.add(name + ".attention", attention, {qkv, bias});
    return linear(builder, name + ".merge", y, width);
}

NodeId mlp(GraphBuilder& builder, const std::string& name, NodeId x)
{
    const std::int64_t width = builder.shape(x).back();
    NodeId y = builder.layerNorm(name + ".0", x);
    y = linear(builder, name + ".1", y, kExpansion * width);
    y = builder.activation(name + ".2", y, Activate::GELU);
    return linear(builder, name + ".3", y, width);
}

/// Attention and MLP over partitions x positions x features.
NodeId transformer(GraphBuilder& builder, const std::string& name, NodeId x)
{
    NodeId y = builder.layerNorm(name + ".attn_layer.0", x);
    y = relativeAttention(builder, name + ".attn_layer.1", y);
    x = builder.addition(name + ".add", x, y);
    return builder.addition(name + ".add_1", x, mlp(builder, name + ".mlp_layer", x));
}

bool cutsIntoPartitions(GraphBuilder& builder, const std::string& name, const Shape& map)
{
    if (map[1] % kPartition == 0 && map[2] % kPartition == 0)
        return true;
    builder.fail(name + ".partition_op (WindowPartition)",
                 fmt::format("cannot cut {} into partitions of {}x{}: use a height and a width that are multiples of "
                             "{} pixels",
                             toString(map), kPartition, kPartition, kWholeInput));
    return false;
}

NodeId windowAttention(GraphBuilder& builder, const std::string& name, NodeId x)
{
    const Shape map = builder.shape(x);
    if (!cutsIntoPartitions(builder, name, map))
        return x;
    const op::Size2 size{kPartition, kPartition};
    NodeId y = builder.add(name + ".partition_op", op::WindowPartition{.size = size, .channelsFirst = true}, {x});
    y = transformer(builder, name, y);
    return builder.add(name + ".departition_op",
                       op::WindowReverse{.size = size, .height = map[1], .width = map[2], .channelsFirst = true}, {y});
}

/// The same for positions that lie as far apart as they can: windows of which each lends one position to a partition.
NodeId gridAttention(GraphBuilder& builder, const std::string& name, NodeId x)
{
    const Shape map = builder.shape(x);
    if (!cutsIntoPartitions(builder, name, map))
        return x;
    const op::Size2 size{map[1] / kPartition, map[2] / kPartition};
    NodeId y = builder.add(name + ".partition_op", op::WindowPartition{.size = size, .channelsFirst = true}, {x});
    y = builder.add(name + ".partition_swap", op::Permute{{1, 0, 2}}, {y});
    y = transformer(builder, name, y);
    y = builder.add(name + ".departition_swap", op::Permute{{1, 0, 2}}, {y});
    return builder.add(name + ".departition_op",
                       op::WindowReverse{.size = size, .height = map[1], .width = map[2], .channelsFirst = true}, {y});
}

NodeId layer(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t width, std::int64_t stride)
{
    x = mbConv(builder, name + ".MBconv", x, width, stride);
    x = windowAttention(builder, name + ".window_attention", x);
    return gridAttention(builder, name + ".grid_attention", x);
}

NodeId stem(GraphBuilder& builder)
{
    const op::Conv2d first{.outChannels = kStemWidth, .kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}};
    const op::Conv2d second{.outChannels = kStemWidth, .kernel = {3, 3}, .padding = {1, 1}};
    return conv(builder, "stem.1.0", convNormActivation(builder, "stem.0", builder.input(), first), second);
}

NodeId maxVit(GraphBuilder& builder, std::int64_t classes)
{
    NodeId x = stem(builder);
    for (std::size_t i = 0; i < kWidths.size(); ++i)
        for (int j = 0; j < kDepths[i]; ++j)
            x = layer(builder, fmt::format("blocks.{}.layers.{}.layers", i, j), x, kWidths[i], j == 0 ? 2 : 1);
    x = builder.add("classifier.0", op::AdaptiveAvgPool2d{}, {x});
    x = builder.add("classifier.1", op::Flatten{}, {x});
    x = builder.layerNorm("classifier.2", x);
    x = linear(builder, "classifier.3", x, kWidths.back());
    x = builder.activation("classifier.4", x, Activate::Tanh);
    return linear(builder, "classifier.5", x, classes, false);
}

} // namespace

std::vector<Member> maxVits()
{
    return {{"maxvit_t", "MaxViT", ArchitectureType::Hybrid, 2022, maxVit}};
}

} // namespace lathe::families

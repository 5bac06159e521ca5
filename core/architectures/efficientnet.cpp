#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019.

namespace lathe::families {

namespace {

constexpr auto kSilu = op::Activation::Kind::SiLU;

struct Stage {
    std::int64_t expansion;
    std::int64_t kernel;
    std::int64_t stride;
    std::int64_t inChannels;
    std::int64_t outChannels;
    int depth;
};

// Table 1 of the paper: B0.
constexpr std::array<Stage, 7> kStages{{{1, 3, 1, 32, 16, 1},
                                        {6, 3, 2, 16, 24, 2},
                                        {6, 5, 2, 24, 40, 2},
                                        {6, 3, 2, 40, 80, 3},
                                        {6, 5, 1, 80, 112, 3},
                                        {6, 5, 2, 112, 192, 4},
                                        {6, 3, 1, 192, 320, 1}}};

struct Norm {
    double eps = 1e-5;
    double momentum = 0.1;
};

struct Variant {
    const char* name;
    double width;
    double depth;
    Norm norm;
};

// B5 to B7 keep TensorFlow's batch norm, with which their weights were trained.
constexpr Norm kTensorFlowNorm{1e-3, 0.01};
constexpr std::array<Variant, 8> kVariants{{{"efficientnet_b0", 1.0, 1.0, {}},
                                            {"efficientnet_b1", 1.0, 1.1, {}},
                                            {"efficientnet_b2", 1.1, 1.2, {}},
                                            {"efficientnet_b3", 1.2, 1.4, {}},
                                            {"efficientnet_b4", 1.4, 1.8, {}},
                                            {"efficientnet_b5", 1.6, 2.2, kTensorFlowNorm},
                                            {"efficientnet_b6", 1.8, 2.6, kTensorFlowNorm},
                                            {"efficientnet_b7", 2.0, 3.1, kTensorFlowNorm}}};

/// The multiple of 8 nearest to `channels`, but never over 10 % less.
std::int64_t makeDivisible(double channels)
{
    const std::int64_t rounded = std::max<std::int64_t>(8, static_cast<std::int64_t>(channels + 4.0) / 8 * 8);
    return static_cast<double>(rounded) < 0.9 * channels ? rounded + 8 : rounded;
}

Stage scaled(Stage stage, const Variant& variant)
{
    stage.inChannels = makeDivisible(static_cast<double>(stage.inChannels) * variant.width);
    stage.outChannels = makeDivisible(static_cast<double>(stage.outChannels) * variant.width);
    stage.depth = static_cast<int>(std::ceil(stage.depth * variant.depth));
    return stage;
}

NodeId conv1x1(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t outChannels)
{
    const op::Conv2d conv{.inChannels = blocks::channels(builder, x), .outChannels = outChannels};
    return builder.conv2d(name, x, conv, blocks::kaimingNormalFanOut(conv));
}

NodeId squeezeExcitation(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t squeezed)
{
    NodeId scale = builder.add(name + ".avgpool", op::AdaptiveAvgPool2d{}, {x});
    scale = conv1x1(builder, name + ".fc1", scale, squeezed);
    scale = builder.activation(name + ".activation", scale, kSilu, true);
    scale = conv1x1(builder, name + ".fc2", scale, blocks::channels(builder, x));
    scale = builder.activation(name + ".scale_activation", scale, op::Activation::Kind::Sigmoid);
    return builder.add(name + ".mul", op::Multiply{}, {scale, x});
}

NodeId mbConv(GraphBuilder& builder, const std::string& name, NodeId x, const Stage& stage, std::int64_t stride,
              const Norm& norm)
{
    const std::int64_t in = blocks::channels(builder, x);
    const std::int64_t expanded = makeDivisible(static_cast<double>(in * stage.expansion));
    int part = 0;
    const auto next = [&] { return fmt::format("{}.block.{}", name, part++); };
    const auto conv = [&](blocks::ConvNormActivation block, NodeId input) {
        block.eps = norm.eps;
        block.momentum = norm.momentum;
        return blocks::convNormActivation(builder, next(), input, block);
    };

    NodeId y = x;
    if (expanded != in)
        y = conv({.outChannels = expanded, .kernel = 1, .activation = kSilu}, y);
    y = conv(
        {.outChannels = expanded, .kernel = stage.kernel, .stride = stride, .groups = expanded, .activation = kSilu},
        y);
    y = squeezeExcitation(builder, next(), y, std::max<std::int64_t>(1, in / 4));
    y = conv({.outChannels = stage.outChannels, .kernel = 1}, y);
    return stride == 1 && in == stage.outChannels ? builder.addition(name + ".add", y, x, true) : y;
}

NodeId stageOfBlocks(GraphBuilder& builder, const std::string& name, NodeId x, const Stage& stage, const Norm& norm)
{
    for (int i = 0; i < stage.depth; ++i)
        x = mbConv(builder, fmt::format("{}.{}", name, i), x, stage, i == 0 ? stage.stride : 1, norm);
    return x;
}

NodeId efficientNet(GraphBuilder& builder, const Variant& variant, std::int64_t classes)
{
    int part = 0;
    const auto next = [&] { return fmt::format("features.{}", part++); };
    blocks::ConvNormActivation block{.outChannels = scaled(kStages.front(), variant).inChannels,
                                     .stride = 2,
                                     .activation = kSilu,
                                     .eps = variant.norm.eps,
                                     .momentum = variant.norm.momentum};

    NodeId x = blocks::convNormActivation(builder, next(), builder.input(), block);
    for (const Stage& stage : kStages)
        x = stageOfBlocks(builder, next(), x, scaled(stage, variant), variant.norm);
    block.outChannels = 4 * blocks::channels(builder, x);
    block.kernel = 1;
    block.stride = 1;
    x = blocks::convNormActivation(builder, next(), x, block);
    x = builder.add("avgpool", op::AdaptiveAvgPool2d{}, {x});
    x = builder.add("flatten", op::Flatten{}, {x});
    return builder.linear("classifier.1", x, classes, blocks::uniform(1.0 / std::sqrt(static_cast<double>(classes))));
}

} // namespace

std::vector<Member> efficientNets()
{
    std::vector<Member> members;
    for (const Variant& variant : kVariants)
        members.push_back({variant.name, "EfficientNet", ArchitectureType::Cnn, 2019,
                           [&variant](GraphBuilder& builder, std::int64_t classes) {
                               return efficientNet(builder, variant, classes);
                           }});
    return members;
}

} // namespace lathe::families

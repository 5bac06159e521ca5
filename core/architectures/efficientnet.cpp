#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", 2019, and "EfficientNetV2:
// Smaller Models and Faster Training", 2021.

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
    bool fused = false; ///< one whole convolution in place of expansion, depthwise one, squeeze and excitation
};

// Table 1 of the first paper: B0.
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
    std::vector<Stage> stages;
    std::int64_t lastChannels; ///< of the last convolution
    Norm norm;
};

Stage scaled(Stage stage, double width, double depth)
{
    stage.inChannels = blocks::makeDivisible(static_cast<double>(stage.inChannels) * width);
    stage.outChannels = blocks::makeDivisible(static_cast<double>(stage.outChannels) * width);
    stage.depth = static_cast<int>(std::ceil(stage.depth * depth));
    return stage;
}

Variant scaledB0(const char* name, double width, double depth, const Norm& norm = {})
{
    Variant variant{name, {}, 0, norm};
    for (const Stage& stage : kStages)
        variant.stages.push_back(scaled(stage, width, depth));
    variant.lastChannels = 4 * variant.stages.back().outChannels;
    return variant;
}

std::vector<Variant> firstVersion()
{
    // B5 to B7 keep TensorFlow's batch norm, with which their weights were trained.
    const Norm tensorFlow{1e-3, 0.01};
    return {scaledB0("efficientnet_b0", 1.0, 1.0),
            scaledB0("efficientnet_b1", 1.0, 1.1),
            scaledB0("efficientnet_b2", 1.1, 1.2),
            scaledB0("efficientnet_b3", 1.2, 1.4),
            scaledB0("efficientnet_b4", 1.4, 1.8),
            scaledB0("efficientnet_b5", 1.6, 2.2, tensorFlow),
            scaledB0("efficientnet_b6", 1.8, 2.6, tensorFlow),
            scaledB0("efficientnet_b7", 2.0, 3.1, tensorFlow)};
}

/// Table 4 of the second paper, as its authors' code has it.
std::vector<Variant> secondVersion()
{
    const Norm norm{1e-3, 0.1};
    return {{"efficientnet_v2_s",
             {{1, 3, 1, 24, 24, 2, true},
              {4, 3, 2, 24, 48, 4, true},
              {4, 3, 2, 48, 64, 4, true},
              {4, 3, 2, 64, 128, 6},
              {6, 3, 1, 128, 160, 9},
              {6, 3, 2, 160, 256, 15}},
             1280,
             norm},
            {"efficientnet_v2_m",
             {{1, 3, 1, 24, 24, 3, true},
              {4, 3, 2, 24, 48, 5, true},
              {4, 3, 2, 48, 80, 5, true},
              {4, 3, 2, 80, 160, 7},
              {6, 3, 1, 160, 176, 14},
              {6, 3, 2, 176, 304, 18},
              {6, 3, 1, 304, 512, 5}},
             1280,
             norm},
            {"efficientnet_v2_l",
             {{1, 3, 1, 32, 32, 4, true},
              {4, 3, 2, 32, 64, 7, true},
              {4, 3, 2, 64, 96, 7, true},
              {4, 3, 2, 96, 192, 10},
              {6, 3, 1, 192, 224, 19},
              {6, 3, 2, 224, 384, 25},
              {6, 3, 1, 384, 640, 7}},
             1280,
             norm}};
}

NodeId conv(GraphBuilder& builder, const std::string& name, NodeId x, const Norm& norm, blocks::ConvNormActivation how)
{
    how.eps = norm.eps;
    how.momentum = norm.momentum;
    return blocks::convNormActivation(builder, name, x, how);
}

NodeId mbConv(GraphBuilder& builder, const std::string& name, NodeId x, const Stage& stage, std::int64_t stride,
              const Norm& norm)
{
    const std::int64_t in = blocks::channels(builder, x);
    const std::int64_t expanded = blocks::makeDivisible(static_cast<double>(in * stage.expansion));
    int part = 0;
    const auto next = [&] { return fmt::format("{}.{}", name, part++); };

    if (expanded != in)
        x = conv(builder, next(), x, norm, {.outChannels = expanded, .kernel = 1, .activation = kSilu});
    x = conv(
        builder, next(), x, norm,
        {.outChannels = expanded, .kernel = stage.kernel, .stride = stride, .groups = expanded, .activation = kSilu});
    x = blocks::squeezeExcitation(
        builder, next(), x,
        {.squeezed = std::max<std::int64_t>(1, in / 4), .activation = kSilu, .activationInPlace = true});
    return conv(builder, next(), x, norm, {.outChannels = stage.outChannels, .kernel = 1});
}

NodeId fusedMbConv(GraphBuilder& builder, const std::string& name, NodeId x, const Stage& stage, std::int64_t stride,
                   const Norm& norm)
{
    const bool expands = stage.expansion != 1;
    const std::int64_t expanded = blocks::channels(builder, x) * stage.expansion;
    x = conv(builder, name + ".0", x, norm,
             {.outChannels = expands ? expanded : stage.outChannels,
              .kernel = stage.kernel,
              .stride = stride,
              .activation = kSilu});
    return expands ? conv(builder, name + ".1", x, norm, {.outChannels = stage.outChannels, .kernel = 1}) : x;
}

NodeId residualBlock(GraphBuilder& builder, const std::string& name, NodeId x, const Stage& stage, std::int64_t stride,
                     const Norm& norm)
{
    const auto branch = stage.fused ? fusedMbConv : mbConv;
    const NodeId y = branch(builder, name + ".block", x, stage, stride, norm);
    const bool residual = stride == 1 && blocks::channels(builder, x) == stage.outChannels;
    return residual ? builder.addition(name + ".add", y, x, true) : y;
}

NodeId stageOfBlocks(GraphBuilder& builder, const std::string& name, NodeId x, const Stage& stage, const Norm& norm)
{
    for (int i = 0; i < stage.depth; ++i)
        x = residualBlock(builder, fmt::format("{}.{}", name, i), x, stage, i == 0 ? stage.stride : 1, norm);
    return x;
}

NodeId efficientNet(GraphBuilder& builder, const Variant& variant, std::int64_t classes)
{
    int part = 0;
    const auto next = [&] { return fmt::format("features.{}", part++); };

    NodeId x = conv(builder, next(), builder.input(), variant.norm,
                    {.outChannels = variant.stages.front().inChannels, .stride = 2, .activation = kSilu});
    for (const Stage& stage : variant.stages)
        x = stageOfBlocks(builder, next(), x, stage, variant.norm);
    x = conv(builder, next(), x, variant.norm, {.outChannels = variant.lastChannels, .kernel = 1, .activation = kSilu});
    x = builder.add("avgpool", op::AdaptiveAvgPool2d{}, {x});
    x = builder.add("flatten", op::Flatten{}, {x});
    return builder.linear("classifier.1", x, classes, blocks::uniform(1.0 / std::sqrt(static_cast<double>(classes))));
}

std::vector<Member> membersOf(std::vector<Variant> variants, const char* family, int year)
{
    std::vector<Member> members;
    for (Variant& variant : variants)
        members.push_back({variant.name, family, ArchitectureType::Cnn, year,
                           [v = std::move(variant)](GraphBuilder& builder, std::int64_t classes) {
                               return efficientNet(builder, v, classes);
                           }});
    return members;
}

} // namespace

std::vector<Member> efficientNets()
{
    return membersOf(firstVersion(), "EfficientNet", 2019);
}

std::vector<Member> efficientNetsV2()
{
    return membersOf(secondVersion(), "EfficientNetV2", 2021);
}

} // namespace lathe::families

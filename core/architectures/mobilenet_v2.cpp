#include <array>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018.

namespace lathe::families {

namespace {

constexpr auto kRelu6 = op::Activation::Kind::ReLU6;

struct Stage {
    std::int64_t expansion;
    std::int64_t outChannels;
    int depth;
    std::int64_t stride;
};

// Table 2 of the paper.
constexpr std::array<Stage, 7> kStages{
    {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}}};

NodeId invertedResidual(GraphBuilder& builder, const std::string& name, NodeId x, const Stage& stage,
                        std::int64_t stride)
{
    const std::int64_t in = blocks::channels(builder, x);
    const std::int64_t hidden = in * stage.expansion;
    int part = 0;
    const auto next = [&] { return fmt::format("{}.conv.{}", name, part++); };

    NodeId y = x;
    if (stage.expansion != 1)
        y = blocks::convNormActivation(builder, next(), y, {.outChannels = hidden, .kernel = 1, .activation = kRelu6});
    y = blocks::convNormActivation(builder, next(), y,
                                   {.outChannels = hidden, .stride = stride, .groups = hidden, .activation = kRelu6});
    const op::Conv2d project{.inChannels = hidden, .outChannels = stage.outChannels, .bias = false};
    y = builder.conv2d(next(), y, project, blocks::kaimingNormalFanOut(project));
    y = builder.batchNorm2d(next(), y);
    return stride == 1 && in == stage.outChannels ? builder.addition(name + ".add", x, y) : y;
}

NodeId mobileNetV2(GraphBuilder& builder, std::int64_t classes)
{
    int part = 0;
    const auto next = [&] { return fmt::format("features.{}", part++); };

    NodeId x = blocks::convNormActivation(builder, next(), builder.input(),
                                          {.outChannels = 32, .stride = 2, .activation = kRelu6});
    for (const Stage& stage : kStages)
        for (int i = 0; i < stage.depth; ++i)
            x = invertedResidual(builder, next(), x, stage, i == 0 ? stage.stride : 1);
    x = blocks::convNormActivation(builder, next(), x, {.outChannels = 1280, .kernel = 1, .activation = kRelu6});
    x = builder.add("adaptive_avg_pool2d", op::AdaptiveAvgPool2d{}, {x});
    x = builder.add("flatten", op::Flatten{}, {x});
    return builder.linear("classifier.1", x, classes, blocks::normal(0.01));
}

} // namespace

std::vector<Member> mobileNetsV2()
{
    return {{"mobilenet_v2", "MobileNetV2", ArchitectureType::Cnn, 2018, mobileNetV2}};
}

} // namespace lathe::families

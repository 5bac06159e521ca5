#include <vector>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// Howard et al., "Searching for MobileNetV3", 2019.

namespace lathe::families {

namespace {

constexpr auto kHardswish = op::Activation::Kind::Hardswish;
constexpr auto kRelu = op::Activation::Kind::ReLU;

struct Block {
    std::int64_t kernel;
    std::int64_t expanded;
    std::int64_t outChannels;
    bool squeezeExcitation;
    op::Activation::Kind activation;
    std::int64_t stride;
};

struct Variant {
    std::vector<Block> blocks;
    std::int64_t hidden; ///< features between the classifier's two layers
};

/// Table 1 of the paper.
Variant large()
{
    return {{{3, 16, 16, false, kRelu, 1},
             {3, 64, 24, false, kRelu, 2},
             {3, 72, 24, false, kRelu, 1},
             {5, 72, 40, true, kRelu, 2},
             {5, 120, 40, true, kRelu, 1},
             {5, 120, 40, true, kRelu, 1},
             {3, 240, 80, false, kHardswish, 2},
             {3, 200, 80, false, kHardswish, 1},
             {3, 184, 80, false, kHardswish, 1},
             {3, 184, 80, false, kHardswish, 1},
             {3, 480, 112, true, kHardswish, 1},
             {3, 672, 112, true, kHardswish, 1},
             {5, 672, 160, true, kHardswish, 2},
             {5, 960, 160, true, kHardswish, 1},
             {5, 960, 160, true, kHardswish, 1}},
            1280};
}

/// Table 2.
Variant small()
{
    return {{{3, 16, 16, true, kRelu, 2},
             {3, 72, 24, false, kRelu, 2},
             {3, 88, 24, false, kRelu, 1},
             {5, 96, 40, true, kHardswish, 2},
             {5, 240, 40, true, kHardswish, 1},
             {5, 240, 40, true, kHardswish, 1},
             {5, 120, 48, true, kHardswish, 1},
             {5, 144, 48, true, kHardswish, 1},
             {5, 288, 96, true, kHardswish, 2},
             {5, 576, 96, true, kHardswish, 1},
             {5, 576, 96, true, kHardswish, 1}},
            1024};
}

NodeId conv(GraphBuilder& builder, const std::string& name, NodeId x, blocks::ConvNormActivation how)
{
    how.eps = 1e-3;
    how.momentum = 0.01;
    return blocks::convNormActivation(builder, name, x, how);
}

NodeId invertedResidual(GraphBuilder& builder, const std::string& name, NodeId x, const Block& block)
{
    const std::int64_t in = blocks::channels(builder, x);
    int part = 0;
    const auto next = [&] { return fmt::format("{}.block.{}", name, part++); };

    NodeId y = x;
    if (block.expanded != in)
        y = conv(builder, next(), y, {.outChannels = block.expanded, .kernel = 1, .activation = block.activation});
    y = conv(builder, next(), y,
             {.outChannels = block.expanded,
              .kernel = block.kernel,
              .stride = block.stride,
              .groups = block.expanded,
              .activation = block.activation});
    if (block.squeezeExcitation)
        y = blocks::squeezeExcitation(builder, next(), y,
                                      {.squeezed = blocks::makeDivisible(static_cast<double>(block.expanded / 4)),
                                       .scale = op::Activation::Kind::Hardsigmoid});
    y = conv(builder, next(), y, {.outChannels = block.outChannels, .kernel = 1});
    return block.stride == 1 && in == block.outChannels ? builder.addition(name + ".add", y, x, true) : y;
}

NodeId mobileNetV3(GraphBuilder& builder, const Variant& variant, std::int64_t classes)
{
    int part = 0;
    const auto next = [&] { return fmt::format("features.{}", part++); };

    NodeId x = conv(builder, next(), builder.input(), {.outChannels = 16, .stride = 2, .activation = kHardswish});
    for (const Block& block : variant.blocks)
        x = invertedResidual(builder, next(), x, block);
    const std::int64_t last = 6 * blocks::channels(builder, x);
    x = conv(builder, next(), x, {.outChannels = last, .kernel = 1, .activation = kHardswish});
    x = builder.add("avgpool", op::AdaptiveAvgPool2d{}, {x});
    x = builder.add("flatten", op::Flatten{}, {x});
    x = builder.linear("classifier.0", x, variant.hidden, blocks::normal(0.01));
    x = builder.activation("classifier.1", x, kHardswish, true);
    return builder.linear("classifier.3", x, classes, blocks::normal(0.01));
}

Member member(const char* name, Variant variant)
{
    return {name, "MobileNetV3", ArchitectureType::Cnn, 2019,
            [v = std::move(variant)](GraphBuilder& builder, std::int64_t classes) {
                return mobileNetV3(builder, v, classes);
            }};
}

} // namespace

std::vector<Member> mobileNetsV3()
{
    return {member("mobilenet_v3_large", large()), member("mobilenet_v3_small", small())};
}

} // namespace lathe::families

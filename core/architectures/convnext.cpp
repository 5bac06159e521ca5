#include <array>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// Liu et al., "A ConvNet for the 2020s", 2022.

namespace lathe::families {

namespace {

struct Variant {
    const char* name;
    std::array<std::int64_t, 4> widths;
    std::array<int, 4> depths;
};

constexpr std::array<Variant, 4> kVariants{{{"convnext_tiny", {96, 192, 384, 768}, {3, 3, 9, 3}},
                                            {"convnext_small", {96, 192, 384, 768}, {3, 3, 27, 3}},
                                            {"convnext_base", {128, 256, 512, 1024}, {3, 3, 27, 3}},
                                            {"convnext_large", {192, 384, 768, 1536}, {3, 3, 27, 3}}}};

constexpr double kEps = 1e-6;
constexpr double kFirstLayerScale = 1e-6;

Initialisation weightInitialisation()
{
    return blocks::truncatedNormal(0.02);
}

NodeId channelsLast(GraphBuilder& builder, const std::string& name, NodeId x)
{
    return builder.add(name, op::Permute{{1, 2, 0}}, {x});
}

NodeId channelsFirst(GraphBuilder& builder, const std::string& name, NodeId x)
{
    return builder.add(name, op::Permute{{2, 0, 1}}, {x});
}

/// torchvision's LayerNorm2d: over the channels of C x H x W.
NodeId layerNorm2d(GraphBuilder& builder, const std::string& name, NodeId x)
{
    x = channelsLast(builder, name + ".permute", x);
    x = builder.layerNorm(name, x, kEps);
    return channelsFirst(builder, name + ".permute_1", x);
}

NodeId patches(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t size, std::int64_t outChannels)
{
    const op::Conv2d conv{.inChannels = blocks::channels(builder, x),
                          .outChannels = outChannels,
                          .kernel = {size, size},
                          .stride = {size, size}};
    return builder.conv2d(name, x, conv, weightInitialisation());
}

NodeId depthwise(GraphBuilder& builder, const std::string& name, NodeId x)
{
    const std::int64_t width = blocks::channels(builder, x);
    const op::Conv2d conv{
        .inChannels = width, .outChannels = width, .kernel = {7, 7}, .padding = {3, 3}, .groups = width};
    return builder.conv2d(name, x, conv, weightInitialisation());
}

NodeId block(GraphBuilder& builder, const std::string& name, NodeId input)
{
    const std::int64_t width = blocks::channels(builder, input);
    const ParameterId scale =
        builder.parameter(name + ".layer_scale", {width, 1, 1}, blocks::constant(kFirstLayerScale));
    NodeId x = depthwise(builder, name + ".block.0", input);
    x = channelsLast(builder, name + ".block.1", x);
    x = builder.layerNorm(name + ".block.2", x, kEps);
    x = builder.linear(name + ".block.3", x, 4 * width, weightInitialisation());
    x = builder.activation(name + ".block.4", x, op::Activation::Kind::GELU);
    x = builder.linear(name + ".block.5", x, width, weightInitialisation());
    x = channelsFirst(builder, name + ".block.6", x);
    const NodeId scaleValue = builder.add(name + ".layer_scale", op::ParameterValue{}, {}, {scale});
    x = builder.add(name + ".mul", op::Multiply{}, {scaleValue, x});
    return builder.addition(name + ".add", x, input, true);
}

NodeId downsampling(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t outChannels)
{
    x = layerNorm2d(builder, name + ".0", x);
    return patches(builder, name + ".1", x, 2, outChannels);
}

NodeId convNext(GraphBuilder& builder, const Variant& variant, std::int64_t classes)
{
    NodeId x = patches(builder, "features.0.0", builder.input(), 4, variant.widths.front());
    x = layerNorm2d(builder, "features.0.1", x);
    for (std::size_t i = 0; i < variant.widths.size(); ++i) {
        if (i > 0)
            x = downsampling(builder, fmt::format("features.{}", 2 * i), x, variant.widths[i]);
        for (int j = 0; j < variant.depths[i]; ++j)
            x = block(builder, fmt::format("features.{}.{}", 2 * i + 1, j), x);
    }
    x = builder.add("avgpool", op::AdaptiveAvgPool2d{}, {x});
    x = layerNorm2d(builder, "classifier.0", x);
    x = builder.add("classifier.1", op::Flatten{}, {x});
    return builder.linear("classifier.2", x, classes, weightInitialisation());
}

} // namespace

std::vector<Member> convNexts()
{
    std::vector<Member> members;
    for (const Variant& variant : kVariants)
        members.push_back(
            {variant.name, "ConvNeXt", ArchitectureType::Cnn, 2022,
             [&variant](GraphBuilder& builder, std::int64_t classes) { return convNext(builder, variant, classes); }});
    return members;
}

} // namespace lathe::families

#include <vector>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// He et al., "Deep Residual Learning for Image Recognition", 2015, with the stride at the 3x3 convolution ("v1.5"), and
// ResNet-20 of its section 4.2, for small images, with projection shortcuts where the shape changes (option B);
// Xie et al., "Aggregated Residual Transformations for Deep Neural Networks", 2016;
// Zagoruyko and Komodakis, "Wide Residual Networks", 2016.

namespace lathe::families {

namespace {

struct Variant {
    std::vector<int> depths; ///< of the stages
    bool bottleneck = true;
    std::int64_t groups = 1;
    std::int64_t widthPerGroup = 64;
    std::int64_t firstPlanes = 64; ///< of the first stage; each next one has twice as many
    bool smallImages = false;      ///< keeps the size up to the second stage
};

/// What a block makes of its input: `width` channels inside, `outChannels` at the end.
struct Block {
    std::string name;
    std::int64_t width = 0;
    std::int64_t outChannels = 0;
    std::int64_t stride = 1;
    std::int64_t groups = 1;
};

NodeId convNorm(GraphBuilder& builder, const std::string& convName, const std::string& normName, NodeId x,
                const op::Conv2d& conv)
{
    return builder.batchNorm2d(normName, builder.conv2d(convName, x, conv, blocks::kaimingNormalFanOut(conv)));
}

op::Conv2d conv3x3(std::int64_t in, std::int64_t out, std::int64_t stride = 1, std::int64_t groups = 1)
{
    return {.inChannels = in,
            .outChannels = out,
            .kernel = {3, 3},
            .stride = {stride, stride},
            .padding = {1, 1},
            .groups = groups,
            .bias = false};
}

op::Conv2d conv1x1(std::int64_t in, std::int64_t out, std::int64_t stride = 1)
{
    return {.inChannels = in, .outChannels = out, .stride = {stride, stride}, .bias = false};
}

NodeId relu(GraphBuilder& builder, const std::string& name, NodeId x)
{
    return builder.activation(name, x, op::Activation::Kind::ReLU, true);
}

NodeId basicBranch(GraphBuilder& builder, NodeId x, const Block& block)
{
    const std::string& name = block.name;
    const std::int64_t in = blocks::channels(builder, x);
    NodeId y = convNorm(builder, name + ".conv1", name + ".bn1", x, conv3x3(in, block.width, block.stride));
    y = relu(builder, name + ".relu", y);
    return convNorm(builder, name + ".conv2", name + ".bn2", y, conv3x3(block.width, block.outChannels));
}

NodeId bottleneckBranch(GraphBuilder& builder, NodeId x, const Block& block)
{
    const std::string& name = block.name;
    const std::int64_t in = blocks::channels(builder, x);
    const op::Conv2d spatial = conv3x3(block.width, block.width, block.stride, block.groups);
    NodeId y = convNorm(builder, name + ".conv1", name + ".bn1", x, conv1x1(in, block.width));
    y = relu(builder, name + ".relu", y);
    y = convNorm(builder, name + ".conv2", name + ".bn2", y, spatial);
    y = relu(builder, name + ".relu_1", y);
    return convNorm(builder, name + ".conv3", name + ".bn3", y, conv1x1(block.width, block.outChannels));
}

/// `downsample`: the block changes the shape, so that its input cannot be added as it is.
NodeId residualBlock(GraphBuilder& builder, NodeId x, const Block& block, bool bottleneck, bool downsample)
{
    const std::string& name = block.name;
    const std::int64_t in = blocks::channels(builder, x);
    const NodeId branch = bottleneck ? bottleneckBranch(builder, x, block) : basicBranch(builder, x, block);
    const NodeId identity = downsample ? convNorm(builder, name + ".downsample.0", name + ".downsample.1", x,
                                                  conv1x1(in, block.outChannels, block.stride))
                                       : x;
    const NodeId sum = builder.addition(name + ".add", branch, identity, true);
    return relu(builder, name + (bottleneck ? ".relu_2" : ".relu_1"), sum);
}

NodeId stage(GraphBuilder& builder, NodeId x, const Variant& variant, std::size_t index)
{
    const std::int64_t planes = variant.firstPlanes << index;
    Block block;
    block.width = variant.bottleneck ? planes * variant.widthPerGroup / 64 * variant.groups : planes;
    block.outChannels = variant.bottleneck ? 4 * planes : planes;
    block.groups = variant.groups;
    for (int i = 0; i < variant.depths[index]; ++i) {
        block.name = fmt::format("layer{}.{}", index + 1, i);
        block.stride = i == 0 && index > 0 ? 2 : 1;
        const bool downsample = i == 0 && (index > 0 || variant.bottleneck);
        x = residualBlock(builder, x, block, variant.bottleneck, downsample);
    }
    return x;
}

NodeId stem(GraphBuilder& builder, const Variant& variant)
{
    const std::int64_t in = blocks::channels(builder, builder.input());
    if (variant.smallImages)
        return relu(builder, "relu",
                    convNorm(builder, "conv1", "bn1", builder.input(), conv3x3(in, variant.firstPlanes)));
    const op::Conv2d conv{.inChannels = in,
                          .outChannels = variant.firstPlanes,
                          .kernel = {7, 7},
                          .stride = {2, 2},
                          .padding = {3, 3},
                          .bias = false};
    NodeId x = convNorm(builder, "conv1", "bn1", builder.input(), conv);
    x = relu(builder, "relu", x);
    return builder.add("maxpool", op::MaxPool2d{.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}, {x});
}

NodeId resNet(GraphBuilder& builder, const Variant& variant, std::int64_t classes)
{
    NodeId x = stem(builder, variant);
    for (std::size_t i = 0; i < variant.depths.size(); ++i)
        x = stage(builder, x, variant, i);
    x = builder.add("avgpool", op::AdaptiveAvgPool2d{}, {x});
    x = builder.add("flatten", op::Flatten{}, {x});
    return builder.linear("fc", x, classes);
}

Member smallMember(const char* name, const Variant& variant)
{
    return {name,
            "ResNet",
            ArchitectureType::Cnn,
            2015,
            [variant](GraphBuilder& builder, std::int64_t classes) { return resNet(builder, variant, classes); },
            {1, 28, 28},
            10};
}

Member member(const char* name, const char* family, int year, const Variant& variant)
{
    return {name, family, ArchitectureType::Cnn, year,
            [variant](GraphBuilder& builder, std::int64_t classes) { return resNet(builder, variant, classes); }};
}

} // namespace

std::vector<Member> resNets()
{
    return {
        smallMember("resnet20", {.depths = {3, 3, 3}, .bottleneck = false, .firstPlanes = 16, .smallImages = true}),
        member("resnet18", "ResNet", 2015, {.depths = {2, 2, 2, 2}, .bottleneck = false}),
        member("resnet34", "ResNet", 2015, {.depths = {3, 4, 6, 3}, .bottleneck = false}),
        member("resnet50", "ResNet", 2015, {.depths = {3, 4, 6, 3}}),
        member("resnet101", "ResNet", 2015, {.depths = {3, 4, 23, 3}}),
        member("resnet152", "ResNet", 2015, {.depths = {3, 8, 36, 3}}),
        member("resnext50_32x4d", "ResNeXt", 2016, {.depths = {3, 4, 6, 3}, .groups = 32, .widthPerGroup = 4}),
        member("resnext101_32x8d", "ResNeXt", 2016, {.depths = {3, 4, 23, 3}, .groups = 32, .widthPerGroup = 8}),
        member("resnext101_64x4d", "ResNeXt", 2016, {.depths = {3, 4, 23, 3}, .groups = 64, .widthPerGroup = 4}),
        member("wide_resnet50_2", "Wide ResNet", 2016, {.depths = {3, 4, 6, 3}, .widthPerGroup = 128}),
        member("wide_resnet101_2", "Wide ResNet", 2016, {.depths = {3, 4, 23, 3}, .widthPerGroup = 128}),
    };
}

} // namespace lathe::families

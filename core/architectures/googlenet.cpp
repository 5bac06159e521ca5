#include <array>
#include <cmath>
#include <string>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// Szegedy et al., "Going Deeper with Convolutions", 2014, with batch norm and 3x3 kernels where the paper has 5x5.
// Without the auxiliary classifiers, which only training runs, and without torchvision's transform_input.

namespace lathe::families {

namespace {

/// Channels of one inception module.
struct Module {
    const char* name;
    std::int64_t one;                 ///< 1x1
    std::int64_t threeReduced, three; ///< 1x1, then 3x3
    std::int64_t fiveReduced, five;   ///< 1x1, then the paper's 5x5
    std::int64_t pooled;              ///< max pooling, then 1x1
};

// Table 1 of the paper.
constexpr std::array<Module, 2> kStage3{
    {{"inception3a", 64, 96, 128, 16, 32, 32}, {"inception3b", 128, 128, 192, 32, 96, 64}}};
constexpr std::array<Module, 5> kStage4{{{"inception4a", 192, 96, 208, 16, 48, 64},
                                         {"inception4b", 160, 112, 224, 24, 64, 64},
                                         {"inception4c", 128, 128, 256, 24, 64, 64},
                                         {"inception4d", 112, 144, 288, 32, 64, 64},
                                         {"inception4e", 256, 160, 320, 32, 128, 128}}};
constexpr std::array<Module, 2> kStage5{
    {{"inception5a", 256, 160, 320, 32, 128, 128}, {"inception5b", 384, 192, 384, 48, 128, 128}}};

NodeId conv(GraphBuilder& builder, const std::string& name, NodeId x, const op::Conv2d& how)
{
    return blocks::basicConv(builder, name, x, how, blocks::truncatedNormal(0.01));
}

NodeId conv1x1(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t outChannels)
{
    return conv(builder, name, x, {.outChannels = outChannels});
}

NodeId conv3x3(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t outChannels)
{
    return conv(builder, name, x, {.outChannels = outChannels, .kernel = {3, 3}, .padding = {1, 1}});
}

NodeId halve(GraphBuilder& builder, const std::string& name, NodeId x, const op::Size2& kernel = {3, 3})
{
    return builder.add(name, op::MaxPool2d{.kernel = kernel, .ceilMode = true}, {x});
}

NodeId inception(GraphBuilder& builder, NodeId x, const Module& module)
{
    const std::string name = module.name;
    const op::MaxPool2d pool{.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}, .ceilMode = true};
    const NodeId one = conv1x1(builder, name + ".branch1", x, module.one);
    NodeId three = conv1x1(builder, name + ".branch2.0", x, module.threeReduced);
    three = conv3x3(builder, name + ".branch2.1", three, module.three);
    NodeId five = conv1x1(builder, name + ".branch3.0", x, module.fiveReduced);
    five = conv3x3(builder, name + ".branch3.1", five, module.five);
    NodeId pooled = builder.add(name + ".branch4.0", pool, {x});
    pooled = conv1x1(builder, name + ".branch4.1", pooled, module.pooled);
    return builder.add(name + ".cat", op::Concat{}, {one, three, five, pooled});
}

template <std::size_t size> NodeId stage(GraphBuilder& builder, NodeId x, const std::array<Module, size>& modules)
{
    for (const Module& module : modules)
        x = inception(builder, x, module);
    return x;
}

NodeId googLeNet(GraphBuilder& builder, std::int64_t classes)
{
    builder.trainingOnly("aux1");
    builder.trainingOnly("aux2");
    NodeId x = conv(builder, "conv1", builder.input(),
                    {.outChannels = 64, .kernel = {7, 7}, .stride = {2, 2}, .padding = {3, 3}});
    x = conv1x1(builder, "conv2", halve(builder, "maxpool1", x), 64);
    x = halve(builder, "maxpool2", conv3x3(builder, "conv3", x, 192));
    x = halve(builder, "maxpool3", stage(builder, x, kStage3));
    x = halve(builder, "maxpool4", stage(builder, x, kStage4), {2, 2});
    x = builder.add("avgpool", op::AdaptiveAvgPool2d{}, {stage(builder, x, kStage5)});
    x = builder.add("flatten", op::Flatten{}, {x});
    const auto in = static_cast<double>(blocks::channels(builder, x));
    return builder.linear("fc", x, classes, blocks::truncatedNormal(0.01), blocks::uniform(1.0 / std::sqrt(in)));
}

} // namespace

std::vector<Member> googLeNets()
{
    return {{"googlenet", "GoogLeNet", ArchitectureType::Cnn, 2014, googLeNet}};
}

} // namespace lathe::families

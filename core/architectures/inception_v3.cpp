#include <cmath>
#include <string>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2015. Without the auxiliary classifier,
// which only training runs, and without torchvision's transform_input.

namespace lathe::families {

namespace {

/// Makes the branches of one module, whose convolutions are named below it.
struct Module {
    GraphBuilder& builder;
    std::string name;

    NodeId conv(const std::string& part, NodeId x, const op::Conv2d& how) const
    {
        return blocks::basicConv(builder, name + part, x, how, blocks::truncatedNormal(0.1));
    }
    /// Keeps the size.
    NodeId conv(const std::string& part, NodeId x, std::int64_t outChannels, const op::Size2& kernel = {1, 1}) const
    {
        return conv(part, x, {.outChannels = outChannels, .kernel = kernel, .padding = {kernel[0] / 2, kernel[1] / 2}});
    }
    /// Halves the size.
    NodeId halvingConv(const std::string& part, NodeId x, std::int64_t outChannels) const
    {
        return conv(part, x, {.outChannels = outChannels, .kernel = {3, 3}, .stride = {2, 2}});
    }
    NodeId maxPool(const std::string& part, NodeId x) const
    {
        return builder.add(name + part, op::MaxPool2d{.kernel = {3, 3}}, {x});
    }
    /// Average pooling that keeps the size, and a 1x1 convolution.
    NodeId poolBranch(NodeId x, std::int64_t outChannels) const
    {
        const op::AvgPool2d pool{.kernel = {3, 3}, .stride = {1, 1}, .padding = {1, 1}};
        return conv(".branch_pool", builder.add(name + ".avg_pool2d", pool, {x}), outChannels);
    }
    NodeId concat(const std::string& part, const std::vector<NodeId>& branches) const
    {
        return builder.add(name + part, op::Concat{}, branches);
    }
};

/// Figure 5 of the paper.
NodeId inceptionA(const Module& module, NodeId x, std::int64_t poolChannels)
{
    const NodeId one = module.conv(".branch1x1", x, 64);
    NodeId five = module.conv(".branch5x5_1", x, 48);
    five = module.conv(".branch5x5_2", five, 64, {5, 5});
    NodeId three = module.conv(".branch3x3dbl_1", x, 64);
    three = module.conv(".branch3x3dbl_2", three, 96, {3, 3});
    three = module.conv(".branch3x3dbl_3", three, 96, {3, 3});
    return module.concat(".cat", {one, five, three, module.poolBranch(x, poolChannels)});
}

/// Figure 10: halves the size.
NodeId inceptionB(const Module& module, NodeId x)
{
    const NodeId three = module.halvingConv(".branch3x3", x, 384);
    NodeId twice = module.conv(".branch3x3dbl_1", x, 64);
    twice = module.conv(".branch3x3dbl_2", twice, 96, {3, 3});
    twice = module.halvingConv(".branch3x3dbl_3", twice, 96);
    return module.concat(".cat", {three, twice, module.maxPool(".max_pool2d", x)});
}

/// Figure 6 with n = 7.
NodeId inceptionC(const Module& module, NodeId x, std::int64_t width)
{
    const NodeId one = module.conv(".branch1x1", x, 192);
    NodeId seven = module.conv(".branch7x7_1", x, width);
    seven = module.conv(".branch7x7_2", seven, width, {1, 7});
    seven = module.conv(".branch7x7_3", seven, 192, {7, 1});
    NodeId twice = module.conv(".branch7x7dbl_1", x, width);
    twice = module.conv(".branch7x7dbl_2", twice, width, {7, 1});
    twice = module.conv(".branch7x7dbl_3", twice, width, {1, 7});
    twice = module.conv(".branch7x7dbl_4", twice, width, {7, 1});
    twice = module.conv(".branch7x7dbl_5", twice, 192, {1, 7});
    return module.concat(".cat", {one, seven, twice, module.poolBranch(x, 192)});
}

/// Halves the size.
NodeId inceptionD(const Module& module, NodeId x)
{
    NodeId three = module.conv(".branch3x3_1", x, 192);
    three = module.halvingConv(".branch3x3_2", three, 320);
    NodeId seven = module.conv(".branch7x7x3_1", x, 192);
    seven = module.conv(".branch7x7x3_2", seven, 192, {1, 7});
    seven = module.conv(".branch7x7x3_3", seven, 192, {7, 1});
    seven = module.halvingConv(".branch7x7x3_4", seven, 192);
    return module.concat(".cat", {three, seven, module.maxPool(".max_pool2d", x)});
}

/// 1x3 and 3x1 side by side.
NodeId split(const Module& module, const std::string& part, NodeId x)
{
    const NodeId wide = module.conv(part + "a", x, 384, {1, 3});
    const NodeId high = module.conv(part + "b", x, 384, {3, 1});
    return module.concat(part + "_cat", {wide, high});
}

/// Figure 7.
NodeId inceptionE(const Module& module, NodeId x)
{
    const NodeId one = module.conv(".branch1x1", x, 320);
    const NodeId three = split(module, ".branch3x3_2", module.conv(".branch3x3_1", x, 384));
    NodeId twice = module.conv(".branch3x3dbl_1", x, 448);
    twice = split(module, ".branch3x3dbl_3", module.conv(".branch3x3dbl_2", twice, 384, {3, 3}));
    return module.concat(".cat", {one, three, twice, module.poolBranch(x, 192)});
}

NodeId stem(const Module& net)
{
    NodeId x = net.halvingConv("Conv2d_1a_3x3", net.builder.input(), 32);
    x = net.conv("Conv2d_2a_3x3", x, {.outChannels = 32, .kernel = {3, 3}});
    x = net.conv("Conv2d_2b_3x3", x, 64, {3, 3});
    x = net.conv("Conv2d_3b_1x1", net.maxPool("maxpool1", x), 80);
    x = net.conv("Conv2d_4a_3x3", x, {.outChannels = 192, .kernel = {3, 3}});
    return net.maxPool("maxpool2", x);
}

NodeId inceptionV3(GraphBuilder& builder, std::int64_t classes)
{
    builder.trainingOnly("AuxLogits");
    const auto module = [&](const char* name) { return Module{builder, name}; };
    NodeId x = stem(module(""));
    x = inceptionA(module("Mixed_5b"), x, 32);
    x = inceptionA(module("Mixed_5c"), x, 64);
    x = inceptionA(module("Mixed_5d"), x, 64);
    x = inceptionB(module("Mixed_6a"), x);
    x = inceptionC(module("Mixed_6b"), x, 128);
    x = inceptionC(module("Mixed_6c"), x, 160);
    x = inceptionC(module("Mixed_6d"), x, 160);
    x = inceptionC(module("Mixed_6e"), x, 192);
    x = inceptionD(module("Mixed_7a"), x);
    x = inceptionE(module("Mixed_7b"), x);
    x = inceptionE(module("Mixed_7c"), x);
    x = builder.add("avgpool", op::AdaptiveAvgPool2d{}, {x});
    x = builder.add("flatten", op::Flatten{}, {x});
    const auto in = static_cast<double>(blocks::channels(builder, x));
    return builder.linear("fc", x, classes, blocks::truncatedNormal(0.1), blocks::uniform(1.0 / std::sqrt(in)));
}

} // namespace

std::vector<Member> inceptionsV3()
{
    return {{"inception_v3", "Inception v3", ArchitectureType::Cnn, 2015, inceptionV3, {3, 299, 299}}};
}

} // namespace lathe::families

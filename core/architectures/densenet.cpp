#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// Huang et al., "Densely Connected Convolutional Networks", 2016: DenseNet-BC.

namespace lathe::families {

namespace {

struct Variant {
    const char* name;
    std::int64_t stemChannels;
    std::int64_t growth;
    std::array<int, 4> depths;
};

// Table 1 of the paper.
constexpr std::array<Variant, 4> kVariants{{{"densenet121", 64, 32, {6, 12, 24, 16}},
                                            {"densenet161", 96, 48, {6, 12, 36, 24}},
                                            {"densenet169", 64, 32, {6, 12, 32, 32}},
                                            {"densenet201", 64, 32, {6, 12, 48, 32}}}};

NodeId conv(GraphBuilder& builder, const std::string& name, NodeId x, op::Conv2d how)
{
    how.inChannels = blocks::channels(builder, x);
    how.bias = false;
    return builder.conv2d(name, x, how, blocks::kaimingNormal(how));
}

NodeId normRelu(GraphBuilder& builder, const std::string& norm, const std::string& relu, NodeId x)
{
    return builder.activation(relu, builder.batchNorm2d(norm, x), op::Activation::Kind::ReLU, true);
}

NodeId denseLayer(GraphBuilder& builder, const std::string& name, const std::vector<NodeId>& before,
                  std::int64_t growth)
{
    NodeId x = builder.add(name + ".cat", op::Concat{}, before);
    x = normRelu(builder, name + ".norm1", name + ".relu1", x);
    x = conv(builder, name + ".conv1", x, {.outChannels = 4 * growth});
    x = normRelu(builder, name + ".norm2", name + ".relu2", x);
    return conv(builder, name + ".conv2", x, {.outChannels = growth, .kernel = {3, 3}, .padding = {1, 1}});
}

NodeId denseBlock(GraphBuilder& builder, const std::string& name, NodeId x, int depth, std::int64_t growth)
{
    std::vector<NodeId> features{x};
    for (int i = 1; i <= depth; ++i)
        features.push_back(denseLayer(builder, fmt::format("{}.denselayer{}", name, i), features, growth));
    return builder.add(name + ".cat", op::Concat{}, features);
}

NodeId transition(GraphBuilder& builder, const std::string& name, NodeId x)
{
    const std::int64_t in = blocks::channels(builder, x);
    x = normRelu(builder, name + ".norm", name + ".relu", x);
    x = conv(builder, name + ".conv", x, {.outChannels = in / 2});
    return builder.add(name + ".pool", op::AvgPool2d{}, {x});
}

NodeId features(GraphBuilder& builder, const Variant& variant)
{
    NodeId x = conv(builder, "features.conv0", builder.input(),
                    {.outChannels = variant.stemChannels, .kernel = {7, 7}, .stride = {2, 2}, .padding = {3, 3}});
    x = normRelu(builder, "features.norm0", "features.relu0", x);
    x = builder.add("features.pool0", op::MaxPool2d{.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}, {x});
    for (std::size_t i = 0; i < variant.depths.size(); ++i) {
        x = denseBlock(builder, fmt::format("features.denseblock{}", i + 1), x, variant.depths[i], variant.growth);
        if (i + 1 < variant.depths.size())
            x = transition(builder, fmt::format("features.transition{}", i + 1), x);
    }
    return normRelu(builder, "features.norm5", "relu", x);
}

NodeId denseNet(GraphBuilder& builder, const Variant& variant, std::int64_t classes)
{
    NodeId x = builder.add("adaptive_avg_pool2d", op::AdaptiveAvgPool2d{}, {features(builder, variant)});
    x = builder.add("flatten", op::Flatten{}, {x});
    const auto in = static_cast<double>(blocks::channels(builder, x));
    return builder.linear("classifier", x, classes, blocks::uniform(1.0 / std::sqrt(in)));
}

} // namespace

std::vector<Member> denseNets()
{
    std::vector<Member> members;
    for (const Variant& variant : kVariants)
        members.push_back(
            {variant.name, "DenseNet", ArchitectureType::Cnn, 2016,
             [&variant](GraphBuilder& builder, std::int64_t classes) { return denseNet(builder, variant, classes); }});
    return members;
}

} // namespace lathe::families

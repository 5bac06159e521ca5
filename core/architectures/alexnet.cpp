#include <string>

#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// Krizhevsky, "One weird trick for parallelizing convolutional neural networks", 2014: AlexNet in one column.

namespace lathe::families {

namespace {

constexpr auto kRelu = op::Activation::Kind::ReLU;

/// "features.<index>" and the activation behind it.
NodeId convRelu(GraphBuilder& builder, int index, NodeId x, op::Conv2d conv)
{
    conv.inChannels = blocks::channels(builder, x);
    const NodeId y = builder.conv2d("features." + std::to_string(index), x, conv);
    return builder.activation("features." + std::to_string(index + 1), y, kRelu, true);
}

NodeId pool(GraphBuilder& builder, int index, NodeId x)
{
    return builder.add("features." + std::to_string(index), op::MaxPool2d{.kernel = {3, 3}}, {x});
}

NodeId features(GraphBuilder& builder)
{
    NodeId x = convRelu(builder, 0, builder.input(),
                        {.outChannels = 64, .kernel = {11, 11}, .stride = {4, 4}, .padding = {2, 2}});
    x = pool(builder, 2, x);
    x = convRelu(builder, 3, x, {.outChannels = 192, .kernel = {5, 5}, .padding = {2, 2}});
    x = pool(builder, 5, x);
    x = convRelu(builder, 6, x, {.outChannels = 384, .kernel = {3, 3}, .padding = {1, 1}});
    x = convRelu(builder, 8, x, {.outChannels = 256, .kernel = {3, 3}, .padding = {1, 1}});
    x = convRelu(builder, 10, x, {.outChannels = 256, .kernel = {3, 3}, .padding = {1, 1}});
    return pool(builder, 12, x);
}

NodeId alexNet(GraphBuilder& builder, std::int64_t classes)
{
    NodeId x = builder.add("avgpool", op::AdaptiveAvgPool2d{{6, 6}}, {features(builder)});
    x = builder.add("flatten", op::Flatten{}, {x});
    x = builder.activation("classifier.2", builder.linear("classifier.1", x, 4096), kRelu, true);
    x = builder.activation("classifier.5", builder.linear("classifier.4", x, 4096), kRelu, true);
    return builder.linear("classifier.6", x, classes);
}

} // namespace

std::vector<Member> alexNets()
{
    return {{"alexnet", "AlexNet", ArchitectureType::Cnn, 2014, alexNet}};
}

} // namespace lathe::families

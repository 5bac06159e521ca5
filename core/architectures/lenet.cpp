#include "core/architectures/blocks.h"
#include "core/architectures/families.h"

// LeCun et al., "Gradient-based learning applied to document recognition", 1998, in the form of PyTorch's pruning
// tutorial: 3x3 kernels, ReLU, max pooling.

namespace lathe::families {

namespace {

constexpr auto kRelu = op::Activation::Kind::ReLU;

NodeId convReluPool(GraphBuilder& builder, const std::string& number, NodeId x, std::int64_t outChannels)
{
    const op::Conv2d conv{.inChannels = blocks::channels(builder, x), .outChannels = outChannels, .kernel = {3, 3}};
    NodeId y = builder.conv2d("conv" + number, x, conv);
    y = builder.activation("relu" + number, y, kRelu);
    return builder.add("pool" + number, op::MaxPool2d{}, {y});
}

NodeId leNet(GraphBuilder& builder, std::int64_t classes)
{
    NodeId x = convReluPool(builder, "1", builder.input(), 6);
    x = convReluPool(builder, "2", x, 16);
    x = builder.add("flatten", op::Flatten{}, {x});
    x = builder.activation("relu3", builder.linear("fc1", x, 120), kRelu);
    x = builder.activation("relu4", builder.linear("fc2", x, 84), kRelu);
    return builder.linear("fc3", x, classes);
}

} // namespace

std::vector<Member> leNets()
{
    return {{"lenet", "LeNet", ArchitectureType::Cnn, 1998, leNet, {1, 28, 28}, 10}};
}

} // namespace lathe::families

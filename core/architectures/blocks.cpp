#include "core/architectures/blocks.h"

#include <cmath>

#include <fmt/format.h>

namespace lathe::blocks {

Initialisation constant(double value)
{
    return {Initialisation::Kind::Constant, value};
}

Initialisation uniform(double bound)
{
    return {Initialisation::Kind::Uniform, bound};
}

Initialisation normal(double deviation)
{
    return {Initialisation::Kind::Normal, deviation};
}

Initialisation truncatedNormal(double deviation)
{
    return {Initialisation::Kind::TruncatedNormal, deviation};
}

Initialisation kaimingNormalFanOut(const op::Conv2d& conv)
{
    const std::int64_t fanOut = conv.outChannels * conv.kernel[0] * conv.kernel[1];
    return normal(std::sqrt(2.0 / static_cast<double>(fanOut)));
}

Initialisation xavierUniform(std::int64_t fanIn, std::int64_t fanOut)
{
    return uniform(std::sqrt(6.0 / static_cast<double>(fanIn + fanOut)));
}

std::int64_t channels(const GraphBuilder& builder, NodeId x)
{
    return builder.shape(x).front();
}

void expectWholePatches(GraphBuilder& builder, const std::string& convName, std::int64_t patch)
{
    const Shape& image = builder.shape(builder.input());
    if (image[1] % patch != 0 || image[2] % patch != 0)
        builder.fail(convName + " (Conv2d)",
                     fmt::format("needs a height and a width that are multiples of its patch of {0} x {0} pixels and "
                                 "gets {1}",
                                 patch, toString(image)));
}

NodeId convNormActivation(GraphBuilder& builder, const std::string& name, NodeId x, const ConvNormActivation& block)
{
    const std::int64_t padding = (block.kernel - 1) / 2;
    const op::Conv2d conv{.inChannels = channels(builder, x),
                          .outChannels = block.outChannels,
                          .kernel = {block.kernel, block.kernel},
                          .stride = {block.stride, block.stride},
                          .padding = {padding, padding},
                          .groups = block.groups,
                          .bias = false};
    NodeId y = builder.conv2d(name + ".0", x, conv, kaimingNormalFanOut(conv));
    y = builder.batchNorm2d(name + ".1", y, block.eps, block.momentum);
    return block.activation ? builder.activation(name + ".2", y, *block.activation, true) : y;
}

NodeId mlp(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t hidden, Initialisation weight,
           Initialisation bias)
{
    const std::int64_t features = builder.shape(x).back();
    NodeId y = builder.linear(name + ".0", x, hidden, weight, bias);
    y = builder.activation(name + ".1", y, op::Activation::Kind::GELU);
    return builder.linear(name + ".3", y, features, weight, bias);
}

} // namespace lathe::blocks

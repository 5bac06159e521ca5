#include "core/architectures/blocks.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace lathe::blocks {

namespace {

double fanIn(const op::Conv2d& conv)
{
    return static_cast<double>(conv.inChannels / conv.groups * conv.kernel[0] * conv.kernel[1]);
}

NodeId conv1x1(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t outChannels, bool zeroBias)
{
    const op::Conv2d conv{.inChannels = channels(builder, x), .outChannels = outChannels};
    const Initialisation bias = zeroBias ? constant(0.0) : uniform(1.0 / std::sqrt(fanIn(conv)));
    return builder.conv2d(name, x, conv, kaimingNormalFanOut(conv), bias);
}

} // namespace

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

Initialisation kaimingNormal(const op::Conv2d& conv)
{
    return normal(std::sqrt(2.0 / fanIn(conv)));
}

Initialisation kaimingUniform(const op::Conv2d& conv)
{
    return uniform(std::sqrt(6.0 / fanIn(conv)));
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

std::int64_t makeDivisible(double channels, std::int64_t divisor)
{
    const auto half = static_cast<double>(divisor) / 2.0;
    const std::int64_t rounded = std::max(divisor, static_cast<std::int64_t>(channels + half) / divisor * divisor);
    return static_cast<double>(rounded) < 0.9 * channels ? rounded + divisor : rounded;
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

NodeId basicConv(GraphBuilder& builder, const std::string& name, NodeId x, op::Conv2d conv, Initialisation weight)
{
    conv.inChannels = channels(builder, x);
    conv.bias = false;
    const NodeId y = builder.conv2d(name + ".conv", x, conv, weight);
    return builder.activation(name + ".relu", builder.batchNorm2d(name + ".bn", y, 1e-3), op::Activation::Kind::ReLU,
                              true);
}

NodeId squeezeExcitation(GraphBuilder& builder, const std::string& name, NodeId x, const SqueezeExcitation& block)
{
    NodeId scale = builder.add(name + ".avgpool", op::AdaptiveAvgPool2d{}, {x});
    scale = conv1x1(builder, name + ".fc1", scale, block.squeezed, block.zeroBias);
    scale = builder.activation(name + ".activation", scale, block.activation, block.activationInPlace);
    scale = conv1x1(builder, name + ".fc2", scale, channels(builder, x), block.zeroBias);
    scale = builder.activation(name + ".scale_activation", scale, block.scale);
    return builder.add(name + ".mul", op::Multiply{}, {scale, x});
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

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/graph/graph.h"

/// What several families share: initialisations by PyTorch's names, and torchvision's small blocks.
namespace lathe::blocks {

Initialisation constant(double value);
Initialisation uniform(double bound);
Initialisation normal(double deviation);
Initialisation truncatedNormal(double deviation);

/// kaiming_normal_(mode="fan_out"): standard deviation sqrt(2 / fan out), He et al. 2015. PyTorch's fan out is
/// out channels x kernel height x kernel width, whatever the groups.
Initialisation kaimingNormalFanOut(const op::Conv2d& conv);

/// kaiming_normal_ and kaiming_uniform_ by the fan in: standard deviation sqrt(2 / fan in), bound sqrt(6 / fan in).
Initialisation kaimingNormal(const op::Conv2d& conv);
Initialisation kaimingUniform(const op::Conv2d& conv);

/// xavier_uniform_: bound sqrt(6 / (fan in + fan out)), Glorot and Bengio 2010.
Initialisation xavierUniform(std::int64_t fanIn, std::int64_t fanOut);

/// Channels of C x H x W.
std::int64_t channels(const GraphBuilder& builder, NodeId x);

/// Fails, in the name of the convolution that cuts the input, unless patches of `patch` x `patch` pixels cover it.
void expectWholePatches(GraphBuilder& builder, const std::string& convName, std::int64_t patch);

/// The multiple of `divisor` nearest to `channels`, but at least `divisor` and never over 10 % less than `channels`.
std::int64_t makeDivisible(double channels, std::int64_t divisor = 8);

/// torchvision's Conv2dNormActivation: a square convolution without bias that keeps the size at stride 1,
/// batch norm, and the activation in place.
struct ConvNormActivation {
    std::int64_t outChannels = 0;
    std::int64_t kernel = 3;
    std::int64_t stride = 1;
    std::int64_t groups = 1;
    std::optional<op::Activation::Kind> activation = std::nullopt;
    double eps = 1e-5;
    double momentum = 0.1;
};

/// Nodes "<name>.0", "<name>.1" and, with an activation, "<name>.2".
NodeId convNormActivation(GraphBuilder& builder, const std::string& name, NodeId x, const ConvNormActivation& block);

/// torchvision's BasicConv2d of GoogLeNet and Inception v3: nodes "<name>.conv" without bias, "<name>.bn" and
/// "<name>.relu" in place. The input channels are those of `x`.
NodeId basicConv(GraphBuilder& builder, const std::string& name, NodeId x, op::Conv2d conv, Initialisation weight);

/// torchvision's SqueezeExcitation: Hu et al., "Squeeze-and-Excitation Networks", 2017.
struct SqueezeExcitation {
    std::int64_t squeezed = 0; ///< channels between the two convolutions
    op::Activation::Kind activation = op::Activation::Kind::ReLU;
    bool activationInPlace = false;
    op::Activation::Kind scale = op::Activation::Kind::Sigmoid;
    bool zeroBias = true; ///< biases start at 0 and not as PyTorch does by default
};

/// Nodes "<name>.avgpool", ".fc1", ".activation", ".fc2", ".scale_activation" and ".mul".
NodeId squeezeExcitation(GraphBuilder& builder, const std::string& name, NodeId x, const SqueezeExcitation& block);

/// torchvision's MLP with GELU: nodes "<name>.0", "<name>.1" and "<name>.3", back to as many features as came in.
NodeId mlp(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t hidden, Initialisation weight,
           Initialisation bias);

} // namespace lathe::blocks

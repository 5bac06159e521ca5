#include "core/architectures/timm_blocks.h"

#include <cmath>

#include "core/architectures/blocks.h"

namespace lathe::timm {

Initialisation lecunNormal(std::int64_t fanIn)
{
    // What cutting at two standard deviations leaves of one.
    constexpr double kDeviationOfCut = 0.87962566103423978;
    return {Initialisation::Kind::NormalWithinTwoDeviations,
            std::sqrt(1.0 / static_cast<double>(fanIn)) / kDeviationOfCut};
}

NodeId patchEmbedding(GraphBuilder& builder, const std::string& name, std::int64_t patch, std::int64_t width,
                      const Initialisations& start)
{
    blocks::expectWholePatches(builder, name + ".proj", patch);
    const op::Conv2d conv{.inChannels = blocks::channels(builder, builder.input()),
                          .outChannels = width,
                          .kernel = {patch, patch},
                          .stride = {patch, patch}};
    NodeId x = builder.conv2d(name + ".proj", builder.input(), conv, start.weight, start.bias);
    x = builder.add(name + ".flatten", op::Flatten{1}, {x});
    return transpose(builder, name + ".transpose", x);
}

NodeId mlp(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t hidden, const Initialisations& start)
{
    const std::int64_t features = builder.shape(x).back();
    NodeId y = builder.linear(name + ".fc1", x, hidden, start.weight, start.bias);
    y = builder.activation(name + ".act", y, op::Activation::Kind::GELU);
    return builder.linear(name + ".fc2", y, features, start.weight, start.bias);
}

NodeId transpose(GraphBuilder& builder, const std::string& name, NodeId x)
{
    return builder.add(name, op::Permute{{1, 0}}, {x});
}

} // namespace lathe::timm

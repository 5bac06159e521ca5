#pragma once

#include <cstdint>
#include <string>

#include "core/graph/graph.h"

/// What timm's families share, with timm's names.
namespace lathe::timm {

/// What a layer starts from.
struct Initialisations {
    Initialisation weight;
    Initialisation bias;
};

constexpr double kLayerNormEps = 1e-6;

/// timm's lecun_normal_: standard deviation sqrt(1 / fan in) once cut at two of the uncut ones, LeCun et al. 1998.
Initialisation lecunNormal(std::int64_t fanIn);

/// timm's PatchEmbed: the image as [(H / patch) (W / patch), width]. Nodes "<name>.proj", "<name>.flatten" and
/// "<name>.transpose"; fails where patches do not cover the image.
NodeId patchEmbedding(GraphBuilder& builder, const std::string& name, std::int64_t patch, std::int64_t width,
                      const Initialisations& start);

/// timm's Mlp with GELU: nodes "<name>.fc1", "<name>.act" and "<name>.fc2", back to as many features as came in.
NodeId mlp(GraphBuilder& builder, const std::string& name, NodeId x, std::int64_t hidden, const Initialisations& start);

/// Positions x features to features x positions and back.
NodeId transpose(GraphBuilder& builder, const std::string& name, NodeId x);

} // namespace lathe::timm

#pragma once

#include <cstdint>
#include <string>

#include "core/graph/graph.h"

/// What the Swin Transformers attend with; the networks around it are in swin_transformer.cpp.
namespace lathe::swin {

enum class Version { V1, V2 };

/// Attention of `heads` heads within windows of `window` x `window` positions.
struct WindowAttention {
    std::string name;
    Version version = Version::V1;
    std::int64_t heads = 1;
    std::int64_t window = 7;
    bool shifted = false; ///< every second layer of a stage is
};

/// torchvision's for every linear layer and bias table of a Swin Transformer.
Initialisation weightInitialisation();

/// torchvision's ShiftedWindowAttention and ShiftedWindowAttentionV2: H x W x C to H x W x C. Pads to whole windows,
/// shifts the map by half a window where the layer is a shifted one and more than one window lies along the axis.
/// Nodes and parameters begin with the layer's name.
NodeId windowAttention(GraphBuilder& builder, NodeId x, const WindowAttention& layer);

} // namespace lathe::swin

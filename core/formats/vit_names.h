#pragma once

#include <optional>

#include "core/base/tensor.h"

namespace lathe {

/// Whose names a Vision Transformer's tensors have, where they are not the catalogue's.
enum class VitNaming {
    Transformers4, ///< "encoder.layer.0.attention.attention.query.weight"; also what its later versions write
    Transformers5, ///< "layers.0.attention.q_proj.weight"
    Timm           ///< "blocks.0.attn.qkv.weight"
};

/// By the tensors' names, without a model's name before them. Nothing for other networks, and for those of the
/// catalogue that have timm's names themselves.
std::optional<VitNaming> vitNamingOf(const StateDict& tensors);

/// Under the names of the catalogue's architecture of that width: torchvision's, or timm's for DeiT's. What is no part
/// of a ViT keeps its name.
StateDict withVitNames(StateDict tensors, VitNaming naming);

} // namespace lathe

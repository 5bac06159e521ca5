#pragma once

#include "core/engine/torch/fused/step.h"
#include "core/graph/operations.h"

namespace lathe::engine {

/// op::Attention with its bias and mask known beforehand. `inputs`: qkv, or queries, keys and values; each
/// [N, (windows,) L, C]; y likewise. `bias` [1, heads, L, L], `mask` [windows, L, L], `logitScale` [heads, 1, 1], each
/// undefined where the operation has none.
Made makeAttention(const op::Attention& attention, const Tensors& inputs, const at::Tensor& bias,
                   const at::Tensor& mask, const at::Tensor& logitScale, const at::Tensor& y, Workshop& workshop);

} // namespace lathe::engine

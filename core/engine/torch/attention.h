#pragma once

#include <ATen/ATen.h>

#include "core/engine/torch/kernels.h"
#include "core/graph/operations.h"

namespace lathe::engine {

Kernel attentionKernel(const op::Attention& attention, Tensors parameters);

/// Swin's bias for each pair of positions, [1, heads, L, L].
at::Tensor relativePositionBias(const op::RelativePositionBias& bias, const at::Tensor& table, const at::Tensor& index);

/// [windows, L, L]; 0 within a region of the unshifted image, -100 across.
at::Tensor shiftedWindowMask(const op::ShiftedWindowMask& mask, const at::TensorOptions& options);

/// N x H x W x C, or N x C x H x W, to N x windows x L x C, and back.
at::Tensor partitionWindows(const at::Tensor& image, const op::WindowPartition& partition);
at::Tensor reverseWindows(const at::Tensor& windows, const op::WindowReverse& reverse);

} // namespace lathe::engine

#pragma once

#include "core/engine/torch/fused/epilogue.h"
#include "core/engine/torch/fused/step.h"
#include "core/graph/operations.h"

/// Convolutions and matrix products with what follows them, each in the fastest of several ways on this machine.
namespace lathe::engine {

/// x: N x C x H x W in channels-last order, y: likewise. `weight` [out, in / groups, kh, kw], `bias` [out] or
/// undefined.
Made makeConvolution(const op::Conv2d& conv, const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& x,
                     const at::Tensor& y, const Finishes& finishes, Workshop& workshop);

/// y = x W^T + b over the last extent; x and y: [rows, features] with rows any stride apart, `weight` [out, in].
Made makeLinear(const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& x, const at::Tensor& y,
                const Finishes& finishes, Workshop& workshop);

/// A 1x1 convolution that is a matrix product of pixels.
bool isPointwise(const op::Conv2d& conv);

/// Pixels as rows of channels, [N H W, C], where the image lies so.
at::Tensor rowsOf(const at::Tensor& image);
Finishes rowsOf(const Finishes& finishes); ///< with addends so

} // namespace lathe::engine

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

} // namespace lathe::engine

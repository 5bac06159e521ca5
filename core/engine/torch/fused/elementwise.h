#pragma once

#include "core/engine/torch/fused/onednn.h"
#include "core/engine/torch/fused/step.h"
#include "core/graph/operations.h"

/// What is no product: pooling, normalisation, activations, attention, moved rows.
namespace lathe::engine {

/// Max or average over windows of an image in channels-last order.
struct Pooling {
    dnnl_alg_kind_t algorithm;
    op::Size2 kernel{1, 1};
    op::Size2 stride{1, 1};
    op::Size2 padding{0, 0};
    op::Size2 dilation{1, 1};
};
Made makePooling(const Pooling& pooling, const at::Tensor& x, const at::Tensor& y, Workshop& workshop);

/// x -> x * scale + shift per channel of an image in channels-last order, then a ReLU if so asked.
Made makeChannelScale(const at::Tensor& scale, const at::Tensor& shift, bool relu, const at::Tensor& x,
                      const at::Tensor& y, Workshop& workshop);

/// Over the last extent; x and y are contiguous.
Made makeLayerNorm(const at::Tensor& weight, const at::Tensor& bias, double eps, const at::Tensor& x,
                   const at::Tensor& y, Workshop& workshop);

/// x and y lie alike.
Made makeActivation(op::Activation::Kind kind, const at::Tensor& x, const at::Tensor& y, Workshop& workshop);

} // namespace lathe::engine

#pragma once

#include "core/engine/torch/fused/epilogue.h"
#include "core/engine/torch/fused/grid.h"
#include "core/graph/operations.h"
#include "core/quantization/quantization.h"

/// Convolutions and matrix products of layers whose weights are integers.
namespace lathe::engine {

/// A layer's weights as the kernels take them.
struct IntegerWeights {
    at::Tensor integers; ///< int8 [out, ...]
    at::Tensor scales;   ///< float32 [out], or [1] for all of them
    at::Tensor rounded;  ///< float32: what the integers stand for
    at::Tensor bias;     ///< float32 [out] or undefined
};

/// `y`: float32 where it has no grid. Addends in integers have theirs among the finishes. Where this CPU or oneDNN has
/// no kernel for it, it is computed in float32 between conversions.
Made makeIntegerConvolution(const op::Conv2d& conv, const IntegerWeights& weights, const at::Tensor& x,
                            const Grid& xGrid, const at::Tensor& y, const std::optional<Grid>& yGrid,
                            const Finishes& finishes, Workshop& workshop);

/// x and y: [rows, features].
Made makeIntegerLinear(const IntegerWeights& weights, const at::Tensor& x, const Grid& xGrid, const at::Tensor& y,
                       const std::optional<Grid>& yGrid, const Finishes& finishes, Workshop& workshop);

/// The same of x in float32, whose grid (of uint8, from the least to the largest value) is found when it runs.
Made makeDynamicLinear(const IntegerWeights& weights, const at::Tensor& x, const at::Tensor& y,
                       const Finishes& finishes, Workshop& workshop);

/// y = x W^T + b; of bfloat16 with the weights as bytes in memory, where that is faster.
Made makeWeightOnlyLinear(const IntegerWeights& weights, const at::Tensor& x, const at::Tensor& y,
                          const Finishes& finishes, Workshop& workshop);

} // namespace lathe::engine

#pragma once

#include "core/engine/torch/fused/step.h"
#include "core/quantization/affine.h"

/// Values as integers in the plan of a network.
namespace lathe::engine {

/// The grid that a tensor's integers are on.
using Grid = QuantizationParameters;

/// uint8, or int8 where the grid goes below 0.
at::ScalarType integerType(const Grid& grid);

at::Tensor scaleOf(const Grid& grid);     ///< float32 [1]
at::Tensor zeroPointOf(const Grid& grid); ///< int32 [1]

/// x in float32 to y in integers, and back. Both lie alike, or differ in their order.
Made makeQuantize(const at::Tensor& x, const at::Tensor& y, const Grid& grid, Workshop& workshop);
Made makeDequantize(const at::Tensor& x, const Grid& grid, const at::Tensor& y, Workshop& workshop);

/// The same with a grid that is read when it runs: float32 [1] and int32 [1].
Made makeQuantize(const at::Tensor& x, const at::Tensor& y, const at::Tensor& scale, const at::Tensor& zeroPoint,
                  Workshop& workshop);

} // namespace lathe::engine

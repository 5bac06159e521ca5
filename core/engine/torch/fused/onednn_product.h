#pragma once

#include "core/engine/torch/fused/epilogue.h"
#include "core/engine/torch/fused/grid.h"
#include "core/engine/torch/fused/step.h"

/// oneDNN's ways to a product and what follows it.
namespace lathe::engine {

/// Grids of integers; scales and zero points are tensors, which are read when it runs.
struct IntegerOperands {
    at::Tensor xScale;     ///< float32 [1]
    at::Tensor xZeroPoint; ///< int32 [1]
    at::Tensor weightScales;
    int weightMask = 0;    ///< the weight's axes that have a scale for each entry
    std::optional<Grid> y; ///< none: y is float32
};

/// What a product works on; `weight` and `bias` in the shape that oneDNN wants them. Where x holds integers, so does
/// the weight, and the scales say what they stand for.
struct Operands {
    at::Tensor weight;
    at::Tensor bias;
    at::Tensor x;
    at::Tensor y;
    Finishes finishes;
    std::optional<IntegerOperands> integers;
};

/// Where oneDNN offers one, a descriptor of the `skip`-th implementation.
using Describe = std::function<dnnl_status_t(dnnl_primitive_desc_t*, const_dnnl_primitive_attr_t)>;
Describe convolutionBy(const op::Conv2d& conv, const Operands& o);
Describe matrixProductOf(const Operands& o); ///< weight [in, out], bias [1, out]
Describe innerProductOf(const Operands& o);  ///< weight [out, in]

/// None where oneDNN has none but its plain implementation. Both `describe`'s operands and `o` are the same.
std::optional<Made> oneDnnProduct(const Describe& describe, const Operands& o, Workshop& workshop, int skip = 0);

} // namespace lathe::engine

#pragma once

#include "core/engine/torch/fused/step.h"

/// Copies, sums and products of whole tensors.
namespace lathe::engine {

/// The same elements in y's order.
Made makeCopy(const at::Tensor& x, const at::Tensor& y, Workshop& workshop);

/// All inputs behind each other along one axis.
Made makeConcat(const Tensors& inputs, std::int64_t axis, const at::Tensor& y, Workshop& workshop);

/// a + b or a * b, broadcast as NumPy does.
Made makeSumOrProduct(bool product, const at::Tensor& a, const at::Tensor& b, const at::Tensor& y, Workshop& workshop);

} // namespace lathe::engine

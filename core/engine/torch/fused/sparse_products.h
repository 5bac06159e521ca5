#pragma once

#include "core/engine/backend.h"
#include "core/engine/torch/fused/epilogue.h"
#include "core/engine/torch/fused/step.h"
#include "core/graph/operations.h"

/// Products with a weight that has zeros (see Mode::Sparse): by LibTorch's sparse matrix product, which is MKL's.
namespace lathe::engine {

/// y [rows, out] = x [rows, in] W^T + bias, then the finishes. In "sparse" the fastest of the dense and the sparse
/// ways; in "csr" and "bsr" that format where it can be had: any zeros at all, and for blocks, extents that they
/// divide.
Made makeSparseLinear(const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& x, const at::Tensor& y,
                      const Finishes& finishes, Workshop& workshop, Mode mode);

/// The same for images: a 1x1 convolution is a product of its pixels, another one of its patches written out (im2col).
/// Grouped ones stay dense.
Made makeSparseConvolution(const op::Conv2d& conv, const at::Tensor& weight, const at::Tensor& bias,
                           const at::Tensor& x, const at::Tensor& y, const Finishes& finishes, Workshop& workshop,
                           Mode mode);

} // namespace lathe::engine

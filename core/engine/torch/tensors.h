#pragma once

#include <ATen/ATen.h>

#include "core/base/tensor.h"

/// Between the tensors that every layer knows and LibTorch's. Both directions share memory where they can.
namespace lathe::engine {

at::ScalarType scalarType(DType dtype);
DType dtypeOf(at::ScalarType type); ///< Float32 for what Lathe has none of

/// Shares the bytes if they are aligned well enough for kernels, else copies. Never written to.
at::Tensor toTorch(const HostTensor& tensor);

/// A dense row-major tensor on the CPU; shares the memory if it is one already.
HostTensor toHost(const at::Tensor& tensor);

} // namespace lathe::engine

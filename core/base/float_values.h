#pragma once

#include "core/base/result.h"
#include "core/base/tensor.h"

namespace lathe {

/// The same values as float32: shared where they are already, else converted from float64, float16 or bfloat16.
/// Unsupported for integers.
Result<HostTensor> asFloat32(const HostTensor& tensor);

} // namespace lathe

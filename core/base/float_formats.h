#pragma once

#include <cstdint>

#include "core/base/result.h"
#include "core/base/tensor.h"

namespace lathe {

float fromBFloat16(std::uint16_t bits); ///< the upper half of a float32
float fromFloat16(std::uint16_t bits);  ///< IEEE 754 binary16: 5 bits of exponent, 10 of fraction

/// Each value of a float32 tensor as the bfloat16 nearest to it, halves to the even neighbour.
HostTensor toBFloat16(const HostTensor& tensor);

/// The same values as float32: shared where they are already, else converted from float64, float16 or bfloat16.
/// Unsupported for integers.
Result<HostTensor> asFloat32(const HostTensor& tensor);

} // namespace lathe

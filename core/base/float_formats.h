#pragma once

#include <cstdint>

#include "core/base/tensor.h"

namespace lathe {

float fromBFloat16(std::uint16_t bits); ///< the upper half of a float32
float fromFloat16(std::uint16_t bits);  ///< IEEE 754 binary16: 5 bits of exponent, 10 of fraction

/// A tensor of a floating dtype in float32; the same tensor where it is float32 already, or of integers.
HostTensor toFloat32(const HostTensor& tensor);

} // namespace lathe

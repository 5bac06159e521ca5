#pragma once

#include "core/base/result.h"
#include "core/engine/backend.h"

namespace lathe::engine {

/// See Backend::matrixThroughput. float32 and bfloat16 by at::mm; int8 by oneDNN's linear layer on uint8 activations
/// and prepacked int8 weights with a uint8 result, as a quantized network runs it.
Result<double> matrixThroughput(MatrixType type, int n, double seconds);

} // namespace lathe::engine

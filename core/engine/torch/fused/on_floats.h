#pragma once

#include "core/engine/torch/fused/step.h"

namespace lathe::engine {

/// A step on float32 copies of what it reads and writes, which share everyone's memory for such copies: for types that
/// this CPU or a library has no kernel for. None where y is float32 already. `make` gets the copies.
using MakeOnFloats = std::function<std::optional<Made>(const Tensors& reads, const at::Tensor& y)>;
std::optional<Made> onFloats(const Tensors& reads, const at::Tensor& y, Workshop& workshop, const MakeOnFloats& make);

/// The values that `x` has left once they are of `type`, in float32.
at::Tensor roundedTo(at::ScalarType type, const at::Tensor& x);

} // namespace lathe::engine

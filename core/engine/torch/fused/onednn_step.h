#pragma once

#include "core/engine/torch/fused/onednn.h"
#include "core/engine/torch/fused/step.h"

namespace lathe::engine {

/// A step of one primitive. None where oneDNN refused (`status`) or has nothing but its plain implementation. `desc` is
/// taken over; `bind` binds its memory but for scratch; `kept` lives as long as the step.
using Bind = std::function<void(onednn::Primitive&)>;
std::optional<Made> oneDnnStep(dnnl_status_t status, dnnl_primitive_desc_t desc, const Tensors& kept, const Bind& bind,
                               Workshop& workshop);

} // namespace lathe::engine

#pragma once

#include <vector>

#include <torch/csrc/jit/ir/ir.h>

#include "core/engine/torch/script_value.h"

namespace lathe::engine {

/// Runs the node's operation on these arguments. Throws Inexpressible where LibTorch has none of that name.
ScriptCall runCall(torch::jit::Node& node, std::vector<Traced> in);

/// What the call's outputs are in terms of the plan; those that do not depend on the input keep their names in the
/// state dict. Throws Inexpressible where the Graph has nothing for it.
void understand(ScriptCall& call, ScriptPlan& plan);

} // namespace lathe::engine

#pragma once

#include <torch/csrc/jit/api/module.h>

#include "core/engine/torch/script_value.h"

namespace lathe::engine {

struct ReadScript {
    ScriptPlan plan;
    NodeId output = 0;
};

/// Follows the program's forward function once, with a random sample of that shape (with the batch, which must not
/// divide or be divided by another extent's factor: a prime). Throws Inexpressible where it cannot become a Graph.
ReadScript readScript(const torch::jit::Module& module, const at::Tensor& sample);

} // namespace lathe::engine

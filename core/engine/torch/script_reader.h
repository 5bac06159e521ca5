#pragma once

#include <torch/csrc/jit/api/module.h>

#include "core/engine/torch/script_value.h"

namespace lathe::engine {

/// Tensors of a module in the order of Python's state_dict: its own first, then those of the modules in it.
std::vector<ScriptTensor> stateDictOf(const torch::jit::Module& module);

/// Tensors that a frozen program holds in its code, in its order: its weights have no names any more.
std::vector<ScriptTensor> constantsOf(const torch::jit::Module& module);

struct ReadScript {
    ScriptPlan plan;
    NodeId output = 0;
};

/// Follows the program's forward function once, with a random sample of that shape (with the batch, which must not
/// divide or be divided by another extent's factor: a prime). Throws Inexpressible where it cannot become a Graph.
ReadScript readScript(const torch::jit::Module& module, const at::Tensor& sample);

/// The tensor that a program gives: its output, or the first tensor in it.
at::Tensor firstTensor(const c10::IValue& output);

} // namespace lathe::engine

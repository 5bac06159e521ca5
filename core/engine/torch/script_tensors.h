#pragma once

#include <vector>

#include <torch/csrc/jit/api/module.h>

#include "core/engine/torch/script_plan.h"

/// The tensors of a program, without following it.
namespace lathe::engine {

/// "layer1.0" and "conv1" to "layer1.0.conv1".
std::string joinPath(const std::string& path, const std::string& name);

/// Tensors of a module in the order of Python's state_dict: its own first, then those of the modules in it.
std::vector<ScriptTensor> stateDictOf(const torch::jit::Module& module);

/// Tensors that a frozen program holds in its code, in its order: its weights have no names any more.
std::vector<ScriptTensor> constantsOf(const torch::jit::Module& module);

/// The tensor that a program gives: its output, or the first tensor in it.
at::Tensor firstTensor(const c10::IValue& output);

} // namespace lathe::engine

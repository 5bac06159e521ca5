#pragma once

#include <string>
#include <vector>

#include "core/engine/torch/script_value.h"

/// What the functions that turn a program's calls into nodes have in common.
namespace lathe::engine {

/// Of what may be one number for both, height first.
op::Size2 pairOf(const std::vector<std::int64_t>& values);

/// An axis, or a place along one, of which negative ones are counted from the end.
std::int64_t fromFront(std::int64_t place, std::int64_t extent);

void expectImage(const ScriptCall& call);

/// The node of the call's first input, batch first.
NodeId input(const ScriptCall& call, ScriptPlan& plan);

/// The node's output is the call's, as it is.
void give(ScriptCall& call, NodeId node);

/// The module that owns argument `i`, or the one that made the call, with a word for what it does.
std::string moduleName(const ScriptCall& call, std::size_t i, const std::string& what);

/// Name of argument `i` in the state dict; a tensor that the program holds itself becomes `otherwise`.
std::string tensorName(const ScriptCall& call, std::size_t i, ScriptPlan& plan, const std::string& otherwise,
                       bool trainable = true);

/// The same for the weight of a linear layer, [out, in]: the second factor of a product is that, transposed.
std::string weightName(const ScriptCall& call, std::size_t i, ScriptPlan& plan, const std::string& otherwise);

/// A factor that may be left out is 1.
bool isOne(const ScriptCall& call, std::size_t i);

/// An operation on each element: applied to the node's output, however that is looked at.
void elementwise(ScriptCall& call, ScriptPlan& plan, const Operation& operation, const std::string& what);

/// An operation over the last axis, which then has `extent` entries.
void onLastAxis(ScriptCall& call, ScriptPlan& plan, const std::string& name, const Operation& operation,
                const std::vector<std::string>& parameters, std::int64_t extent);

} // namespace lathe::engine

#pragma once

#include "core/engine/torch/script_value.h"

/// Converters of the calls that compute nothing: they look at a tensor in another way, or at a part of it. Argument
/// numbers are those of LibTorch's schemas.
namespace lathe::engine {

/// flatten, view, reshape, squeeze and the like: other extents, the same order.
void sameElements(ScriptCall& call, ScriptPlan& plan);

/// What changes nothing, as contiguous and clone do; expand and pad where they have nothing to add.
void asItIs(ScriptCall& call, ScriptPlan& plan);
void dropout(ScriptCall& call, ScriptPlan& plan);

void permute(ScriptCall& call, ScriptPlan& plan);
void transpose(ScriptCall& call, ScriptPlan& plan);

void slice(ScriptCall& call, ScriptPlan& plan);
void select(ScriptCall& call, ScriptPlan& plan);
/// chunk, split and unbind: consecutive stretches of one axis, whose extents the sample's outputs tell.
void divide(ScriptCall& call, ScriptPlan& plan);

} // namespace lathe::engine

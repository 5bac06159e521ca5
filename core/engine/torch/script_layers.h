#pragma once

#include "core/engine/torch/script_value.h"

/// Converters of the calls that have weights. Argument numbers are those of LibTorch's schemas.
namespace lathe::engine {

void convolution2d(ScriptCall& call, ScriptPlan& plan);
/// aten::convolution and aten::_convolution, which may be transposed.
void convolution(ScriptCall& call, ScriptPlan& plan);

void batchNorm(ScriptCall& call, ScriptPlan& plan);
void layerNorm(ScriptCall& call, ScriptPlan& plan);

void linear(ScriptCall& call, ScriptPlan& plan);
/// aten::addmm and aten::matmul, where they are linear layers.
void addmm(ScriptCall& call, ScriptPlan& plan);
void matmul(ScriptCall& call, ScriptPlan& plan);

} // namespace lathe::engine

#pragma once

#include "core/engine/torch/script_value.h"

namespace lathe::engine {

/// A tensor of the state dict repeated for every sample, of which there are `batch`.
bool repeatsForBatch(const ScriptCall& call, std::int64_t batch);
void expandToBatch(ScriptCall& call, ScriptPlan& plan);

/// Queries, keys and values cut out of one node's output one behind the other, or three nodes of the same width.
void scaledDotProductAttention(ScriptCall& call, ScriptPlan& plan);

/// aten::_native_multi_head_attention, with its projections.
void multiHeadAttention(ScriptCall& call, ScriptPlan& plan);

} // namespace lathe::engine

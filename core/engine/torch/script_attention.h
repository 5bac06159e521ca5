#pragma once

#include "core/engine/torch/script_value.h"

namespace lathe::engine {

/// Queries, keys and values cut out of one node's output one behind the other, or three nodes of the same width.
void scaledDotProductAttention(ScriptCall& call, ScriptPlan& plan);

/// aten::_native_multi_head_attention, with its projections.
void multiHeadAttention(ScriptCall& call, ScriptPlan& plan);

} // namespace lathe::engine

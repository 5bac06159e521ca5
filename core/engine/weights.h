#pragma once

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/graph/graph.h"

namespace lathe {

/// The graph's parameters, in its order, taken from what a file holds. Floating dtypes stay as they are (the engine
/// converts); `num_batches_tracked` and derived buffers may be missing and are made, and what only training uses is
/// left out. A missing or unexpected name, or a wrong shape, is one sentence and nothing is returned.
Result<StateDict> matchWeights(const Graph& graph, const StateDict& file);

/// Value of a parameter that the architecture itself fixes (Parameter::derived, num_batches_tracked).
HostTensor derivedValue(const Parameter& parameter);

} // namespace lathe

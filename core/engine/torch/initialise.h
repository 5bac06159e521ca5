#pragma once

#include <cstdint>

#include "core/base/tensor.h"
#include "core/graph/graph.h"

namespace lathe::engine {

/// First values of every parameter, drawn in state-dict order from one generator.
StateDict initialise(const Graph& graph, std::uint64_t seed);

} // namespace lathe::engine

#pragma once

#include <cstdint>

#include "core/base/tensor.h"
#include "core/compression/batches.h"
#include "core/graph/graph.h"

namespace lathe {

/// batch x the graph's input: normal values, or tokens of its vocabulary. The same from the same seed, on any machine.
HostTensor randomInput(const Graph& graph, std::int64_t batch, std::uint64_t seed);

/// One random sample, always the same.
CalibrationData onceRandom(const Graph& graph);

} // namespace lathe

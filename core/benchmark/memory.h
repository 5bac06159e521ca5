#pragma once

#include <algorithm>
#include <cstdint>

#include "core/base/result.h"
#include "core/graph/graph.h"

namespace lathe {

/// Memory one configuration needs, from the graph: weights, input and the peak of live activations.
struct MemoryNeed {
    std::int64_t fixedBytes = 0;     ///< weights and the engine
    std::int64_t preparingBytes = 0; ///< on top while weights are brought into another layout, before any inference
    std::int64_t perSampleBytes = 0; ///< times the batch
    std::int64_t forBatch(std::int64_t batch) const
    {
        return fixedBytes + std::max(preparingBytes, perSampleBytes * batch);
    }
};
MemoryNeed memoryNeed(const Graph& graph);

/// Refuses what does not fit with the figure and the largest batch that would.
Result<void> checkMemory(const Graph& graph, std::int64_t batch, std::int64_t availableBytes);

} // namespace lathe

#pragma once

#include <cstdint>
#include <vector>

#include "core/graph/graph.h"

namespace lathe {

/// What one node costs for one sample (batch 1) in float32.
struct NodeCost {
    std::int64_t parameters = 0;      ///< trainable entries
    std::int64_t macs = 0;            ///< multiply-accumulates of convolutions and matrix products
    std::int64_t elementwise = 0;     ///< other arithmetic operations, counted apart
    std::int64_t parameterBytes = 0;  ///< parameters and buffers
    std::int64_t activationBytes = 0; ///< memory its output takes anew; 0 for views and in-place work
    std::int64_t scratchBytes = 0;    ///< held besides, while it runs
};

/// What a network costs for one sample in float32. 1 MAC is one multiply and one add (2 FLOPs).
struct GraphCost {
    std::int64_t parameters = 0;
    std::int64_t macs = 0;
    std::int64_t elementwise = 0;
    std::int64_t parameterBytes = 0;
    std::int64_t activationBytes = 0; ///< sum over all nodes
    /// The most that is alive at once when every value goes as soon as it was last read: this times the batch is
    /// what an inference needs on top of the weights (kernels' scratch memory aside).
    std::int64_t peakActivationBytes = 0;
    /// The same with values living as long as PyTorch's eager mode keeps them (see `Lifetimes`).
    std::int64_t eagerPeakActivationBytes = 0;
    std::vector<NodeCost> nodes; ///< one a node, in the graph's order
};

GraphCost cost(const Graph& graph);

/// For each node, in the graph's order, the node whose memory its output lies in: itself but for views and in-place
/// work.
std::vector<NodeId> memoryOwners(const Graph& graph);

/// How long a value lives.
enum class Lifetimes {
    Shortest, ///< until its last reader has run
    /// Until the outermost module that reads it and did not make it returns: in Python the caller's variable holds a
    /// module's input meanwhile. How much memory is given back, and when, decides on the page faults to come.
    Eager
};

/// For each node the nodes whose output goes after it ran, in the graph's order. The network's output never goes.
/// Views keep what they look at alive.
std::vector<std::vector<NodeId>> releasedAfter(const Graph& graph, Lifetimes lifetimes);

} // namespace lathe

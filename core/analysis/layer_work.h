#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/graph/graph.h"
#include "core/lowering/lowered_graph.h"

namespace lathe {

/// What a mode (its name) runs of a graph, in order, the input aside: each node by itself, or in a mode that runs
/// the lowered network what its lowering makes one operation. What the nodes of one hand to each other touches no
/// memory.
std::vector<LoweredNode> operationsOf(const Graph& graph, const std::string& mode);

/// What an operation computes and moves for a whole batch in float32. Nodes folded into its weights cost nothing.
struct LayerWork {
    std::vector<NodeId> nodes;       ///< that it stands for
    std::string name;                ///< of the node whose operation runs
    std::string operation;           ///< of the same
    double flops = 0.0;              ///< two a multiply-accumulate, one any other arithmetic operation
    std::int64_t parameterBytes = 0; ///< that are read
    /// These, each value from outside once, and the output; 0 where all are views.
    std::int64_t bytes = 0;
};

/// One an operation.
std::vector<LayerWork> layerWork(const Graph& graph, std::int64_t batch, const std::vector<LoweredNode>& operations);

} // namespace lathe

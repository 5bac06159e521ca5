#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace lathe {

/// Nodes of a graph that a mode runs as one: what they hand to each other touches no memory. In the order they run; the
/// first gives the name, the last the output.
using NodeGroup = std::vector<NodeId>;

/// How a mode (its name) groups the nodes of a graph, the input aside. Nodes that it computes beforehand or leaves out
/// are in none.
std::vector<NodeGroup> nodeGroups(const Graph& graph, const std::string& mode);

/// What a group of nodes computes and moves for a whole batch in float32.
struct LayerWork {
    NodeGroup nodes;
    std::string name;                ///< of the group's first node
    std::string operation;           ///< of the same
    double flops = 0.0;              ///< two a multiply-accumulate, one any other arithmetic operation
    std::int64_t parameterBytes = 0; ///< that are read
    /// These, each value from outside of the group once, and the output; 0 where all are views.
    std::int64_t bytes = 0;
};

/// One a group.
std::vector<LayerWork> layerWork(const Graph& graph, std::int64_t batch, const std::vector<NodeGroup>& groups);

} // namespace lathe

#pragma once

#include <variant>
#include <vector>

#include "core/graph/graph.h"

/// A network as a deployment runs it: fewer, larger operations. Nothing here is approximate; sums are only taken in
/// another order.
namespace lathe {

/// The value of another node is added to the operation's output.
struct Addend {
    NodeId value = 0;
};

/// What happens to an operation's output before it is written. A Permute only renames its axes.
using Epilogue = std::variant<op::Activation, Addend, op::Permute>;

/// One operation of a lowered network, and the nodes of the graph it stands for.
struct LoweredNode {
    std::vector<NodeId> nodes;       ///< the first is whose operation runs, the last whose value comes out
    std::vector<NodeId> inputs;      ///< the values it reads, addends aside
    std::vector<NodeId> folded;      ///< of the nodes: batch norms and constant factors that go into weight and bias
    std::vector<Epilogue> epilogues; ///< in this order
    /// The nodes only move rows of the last extent about (of channels, for an image) and run as one movement.
    bool isMovement = false;

    NodeId node() const { return nodes.front(); }
    NodeId value() const { return nodes.back(); }
};

struct LoweredGraph {
    std::vector<NodeId> constants; ///< nodes computed once, in order: they follow from parameters alone
    std::vector<LoweredNode> nodes;
};

/// Leaves out what the output does not need, computes constants beforehand, folds batch norms and constant channel
/// factors into the convolution or linear layer before them, joins to it the activation and residual addition that
/// follow, and makes one movement of chains that cut out, shift and put back windows or merge patches.
LoweredGraph lower(const Graph& graph);

} // namespace lathe

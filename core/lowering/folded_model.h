#pragma once

#include <vector>

#include "core/base/tensor.h"
#include "core/graph/graph.h"

namespace lathe {

/// A network whose batch norms and constant channel factors are multiplied into the convolution or linear layer before
/// them: the same function in fewer nodes, and the form that quantization works on.
struct FoldedModel {
    Graph graph;
    StateDict weights;          ///< the graph's, in its order, float32 where they are floating
    std::vector<NodeId> origin; ///< by node: the node of the given graph
};

/// `weights`: the graph's, in its order (see matchWeights). Nodes that the output does not need are left out. A layer
/// whose weight another layer shares is left as it is.
///
/// With scale = weight / sqrt(running_var + eps) and shift = bias - running_mean scale, a batch norm behind x W + b is
/// x (W scale) + (b scale + shift).
FoldedModel foldConstants(const Graph& graph, const StateDict& weights);

} // namespace lathe

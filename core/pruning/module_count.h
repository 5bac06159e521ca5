#pragma once

#include <cstdint>

#include "core/graph/graph.h"

namespace lathe {

/// What Torch-Pruning's `count_ops_and_params` counts, as ptflops before it, for one sample: the multiply-accumulates
/// of convolutions, linear layers and attention, two operations an element of a batch or layer normalisation, one an
/// element of an activation, of a pool's input and of a convolution's output that gets a bias, and one a bias of a
/// linear layer. It is printed as MACs there, and is what figures from there compare with; ours (see cost.h) leave all
/// but the first out.
std::int64_t moduleOperations(const Graph& graph);

} // namespace lathe

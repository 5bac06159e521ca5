#pragma once

#include "core/base/tensor.h"
#include "core/graph/graph.h"

namespace lathe {

/// Cross-layer equalization (Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction",
/// ICCV 2019): where nothing but a ReLU lies between two layers and nobody else reads, output channel i of the first is
/// divided and input channel i of the second multiplied by s_i = sqrt(r1_i r2_i) / r2_i, where r are the largest
/// magnitudes of the channel's weights, until the channels' ranges are alike. The function stays; one scale for all
/// channels then loses less. A ReLU6 or GELU between them does not let a factor through, and is passed over.
///
/// `graph` is folded, `weights` are its own in its order and are changed. Returns the number of pairs.
int equalize(const Graph& graph, StateDict& weights);

} // namespace lathe

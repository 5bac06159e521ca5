#pragma once

#include <functional>
#include <vector>

#include <ATen/ATen.h>

#include "core/graph/graph.h"

namespace lathe::engine {

using Tensors = std::vector<at::Tensor>;

/// One node made ready: inputs in, output out. Parameters are bound.
using Kernel = std::function<at::Tensor(const Tensors&)>;

/// What batch normalisation takes mean and variance from. `Batch`, for training, moves the running ones along too.
enum class Statistics { Running, Batch };

/// The operations that PyTorch's eager mode runs for this node of torchvision's network, in the same order.
/// `ExpandToBatch` gets the network's input as a second input, whose batch it follows.
Kernel makeKernel(const Node& node, Tensors parameters, at::Device device, Statistics statistics = Statistics::Running);

/// The nodes whose values its kernel takes.
std::vector<NodeId> kernelInputs(const Node& node);

} // namespace lathe::engine

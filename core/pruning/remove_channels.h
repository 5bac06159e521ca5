#pragma once

#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/graph/graph.h"
#include "core/pruning/channel_classes.h"

/// A smaller network: the same nodes and parameters by the same names, without the entries of the classes that go.
namespace lathe {

/// By class; true: it goes.
using RemovedClasses = std::vector<bool>;

/// Indices along an axis of that many entries that stay, in order.
std::vector<std::int64_t> keptEntries(const ChannelClasses& classes, std::int64_t extent,
                                      const RemovedClasses& removed);

/// InvalidArgument where nothing would be left of a tensor.
Result<Graph> removeChannels(const Graph& graph, const ChannelClassesOfGraph& classes, const RemovedClasses& removed);

/// `weights`: the graph's, in its order, of any dtype.
StateDict removeChannels(const StateDict& weights, const ChannelClassesOfGraph& classes, const RemovedClasses& removed);

} // namespace lathe

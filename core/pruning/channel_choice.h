#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/pruning/channel_groups.h"

/// Which groups of channels lose any.
namespace lathe {

/// Heads and the width of a transformer's embedding stay unless asked for, as in Torch-Pruning's results: a head is so
/// much of a layer that a ratio of few heads is a coarse cut, and the embedding's width is read by every layer, class
/// token and position there is, so that losing some of it costs more accuracy than the same work saved in the MLPs.
struct ChannelChoice {
    bool heads = false;
    bool transformerStream = false;
    std::vector<std::string> excluded; ///< names of layers that keep their channels, also with * and ?
};

/// Half a sentence why a group keeps all its channels; empty where it may lose some.
std::string whyWhole(const ChannelGroup& group, const ChannelChoice& choice);

/// Those that lose some. NotFound for an exclusion that fits no layer with channels, InvalidArgument where no group is
/// left.
Result<std::vector<ChannelGroup>> chosenGroups(const Graph& graph, const std::vector<ChannelGroup>& groups,
                                               const ChannelChoice& choice);

} // namespace lathe

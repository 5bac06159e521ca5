#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/graph/graph.h"

/// Which entries of which tensors go together when channels are taken out of a network.
namespace lathe {

/// The class of each entry along one axis of a tensor; empty: nothing goes along this axis.
using ChannelClasses = std::vector<int>;

/// The same for every axis of a tensor.
using AxisClasses = std::vector<ChannelClasses>;

/// Why the entries of a class have to stay.
struct FixedBy {
    bool output = false;    ///< they are the network's output
    bool operation = false; ///< they meet what cannot lose entries: the image, positions, a fixed table

    bool any() const { return output || operation; }
};

/// Entries of a class go together or not at all: two channels that are added, the same place of both halves of a
/// shuffle, all features of an attention head. What may go of a tensor is whole rows, columns, ... of it.
struct ChannelClassesOfGraph {
    std::vector<AxisClasses> values;     ///< by node: of its output, whose shape has no batch
    std::vector<AxisClasses> parameters; ///< by ParameterId
    std::vector<FixedBy> fixed;          ///< by class

    int count() const { return static_cast<int>(fixed.size()); }
};

/// From the operations alone. Convolutions, linear layers and embeddings begin new classes; everything else passes on
/// those of its inputs, or joins them where entries meet at one place. A reshape along which classes would vary on two
/// axes joins those along one of them, the one that leaves more apart, so that what is removed stays rectangular.
/// A graph that runs as one piece (op::Sealed) has none.
ChannelClassesOfGraph channelClasses(const Graph& graph);

} // namespace lathe

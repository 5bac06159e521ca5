#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/graph/graph.h"
#include "core/pruning/channel_classes.h"

/// Channels that compete with each other for being kept.
namespace lathe {

/// What part a tensor's axis has in a group.
enum class ChannelRole {
    Weight, ///< its entries make the channels: convolutions, linear layers, embeddings
    Bias,   ///< of such a layer
    Scale,  ///< of a batch normalisation
    Reads,  ///< a layer's weight that reads the channels
    Other   ///< whatever else is sized by them: shifts, statistics, layer scales, tables of positions
};

/// An axis of a parameter, and how many of its entries each class of the group has.
struct ChannelAxis {
    ParameterId parameter = 0;
    std::size_t axis = 0;
    std::int64_t perClass = 1;
    ChannelRole role = ChannelRole::Other;
};

enum class ChannelKind {
    Channels,          ///< of a convolution, or of several that are tied
    Features,          ///< of linear layers alone: the width of an MLP
    ResidualStream,    ///< what blocks add to
    TransformerStream, ///< the same where attention reads it: the width of the embedding
    AttentionHeads     ///< whole heads
};
/// "channels", "features", "residual stream", "transformer stream", "attention heads".
std::string_view name(ChannelKind kind);

/// Classes that have equally many entries in the same tensors: which of them go is a matter of choice, and how many
/// alone says what the network then costs.
struct ChannelGroup {
    ChannelKind kind = ChannelKind::Channels;
    std::vector<int> classes;        ///< in the order of their entries
    std::vector<ChannelAxis> axes;   ///< by parameter
    std::vector<std::string> layers; ///< that make the channels, as the graph names them; in the order they run
    FixedBy fixed;

    std::int64_t size() const { return static_cast<std::int64_t>(classes.size()); }
    /// "layer1.0.conv2", "layer1.0.conv3, layer1.0.downsample.0 and 2 others".
    std::string title() const;
    /// Half a sentence why none of it can go, "they are the network's output"; empty where some can.
    std::string obstacle() const;
};

/// All groups that some layer makes, those that have to stay included, in the order of their first classes.
std::vector<ChannelGroup> channelGroups(const Graph& graph, const ChannelClassesOfGraph& classes);

} // namespace lathe

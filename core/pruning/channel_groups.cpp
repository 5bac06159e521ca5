#include "core/pruning/channel_groups.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "core/base/words.h"

namespace lathe {

namespace {

constexpr std::size_t kMostLayers = 2; ///< that a title names

/// Tensor, axis, entries: values come before parameters.
using Footprint = std::vector<std::tuple<std::size_t, std::size_t, std::int64_t>>;

class Grouping {
public:
    Grouping(const Graph& graph, const ChannelClassesOfGraph& classes) : m_graph(graph), m_classes(classes) {}

    std::vector<ChannelGroup> run()
    {
        findReaders();
        std::map<Footprint, std::size_t> known;
        std::vector<ChannelGroup> groups;
        const std::vector<Footprint> footprints = allFootprints();
        for (int id = 0; id < m_classes.count(); ++id) {
            const Footprint& footprint = footprints[static_cast<std::size_t>(id)];
            const auto [place, isNew] = known.try_emplace(footprint, groups.size());
            if (isNew)
                groups.push_back(groupOf(footprint));
            ChannelGroup& group = groups[place->second];
            group.classes.push_back(id);
            const FixedBy& fixed = m_classes.fixed[static_cast<std::size_t>(id)];
            group.fixed = {group.fixed.output || fixed.output, group.fixed.operation || fixed.operation};
        }
        std::erase_if(groups, [](const ChannelGroup& group) { return group.layers.empty(); });
        return groups;
    }

private:
    std::size_t values() const { return m_classes.values.size(); }

    /// A parameter's first reader says what it is.
    void findReaders()
    {
        m_readers.resize(m_graph.parameters().size());
        for (std::size_t i = m_graph.nodes().size(); i-- > 0;)
            for (std::size_t slot = 0; slot < m_graph.nodes()[i].parameters.size(); ++slot)
                m_readers[static_cast<std::size_t>(m_graph.nodes()[i].parameters[slot])] = {static_cast<NodeId>(i),
                                                                                            slot};
    }

    std::vector<Footprint> allFootprints() const
    {
        std::vector<Footprint> all(static_cast<std::size_t>(m_classes.count()));
        const auto add = [&](std::size_t tensor, const AxisClasses& axes) {
            for (std::size_t axis = 0; axis < axes.size(); ++axis)
                for (const int id : axes[axis]) {
                    Footprint& footprint = all[static_cast<std::size_t>(id)];
                    const bool isThere = !footprint.empty() && std::get<0>(footprint.back()) == tensor &&
                                         std::get<1>(footprint.back()) == axis;
                    if (!isThere)
                        footprint.emplace_back(tensor, axis, 0);
                    ++std::get<2>(footprint.back());
                }
        };
        for (std::size_t i = 0; i < values(); ++i)
            add(i, m_classes.values[i]);
        for (std::size_t i = 0; i < m_classes.parameters.size(); ++i)
            add(values() + i, m_classes.parameters[i]);
        return all;
    }

    struct Reader {
        NodeId node = 0;
        std::size_t slot = 0;
    };
    const Reader& readerOf(ParameterId id) const { return m_readers[static_cast<std::size_t>(id)]; }
    const Node& nodeOf(ParameterId id) const { return m_graph.node(readerOf(id).node); }

    ChannelRole roleOf(ParameterId id, std::size_t axis) const
    {
        const Operation& operation = nodeOf(id).operation;
        const std::size_t slot = readerOf(id).slot;
        if (std::holds_alternative<op::Conv2d>(operation) || std::holds_alternative<op::Linear>(operation)) {
            if (slot == 1)
                return ChannelRole::Bias;
            return axis == 0 ? ChannelRole::Weight : ChannelRole::Reads;
        }
        if (std::holds_alternative<op::Embedding>(operation))
            return ChannelRole::Weight;
        return std::holds_alternative<op::BatchNorm2d>(operation) && slot == 0 ? ChannelRole::Scale
                                                                               : ChannelRole::Other;
    }

    bool isDepthwise(const Node& node) const
    {
        const auto* conv = std::get_if<op::Conv2d>(&node.operation);
        return conv != nullptr && conv->groups > 1 && conv->groups == conv->inChannels;
    }

    ChannelGroup groupOf(const Footprint& footprint) const
    {
        ChannelGroup group;
        std::vector<NodeId> makers;
        for (const auto& [tensor, axis, entries] : footprint) {
            if (tensor < values())
                continue;
            const auto id = static_cast<ParameterId>(tensor - values());
            const ChannelRole role = roleOf(id, axis);
            group.axes.push_back({id, axis, entries, role});
            // A depthwise convolution has the channels of what it reads.
            if (role == ChannelRole::Weight && !isDepthwise(nodeOf(id)))
                makers.push_back(readerOf(id).node);
        }
        std::sort(makers.begin(), makers.end());
        for (const NodeId maker : makers)
            group.layers.push_back(m_graph.node(maker).name);
        group.kind = kindOf(footprint, makers);
        return group;
    }

    static bool isIn(const Footprint& footprint, std::size_t tensor, std::size_t axis)
    {
        return std::any_of(footprint.begin(), footprint.end(), [&](const auto& entry) {
            return std::get<0>(entry) == tensor && std::get<1>(entry) == axis;
        });
    }

    bool hasLast(const Footprint& footprint, NodeId value) const
    {
        return isIn(footprint, static_cast<std::size_t>(value), m_graph.node(value).output.shape.size() - 1);
    }

    ChannelKind kindOf(const Footprint& footprint, const std::vector<NodeId>& makers) const
    {
        const std::vector<Node>& nodes = m_graph.nodes();
        const auto feedsAttention = [&](const Node& node) {
            return std::holds_alternative<op::Attention>(node.operation) && hasLast(footprint, node.inputs.front());
        };
        const auto isReadByAttention = [&](const Node& node) {
            if (!std::holds_alternative<op::Attention>(node.operation))
                return false;
            const Node& projection = m_graph.node(node.inputs.front());
            return !projection.inputs.empty() && hasLast(footprint, projection.inputs.front());
        };
        if (std::any_of(nodes.begin(), nodes.end(), feedsAttention))
            return ChannelKind::AttentionHeads;
        if (std::any_of(nodes.begin(), nodes.end(), isReadByAttention))
            return ChannelKind::TransformerStream;
        if (isAdded(footprint))
            return ChannelKind::ResidualStream;
        const bool areLinear = std::all_of(makers.begin(), makers.end(), [&](NodeId id) {
            return std::holds_alternative<op::Linear>(m_graph.node(id).operation);
        });
        return areLinear ? ChannelKind::Features : ChannelKind::Channels;
    }

    /// One value that depends on the network's input to another.
    bool isAdded(const Footprint& footprint) const
    {
        return std::any_of(footprint.begin(), footprint.end(), [&](const auto& entry) {
            const std::size_t tensor = std::get<0>(entry);
            if (tensor >= values())
                return false;
            const Node& node = m_graph.nodes()[tensor];
            return std::holds_alternative<op::Add>(node.operation) && m_graph.node(node.inputs[0]).output.batched &&
                   m_graph.node(node.inputs[1]).output.batched;
        });
    }

    const Graph& m_graph;
    const ChannelClassesOfGraph& m_classes;
    std::vector<Reader> m_readers;
};

} // namespace

std::string_view name(ChannelKind kind)
{
    constexpr std::array<std::string_view, 5> kNames{"channels", "features", "residual stream", "transformer stream",
                                                     "attention heads"};
    return kNames[static_cast<std::size_t>(kind)];
}

std::string ChannelGroup::title() const
{
    return listText(layers, kMostLayers);
}

std::string ChannelGroup::obstacle() const
{
    if (fixed.output)
        return "they are the network's output";
    return fixed.operation ? "they meet values that cannot lose any" : "";
}

std::vector<ChannelGroup> channelGroups(const Graph& graph, const ChannelClassesOfGraph& classes)
{
    return Grouping(graph, classes).run();
}

} // namespace lathe

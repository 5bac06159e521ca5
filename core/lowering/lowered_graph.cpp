#include "core/lowering/lowered_graph.h"

#include <algorithm>

#include "core/lowering/movement.h"
#include "core/lowering/readers.h"

namespace lathe {

namespace {

template <class T> const T* as(const Node& node)
{
    return std::get_if<T>(&node.operation);
}

/// Extents are 1 but for one axis of `output`, where it has them all; an axis counts from the end.
bool variesAlongOnly(const Shape& factor, const Shape& output, std::size_t axis)
{
    const std::size_t missing = output.size() - factor.size();
    for (std::size_t i = 0; i < factor.size(); ++i)
        if (factor[i] != 1 && i + missing != axis)
            return false;
    return factor.size() <= output.size();
}

/// Grows one operation by what follows it, as long as nobody else reads what is in between.
class Fusion {
public:
    Fusion(const Graph& graph, const Readers& readers, NodeId anchor)
        : m_graph(graph), m_readers(readers),
          m_anchor(graph.node(anchor)), m_lowered{{anchor}, m_anchor.inputs, {}, {}, false},
          m_channels(channelAxis(m_anchor))
    {
    }

    LoweredNode grow()
    {
        LoweredNode kept = m_lowered;
        for (auto next = m_readers.only(last()); next && take(*next); next = m_readers.only(last())) {
            m_lowered.nodes.push_back(*next);
            // A renaming of axes that leads to nothing stays a node of its own.
            if (as<op::Permute>(m_graph.node(*next)) == nullptr)
                kept = m_lowered;
        }
        return kept;
    }

private:
    static std::size_t channelAxis(const Node& node)
    {
        return as<op::Linear>(node) != nullptr ? node.output.shape.size() - 1 : 0;
    }

    NodeId last() const { return m_lowered.value(); }
    bool hasWeights() const { return as<op::Conv2d>(m_anchor) != nullptr || as<op::Linear>(m_anchor) != nullptr; }

    /// Nothing but renamings of axes so far.
    bool isStillLinear() const
    {
        return std::all_of(m_lowered.epilogues.begin(), m_lowered.epilogues.end(),
                           [](const Epilogue& e) { return std::holds_alternative<op::Permute>(e); });
    }

    bool take(NodeId next)
    {
        const Node& node = m_graph.node(next);
        if (const auto* activation = as<op::Activation>(node))
            return takeActivation(*activation);
        if (!hasWeights())
            return false;
        if (const auto* permute = as<op::Permute>(node))
            return takePermute(*permute);
        if (as<op::Add>(node) != nullptr)
            return takeAddition(node);
        if (isStillLinear() && isFoldable(node))
            m_lowered.folded.push_back(next);
        return isStillLinear() && isFoldable(node);
    }

    bool isFoldable(const Node& node) const
    {
        if (as<op::BatchNorm2d>(node) != nullptr)
            return m_channels == 0;
        return as<op::Multiply>(node) != nullptr && isChannelFactor(node);
    }

    bool isChannelFactor(const Node& node) const
    {
        const Value& factor = m_graph.node(otherInput(node)).output;
        return !factor.batched && node.output.shape == m_graph.node(last()).output.shape &&
               variesAlongOnly(factor.shape, node.output.shape, m_channels);
    }

    bool takeActivation(const op::Activation& activation)
    {
        const bool canFuse = hasWeights() || as<op::BatchNorm2d>(m_anchor) != nullptr;
        if (canFuse)
            m_lowered.epilogues.emplace_back(activation);
        return canFuse;
    }

    /// The addend has to be there when this operation runs.
    bool takeAddition(const Node& node)
    {
        const NodeId other = otherInput(node);
        const Value& addend = m_graph.node(other).output;
        const bool fits = addend.batched && addend.shape == node.output.shape &&
                          node.output.shape == m_graph.node(last()).output.shape && other < m_lowered.node();
        if (fits)
            m_lowered.epilogues.emplace_back(Addend{other});
        return fits;
    }

    bool takePermute(const op::Permute& permute)
    {
        const auto at = std::find(permute.order.begin(), permute.order.end(), static_cast<std::int64_t>(m_channels));
        m_channels = static_cast<std::size_t>(at - permute.order.begin());
        m_lowered.epilogues.emplace_back(permute);
        return true;
    }

    NodeId otherInput(const Node& node) const { return node.inputs[node.inputs[0] == last() ? 1 : 0]; }

    const Graph& m_graph;
    const Readers& m_readers;
    const Node& m_anchor;
    LoweredNode m_lowered;
    std::size_t m_channels; ///< the axis of channels in what has grown so far
};

} // namespace

LoweredGraph lower(const Graph& graph)
{
    const Readers readers(graph);
    const Movements movements(graph, readers);
    LoweredGraph lowered;
    std::vector<bool> done(graph.nodes().size(), false);
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
        if (done[static_cast<std::size_t>(id)] || !readers.isNeeded(id))
            continue;
        if (!graph.node(id).output.batched) {
            lowered.constants.push_back(id);
            continue;
        }
        const LoweredNode* movement = movements.from(id);
        lowered.nodes.push_back(movement != nullptr ? *movement : Fusion(graph, readers, id).grow());
        for (const NodeId member : lowered.nodes.back().nodes)
            done[static_cast<std::size_t>(member)] = true;
    }
    return lowered;
}

} // namespace lathe

#include "core/lowering/movement.h"

#include <algorithm>
#include <optional>
#include <set>

namespace lathe {

namespace {

/// Leaves the last extent of what it reads whole, and last.
bool keepsRows(const Operation& operation, const Shape& input)
{
    const auto last = static_cast<std::int64_t>(input.size()) - 1;
    if (const auto* slice = std::get_if<op::Slice>(&operation))
        return slice->axis != last;
    if (const auto* windows = std::get_if<op::WindowPartition>(&operation))
        return !windows->channelsFirst;
    if (const auto* reverse = std::get_if<op::WindowReverse>(&operation))
        return !reverse->channelsFirst;
    return std::holds_alternative<op::PadBottomRight>(operation) || std::holds_alternative<op::Roll>(operation);
}

bool isStep(const Graph& graph, NodeId id)
{
    const Node& node = graph.node(id);
    return node.output.batched && node.inputs.size() == 1 &&
           keepsRows(node.operation, graph.node(node.inputs.front()).output.shape);
}

bool anyCopies(const Graph& graph, const std::vector<NodeId>& nodes)
{
    return std::any_of(nodes.begin(), nodes.end(),
                       [&](NodeId id) { return storageOf(graph.node(id).operation) == Storage::Own; });
}

bool joinsRows(const Node& node)
{
    const auto* concat = std::get_if<op::Concat>(&node.operation);
    return concat != nullptr && node.output.batched &&
           concat->axis == static_cast<std::int64_t>(node.output.shape.size()) - 1;
}

/// The steps from one common source to this concatenation, with it, if nobody else reads any of them.
std::optional<LoweredNode> joinAt(const Graph& graph, const Readers& readers, NodeId concat)
{
    std::set<NodeId> members{concat};
    std::set<NodeId> sources;
    std::vector<NodeId> open = graph.node(concat).inputs;
    while (!open.empty()) {
        const NodeId id = open.back();
        open.pop_back();
        if (!isStep(graph, id))
            sources.insert(id);
        else if (members.insert(id).second)
            open.push_back(graph.node(id).inputs.front());
    }
    members.erase(concat);
    const auto isReadInside = [&](NodeId id) {
        const std::vector<NodeId>& all = readers.of(id);
        return std::all_of(all.begin(), all.end(), [&](NodeId r) { return r == concat || members.contains(r); });
    };
    if (sources.size() != 1 || members.size() < 2 || !std::all_of(members.begin(), members.end(), isReadInside))
        return std::nullopt;
    LoweredNode movement{{members.begin(), members.end()}, {*sources.begin()}, {}, {}, true};
    movement.nodes.push_back(concat);
    return movement;
}

} // namespace

Movements::Movements(const Graph& graph, const Readers& readers) : m_taken(graph.nodes().size(), false)
{
    findJoins(graph, readers);
    findChains(graph, readers);
}

const LoweredNode* Movements::from(NodeId first) const
{
    const auto found = m_byFirst.find(first);
    return found == m_byFirst.end() ? nullptr : &found->second;
}

void Movements::add(LoweredNode movement)
{
    for (const NodeId node : movement.nodes)
        m_taken[static_cast<std::size_t>(node)] = true;
    m_byFirst.emplace(movement.node(), std::move(movement));
}

void Movements::findJoins(const Graph& graph, const Readers& readers)
{
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id)
        if (readers.isNeeded(id) && joinsRows(graph.node(id)))
            if (auto join = joinAt(graph, readers, id))
                add(std::move(*join));
}

void Movements::findChains(const Graph& graph, const Readers& readers)
{
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
        if (!readers.isNeeded(id) || isTaken(id) || !isStep(graph, id))
            continue;
        LoweredNode chain{{id}, graph.node(id).inputs, {}, {}, true};
        for (auto next = readers.only(id); next && isStep(graph, *next) && !isTaken(*next); next = readers.only(*next))
            chain.nodes.push_back(*next);
        if (anyCopies(graph, chain.nodes))
            add(std::move(chain));
    }
}

} // namespace lathe

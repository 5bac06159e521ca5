#include "core/graph/cost.h"

#include <algorithm>

namespace lathe {

namespace {

constexpr std::int64_t kFloatBytes = 4;

/// The node whose memory a node's output lies in.
std::vector<NodeId> memoryOwners(const Graph& graph)
{
    std::vector<NodeId> owner;
    for (const Node& node : graph.nodes()) {
        const bool shares = storageOf(node.operation) != Storage::Own && !node.inputs.empty();
        owner.push_back(shares ? owner[static_cast<std::size_t>(node.inputs.front())]
                               : static_cast<NodeId>(owner.size()));
    }
    return owner;
}

/// The last node that reads each memory, by its owner.
std::vector<NodeId> lastReaders(const Graph& graph, const std::vector<NodeId>& owner)
{
    std::vector<NodeId> last(graph.nodes().size());
    for (std::size_t i = 0; i < last.size(); ++i) {
        last[static_cast<std::size_t>(owner[i])] = static_cast<NodeId>(i); // a view nobody reads still is made
        for (const NodeId input : graph.nodes()[i].inputs)
            last[static_cast<std::size_t>(owner[static_cast<std::size_t>(input)])] = static_cast<NodeId>(i);
    }
    const auto kept = static_cast<std::size_t>(owner[static_cast<std::size_t>(graph.output())]);
    last[kept] = static_cast<NodeId>(last.size());
    return last;
}

NodeCost nodeCost(const Graph& graph, const Node& node)
{
    NodeCost cost;
    for (const ParameterId id : node.parameters) {
        const Parameter& parameter = graph.parameter(id);
        const std::int64_t count = elementCount(parameter.shape);
        cost.parameters += parameter.trainable ? count : 0;
        cost.parameterBytes += count * byteSize(parameter.dtype);
    }
    std::vector<Value> inputs;
    for (const NodeId input : node.inputs)
        inputs.push_back(graph.node(input).output);
    const Work work = countWork(node.operation, inputs, node.output);
    cost.macs = work.macs;
    cost.elementwise = work.elementwise;
    cost.scratchBytes = work.scratch * kFloatBytes;
    if (storageOf(node.operation) == Storage::Own && !std::holds_alternative<op::Input>(node.operation))
        cost.activationBytes = elementCount(node.output.shape) * kFloatBytes;
    return cost;
}

/// Bytes alive while each node runs, at their most. The input is the caller's and does not count.
std::int64_t peakBytes(const Graph& graph, const std::vector<NodeCost>& costs)
{
    const std::vector<NodeId> last = lastReaders(graph, memoryOwners(graph));
    std::vector<std::int64_t> freedAfter(last.size() + 1, 0);
    for (std::size_t i = 0; i < last.size(); ++i)
        freedAfter[static_cast<std::size_t>(last[i])] += costs[i].activationBytes;
    std::int64_t live = 0;
    std::int64_t peak = 0;
    for (std::size_t i = 0; i < costs.size(); ++i) {
        live += costs[i].activationBytes;
        peak = std::max(peak, live + costs[i].scratchBytes);
        live -= freedAfter[i];
    }
    return peak;
}

} // namespace

GraphCost cost(const Graph& graph)
{
    GraphCost total;
    for (const Node& node : graph.nodes()) {
        const NodeCost& c = total.nodes.emplace_back(nodeCost(graph, node));
        total.parameters += c.parameters;
        total.macs += c.macs;
        total.elementwise += c.elementwise;
        total.parameterBytes += c.parameterBytes;
        total.activationBytes += c.activationBytes;
    }
    total.peakActivationBytes = peakBytes(graph, total.nodes);
    return total;
}

std::vector<std::vector<NodeId>> releasedAfter(const Graph& graph)
{
    std::vector<NodeId> last(graph.nodes().size(), -1);
    for (std::size_t i = 0; i < last.size(); ++i) {
        last[i] = static_cast<NodeId>(i);
        for (const NodeId input : graph.nodes()[i].inputs)
            last[static_cast<std::size_t>(input)] = static_cast<NodeId>(i);
    }
    std::vector<std::vector<NodeId>> released(last.size());
    for (std::size_t i = 0; i < last.size(); ++i)
        if (static_cast<NodeId>(i) != graph.output())
            released[static_cast<std::size_t>(last[i])].push_back(static_cast<NodeId>(i));
    return released;
}

} // namespace lathe

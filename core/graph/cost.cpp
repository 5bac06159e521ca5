#include "core/graph/cost.h"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace lathe {

namespace {

constexpr std::int64_t kFloatBytes = 4;

/// The modules a node is in, outermost first, and the node itself: "a", "a.b", "a.b.conv".
std::vector<std::string> pathsOf(const std::string& name)
{
    std::vector<std::string> paths;
    for (std::size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1))
        paths.push_back(name.substr(0, dot));
    paths.push_back(name);
    return paths;
}

/// The last node of every module.
std::unordered_map<std::string, NodeId> moduleEnds(const Graph& graph)
{
    std::unordered_map<std::string, NodeId> ends;
    for (std::size_t i = 0; i < graph.nodes().size(); ++i)
        for (std::string& path : pathsOf(graph.nodes()[i].name))
            ends[std::move(path)] = static_cast<NodeId>(i);
    return ends;
}

/// The outermost module that `reader` is in and `maker` is not.
std::string readingModule(const std::string& maker, const std::string& reader)
{
    const std::vector<std::string> made = pathsOf(maker);
    const std::vector<std::string> read = pathsOf(reader);
    std::size_t common = 0;
    while (common + 1 < read.size() && common < made.size() && read[common] == made[common])
        ++common;
    return read[common];
}

/// The node after which each node's value is no longer wanted; a value that nobody reads goes at once.
std::vector<NodeId> lastUses(const Graph& graph, Lifetimes lifetimes)
{
    const auto ends = lifetimes == Lifetimes::Eager ? moduleEnds(graph) : std::unordered_map<std::string, NodeId>();
    std::vector<NodeId> last(graph.nodes().size());
    for (std::size_t i = 0; i < last.size(); ++i) {
        const Node& reader = graph.nodes()[i];
        last[i] = static_cast<NodeId>(i);
        for (const NodeId input : reader.inputs) {
            const NodeId end = lifetimes == Lifetimes::Eager
                                   ? ends.at(readingModule(graph.node(input).name, reader.name))
                                   : static_cast<NodeId>(i);
            NodeId& use = last[static_cast<std::size_t>(input)];
            use = std::max(use, end);
        }
    }
    return last;
}

/// The node after which each memory is given back, by its owner.
std::vector<NodeId> lastReaders(const Graph& graph, const std::vector<NodeId>& owner, Lifetimes lifetimes)
{
    const std::vector<NodeId> uses = lastUses(graph, lifetimes);
    std::vector<NodeId> last(uses.size());
    for (std::size_t i = 0; i < uses.size(); ++i) {
        NodeId& end = last[static_cast<std::size_t>(owner[i])];
        end = std::max(end, uses[i]);
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
std::int64_t peakBytes(const Graph& graph, const std::vector<NodeCost>& costs, Lifetimes lifetimes)
{
    const std::vector<NodeId> last = lastReaders(graph, memoryOwners(graph), lifetimes);
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
    total.peakActivationBytes = peakBytes(graph, total.nodes, Lifetimes::Shortest);
    total.eagerPeakActivationBytes = peakBytes(graph, total.nodes, Lifetimes::Eager);
    return total;
}

std::vector<std::vector<NodeId>> releasedAfter(const Graph& graph, Lifetimes lifetimes)
{
    const std::vector<NodeId> last = lastUses(graph, lifetimes);
    std::vector<std::vector<NodeId>> released(last.size());
    for (std::size_t i = 0; i < last.size(); ++i)
        if (static_cast<NodeId>(i) != graph.output())
            released[static_cast<std::size_t>(last[i])].push_back(static_cast<NodeId>(i));
    return released;
}

} // namespace lathe

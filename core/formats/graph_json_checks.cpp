#include "core/formats/graph_json_checks_p.h"

#include <fmt/format.h>

#include "core/formats/graph_json_nodes_p.h"
#include "core/graph/cost.h"

namespace lathe::graphjson {

namespace {

std::string labelled(const Node& node)
{
    return fmt::format("node {} ({})", node.name, operationName(node.operation));
}

Result<void> checkOutput(const Graph& graph)
{
    const Node& output = graph.node(graph.output());
    if (!output.output.batched)
        return wrong(fmt::format("{} is the output and does not depend on the input", labelled(output)));
    std::vector<bool> needed(graph.nodes().size(), false);
    needed[static_cast<std::size_t>(graph.output())] = true;
    for (std::size_t id = needed.size(); id-- > 0;)
        for (const NodeId input : graph.nodes()[id].inputs)
            needed[static_cast<std::size_t>(input)] = needed[static_cast<std::size_t>(input)] || needed[id];
    for (std::size_t id = 0; id < needed.size(); ++id)
        if (!needed[id])
            return wrong(
                fmt::format("{} does not lead to the output, node {}", labelled(graph.nodes()[id]), output.name));
    return {};
}

/// An addition may broadcast its first input, which has no room for the result then.
Result<void> checkRoom(const Graph& graph, const Node& node)
{
    const Value& first = graph.node(node.inputs.front()).output;
    if (first.shape == node.output.shape && first.batched == node.output.batched)
        return {};
    return wrong(fmt::format("{} cannot put {} in place of its first input, {}", labelled(node),
                             toString(node.output.shape), toString(first.shape)));
}

Result<void> checkOverwritten(const Graph& graph, const Node& node, NodeId memory)
{
    const Node& overwritten = graph.node(memory);
    if (std::holds_alternative<op::Input>(overwritten.operation) ||
        std::holds_alternative<op::ParameterValue>(overwritten.operation))
        return wrong(fmt::format("{} works in place and would overwrite {}", labelled(node), labelled(overwritten)));
    return {};
}

/// Nobody reads what was there before in-place work took its place.
Result<void> checkInPlace(const Graph& graph)
{
    const std::vector<NodeId> memory = memoryOwners(graph);
    std::vector<NodeId> lastWriter(memory.size(), 0);
    for (std::size_t id = 0; id < memory.size(); ++id) {
        const Node& node = graph.nodes()[id];
        for (const NodeId input : node.inputs) {
            const NodeId writer = lastWriter[static_cast<std::size_t>(memory[static_cast<std::size_t>(input)])];
            if (writer > input)
                return wrong(fmt::format("{} works in place and overwrites {}, which node {} reads later",
                                         labelled(graph.node(writer)), labelled(graph.node(input)), node.name));
        }
        if (storageOf(node.operation) != Storage::Same)
            continue;
        if (auto sound = checkOverwritten(graph, node, memory[id]); !sound)
            return sound;
        if (auto sound = checkRoom(graph, node); !sound)
            return sound;
        lastWriter[static_cast<std::size_t>(memory[id])] = static_cast<NodeId>(id);
    }
    return {};
}

} // namespace

Result<void> checkUse(const Graph& graph)
{
    return checkOutput(graph).and_then([&] { return checkInPlace(graph); });
}

} // namespace lathe::graphjson

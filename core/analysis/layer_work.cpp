#include "core/analysis/layer_work.h"

#include <algorithm>
#include <set>

#include "core/analysis/layer_table.h"
#include "core/engine/backend.h"
#include "core/lowering/lowered_graph.h"

namespace lathe {

namespace {

constexpr NodeId kInput = 0;

bool isView(const Graph& graph, NodeId node)
{
    return storageOf(graph.node(node).operation) == Storage::View;
}

std::int64_t activationBytes(const Graph& graph, std::int64_t batch, const NodeGroup& group)
{
    if (std::all_of(group.begin(), group.end(), [&](NodeId node) { return isView(graph, node); }))
        return 0;
    std::set<NodeId> read;
    for (const NodeId node : group)
        for (const NodeId input : graph.node(node).inputs)
            if (std::find(group.begin(), group.end(), input) == group.end())
                read.insert(input);
    std::int64_t bytes = valueBytes(graph.node(group.back()).output, batch);
    for (const NodeId input : read)
        bytes += valueBytes(graph.node(input).output, batch);
    return bytes;
}

} // namespace

std::vector<NodeGroup> nodeGroups(const Graph& graph, const std::string& mode)
{
    std::vector<NodeGroup> groups;
    if (mode == name(Mode::Fused)) {
        for (LoweredNode& lowered : lower(graph).nodes)
            if (lowered.node() != kInput)
                groups.push_back(std::move(lowered.nodes));
        return groups;
    }
    for (std::size_t i = kInput + 1; i < graph.nodes().size(); ++i)
        groups.push_back({static_cast<NodeId>(i)});
    return groups;
}

std::vector<LayerWork> layerWork(const Graph& graph, std::int64_t batch, const std::vector<NodeGroup>& groups)
{
    const LayerTable table = layerTable(graph, batch);
    std::vector<LayerWork> works;
    for (const NodeGroup& group : groups) {
        LayerWork& work = works.emplace_back();
        work.nodes = group;
        work.name = graph.node(group.front()).name;
        work.operation = operationName(graph.node(group.front()).operation);
        for (const NodeId node : group) {
            const LayerRow& row = table.rows[static_cast<std::size_t>(node) - 1]; // without the input
            work.flops += 2.0 * static_cast<double>(row.macs) + static_cast<double>(row.elementwise);
            work.parameterBytes += row.parameterBytes;
        }
        work.bytes = work.parameterBytes + activationBytes(graph, batch, group);
    }
    return works;
}

} // namespace lathe

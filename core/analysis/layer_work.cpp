#include "core/analysis/layer_work.h"

#include <algorithm>
#include <set>

#include "core/analysis/layer_table.h"
#include "core/engine/backend.h"

namespace lathe {

namespace {

bool contains(const std::vector<NodeId>& nodes, NodeId node)
{
    return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

bool isView(const Graph& graph, NodeId node)
{
    return storageOf(graph.node(node).operation) == Storage::View;
}

/// Values from elsewhere; what was folded into weights is not read again.
std::set<NodeId> valuesRead(const Graph& graph, const LoweredNode& operation)
{
    std::set<NodeId> read;
    for (const NodeId node : operation.nodes)
        if (!contains(operation.folded, node))
            for (const NodeId input : graph.node(node).inputs)
                if (!contains(operation.nodes, input))
                    read.insert(input);
    return read;
}

std::int64_t activationBytes(const Graph& graph, std::int64_t batch, const LoweredNode& operation)
{
    const std::vector<NodeId>& nodes = operation.nodes;
    if (std::all_of(nodes.begin(), nodes.end(), [&](NodeId node) { return isView(graph, node); }))
        return 0;
    std::int64_t bytes = valueBytes(graph.node(operation.value()).output, batch);
    for (const NodeId input : valuesRead(graph, operation))
        bytes += valueBytes(graph.node(input).output, batch);
    return bytes;
}

std::vector<LoweredNode> oneByOne(const Graph& graph)
{
    std::vector<LoweredNode> operations;
    for (std::size_t i = 1; i < graph.nodes().size(); ++i)
        operations.push_back({{static_cast<NodeId>(i)}, graph.nodes()[i].inputs, {}, {}, false});
    return operations;
}

} // namespace

std::vector<LoweredNode> operationsOf(const Graph& graph, const std::string& mode)
{
    const Result<Mode> known = modeFromName(mode);
    if (!known || !runsLowered(*known))
        return oneByOne(graph);
    std::vector<LoweredNode> operations = lower(graph).nodes;
    std::erase_if(operations, [](const LoweredNode& operation) { return operation.node() == 0; });
    return operations;
}

std::vector<LayerWork> layerWork(const Graph& graph, std::int64_t batch, const std::vector<LoweredNode>& operations)
{
    const LayerTable table = layerTable(graph, batch);
    std::vector<LayerWork> works;
    for (const LoweredNode& operation : operations) {
        LayerWork& work = works.emplace_back();
        work.nodes = operation.nodes;
        work.name = graph.node(operation.node()).name;
        work.operation = operationName(graph.node(operation.node()).operation);
        for (const NodeId node : operation.nodes) {
            if (contains(operation.folded, node))
                continue;
            const LayerRow& row = table.rows[static_cast<std::size_t>(node) - 1]; // without the input
            work.flops += 2.0 * static_cast<double>(row.macs) + static_cast<double>(row.elementwise);
            work.parameterBytes += row.parameterBytes;
        }
        work.bytes = work.parameterBytes + activationBytes(graph, batch, operation);
    }
    return works;
}

} // namespace lathe

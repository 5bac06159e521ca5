#include "core/analysis/layer_table.h"

#include <algorithm>
#include <unordered_map>

#include "core/graph/cost.h"

namespace lathe {

namespace {

constexpr std::int64_t kValueBytes = 4; ///< of an activation

/// Of a table of embeddings only the rows asked for are read, which are as large as what is written.
std::int64_t readParameterBytes(const Node& node, const NodeCost& cost, std::int64_t batch)
{
    if (storageOf(node.operation) == Storage::View)
        return 0;
    return std::holds_alternative<op::Embedding>(node.operation) ? valueBytes(node.output, batch) : cost.parameterBytes;
}

std::int64_t activationBytes(const Graph& graph, const Node& node, std::int64_t batch)
{
    if (storageOf(node.operation) == Storage::View)
        return 0;
    std::int64_t bytes = valueBytes(node.output, batch);
    for (const NodeId input : node.inputs)
        bytes += valueBytes(graph.node(input).output, batch);
    return bytes;
}

LayerRow rowOf(const Graph& graph, const Node& node, const NodeCost& cost, std::int64_t batch)
{
    LayerRow row;
    row.name = node.name;
    row.operation = operationName(node.operation);
    row.kind = kindOf(node.operation);
    if (!node.inputs.empty())
        row.input = graph.node(node.inputs.front()).output.shape;
    row.output = node.output.shape;
    row.parameters = cost.parameters;
    const std::int64_t samples = node.output.batched ? batch : 1;
    row.macs = cost.macs * samples;
    row.elementwise = cost.elementwise * samples;
    row.parameterBytes = readParameterBytes(node, cost, batch);
    row.bytes = row.parameterBytes + activationBytes(graph, node, batch);
    return row;
}

void addTimes(LayerTable& table, const std::vector<LayerTime>& times)
{
    std::unordered_map<std::string_view, LayerRow*> rows;
    for (LayerRow& row : table.rows)
        rows.emplace(row.name, &row);
    double total = 0.0;
    for (const LayerTime& time : times) {
        total += time.milliseconds;
        if (const auto found = rows.find(time.name); found != rows.end())
            found->second->milliseconds = time.milliseconds;
        else
            table.unknown.push_back(time.name);
    }
    table.totalMs = total;
    for (LayerRow& row : table.rows)
        if (row.milliseconds && total > 0.0)
            row.share = *row.milliseconds / total;
}

} // namespace

std::optional<double> LayerRow::gflopsPerSecond() const
{
    if (!milliseconds || *milliseconds <= 0.0 || macs == 0)
        return std::nullopt;
    return 2.0 * static_cast<double>(macs) / (*milliseconds * 1e6);
}

std::int64_t valueBytes(const Value& value, std::int64_t batch)
{
    const std::int64_t entry = value.dtype == DType::Float32 ? kValueBytes : byteSize(value.dtype);
    return elementCount(value.shape) * entry * (value.batched ? batch : 1);
}

LayerTable layerTable(const Graph& graph, std::int64_t batch, const std::vector<LayerTime>& times)
{
    const GraphCost total = cost(graph);
    LayerTable table;
    table.batch = batch;
    for (std::size_t i = 1; i < graph.nodes().size(); ++i)
        table.rows.push_back(rowOf(graph, graph.nodes()[i], total.nodes[i], batch));
    if (!times.empty())
        addTimes(table, times);
    return table;
}

LayerTable layerTable(std::int64_t batch, const std::vector<LayerTime>& times)
{
    LayerTable table;
    table.batch = batch;
    for (const LayerTime& time : times) {
        LayerRow& row = table.rows.emplace_back();
        row.name = time.name;
        row.operation = time.operation;
        row.macs = time.macs;
    }
    if (!times.empty())
        addTimes(table, times);
    return table;
}

std::string_view layerQuantityName(LayerQuantity quantity)
{
    switch (quantity) {
    case LayerQuantity::Parameters:
        return "Parameters";
    case LayerQuantity::Macs:
        return "MACs";
    case LayerQuantity::Bytes:
        return "Bytes moved";
    case LayerQuantity::Time:
        return "Time";
    }
    return {};
}

double valueOf(const LayerRow& row, LayerQuantity quantity)
{
    switch (quantity) {
    case LayerQuantity::Parameters:
        return static_cast<double>(row.parameters);
    case LayerQuantity::Macs:
        return static_cast<double>(row.macs);
    case LayerQuantity::Bytes:
        return static_cast<double>(row.bytes);
    case LayerQuantity::Time:
        return row.milliseconds.value_or(0.0);
    }
    return 0.0;
}

std::vector<double> sharesByKind(const LayerTable& table, LayerQuantity quantity)
{
    std::vector<double> shares(allOperationKinds().size(), 0.0);
    double total = 0.0;
    for (const LayerRow& row : table.rows) {
        shares[static_cast<std::size_t>(row.kind)] += valueOf(row, quantity);
        total += valueOf(row, quantity);
    }
    for (double& share : shares)
        share = total > 0.0 ? share / total : 0.0;
    return shares;
}

} // namespace lathe

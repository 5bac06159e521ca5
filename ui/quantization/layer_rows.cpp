#include "ui/quantization/layer_rows.h"

#include <algorithm>
#include <cmath>

#include "core/analysis/significant.h"

namespace lathe::ui {

namespace {

bool isComputed(const Operation& operation)
{
    return std::holds_alternative<op::Conv2d>(operation) || std::holds_alternative<op::Linear>(operation);
}

/// Layers that are quantized, or say why not.
std::vector<LayerRow> rowsOf(const QuantizationOutcome& whole, const Quantization& chosen)
{
    std::vector<LayerRow> rows;
    const Graph& graph = whole.model.graph;
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
        const LayerQuantization& layer = whole.model.quantization->layer(id);
        if (!layer.weight && layer.reason.empty())
            continue;
        LayerRow& row = rows.emplace_back();
        row.node = id;
        row.name = graph.node(id).name;
        row.operation = operationName(graph.node(id).operation);
        row.given = layer.precision;
        row.chosen = chosen.layer(id).precision;
        row.reason = layer.reason;
        row.isComputed = isComputed(graph.node(id).operation);
    }
    return rows;
}

LayerRow* find(std::vector<LayerRow>& rows, NodeId node)
{
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const LayerRow& row) { return row.node == node; });
    return found == rows.end() ? nullptr : &*found;
}

} // namespace

std::optional<double> LayerRow::savedMs() const
{
    if (!floatMs || !quantizedMs)
        return std::nullopt;
    return *floatMs - *quantizedMs;
}

std::vector<LayerRow> layerRows(const QuantizedNetwork& network)
{
    std::vector<LayerRow> rows = rowsOf(*network.whole, *network.chosen->model.quantization);
    for (const LayerError& error : network.chosen->errors)
        if (LayerRow* row = find(rows, error.node)) {
            row->weightDb = error.weight;
            row->outputDb = error.output;
            row->accumulatedDb = error.accumulated;
        }
    if (!network.measured)
        return rows;
    for (const LayerSensitivity& alone : network.measured->sensitivities)
        if (LayerRow* row = find(rows, alone.node))
            row->sensitivityDb = alone.error.sqnrDb();
    for (const LayerSaving& saving : network.measured->savings.layers)
        if (LayerRow* row = find(rows, saving.node)) {
            row->floatMs = saving.floatMs;
            row->quantizedMs = saving.quantizedMs;
        }
    return rows;
}

std::set<NodeId> presetLayers(const std::vector<LayerRow>& rows, LayerPreset preset)
{
    std::vector<const LayerRow*> computed;
    for (const LayerRow& row : rows)
        if (row.isComputed)
            computed.push_back(&row);
    const auto wanted = [&](const LayerRow* row) {
        switch (preset) {
        case LayerPreset::All:
            return true;
        case LayerPreset::EndsInFloat:
            return row != computed.front() && row != computed.back();
        case LayerPreset::Convolutions:
            return row->operation == operationName(op::Conv2d{});
        case LayerPreset::Linear:
            return row->operation == operationName(op::Linear{});
        case LayerPreset::None:
            break;
        }
        return false;
    };
    std::set<NodeId> layers;
    for (const LayerRow* row : computed)
        if (row->hasChoice() && wanted(row))
            layers.insert(row->node);
    return layers;
}

PrecisionChoice choiceOf(const std::vector<LayerRow>& rows)
{
    PrecisionChoice choice;
    for (const LayerRow& row : rows)
        if (row.chosen != row.given)
            choice[row.node] = row.chosen;
    return choice;
}

PrecisionChoice allButInFloat(const std::vector<LayerRow>& rows, const std::set<NodeId>& quantized)
{
    PrecisionChoice choice;
    for (const LayerRow& row : rows)
        if (row.hasChoice() && !quantized.contains(row.node))
            choice[row.node] = Precision::Float32;
    return choice;
}

std::string decibelText(const std::optional<double>& decibels)
{
    if (!decibels)
        return {};
    return std::isinf(*decibels) ? "exact" : formatFixed(*decibels, 1);
}

} // namespace lathe::ui

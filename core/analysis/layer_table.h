#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/operation_kind.h"
#include "core/graph/graph.h"
#include "core/session/record.h"

namespace lathe {

/// One node of a network: what it computes, and where it was measured, how long that took.
struct LayerRow {
    std::string name;
    std::string operation;
    OperationKind kind = OperationKind::Movement;
    Shape input;                  ///< of the first input, without the batch; empty: none
    Shape output;                 ///< without the batch
    std::int64_t parameters = 0;  ///< trainable entries
    std::int64_t macs = 0;        ///< of the whole batch
    std::int64_t elementwise = 0; ///< other arithmetic operations, of the whole batch
    /// That the operation has to read and write at least for the whole batch: its inputs, its parameters and its
    /// output once each; 0 for a view.
    std::int64_t bytes = 0;
    std::int64_t parameterBytes = 0;    ///< those of `bytes` that are parameters
    std::optional<double> milliseconds; ///< median, of the whole batch
    std::optional<double> share;        ///< of the sum of all layers' times

    /// 10^9 FLOPs a second that were achieved, at two FLOPs a MAC; none without MACs or a time.
    std::optional<double> gflopsPerSecond() const;
};

struct LayerTable {
    std::vector<LayerRow> rows; ///< in the order they run, without the input
    std::int64_t batch = 1;
    std::optional<double> totalMs; ///< sum of the layers' times
    /// Layers that were measured and are not in the graph (another version of the model): left out of `rows`.
    std::vector<std::string> unknown;
};

/// What a value takes for a batch, as the engine holds it.
std::int64_t valueBytes(const Value& value, std::int64_t batch);

/// The layers of a graph for a batch; with the times of a record of that model and batch where there is one.
LayerTable layerTable(const Graph& graph, std::int64_t batch, const std::vector<LayerTime>& times = {});

/// What a record itself tells of its layers, where its network cannot be had any more.
LayerTable layerTable(std::int64_t batch, const std::vector<LayerTime>& times);

/// What of each layer a picture shows.
enum class LayerQuantity { Parameters, Macs, Bytes, Time };
std::string_view layerQuantityName(LayerQuantity quantity);  ///< "Parameters", "MACs", "Bytes moved", "Time"
double valueOf(const LayerRow& row, LayerQuantity quantity); ///< 0 where there is none

/// Share of each kind of operation (in the order of `allOperationKinds`) in a quantity; all 0 where its sum is 0.
std::vector<double> sharesByKind(const LayerTable& table, LayerQuantity quantity);

/// RFC 4180, one row a layer under a header of names with units; numbers as in C.
std::string layersToCsv(const LayerTable& table);

} // namespace lathe

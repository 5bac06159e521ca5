#pragma once

#include <vector>

#include "core/lowering/lowered_graph.h"
#include "core/quantization/quantization.h"

/// Which values of a network are kept as integers between layers, given how its layers compute.
namespace lathe {

/// Whether an operation only picks, moves or averages values, so that integers on one grid go in and come out. The
/// average over a whole image does not: it varies far less than what it is taken of, and would be left few steps.
bool keepsGrid(const LoweredNode& operation, const Graph& graph);

/// By node: the group of values that share a grid, since operations that keep it lie between them; none where the value
/// stays float32. A value is kept as integers where a layer in int8 reads it, or an operation that keeps the grid and
/// whose own output is.
std::vector<std::optional<std::size_t>> valueGroups(const Graph& graph, const LoweredGraph& lowered,
                                                    const std::vector<Precision>& precisions);

} // namespace lathe

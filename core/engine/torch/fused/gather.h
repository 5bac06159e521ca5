#pragma once

#include "core/engine/torch/fused/step.h"

namespace lathe::engine {

/// For each row written, the row of one sample's input that it is a copy of, or -1 for zeros.
using RowMap = std::vector<std::int64_t>;

/// The map of nodes that only move rows of the last extent, found by sending row numbers through them. Each has its
/// inputs among those before it or is `source`'s reader; the last one's value is what is written.
RowMap rowMapOf(const Graph& graph, const std::vector<NodeId>& chain, NodeId source);

/// x and y: contiguous, samples outermost, rows of `width` elements; `nothing`: every byte of what no row is a copy to,
/// 0 but for integers, whose zero point it is.
Made makeGather(const RowMap& map, std::int64_t width, int nothing, const at::Tensor& x, const at::Tensor& y);

} // namespace lathe::engine

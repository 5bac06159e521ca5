#pragma once

#include <cstdint>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/engine/trainee.h"
#include "core/graph/graph.h"

/// What a hint looks at: a layer, and where its values are large, by Zagoruyko and Komodakis, "Paying More Attention to
/// Attention", 2016.
namespace lathe {

/// A map whose length is below it counts as if it were this long, as in torch.nn.functional.normalize.
inline constexpr float kLeastAttention = 1e-12F;

/// Entries of the attention map of a value of that shape (without the batch): height times width of C x H x W, tokens
/// of T x C; 0 where there are no places.
std::int64_t placesOf(const Shape& value);

/// N x places: the mean square over the channels of each place, each map divided by its length. `values` is float32,
/// N x C x H x W or N x T x C.
HostTensor attentionMaps(const HostTensor& values);

/// The node of a hint; InvalidArgument where the graph has none of that name, or where its values have no places to
/// attend to.
Result<NodeId> hintNode(const Graph& graph, const Hint& hint);

} // namespace lathe

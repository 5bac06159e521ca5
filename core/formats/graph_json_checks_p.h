#pragma once

// Private to core/formats: what is wrong with a graph as a whole whose nodes are sound one by one.

#include "core/base/result.h"
#include "core/graph/graph.h"

namespace lathe::graphjson {

/// Every node leads to the output, the output depends on the input, and in-place work harms nobody.
Result<void> checkUse(const Graph& graph);

} // namespace lathe::graphjson

#pragma once

#include "app/prune_options.h"
#include "core/base/result.h"

namespace lathe::cli {

/// `lathe prune MODEL --unstructured` and `--nm`: masks, or zeros with --permanent; the network keeps its size.
Result<void> pruneByMasks(const PruneOptions& options, const MaskOptions& masks);

} // namespace lathe::cli

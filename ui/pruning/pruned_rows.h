#pragma once

#include <vector>

#include "ui/pruning/prune_work.h"

namespace lathe::ui {

/// The convolutions and linear layers of a network, and what each lost to `after`, which was made from it.
std::vector<PrunedLayerRow> prunedRows(const LoadedModel& before, const LoadedModel& after);

/// Their sum: weights that are 0 or gone, and all.
PrunedLayerRow wholeOf(const std::vector<PrunedLayerRow>& rows);

} // namespace lathe::ui

#pragma once

#include "core/base/progress.h"
#include "core/training/training.h"

namespace lathe::ui {

/// Tells of "fine-tuning, epoch 1 of 3".
TrainingEvents fineTuningEvents(const ProgressSink& progress);

} // namespace lathe::ui

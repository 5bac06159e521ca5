#pragma once

#include <stop_token>

#include "core/base/progress.h"
#include "core/quantization/post_training.h"

namespace lathe {

/// Bias correction (Nagel et al., ICCV 2019, section 4.2, measured on data): rounding shifts a layer's mean output, and
/// that shift, channel by channel, is taken off its bias. Each layer is measured on exact inputs that are rounded to
/// their grids. Layers without a bias stay as they are. Reads `data` to its end; returns the number of layers.
Result<int> correctBiases(Backend& backend, QuantizedModel& model, const CalibrationData& data,
                          const std::stop_token& stop = {}, const ProgressSink& progress = {});

} // namespace lathe

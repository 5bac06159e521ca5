#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/compression/subject.h"
#include "core/quantization/layer_errors.h"
#include "core/training/training.h"

/// A quantization as users ask for it: names in, a quantized model and what it cost out.
namespace lathe {

struct QuantizationOutcome {
    LoadedModel model;              ///< quantized; saveModel writes it
    StateDict exact;                ///< its graph's weights before they were rounded
    std::vector<LayerError> errors; ///< on what it was calibrated on
};
Result<QuantizationOutcome> quantize(Backend& backend, const CompressionSubject& subject,
                                     const QuantizationOptions& options, std::stop_token stop = {},
                                     const ProgressSink& progress = {});

/// The same outcome with its errors measured anew, for one whose layers were changed.
Result<QuantizationOutcome> layerErrorsOf(Backend& backend, const CompressionSubject& subject,
                                          QuantizationOutcome outcome, const std::stop_token& stop = {},
                                          const ProgressSink& progress = {});

/// A few epochs of training under the rounding, for where quantizing afterwards loses too much: from the weights before
/// they were rounded, on the outcome's grids. Fails where there are no images to train on.
Result<QuantizationOutcome> fineTune(Backend& backend, const CompressionSubject& subject,
                                     const QuantizationOutcome& outcome, const TrainingOptions& options,
                                     const TrainingEvents& events = {}, std::stop_token stop = {});

inline constexpr double kQuantizedLearningRate =
    0.002; ///< that this is usually done with: the weights are nearly right

} // namespace lathe

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/engine/backend.h"
#include "core/quantization/post_training.h"

/// What quantization costs a network, layer by layer.
namespace lathe {

/// Signal to quantization noise ratios in dB: 10 log10 of the sum of squares of what should be over that of the errors;
/// infinite without error. None where nothing was measured.
struct LayerError {
    NodeId node = 0;                     ///< of the quantized model's graph
    std::optional<double> weight;        ///< of the rounded weight
    std::optional<double> output;        ///< of the output, from exact inputs that are rounded to their grids
    std::optional<double> accumulated;   ///< of the output, with the errors of all layers before it
    std::optional<double> largestOutput; ///< largest error of the output, as in `output`
};

/// One a layer with weights, in the order they run. `exact`: the model's weights in float. Reads `data` to its end.
Result<std::vector<LayerError>> layerErrors(Backend& backend, const StateDict& exact, const QuantizedModel& model,
                                            const CalibrationData& data, std::stop_token stop = {},
                                            const ProgressSink& progress = {});

} // namespace lathe

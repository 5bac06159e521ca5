#pragma once

#include <optional>
#include <vector>

#include "core/engine/backend.h"
#include "core/quantization/histogram.h"
#include "core/quantization/quantization.h"

/// What quantization does to the values of a network's layers, as a picture.
namespace lathe {

/// Counts in the same bins, which span the values before; those beyond count in the bins at the ends.
struct BeforeAfter {
    Histogram before; ///< in float32
    Histogram after;  ///< rounded
};

struct LayerHistograms {
    NodeId node = 0; ///< of the quantized model's graph
    BeforeAfter weight;
    std::optional<BeforeAfter> output; ///< with the activations and additions that run within it
};

/// One a convolution or linear layer, in the order they run. `exact`: the model's weights in float; `x`: a batch, of
/// which the outputs are. After: with the errors of all layers before it.
Result<std::vector<LayerHistograms>> layerHistograms(Backend& backend, const StateDict& exact,
                                                     const QuantizedModel& model, const HostTensor& x);

} // namespace lathe

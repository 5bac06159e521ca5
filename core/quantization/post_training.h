#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>

#include "core/base/progress.h"
#include "core/compression/batches.h"
#include "core/engine/backend.h"
#include "core/quantization/weight_quantizer.h"

/// Quantization of a trained network without training it further.
namespace lathe {

/// `name`: "static", "dynamic", "weight-only".
enum class Scheme {
    Static,    ///< convolutions and linear layers in int8, on grids found by calibration
    Dynamic,   ///< linear layers in int8, the grid of their input found anew for every inference
    WeightOnly ///< weights of convolutions and linear layers stored as integers
};
std::string_view name(Scheme scheme);
Result<Scheme> schemeFromName(std::string_view name);

struct QuantizationOptions {
    Scheme scheme = Scheme::Static;
    /// Of weights. 4 bits and fewer are for WeightOnly and in groups. 8 bits saturate in the int8 products of a CPU
    /// without VNNI: see `weightBitsFor`.
    WeightOptions weights;
    ObserverOptions activations{ObserverKind::MeanSquaredError};
    bool signedActivations = false;              ///< int8 instead of uint8
    bool equalizes = false;                      ///< across layers first: see equalization.h
    bool correctsBiases = false;                 ///< afterwards: see bias_correction.h
    std::map<std::string, Precision> precisions; ///< by node: other than what the scheme gives it
};

/// 8 where the CPU's instructions (as `Environment::instructionSets` names them) multiply bytes exactly, else 7: AVX2
/// adds two products of 8 bits into 16, which clips.
int weightBitsFor(const std::string& instructionSets);

/// `weights`: the graph's, in its order. Static, and the correction of biases, read `data`.
/// Fails where the network has no layer to quantize or
/// a named node is unknown; Cancelled.
Result<QuantizedModel> quantizeAfterTraining(Backend& backend, const Graph& graph, const StateDict& weights,
                                             const QuantizationOptions& options, const CalibrationData& data,
                                             std::stop_token stop = {}, const ProgressSink& progress = {});

/// Each quantized layer's weight anew from the model's `weights` in float, by its least and largest values, with the
/// bits and parts that it has.
Result<void> roundAgain(QuantizedModel& model);

} // namespace lathe

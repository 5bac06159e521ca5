#pragma once

#include <vector>

#include "core/quantization/subject.h"

/// What quantizing saves in time, from both networks run in turns.
namespace lathe {

/// The layers that are quantized, in the order they run.
std::vector<NodeId> quantizedLayers(const QuantizationOutcome& outcome);

/// What a layer takes, in milliseconds: with the activations and additions that run within it, and the conversions of
/// values that are made for it.
struct LayerSaving {
    NodeId node = 0; ///< of the outcome's graph
    double floatMs = 0.0;
    double quantizedMs = 0.0;

    double saved() const { return floatMs - quantizedMs; }
};

struct Savings {
    std::int64_t batch = 1;
    std::vector<LayerSaving> layers;
    double floatMs = 0.0;                  ///< of the whole network, "fused"
    double quantizedMs = 0.0;              ///< of the whole network, as it was quantized
    std::vector<TimedStep> floatSteps;     ///< what they consist of; `seconds` are medians
    std::vector<TimedStep> quantizedSteps; ///< likewise
};

/// Medians over as many inferences as `seconds` allow, at least 5 of each.
Result<Savings> measureSavings(Backend& backend, const QuantizationOutcome& outcome, std::int64_t batch, double seconds,
                               const std::stop_token& stop = {}, const ProgressSink& progress = {});

/// From the steps alone.
Savings savingsOf(const QuantizationOutcome& outcome, std::int64_t batch, std::vector<TimedStep> floatSteps,
                  std::vector<TimedStep> quantizedSteps);

} // namespace lathe

#pragma once

#include <map>
#include <set>
#include <vector>

#include "core/compression/output_error.h"
#include "core/quantization/savings.h"
#include "core/quantization/subject.h"

/// Which layers are worth quantizing: what each costs in accuracy, and what it saves in time.
namespace lathe {

/// Layers that are to compute otherwise than the scheme has it: in float32, bfloat16, or with the weight alone in
/// integers.
using PrecisionChoice = std::map<NodeId, Precision>;

/// What a layer may have to which the scheme gave `given`, that first; float32 last.
std::vector<Precision> choicesFor(Precision given);

/// The outcome with these layers as chosen, on the grids that were found for all of them. Nodes that are no quantized
/// layers are passed over. Its errors are empty.
QuantizationOutcome withPrecisions(const QuantizationOutcome& outcome, const PrecisionChoice& choice);

/// The same with these layers as the scheme has them and all others in float32.
QuantizationOutcome restrictedTo(const QuantizationOutcome& outcome, const std::set<NodeId>& layers);

/// How far the network's output is from that in float.
Result<OutputError> outputError(Backend& backend, const QuantizationOutcome& outcome, const Batches& batches,
                                const std::stop_token& stop = {});

/// One layer alone quantized.
struct LayerSensitivity {
    NodeId node = 0; ///< of the outcome's graph
    OutputError error;
};
Result<std::vector<LayerSensitivity>> sensitivities(Backend& backend, const QuantizationOutcome& outcome,
                                                    const CalibrationData& data, const std::stop_token& stop = {},
                                                    const ProgressSink& progress = {});

/// How far the output may be from that in float: both hold.
struct ErrorBudget {
    double sqnrDb = 0.0;   ///< that it keeps at least
    double points = 100.0; ///< per cent of the inputs that may change their class: accuracy on them falls by no more

    bool isKeptBy(const OutputError& error) const;
};

/// Layers to leave in float32 so that the output keeps a budget.
struct Suggestion {
    std::vector<NodeId> inFloat; ///< in the order they were chosen
    OutputError error;           ///< measured, with these in float
    double lostMs = 0.0;         ///< time that they would have saved
    bool meetsBudget = false;    ///< false: not even with all of them in float, for the want of precision elsewhere
};

/// Layers that save no time go first; then those with the most noise for the time they save, noises taken to add up as
/// those of independent errors do, until the measured output is good enough.
Result<Suggestion> suggest(Backend& backend, const QuantizationOutcome& outcome, const CalibrationData& data,
                           const std::vector<LayerSensitivity>& sensitivities, const Savings& savings,
                           const ErrorBudget& budget, const std::stop_token& stop = {});

} // namespace lathe

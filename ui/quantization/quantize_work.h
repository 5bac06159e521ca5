#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <vector>

#include "core/base/progress.h"
#include "core/compression/accuracy_change.h"
#include "core/quantization/layer_histograms.h"
#include "core/quantization/mixed_precision.h"
#include "core/quantization/speed_reasons.h"
#include "core/quantization/variants.h"

/// What the page on quantizing has done on the window's worker thread. A network goes in, and comes out with more known
/// of it.
namespace lathe::ui {

/// What the form says.
struct QuantizationWish {
    CompressionSubjectNames names;
    QuantizationOptions options;
    int fineTuneEpochs = 0;
};

/// Each layer alone quantized, and what it saves.
struct LayerMeasurements {
    std::vector<LayerSensitivity> sensitivities;
    Savings savings;
    std::int64_t batch = 1;
};

/// What `suggest` was asked for, and what it said.
struct SuggestedLayers {
    ErrorBudget budget;
    Suggestion suggestion;
};

/// The network beside the same in float: sizes, times, and why they are as they are.
struct SpeedStudy {
    std::vector<Variant> variants;
    Savings savings;
    std::vector<std::string> promises; ///< sentences
    std::vector<std::string> reasons;  ///< the same
    DataPath path;
};

/// A network quantized as wished, and what is known of it. What it points to is shared between threads and never
/// changed.
struct QuantizedNetwork {
    QuantizationWish wish;
    std::shared_ptr<const CompressionSubject> subject;
    std::shared_ptr<const QuantizationOutcome> whole;  ///< with every layer that the scheme quantizes
    std::shared_ptr<const QuantizationOutcome> chosen; ///< with only those of them that the user wants quantized
    OutputError output;                                ///< of `chosen`
    std::shared_ptr<const std::vector<LayerHistograms>> histograms; ///< the same
    std::shared_ptr<const Evaluation> before;                       ///< the network in float, on the test images
    std::optional<AccuracyChange> accuracy;                         ///< of `chosen`
    std::shared_ptr<const LayerMeasurements> measured;              ///< of `whole`
    std::optional<SuggestedLayers> suggested;                       ///< that `chosen` goes by
    std::shared_ptr<const SpeedStudy> speed;                        ///< of `chosen`
};

Result<QuantizedNetwork> quantizeAsWished(Backend& backend, const QuantizationWish& wish, const std::stop_token& stop,
                                          const ProgressSink& progress);

/// With these layers otherwise than the scheme has them, on the grids that are there.
Result<QuantizedNetwork> withLayers(Backend& backend, QuantizedNetwork network, const PrecisionChoice& choice,
                                    const std::stop_token& stop, const ProgressSink& progress);

Result<QuantizedNetwork> withMeasurements(Backend& backend, QuantizedNetwork network, std::int64_t batch,
                                          const std::stop_token& stop, const ProgressSink& progress);

/// Measures the layers first where that is not done.
Result<QuantizedNetwork> withSuggestion(Backend& backend, QuantizedNetwork network, const ErrorBudget& budget,
                                        std::int64_t batch, const std::stop_token& stop, const ProgressSink& progress);

Result<QuantizedNetwork> withSpeed(Backend& backend, QuantizedNetwork network, const std::vector<std::int64_t>& batches,
                                   const std::stop_token& stop, const ProgressSink& progress);

/// There are images that the network was trained for, and `chosen`, some of which is quantized, has not been measured
/// on them.
bool awaitsAccuracy(const QuantizedNetwork& network);
Result<QuantizedNetwork> withAccuracy(Backend& backend, QuantizedNetwork network, const std::stop_token& stop,
                                      const ProgressSink& progress);

/// The layers of `chosen` that are quantized.
std::set<NodeId> chosenLayers(const QuantizedNetwork& network);

} // namespace lathe::ui

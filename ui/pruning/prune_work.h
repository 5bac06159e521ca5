#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/compression/accuracy_change.h"
#include "core/pruning/break_even.h"
#include "core/pruning/gradual.h"
#include "core/pruning/pruned_variants.h"
#include "core/pruning/sensitivity.h"
#include "core/pruning/sizes.h"
#include "core/pruning/sparse_gains.h"
#include "core/quantization/histogram.h"

/// What the page on pruning has done on the window's worker thread. A network goes in, and comes out with more known of
/// it.
namespace lathe::ui {

/// What the form says.
struct PruningWish {
    /// What the amount is of.
    enum class Aim {
        Given,      ///< what the way prunes: weights, or channels of each group
        Parameters, ///< gone
        Macs,       ///< saved
        Latency     ///< saved, measured
    };
    CompressionSubjectNames names;
    PruningWay way;            ///< of masks: with the amounts in its rules
    double amount = 0.5;       ///< share that goes
    bool followsAmount = true; ///< false: the rules say all, patterns and amounts of one's own
    Aim aim = Aim::Given;
    int steps = 1;
    int fineTuneEpochs = 0; ///< after each step
    bool isPermanent = false;
    std::string maskFile;             ///< masks of one's own in place of the rules; empty: none
    bool roundsByMeasurement = false; ///< widths of channels, where they go at once

    bool isOfMasks() const { return std::holds_alternative<PruningPlan>(way); }
    bool isInSteps() const { return aim != Aim::Given || steps > 1; }
};

/// What a layer lost. Weights are those of its own tensor, biases aside.
struct PrunedLayerRow {
    std::string name;
    std::string operation;
    std::int64_t pruned = 0; ///< that are 0, or gone
    std::int64_t numel = 0;  ///< as it was
    std::int64_t channelsBefore = 0;
    std::int64_t channels = 0;       ///< that it gives out
    Histogram before;                ///< of its weights as they were
    Histogram kept;                  ///< in the same bins those that are left, as they are now
    std::optional<double> threshold; ///< a magnitude: exactly what was below it went

    double share() const { return numel > 0 ? static_cast<double>(pruned) / static_cast<double>(numel) : 0.0; }
};

/// What was asked for of the comparison with the original.
struct PromiseWish {
    std::vector<double> amounts; ///< empty: the network as it is pruned
    std::string mode = "fused";  ///< of the pruned; the original is timed fused
    std::int64_t batch = 1;
    int pairs = 100;
};

/// A network pruned as wished, and what is known of it. What it points to is shared between threads and never changed.
struct PrunedNetwork {
    PruningWish wish;
    std::shared_ptr<const CompressionSubject> subject;
    std::shared_ptr<const LoadedModel> model;
    std::vector<std::string> notes; ///< sentences: what kept its channels, and why
    std::vector<GradualStep> steps; ///< where it was pruned in several
    bool meetsTarget = true;        ///< of them
    OutputError output;             ///< against the network as it was
    std::shared_ptr<const std::vector<PrunedLayerRow>> layers;
    std::optional<AccuracyChange> accuracy;
    std::shared_ptr<const std::vector<PrunedVariant>> variants; ///< the original first
    std::shared_ptr<const std::vector<SensitivityCurve>> curves;
    std::shared_ptr<const SizeTable> sizes;
    std::shared_ptr<const BreakEven> breakEven;
    std::shared_ptr<const SparseGains> gains;
};

Result<PrunedNetwork> pruneAsWished(Backend& backend, const PruningWish& wish, const std::stop_token& stop,
                                    const ProgressSink& progress);

/// Its masks go and their zeros stay.
PrunedNetwork madePermanent(PrunedNetwork network);

Result<PrunedNetwork> withPromises(Backend& backend, PrunedNetwork network, const PromiseWish& wish,
                                   const std::stop_token& stop, const ProgressSink& progress);
Result<PrunedNetwork> withSensitivity(Backend& backend, PrunedNetwork network, const SensitivityOptions& options,
                                      const std::stop_token& stop, const ProgressSink& progress);
Result<PrunedNetwork> withSizes(PrunedNetwork network, const std::stop_token& stop, const ProgressSink& progress);

/// Of a layer of the network as it was.
struct BreakEvenWish {
    std::string layer;
    std::int64_t batch = 1;
    double seconds = 60.0;
};
Result<PrunedNetwork> withBreakEven(Backend& backend, PrunedNetwork network, const BreakEvenWish& wish,
                                    const std::stop_token& stop, const ProgressSink& progress);
Result<PrunedNetwork> withSparseGains(Backend& backend, PrunedNetwork network, std::int64_t batch,
                                      const std::stop_token& stop, const ProgressSink& progress);

/// There are images that the network was trained for, and the pruned one has not been measured on them.
bool awaitsAccuracy(const PrunedNetwork& network);
Result<PrunedNetwork> withAccuracy(Backend& backend, PrunedNetwork network, const std::stop_token& stop,
                                   const ProgressSink& progress);

/// Of the weights that the way means, or of all parameters.
double sparsityOf(const PrunedNetwork& network);

/// Layers whose break-even can be found.
std::vector<std::string> scannedLayers(const PrunedNetwork& network);

} // namespace lathe::ui

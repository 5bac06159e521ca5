#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/formats/model_file.h"
#include "core/pruning/channel_choice.h"
#include "core/pruning/channel_scores.h"
#include "core/pruning/channel_selection.h"
#include "core/pruning/fastest_widths.h"

/// Structured pruning: a network without its least important channels, smaller in every tensor they were in.
namespace lathe {

struct ChannelPruningOptions {
    ChannelMeasure measure;
    ChannelAmount amount;
    ChannelChoice choice;
    /// What the network may have at most afterwards: the least ratio that gets there is found, and `amount.ratio` is
    /// not read. Of both, both are kept to.
    std::optional<std::int64_t> targetMacs; ///< of one sample
    std::optional<std::int64_t> targetParameters;
    LayerTimer timer; ///< widths are rounded by measurement; empty: not
    /// One channel of each layer stays whatever the ratio; otherwise a ratio that would take all of a layer by itself
    /// is InvalidArgument.
    bool keepsOne = false;
};

/// A convolution, linear layer or embedding that got smaller.
struct PrunedLayer {
    std::string name;
    std::int64_t pruned = 0; ///< entries of its weight that went
    std::int64_t numel = 0;  ///< entries that it had
    std::int64_t channelsBefore = 0;
    std::int64_t channels = 0; ///< that it gives out
};

struct NetworkSize {
    std::int64_t parameters = 0;
    std::int64_t macs = 0;             ///< of one sample
    std::int64_t moduleOperations = 0; ///< as Torch-Pruning counts them: see module_count.h
};

struct ChannelPruningOutcome {
    LoadedModel model; ///< saveModel writes it
    std::vector<PrunedLayer> layers;
    NetworkSize before;
    NetworkSize after;
    double ratio = 0.0;              ///< of channels that was asked for, or found for the target
    std::string scheme;              ///< "l2 channels 0.5 local"
    std::vector<WidthChoice> widths; ///< where they were measured
    std::vector<std::string> notes;  ///< sentences: what kept its channels, and why

    double sparsity() const; ///< share of the parameters that went
};

/// The model itself stays as it is; masks that it has become permanent in what comes out; one without weights loses
/// channels by `random` alone. InvalidArgument for a ratio that is not from 0 to below 1, a multiple below 1, a target
/// that cannot be reached, a target together with widths by measurement, a network that is quantized, or a criterion
/// that has nothing to judge by; Unsupported for a sealed program; and as `chosenGroups` and `channelScores`. Cancelled
/// while widths are measured.
Result<ChannelPruningOutcome> pruneChannels(const LoadedModel& model, const ChannelPruningOptions& options,
                                            const std::stop_token& stop = {}, const ProgressSink& progress = {});

} // namespace lathe

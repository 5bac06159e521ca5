#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/compression/fine_tune.h"
#include "core/pruning/pruning_way.h"

/// Pruning in steps with training between them, until the network is as sparse, small or fast as wanted.
namespace lathe {

/// What ends it; the last step may go beyond.
struct PruningTarget {
    enum class Kind {
        AsGiven,  ///< one cut, as the way itself says; the value is not read
        Share,    ///< share that goes of what the way prunes: weights, or channels of each group
        Sparsity, ///< share of weights that are 0, or of parameters that are gone
        Macs,     ///< multiply-accumulates, as a share of the original's
        Latency   ///< measured, fused: a share of the original's; in turns with it
    };
    Kind kind = Kind::Sparsity;
    double value = 0.5; ///< between 0 and 1

    bool isOfMacs() const { return kind == Kind::Macs || kind == Kind::Latency; }
};

struct GradualOptions {
    PruningTarget target;
    int steps = 5;                           ///< at most
    std::optional<TrainingOptions> training; ///< after each step; none: pruned only
    std::int64_t batch = 1;                  ///< that latency is measured at
    int threads = 1;
    double secondsEach = 5.0; ///< of one measurement of latency
};

struct GradualStep {
    double amount = 0.0; ///< of what was left; 0: as the way says
    double sparsity = 0.0;
    double macsShare = 1.0;
    std::optional<double> latencyShare;
    std::optional<double> validationAccuracy; ///< of the epoch that was kept, where it was trained
};

struct GradualOutcome {
    LoadedModel model;
    std::vector<GradualStep> steps;
    bool meetsTarget = false;
};

/// What a step tells as it is done, on the thread that prunes; may be empty.
using GradualStepDone = std::function<void(const GradualStep&)>;

/// Each step takes the same share of what is left: with n steps to a share v of weights, channels or MACs that stay,
/// it leaves v^(1/n) of them. For a latency v is taken for MACs, and as many steps again are made where n were not
/// enough; it ends as soon as the target is met. InvalidArgument for a target that is not between 0 and 1, for steps
/// below 1, and for MACs or latency of masks, which change neither; and as `prunedBy` and `fineTuneNetwork`.
Result<GradualOutcome> pruneGradually(Backend& backend, const CompressionSubject& subject, const PruningWay& way,
                                      const GradualOptions& options, const GradualStepDone& stepDone = {},
                                      const TrainingEvents& events = {}, const std::stop_token& stop = {});

} // namespace lathe

#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/benchmark/layer_rounds.h"
#include "core/engine/backend.h"
#include "core/pruning/channel_groups.h"

/// Widths rounded by measurement: kernels work in vectors and blocks, so that a few channels more can take less time.
namespace lathe {

/// Seconds of one inference of each of these networks of one layer, timed side by side.
using LayerTimer = std::function<Result<std::vector<double>>(const std::vector<Graph>&)>;

struct WidthTiming {
    Mode mode = Mode::Fused;
    std::int64_t batch = 1;
    int threads = 1;
    double precisionTarget = 0.01; ///< half width of each median's interval, as a share of it
    double secondsPerLayer = 0.6;  ///< that ends it otherwise
};

/// By the engine (see layer_rounds.h). `backend` and `probe` outlive it.
LayerTimer engineTimer(Backend& backend, const WidthTiming& timing, const Probe& probe, std::stop_token stop = {});

/// What was tried for a group.
struct MeasuredWidth {
    std::int64_t kept = 0; ///< classes of the group
    double seconds = 0.0;  ///< of the layers that make or read its channels, together
};
struct WidthChoice {
    std::string group; ///< its title
    std::vector<MeasuredWidth> tried;
    std::int64_t chosen = 0;
};

/// For each group that loses channels, one after the other with those before as they were chosen: the width that
/// `kept` says, and every width above it that is a multiple of 8 channels and leaves the group at most an eighth of its
/// size more, are timed. So no group loses more than its ratio. The fastest is taken; of widths within 2 % of it the
/// widest. `kept` becomes what was chosen. Cancelled.
Result<std::vector<WidthChoice>> fastestWidths(const Graph& graph, const ChannelClassesOfGraph& classes,
                                               const std::vector<ChannelGroup>& groups, std::vector<std::int64_t>& kept,
                                               const LayerTimer& timer, const std::stop_token& stop = {},
                                               const ProgressSink& progress = {});

} // namespace lathe

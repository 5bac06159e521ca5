#pragma once

#include <stop_token>
#include <vector>

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/benchmark/probe.h"
#include "core/engine/backend.h"
#include "core/session/record.h"

namespace lathe {

/// An inference taken apart into its nodes.
struct LayerPass {
    std::vector<LayerTime> layers; ///< without the input; medians
    double totalMs = 0.0;          ///< their sum
    double plainMs = 0.0;          ///< median of the whole inferences between the timed ones
    int pairs = 0;                 ///< of one whole and one timed inference
};

/// Alternates whole and timed inferences, so that both see the same machine, for `maxSeconds` at most and one pair
/// at least. A stop ends it after the inference at work, with the pairs there are.
Result<LayerPass> timeLayers(Network& network, const Graph& graph, std::int64_t batch, double maxSeconds,
                             const Probe& probe, std::stop_token stop, const ProgressSink& progress);

/// "layers_unexplained" if the layers' sum differs from the whole by more than 5 %.
std::vector<Flag> judgeLayers(const LayerPass& pass);

} // namespace lathe

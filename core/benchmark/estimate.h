#pragma once

#include <cstdint>
#include <vector>

#include "core/base/result.h"
#include "core/graph/graph.h"
#include "core/session/session.h"

namespace lathe {

/// Multiply-accumulates a core does in a second, for guesses: the median of what these records achieved on this
/// machine, or a middling x86 core's where there are none.
double typicalRate(const std::vector<Record>& measured);

/// The graph of a configuration's model at its input; for one of the catalogue without its weights.
Result<Graph> graphOf(const Configuration& configuration);

/// A plain guess from the model's MACs for one image and this machine's cores, seconds; for showing before a run.
double estimateSeconds(const Configuration& configuration, std::int64_t macs, const Setup& setup,
                       double macsPerCoreSecond = typicalRate({}));

} // namespace lathe

#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/benchmark/probe.h"
#include "core/engine/backend.h"
#include "core/session/record.h"

/// Single layers timed against each other.
namespace lathe {

/// A network of which the last node alone is timed.
struct LayerCandidate {
    Graph graph;
    Mode mode = Mode::Fused;
    std::function<StateDict()> weights; ///< empty: from a fixed seed
};

struct LayerRoundsOptions {
    std::int64_t batch = 1;
    int threads = 1;
    double precisionTarget = 0.02; ///< half width of each median's interval, as a share of it
    double maxSeconds = 60.0;
    std::uint64_t seed = 1; ///< of the order within rounds
};

/// Each sample is the median of a few inferences of one round.
struct LayerTiming {
    double median = 0.0; ///< milliseconds
    double low = 0.0;    ///< 95 % interval of the median
    double high = 0.0;
    std::vector<double> samples; ///< milliseconds, in the order they were taken

    /// There are enough samples for the interval.
    bool isKnown() const;
};

struct LayerRounds {
    std::vector<LayerTiming> timings; ///< one a candidate
    int rounds = 0;
    std::string stopReason;  ///< "precise", "time", "stopped"
    std::vector<Flag> flags; ///< contention, imprecision
};

/// Times every candidate in rounds, each in another random order, the networks alive side by side, until all intervals
/// are as narrow as asked for or time is up. Networks are made anew now and then: where their memory lies can make one
/// of two equal ones faster. A stop takes effect before the next inference; with fewer rounds than an interval takes
/// (six) nothing is left (Cancelled).
Result<LayerRounds> timeInRounds(Backend& backend, const std::string& layer,
                                 const std::vector<LayerCandidate>& candidates, const LayerRoundsOptions& options,
                                 const Probe& probe, const std::stop_token& stop, const ProgressSink& progress);

} // namespace lathe

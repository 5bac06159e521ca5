#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/benchmark/environment.h"
#include "core/engine/backend.h"
#include "core/formats/model_file.h"
#include "core/session/record.h"

namespace lathe {

struct MeasureOptions {
    double precisionTarget = 0.02; ///< half width of the median's 95 % interval, as a share of the median
    double maxSeconds = 20.0;      ///< warm-up included
    int minSamples = 10;
    int maxSamples = 2000;
    bool layers = false; ///< time each node too
};

/// A clock and what the system did to this process meanwhile; tests put their own in.
struct Probe {
    std::function<double()> seconds; ///< monotonic
    struct Usage {
        double cpuSeconds = 0.0; ///< of this process, user and system
        std::int64_t involuntarySwitches = 0;
        std::int64_t minorFaults = 0;
        double stolenSeconds = 0.0; ///< by the hypervisor, all cores
        double othersSeconds = 0.0; ///< CPU time of others on the cores this process may use
        double waitedSeconds = 0.0; ///< this process' threads stood ready and had no core, all threads
    };
    std::function<Usage()> usage;
};
Probe systemProbe();

/// What happened between two readings; never negative.
Probe::Usage difference(const Probe::Usage& end, const Probe::Usage& start);

/// Samples of one thing timed over and over.
struct Samples {
    std::vector<double> milliseconds; ///< in the order they were taken
    int warmups = 0;
    std::int64_t inferences = 0; ///< run while sampling; more than the samples if only one in so many was timed
    std::string stopReason;      ///< "precise", "time", "samples" (their greatest number), "stopped"
    Probe::Usage usage;          ///< difference over the samples
    double wallSeconds = 0.0;    ///< of the samples
};

/// Warms up until steady, then repeats until the interval is within target or time runs out, and for a fifth of the
/// time at least: samples that are close in time are alike, and an interval from a short burst would not hold the
/// median of the next. Of a network so fast that `maxSamples` would not last that long, one inference in so many is
/// timed. However slow an inference is, there is one warm-up and one sample.
/// A stop takes effect before the next inference; fewer than `minSamples` by then are dropped (Cancelled).
Result<Samples> sample(const std::function<Result<void>()>& inference, const MeasureOptions& options,
                       const Probe& probe, std::stop_token stop, const ProgressSink& progress);

/// Median, interval (`stats::medianIntervalOfSeries`), percentiles, outliers.
Latency summarise(const std::vector<double>& milliseconds);

/// Contention, drift, imprecision, in words with their evidence. Codes: "contention", "drift", "imprecise",
/// "few_samples", "stopped", "oversubscribed".
std::vector<Flag> judge(const Samples& samples, const Latency& latency, const MeasureOptions& options, int threads,
                        int cores = usableCores());

/// Contention alone; none if the machine was quiet over these `wallSeconds`.
std::vector<Flag> judgeContention(const Probe::Usage& usage, double wallSeconds, int threads, int cores);

/// Memory one configuration needs, from the graph: weights, input and the peak of live activations.
struct MemoryNeed {
    std::int64_t fixedBytes = 0;     ///< weights and the engine
    std::int64_t preparingBytes = 0; ///< on top while weights are brought into another layout, before any inference
    std::int64_t perSampleBytes = 0; ///< times the batch
    std::int64_t forBatch(std::int64_t batch) const
    {
        return fixedBytes + std::max(preparingBytes, perSampleBytes * batch);
    }
};
MemoryNeed memoryNeed(const Graph& graph);

/// Refuses what does not fit with the figure and the largest batch that would.
Result<void> checkMemory(const Graph& graph, std::int64_t batch, std::int64_t availableBytes);

/// Refuses a batch, a number of threads or a device that cannot be.
Result<void> checkConfiguration(const Backend& backend, const Configuration& configuration);

/// The network of a model made ready in the configuration's mode with a random input of its batch. Memory is
/// checked before any is taken. Weights that the model lacks come from a fixed seed.
Result<std::unique_ptr<Network>> prepareNetwork(Backend& backend, const LoadedModel& model,
                                                const Configuration& configuration);

/// Measures one configuration on the calling thread and returns its record.
Result<Record> measureConfiguration(Backend& backend, const Configuration& configuration, const MeasureOptions& options,
                                    std::stop_token stop, const ProgressSink& progress);

/// The same for a model that is loaded already, with a probe of the caller's.
Result<Record> measureModel(Backend& backend, const LoadedModel& model, const Configuration& configuration,
                            const MeasureOptions& options, const Probe& probe, std::stop_token stop,
                            const ProgressSink& progress);

} // namespace lathe

#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/benchmark/measure.h"
#include "core/session/session.h"

namespace lathe {

/// Models x modes x batches x threads x inputs, in an order that loads each model once.
/// Unknown models or modes, and sizes an architecture cannot take, are errors that name them.
Result<std::vector<Configuration>> expand(const Setup& setup);

/// Multiply-accumulates a core does in a second, for guesses: the median of what these records achieved on this
/// machine, or a middling x86 core's where there are none.
double typicalRate(const std::vector<Record>& measured);

/// A plain guess from the graphs' MACs and this machine's cores, seconds; for showing before a run.
double estimateSeconds(const std::vector<Configuration>& configurations, const Setup& setup,
                       double macsPerCoreSecond = typicalRate({}));

/// What a sweep tells as it goes, on its own thread.
struct SweepEvents {
    std::function<void(std::size_t index)> started;
    std::function<void(std::size_t index, const Record&)> finished;
    std::function<void(std::size_t index, const Error&)> failed; ///< the sweep goes on
    ProgressSink progress;
};

/// Measures every configuration, here or (setup.isolate) each in a fresh process of `executable`.
/// Returns an error only when stopped or when LibTorch is not to be had.
Result<void> runSweep(const std::vector<Configuration>& configurations, const Setup& setup, const SweepEvents& events,
                      std::stop_token stop);

/// What measures one configuration of a sweep.
using Measurer = std::function<Result<Record>(const Configuration&, std::stop_token, const ProgressSink&)>;

/// The same with the caller's way to measure. A stop is an error of its own and ends the sweep.
Result<void> runSweep(const std::vector<Configuration>& configurations, const Measurer& measure,
                      const SweepEvents& events, std::stop_token stop);

/// One configuration in a child process (`lathe bench ... --json`), ended at once by a stop.
Result<Record> measureIsolated(const std::string& executable, const Configuration& configuration, const Setup& setup,
                               std::stop_token stop);

/// Path of the running `lathe`, for children: LATHE_EXECUTABLE of the environment, or this very program. May be set.
std::string& latheExecutable();

struct Preset {
    std::string name;
    std::string description;
    Setup setup;
};
/// "Quick start", "Three architectures of 20 to 30 M parameters", and its small-batch variant.
const std::vector<Preset>& presets();

} // namespace lathe

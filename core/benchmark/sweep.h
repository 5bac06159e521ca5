#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/session/session.h"

namespace lathe {

/// Models x modes x batches x threads x inputs, the models outermost. Each model takes those of the inputs that are of
/// its kind, images or numbers of tokens; one for which there is none is an error.
/// Unknown models or modes, and sizes an architecture cannot take, are errors that name them.
Result<std::vector<Configuration>> expand(const Setup& setup);

/// What a sweep tells as it goes, on its own thread.
struct SweepEvents {
    std::function<void(std::size_t index)> started;
    std::function<void(std::size_t index, const Record&)> finished;
    std::function<void(std::size_t index, const Error&)> failed; ///< the sweep goes on
};

/// What measures one configuration of a sweep.
using Measurer = std::function<Result<Record>(const Configuration&, std::stop_token, const ProgressSink&)>;

/// Measures here, or (setup.isolate) each in a fresh process. An error where LibTorch is not to be had.
Result<Measurer> measurerOf(const Setup& setup);

/// Measures every configuration. Returns an error only when stopped.
Result<void> runSweep(const std::vector<Configuration>& configurations, const Measurer& measure,
                      const SweepEvents& events, std::stop_token stop);

} // namespace lathe

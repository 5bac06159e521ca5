#pragma once

#include <functional>
#include <stop_token>

#include "core/base/result.h"
#include "core/benchmark/probe.h"

namespace lathe {

struct WarmUp {
    int inferences = 0;
    double typicalSeconds = 0.0; ///< of an inference, at the end
};

/// Runs until the median of the last inferences no longer falls below that of those before, once at least and not
/// beyond `maxSeconds`. A stop before the end is Cancelled.
Result<WarmUp> warmUp(const std::function<Result<void>()>& inference, double maxSeconds, const Probe& probe,
                      std::stop_token stop);

/// The error of a task that was stopped before it had anything to show.
tl::unexpected<Error> stoppedTooEarly();

} // namespace lathe

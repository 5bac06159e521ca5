#pragma once

#include <vector>

#include "core/benchmark/environment.h"
#include "core/benchmark/sample.h"
#include "core/session/record.h"

namespace lathe {

/// Contention, drift, imprecision, in words with their evidence. Codes: "contention", "drift", "imprecise",
/// "few_samples", "stopped", "oversubscribed".
std::vector<Flag> judge(const Samples& samples, const Latency& latency, const MeasureOptions& options, int threads,
                        int cores = usableCores());

/// Contention alone; none if the machine was quiet over these `wallSeconds`.
std::vector<Flag> judgeContention(const Probe::Usage& usage, double wallSeconds, int threads, int cores);

} // namespace lathe

#pragma once

#include <stop_token>
#include <vector>

#include "core/base/progress.h"
#include "core/distillation/experiment.h"
#include "core/session/record.h"

namespace lathe {

/// The teacher and the first seed's students, measured (mode "fused", batch 1) and with the accuracy that they were
/// found to have, so that they stand among other records: students of all seeds are the same network and as fast.
/// Cancelled where it is stopped.
Result<std::vector<Record>> recordsOf(Backend& backend, const ExperimentSubject& subject,
                                      const ExperimentResult& result, int threads, double secondsEach,
                                      const std::stop_token& stop = {}, const ProgressSink& progress = {});

} // namespace lathe

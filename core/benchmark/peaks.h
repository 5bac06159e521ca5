#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/benchmark/bandwidth.h"
#include "core/engine/backend.h"
#include "core/session/record.h"

/// What this machine can do at most: the roofs that networks are held against.
namespace lathe {

/// Best figures of a calibration at one number of threads. Operations: 2 a multiply-accumulate.
struct Peaks {
    Environment environment;
    std::string time; ///< ISO 8601, UTC
    int threads = 1;
    double fp32 = 0.0; ///< operations a second of matrix products
    double bf16 = 0.0;
    double int8 = 0.0;
    std::string vectors;              ///< of the loops that moved bytes: "AVX-512", see streams::vectors
    std::vector<Bandwidth> bandwidth; ///< from the smallest cache to memory, which is always there
    std::vector<std::string> notes;   ///< sentences: instructions that are missing, what disturbed the calibration
};

struct CalibrationOptions {
    int threads = 1;
    double seconds = 6.0;         ///< about what the whole takes
    std::vector<WorkingSet> sets; ///< empty: this machine's
};

/// Measures them. InvalidArgument for threads that this machine has no cores for; Cancelled where it was stopped
/// (which takes effect within about a second).
Result<Peaks> measurePeaks(Backend& backend, const CalibrationOptions& options, std::stop_token stop,
                           const ProgressSink& progress);

} // namespace lathe

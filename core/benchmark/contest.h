#pragma once

#include "core/benchmark/compare.h"

namespace lathe {

/// One side of a comparison.
struct Contestant {
    std::string name;
    std::function<Result<void>()> inference;
    std::function<Result<void>()> settle; ///< untimed, before each inference; may be empty
    int threads = 1;
};

struct Contest {
    Contestant a;
    Contestant b;
    std::function<Result<void>()> renew; ///< makes both networks anew, before each round but the first; may be empty
};

/// The work behind both ways to compare.
Result<Comparison> hold(const Contest& contest, const CompareOptions& options, const Probe& probe, std::stop_token stop,
                        const ProgressSink& progress);

} // namespace lathe

#pragma once

#include <cstdint>
#include <functional>

namespace lathe {

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

} // namespace lathe

#pragma once

#include <cstdint>

#include "core/engine/backend.h"
#include "core/session/record.h"

namespace lathe {

/// This machine now: CPU, instruction sets, cores, memory, system, load, clocks, and the backend's software.
Environment currentEnvironment(const BackendInfo& backend);

/// As `Environment::instructionSets`.
std::string currentInstructionSets();

/// Cores this process may use (affinity and cgroup quota).
int usableCores();

/// Threads that an operation may be given: more than there are cores shows what too many cost, and far more would only
/// exhaust the system.
int mostThreads();

/// Memory that can be had without swapping (MemAvailable, cut by the cgroup's limit), bytes.
std::int64_t availableMemoryBytes();

} // namespace lathe

#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/benchmark/caches.h"

/// How fast this machine's threads move bytes, at each level of its caches and in memory.
namespace lathe {

/// A level of the memory hierarchy, and how much each thread goes through again and again so that its data come from
/// there.
struct WorkingSet {
    std::string level;          ///< "L1", "L2", ..., "memory"
    std::int64_t bytes = 0;     ///< of one cache; of memory: what can be had of it
    int instances = 1;          ///< caches that the threads use; 1 for memory
    std::int64_t perThread = 0; ///< a multiple of 1 KiB

    bool operator==(const WorkingSet&) const = default;
};

/// From the smallest cache to memory. A level's set lies, on the logarithmic scale, midway between what a thread has
/// of this cache and of the one before, and is at least twice the latter; half of the first cache. Memory's are
/// together four times the last caches, at least 256 MiB, at most 4 GiB and a quarter of `availableBytes`.
std::vector<WorkingSet> workingSets(const std::vector<machine::Cache>& caches, int threads,
                                    std::int64_t availableBytes);

/// Bytes a second, all threads together.
struct Bandwidth {
    std::string level;      ///< as in WorkingSet
    std::int64_t bytes = 0; ///< as in WorkingSet
    int instances = 1;      ///< as in WorkingSet
    double read = 0.0;
    double write = 0.0; ///< plain stores; the lines that they make a CPU read first are not counted
    double copy = 0.0;  ///< bytes read and bytes written, both counted

    /// What all of its caches hold together.
    std::int64_t capacity() const { return bytes * instances; }
    /// The best of the three.
    double best() const;

    bool operator==(const Bandwidth&) const = default;
};

/// The best of several repetitions on `threads` threads, for about `seconds` for each of the three figures and at
/// least two repetitions. Cancelled where it was stopped.
Result<Bandwidth> measureBandwidth(const WorkingSet& set, int threads, double seconds, std::stop_token stop);

} // namespace lathe

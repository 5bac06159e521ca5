#pragma once

#include <cstdint>
#include <vector>

namespace lathe {

/// A buffer and when it is needed: steps are counted from 0, both ends included.
struct Lifetime {
    std::int64_t bytes = 0;
    int first = 0;
    int last = 0;
};

/// Where each buffer lies in one arena.
struct MemoryPlan {
    std::vector<std::int64_t> offsets; ///< bytes, multiples of `kArenaAlignment`
    std::int64_t bytes = 0;            ///< the arena
};

inline constexpr std::int64_t kArenaAlignment = 64;

/// Buffers that are needed at the same time never overlap; others share memory. Largest first, each at the lowest place
/// that is free (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020: greedy by size).
MemoryPlan planMemory(const std::vector<Lifetime>& lifetimes);

} // namespace lathe

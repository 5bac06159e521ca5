#include "core/lowering/memory_plan.h"

#include <algorithm>
#include <numeric>

namespace lathe {

namespace {

std::int64_t aligned(std::int64_t bytes)
{
    return (bytes + kArenaAlignment - 1) / kArenaAlignment * kArenaAlignment;
}

bool meet(const Lifetime& a, const Lifetime& b)
{
    return a.first <= b.last && b.first <= a.last;
}

std::vector<std::size_t> largestFirst(const std::vector<Lifetime>& lifetimes)
{
    std::vector<std::size_t> order(lifetimes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return lifetimes[a].bytes > lifetimes[b].bytes; });
    return order;
}

struct Place {
    std::int64_t begin = 0;
    std::int64_t end = 0;
};

/// The lowest gap between places taken, sorted by where they begin.
std::int64_t lowestGap(const std::vector<Place>& taken, std::int64_t bytes)
{
    std::int64_t free = 0;
    for (const Place& place : taken) {
        if (place.begin - free >= bytes)
            break;
        free = std::max(free, place.end);
    }
    return free;
}

} // namespace

MemoryPlan planMemory(const std::vector<Lifetime>& lifetimes)
{
    MemoryPlan plan{std::vector<std::int64_t>(lifetimes.size(), 0), 0};
    std::vector<std::size_t> placed;
    for (const std::size_t buffer : largestFirst(lifetimes)) {
        std::vector<Place> taken;
        for (const std::size_t other : placed)
            if (meet(lifetimes[buffer], lifetimes[other]))
                taken.push_back({plan.offsets[other], plan.offsets[other] + aligned(lifetimes[other].bytes)});
        std::sort(taken.begin(), taken.end(), [](const Place& a, const Place& b) { return a.begin < b.begin; });
        const std::int64_t bytes = aligned(lifetimes[buffer].bytes);
        plan.offsets[buffer] = lowestGap(taken, bytes);
        plan.bytes = std::max(plan.bytes, plan.offsets[buffer] + bytes);
        placed.push_back(buffer);
    }
    return plan;
}

} // namespace lathe

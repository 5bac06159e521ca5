#include "core/engine/torch/fused/step.h"

#include <chrono>
#include <limits>

#include <c10/util/Exception.h>

#include "core/engine/torch/fused/huge_memory.h"

namespace lathe::engine {

namespace {

constexpr int kMostTrials = 12;
constexpr int kFewestTrials = 3;
constexpr double kTrialSeconds = 0.01;

/// The quickest of a few runs: what disturbs a run only makes it longer.
double quickest(const std::function<void()>& run)
{
    using Clock = std::chrono::steady_clock;
    run(); // caches and lazily made parts
    double best = std::numeric_limits<double>::infinity();
    double total = 0.0;
    for (int i = 0; i < kMostTrials && (i < kFewestTrials || total < kTrialSeconds); ++i) {
        const Clock::time_point before = Clock::now();
        run();
        const double seconds = std::chrono::duration<double>(Clock::now() - before).count();
        best = std::min(best, seconds);
        total += seconds;
    }
    return best;
}

} // namespace

std::byte* Workshop::Shared::get(std::size_t wanted)
{
    if (wanted > bytes) {
        blocks.push_back(hugeMemory(wanted));
        bytes = wanted;
    }
    return blocks.empty() ? nullptr : blocks.back().get();
}

void Workshop::forgetShared()
{
    m_scratch = {};
    m_floats = {};
}

Made Workshop::fastest(const std::string& key, const std::vector<Way>& ways, const Way& fallback)
{
    if (const auto known = m_choices.find(key); known != m_choices.end())
        if (auto made = ways[known->second]())
            return *made;
    std::optional<Made> best;
    double bestSeconds = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < ways.size(); ++i) {
        auto made = ways[i]();
        if (!made)
            continue;
        const double seconds = quickest(made->run);
        if (seconds >= bestSeconds)
            continue;
        bestSeconds = seconds;
        m_choices[key] = i;
        best = std::move(made);
    }
    if (!best && fallback)
        best = fallback();
    TORCH_CHECK(best, "there is no kernel for ", key);
    return *best;
}

} // namespace lathe::engine

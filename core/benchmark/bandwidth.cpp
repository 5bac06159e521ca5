#include "core/benchmark/bandwidth.h"

#include <algorithm>
#include <array>
#include <barrier>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <latch>
#include <limits>
#include <memory>
#include <system_error>
#include <thread>

#include <sys/mman.h>

#include <fmt/format.h>

#include "core/benchmark/streams.h"

namespace lathe {

namespace {

constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;
constexpr std::int64_t kLeastInMemory = 256 * kMiB;
constexpr std::int64_t kMostInMemory = 4096 * kMiB;
/// What a thread moves in one repetition: some milliseconds in the fastest cache, against which the microseconds that
/// threads start apart do not count.
constexpr std::int64_t kBytesARepetition = 512 * kMiB;
constexpr std::size_t kHugePage = 2 * kMiB;

std::int64_t wholeKiB(double bytes)
{
    return std::max<std::int64_t>(static_cast<std::int64_t>(bytes) / kKiB, 1) * kKiB;
}

/// What a thread has of a cache when all of them run.
double shareOf(const machine::Cache& cache, int threads)
{
    return static_cast<double>(cache.bytes) / std::min(cache.sharing, threads);
}

WorkingSet cacheSet(const machine::Cache& cache, const machine::Cache* before, int threads)
{
    const double share = shareOf(cache, threads);
    const double inner = before != nullptr ? shareOf(*before, threads) : 0.0;
    const double bytes = before != nullptr ? std::max(std::sqrt(inner * share), 2.0 * inner) : share / 2.0;
    return {fmt::format("L{}", cache.level), cache.bytes, std::min(cache.instances, threads), wholeKiB(bytes)};
}

using Clock = std::chrono::steady_clock;
using Buffer = std::unique_ptr<std::byte, decltype(&std::free)>;

enum Way : std::size_t { kRead, kWrite, kCopy, kWays };

Buffer allocate(std::int64_t bytes)
{
    const std::size_t whole = (static_cast<std::size_t>(bytes) + kHugePage - 1) / kHugePage * kHugePage;
    Buffer buffer(static_cast<std::byte*>(std::aligned_alloc(kHugePage, whole)), &std::free);
    if (buffer)
        madvise(buffer.get(), whole, MADV_HUGEPAGE); // where it is refused, small pages have to do
    return buffer;
}

/// Threads that go through their buffers together, repetition by repetition.
class Team {
public:
    Team(const WorkingSet& set, int threads, double seconds, std::stop_token stop)
        : m_bytes(static_cast<std::size_t>(set.perThread)),
          m_passes(std::max<std::int64_t>(kBytesARepetition / set.perThread, 1)), m_seconds(seconds),
          m_stop(std::move(stop)), m_spans(static_cast<std::size_t>(threads)), m_start(threads),
          m_end(threads, Finish{*this})
    {
        for (int i = 0; i < threads; ++i)
            m_buffers.push_back(allocate(set.perThread));
    }

    bool hasMemory() const
    {
        return std::all_of(m_buffers.begin(), m_buffers.end(), [](const Buffer& buffer) { return buffer != nullptr; });
    }

    /// False where the system gives no more threads.
    bool run()
    {
        std::vector<std::jthread> others;
        try {
            for (std::size_t i = 1; i < m_buffers.size(); ++i)
                others.emplace_back([this, i] { work(i); });
        } catch (const std::system_error&) {
            m_incomplete = true;
        }
        m_complete.count_down();
        work(0);
        return !m_incomplete;
    }

    double bytesASecond(Way way) const
    {
        const double bytes = static_cast<double>(m_bytes) * static_cast<double>(m_passes);
        return bytes * static_cast<double>(m_buffers.size()) / m_shortest[way];
    }

private:
    struct Span {
        Clock::time_point begin;
        Clock::time_point end;
    };
    struct Finish {
        Team& team;
        void operator()() noexcept { team.finishRepetition(); }
    };

    void work(std::size_t thread)
    {
        m_complete.wait();
        if (m_incomplete)
            return;
        streams::write(m_buffers[thread].get(), m_bytes, 1); // its pages come to be where it runs
        bool again = true;
        while (again) {
            m_start.arrive_and_wait();
            m_spans[thread].begin = Clock::now();
            move(thread);
            m_spans[thread].end = Clock::now();
            m_end.arrive_and_wait();
            again = m_way != kWays;
        }
    }

    void move(std::size_t thread)
    {
        std::byte* const buffer = m_buffers[thread].get();
        std::uint64_t seen = 0;
        for (std::int64_t pass = 0; pass < m_passes; ++pass) {
            if (m_way == kRead)
                seen ^= streams::read(buffer, m_bytes);
            else if (m_way == kWrite)
                streams::write(buffer, m_bytes, static_cast<std::uint64_t>(pass) + 1);
            else
                streams::copy(buffer, buffer + m_bytes / 2, m_bytes / 2);
        }
        volatile std::uint64_t sink = seen;
        static_cast<void>(sink);
    }

    /// By one thread while the others wait: what they all took, and what is next.
    void finishRepetition()
    {
        auto begin = m_spans.front().begin;
        auto end = m_spans.front().end;
        for (const Span& span : m_spans) {
            begin = std::min(begin, span.begin);
            end = std::max(end, span.end);
        }
        const double taken = std::chrono::duration<double>(end - begin).count();
        m_shortest[m_way] = std::min(m_shortest[m_way], taken);
        m_spent += taken;
        if (++m_repetitions >= 2 && m_spent >= m_seconds) {
            m_way = static_cast<Way>(m_way + 1);
            m_repetitions = 0;
            m_spent = 0.0;
        }
        if (m_stop.stop_requested())
            m_way = kWays;
    }

    std::vector<Buffer> m_buffers;
    std::size_t m_bytes;
    std::int64_t m_passes;
    double m_seconds;
    std::stop_token m_stop;
    std::vector<Span> m_spans;
    std::latch m_complete{1};
    bool m_incomplete = false;
    std::barrier<> m_start;
    std::barrier<Finish> m_end;
    Way m_way = kRead;
    int m_repetitions = 0;
    double m_spent = 0.0;
    std::array<double, kWays> m_shortest{std::numeric_limits<double>::max(), std::numeric_limits<double>::max(),
                                         std::numeric_limits<double>::max()};
};

} // namespace

std::vector<WorkingSet> workingSets(const std::vector<machine::Cache>& caches, int threads, std::int64_t availableBytes)
{
    std::vector<WorkingSet> sets;
    for (std::size_t i = 0; i < caches.size(); ++i)
        sets.push_back(cacheSet(caches[i], i > 0 ? &caches[i - 1] : nullptr, threads));
    const std::int64_t last = caches.empty() ? 0 : caches.back().bytes * caches.back().instances;
    const std::int64_t wanted = std::clamp(4 * last, kLeastInMemory, kMostInMemory);
    const std::int64_t bytes = std::min(wanted, availableBytes / 4);
    sets.push_back({"memory", availableBytes, 1, wholeKiB(static_cast<double>(bytes) / threads)});
    return sets;
}

double Bandwidth::best() const
{
    return std::max({read, write, copy});
}

Result<Bandwidth> measureBandwidth(const WorkingSet& set, int threads, double seconds, std::stop_token stop)
{
    Team team(set, threads, seconds, stop);
    if (!team.hasMemory())
        return fail(
            ErrorCode::OutOfMemory,
            fmt::format("There is no memory for the {} MiB that measuring the bandwidth of {} takes; close other "
                        "programs.",
                        set.perThread * threads / kMiB, set.level));
    if (!team.run())
        return fail(ErrorCode::Unsupported,
                    fmt::format("The system does not give this program {} threads; measure with fewer.", threads));
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled, "The measurement of this machine was stopped.");
    return Bandwidth{set.level,
                     set.bytes,
                     set.instances,
                     team.bytesASecond(kRead),
                     team.bytesASecond(kWrite),
                     team.bytesASecond(kCopy)};
}

} // namespace lathe

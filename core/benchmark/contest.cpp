#include "core/benchmark/contest.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "core/base/statistics.h"
#include "core/benchmark/judge.h"
#include "core/benchmark/warmup.h"

namespace lathe {

namespace {

constexpr double kWarmUpShare = 0.02; ///< of the time, for each network and round
constexpr double kRenewShare = 0.3;   ///< of the time, for all rounds' preparing and warming up
constexpr int kMostRounds = 10;
constexpr double kReportEvery = 0.1; ///< seconds

class Referee {
public:
    Referee(const Contest& contest, const CompareOptions& options, const Probe& probe, const std::stop_token& stop,
            const ProgressSink& progress)
        : m_contest(contest), m_options(options), m_probe(probe), m_stop(stop), m_progress(progress),
          m_begin(probe.seconds()), m_lastReport(m_begin), m_random(options.seed)
    {
    }

    Result<Comparison> run()
    {
        report("warming up");
        if (auto warm = warmUpBoth(); !warm)
            return tl::unexpected(warm.error());
        plan();
        const Probe::Usage before = m_probe.usage();
        const double start = m_probe.seconds();
        if (auto done = runRounds(); !done && !(done.error().code == ErrorCode::Cancelled && isEnough()))
            return tl::unexpected(done.error());
        return conclude(difference(m_probe.usage(), before), m_probe.seconds() - start);
    }

private:
    double elapsed() const { return m_probe.seconds() - m_begin; }
    bool isEnough() const
    {
        return m_a.size() >= static_cast<std::size_t>(stats::fewestForInterval(kComparisonConfidence));
    }
    bool isOver() const { return elapsed() >= m_options.maxSeconds; }

    Result<void> warmUpBoth()
    {
        m_pairSeconds = 0.0;
        for (const Contestant* one : {&m_contest.a, &m_contest.b}) {
            const auto whole = [&] { return settled(*one).and_then([&] { return one->inference(); }); };
            const auto warm = warmUp(whole, kWarmUpShare * m_options.maxSeconds, m_probe, m_stop);
            if (!warm)
                return tl::unexpected(warm.error());
            m_pairSeconds += warm->typicalSeconds;
        }
        return {};
    }

    /// As many pairs as the time allows, over as many rounds as leave most of the time to the pairs.
    void plan()
    {
        const double roundSeconds = elapsed();
        if (m_contest.renew && roundSeconds > 0.0)
            m_rounds = std::clamp(static_cast<int>(kRenewShare * m_options.maxSeconds / roundSeconds), 1, kMostRounds);
        const double left = m_options.maxSeconds - m_rounds * roundSeconds;
        const double affordable = m_pairSeconds > 0.0 ? left / m_pairSeconds : m_options.maxPairs;
        m_pairs = static_cast<int>(std::clamp(affordable, double(m_options.minPairs), double(m_options.maxPairs)));
    }

    Result<void> runRounds()
    {
        for (int round = 0; round < m_rounds; ++round) {
            if (auto ready = round == 0 ? Result<void>() : renew(); !ready)
                return ready;
            const auto target = static_cast<std::size_t>(m_pairs * (round + 1) / m_rounds);
            while (m_a.size() < target) {
                if (auto taken = takePair(); !taken)
                    return taken;
                report("comparing");
                if (isOver())
                    return {};
            }
        }
        return {};
    }

    Result<void> renew()
    {
        if (m_stop.stop_requested())
            return stoppedTooEarly();
        return m_contest.renew().and_then([this] { return warmUpBoth(); });
    }

    Result<void> takePair()
    {
        const bool aFirst = (m_random() >> 63U) == 0;
        const auto first = timed(aFirst ? m_contest.a : m_contest.b);
        if (!first)
            return tl::unexpected(first.error());
        const auto second = timed(aFirst ? m_contest.b : m_contest.a);
        if (!second)
            return tl::unexpected(second.error());
        m_a.push_back(aFirst ? *first : *second);
        m_b.push_back(aFirst ? *second : *first);
        return {};
    }

    Result<void> settled(const Contestant& one) const { return one.settle ? one.settle() : Result<void>(); }

    Result<double> timed(const Contestant& one)
    {
        if (m_stop.stop_requested())
            return stoppedTooEarly();
        if (auto ready = settled(one); !ready)
            return tl::unexpected(ready.error());
        const double start = m_probe.seconds();
        return one.inference().map([&] { return (m_probe.seconds() - start) * 1e3; });
    }

    Comparison conclude(const Probe::Usage& usage, double wallSeconds) const
    {
        const int threads = std::max(m_contest.a.threads, m_contest.b.threads);
        Comparison comparison = comparePairs(m_contest.a.name, m_contest.b.name, m_a, m_b);
        comparison.flags = judgeContention(usage, wallSeconds, threads, usableCores());
        if (m_stop.stop_requested())
            comparison.flags.push_back({"stopped", fmt::format("Stopped by hand after {} pairs.", m_a.size())});
        else if (m_a.size() < static_cast<std::size_t>(m_options.minPairs))
            comparison.flags.push_back(
                {"few_samples", fmt::format("Only {} of at least {} pairs fitted into {:.3g} s; allow more time.",
                                            m_a.size(), m_options.minPairs, m_options.maxSeconds)});
        return comparison;
    }

    void report(const char* what)
    {
        const double now = m_probe.seconds();
        if (!m_progress || (!m_a.empty() && now - m_lastReport < kReportEvery))
            return;
        m_lastReport = now;
        const double fraction = m_pairs > 0 ? static_cast<double>(m_a.size()) / m_pairs : 0.0;
        m_progress({std::clamp(fraction, 0.0, 1.0), what});
    }

    const Contest& m_contest;
    const CompareOptions& m_options;
    const Probe& m_probe;
    const std::stop_token& m_stop;
    const ProgressSink& m_progress;
    double m_begin = 0.0;
    double m_lastReport = 0.0;
    std::mt19937_64 m_random;
    double m_pairSeconds = 0.0;
    int m_pairs = 0;
    int m_rounds = 1;
    std::vector<double> m_a; ///< milliseconds
    std::vector<double> m_b;
};

} // namespace

Result<Comparison> hold(const Contest& contest, const CompareOptions& options, const Probe& probe, std::stop_token stop,
                        const ProgressSink& progress)
{
    return Referee(contest, options, probe, stop, progress).run();
}

} // namespace lathe

#include "core/benchmark/layer_rounds.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <random>

#include <fmt/format.h>

#include "core/base/statistics.h"
#include "core/benchmark/environment.h"
#include "core/benchmark/judge.h"
#include "core/benchmark/measure.h"
#include "core/benchmark/warmup.h"

namespace lathe {

namespace {

constexpr double kVisitSeconds = 2e-3; ///< that a candidate is timed for in a round, about
constexpr int kFewestRepeats = 3;
constexpr int kMostRepeats = 50;
constexpr int kRoundsAlive = 5; ///< of networks
constexpr int kFewestRounds = 3 * kRoundsAlive;
constexpr double kRenewShare = 0.3; ///< of the time, for making networks anew

/// A candidate's network, and the inferences that make a sample of it.
struct Alive {
    std::unique_ptr<Network> network;
    int repeats = kFewestRepeats;
};

double relativeHalfWidth(const LayerTiming& timing)
{
    return timing.median > 0.0 ? (timing.high - timing.low) / 2.0 / timing.median : INFINITY;
}

class Rounds {
public:
    Rounds(Backend& backend, const std::string& layer, const std::vector<LayerCandidate>& candidates,
           const LayerRoundsOptions& options, const Probe& probe, const std::stop_token& stop,
           const ProgressSink& progress)
        : m_backend(backend), m_layer(layer), m_candidates(candidates), m_options(options), m_probe(probe),
          m_stop(stop), m_progress(progress), m_begin(probe.seconds()), m_random(options.seed),
          m_alive(candidates.size())
    {
        m_done.timings.resize(candidates.size());
    }

    Result<LayerRounds> run()
    {
        if (auto ready = renew(); !ready)
            return tl::unexpected(ready.error());
        const Probe::Usage before = m_probe.usage();
        const double start = m_probe.seconds();
        if (auto done = takeRounds(); !done)
            return tl::unexpected(done.error());
        conclude(difference(m_probe.usage(), before), m_probe.seconds() - start);
        return std::move(m_done);
    }

private:
    double elapsed() const { return m_probe.seconds() - m_begin; }
    bool isStopped() const { return m_stop.stop_requested(); }
    bool hasIntervals() const { return m_done.rounds >= stats::fewestForInterval(); }

    /// The new ones are warm, and known well enough to say how many inferences make a sample.
    Result<void> renew()
    {
        const double begin = m_probe.seconds();
        for (std::size_t i = 0; i < m_alive.size(); ++i) {
            if (isStopped())
                return stoppedTooEarly();
            m_alive[i].network.reset();
            auto network = prepare(m_candidates[i]);
            if (!network)
                return tl::unexpected(network.error());
            m_alive[i].network = std::move(*network);
            if (auto typical = settle(m_alive[i]); !typical)
                return typical;
        }
        m_renewing += m_probe.seconds() - begin;
        return {};
    }

    Result<std::unique_ptr<Network>> prepare(const LayerCandidate& candidate)
    {
        const Configuration configuration{
            m_layer, std::string(name(candidate.mode)), m_options.batch, m_options.threads, {}, "cpu"};
        LoadedModel model;
        model.name = m_layer;
        model.graph = candidate.graph;
        if (candidate.weights)
            model.weights = candidate.weights();
        return runnable(m_backend, model, configuration).and_then([&](const LoadedModel& ready) {
            return prepareNetwork(m_backend, ready, configuration);
        });
    }

    Result<void> settle(Alive& alive)
    {
        if (auto first = layerSeconds(alive); !first)
            return tl::unexpected(first.error());
        return layerSeconds(alive).map([&](double seconds) {
            const double repeats = seconds > 0.0 ? std::ceil(kVisitSeconds / seconds) : kMostRepeats;
            alive.repeats = static_cast<int>(std::clamp<double>(repeats, kFewestRepeats, kMostRepeats));
        });
    }

    /// Of the layer alone: a mode may have to bring its input into another layout first.
    Result<double> layerSeconds(Alive& alive)
    {
        return alive.network->runTimed().map([](const std::vector<double>& seconds) { return seconds.back(); });
    }

    Result<void> takeRounds()
    {
        while (m_done.stopReason.empty()) {
            const bool isDue = m_done.rounds > 0 && m_done.rounds % kRoundsAlive == 0;
            if (isDue && m_renewing <= kRenewShare * elapsed())
                if (auto ready = renew(); !ready)
                    return keepWhatThereIs(ready);
            if (auto taken = takeRound(); !taken)
                return keepWhatThereIs(taken);
            summarise();
            report();
            m_done.stopReason = reasonToEnd();
        }
        return {};
    }

    /// A stop between rounds leaves the whole ones.
    Result<void> keepWhatThereIs(const Result<void>& ended)
    {
        if (ended.error().code != ErrorCode::Cancelled || !hasIntervals())
            return ended;
        summarise();
        m_done.stopReason = "stopped";
        return {};
    }

    Result<void> takeRound()
    {
        std::vector<std::size_t> order(m_alive.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::shuffle(order.begin(), order.end(), m_random);
        std::vector<double> samples(m_alive.size(), 0.0);
        for (const std::size_t i : order) {
            const Result<double> sample = visit(m_alive[i]);
            if (!sample)
                return tl::unexpected(sample.error());
            samples[i] = *sample;
        }
        for (std::size_t i = 0; i < samples.size(); ++i)
            m_done.timings[i].samples.push_back(samples[i]);
        ++m_done.rounds;
        return {};
    }

    /// Milliseconds; the first inference brings its data back into the caches and is not timed.
    Result<double> visit(Alive& alive)
    {
        std::vector<double> milliseconds;
        for (int i = 0; i <= alive.repeats; ++i) {
            if (isStopped())
                return stoppedTooEarly();
            const Result<double> seconds = layerSeconds(alive);
            if (!seconds)
                return seconds;
            if (i > 0)
                milliseconds.push_back(*seconds * 1e3);
        }
        return stats::median(std::move(milliseconds));
    }

    void summarise()
    {
        for (LayerTiming& timing : m_done.timings) {
            const stats::Interval interval = stats::medianInterval(timing.samples);
            timing.median = stats::median(timing.samples);
            timing.low = interval.low;
            timing.high = interval.high;
        }
    }

    double widest() const
    {
        double widest = 0.0;
        for (const LayerTiming& timing : m_done.timings)
            widest = std::max(widest, relativeHalfWidth(timing));
        return widest;
    }

    std::string reasonToEnd() const
    {
        if (m_done.rounds >= kFewestRounds && widest() <= m_options.precisionTarget)
            return "precise";
        return elapsed() >= m_options.maxSeconds ? "time" : "";
    }

    void report() const
    {
        if (m_progress)
            m_progress({std::min(1.0, elapsed() / m_options.maxSeconds),
                        fmt::format("round {}, ±{:.1f} %", m_done.rounds, 100.0 * widest())});
    }

    void conclude(const Probe::Usage& usage, double wallSeconds)
    {
        m_done.flags = judgeContention(usage, wallSeconds, m_options.threads, usableCores());
        if (!hasIntervals())
            m_done.flags.push_back(
                {"few_samples", fmt::format("Only {} of at least {} rounds fitted into {:.3g} s, so "
                                            "that nothing can be told from them; allow more time "
                                            "or ask for less.",
                                            m_done.rounds, stats::fewestForInterval(), m_options.maxSeconds)});
        else if (widest() > m_options.precisionTarget)
            m_done.flags.push_back(
                {"imprecise", fmt::format("The widest interval is ±{:.1f} % of its median, not the "
                                          "±{:.1f} % asked for, after {} rounds.",
                                          100.0 * widest(), 100.0 * m_options.precisionTarget, m_done.rounds)});
    }

    Backend& m_backend;
    const std::string& m_layer;
    const std::vector<LayerCandidate>& m_candidates;
    const LayerRoundsOptions& m_options;
    const Probe& m_probe;
    const std::stop_token& m_stop;
    const ProgressSink& m_progress;
    double m_begin = 0.0;
    double m_renewing = 0.0; ///< seconds
    std::mt19937_64 m_random;
    std::vector<Alive> m_alive;
    LayerRounds m_done;
};

} // namespace

bool LayerTiming::isKnown() const
{
    return median > 0.0 && samples.size() >= static_cast<std::size_t>(stats::fewestForInterval());
}

Result<LayerRounds> timeInRounds(Backend& backend, const std::string& layer,
                                 const std::vector<LayerCandidate>& candidates, const LayerRoundsOptions& options,
                                 const Probe& probe, const std::stop_token& stop, const ProgressSink& progress)
{
    if (!(options.maxSeconds > 0.0) || !(options.precisionTarget > 0.0))
        return fail(ErrorCode::InvalidArgument, "A scan takes a time limit and a precision above 0.");
    return Rounds(backend, layer, candidates, options, probe, stop, progress).run();
}

} // namespace lathe

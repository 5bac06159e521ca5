#include "core/benchmark/compare.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/base/statistics.h"
#include "core/benchmark/as_run.h"
#include "core/benchmark/contest.h"
#include "core/benchmark/task.h"

namespace lathe {

namespace {

/// Of pairs with both times sound.
std::vector<double> logRatios(const std::vector<double>& a, const std::vector<double>& b)
{
    std::vector<double> ratios;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        if (a[i] > 0.0 && b[i] > 0.0)
            ratios.push_back(std::log(b[i] / a[i]));
    return ratios;
}

Verdict verdictOf(const stats::Interval& logs, std::size_t pairs)
{
    if (pairs < static_cast<std::size_t>(stats::fewestForInterval(kComparisonConfidence)))
        return Verdict::NoDifferenceShown;
    if (logs.low > 0.0)
        return Verdict::FirstFaster;
    return logs.high < 0.0 ? Verdict::SecondFaster : Verdict::NoDifferenceShown;
}

std::string difference(const std::string& faster, const std::string& slower, double ratio, double low, double high)
{
    return fmt::format("{} is {:.3g} times as fast as {} ({:.0f} % interval {:.3g} to {:.3g}).", faster, ratio, slower,
                       100.0 * kComparisonConfidence, low, high);
}

std::string noDifference(const std::string& aName, const std::string& bName, const Comparison& c, std::size_t pairs)
{
    const int fewest = stats::fewestForInterval(kComparisonConfidence);
    if (pairs < static_cast<std::size_t>(fewest))
        return fmt::format("No difference between {} and {} can be shown from {} pairs; it takes {} at least.", aName,
                           bName, pairs, fewest);
    const double hidden = std::max(c.ciHigh, 1.0 / c.ciLow) - 1.0;
    return fmt::format(
        "No difference between {} and {} was shown: {} takes {:.3f} times as long ({:.0f} % interval {:.3f} "
        "to {:.3f}), so a difference of up to {:.1f} % could still hide.",
        aName, bName, bName, c.ratio, 100.0 * kComparisonConfidence, c.ciLow, c.ciHigh, 100.0 * hidden);
}

/// Two networks side by side, which can be made anew.
class Rivals {
public:
    Rivals(Backend& backend, const Configuration& a, const Configuration& b)
        : m_backend(backend), m_a{a, {}, {}}, m_b{b, {}, {}}
    {
    }

    Result<void> take(const LoadedModel& a, const LoadedModel& b)
    {
        for (auto [side, model] : {std::pair{&m_a, &a}, std::pair{&m_b, &b}}) {
            const auto mode = modeFor(side->configuration.mode, *model);
            if (!mode)
                return tl::unexpected(mode.error());
            side->configuration.mode = name(*mode);
            auto ready = runnable(m_backend, *model, side->configuration);
            if (!ready)
                return tl::unexpected(ready.error());
            side->model = *std::move(ready);
        }
        return prepare();
    }

    /// Which of the two gets its memory first changes from time to time.
    Result<void> prepare()
    {
        m_a.network.reset();
        m_b.network.reset();
        m_aFirst = !m_aFirst;
        return prepare(m_aFirst ? m_a : m_b).and_then([this] { return prepare(m_aFirst ? m_b : m_a); });
    }

    const std::string& firstMode() const { return m_a.configuration.mode; }
    const std::string& secondMode() const { return m_b.configuration.mode; }
    Contestant first() { return contestant(m_a); }
    Contestant second() { return contestant(m_b); }

private:
    struct Side {
        Configuration configuration;
        std::optional<LoadedModel> model;
        std::unique_ptr<Network> network;
    };

    Result<void> prepare(Side& side)
    {
        auto network = prepareNetwork(m_backend, *side.model, side.configuration);
        if (!network)
            return tl::unexpected(network.error());
        side.network = std::move(*network);
        return {};
    }

    Contestant contestant(Side& side)
    {
        Contestant one{
            describe(side.configuration), [&side] { return side.network->run(); }, {}, side.configuration.threads};
        // A pool that grows again starts threads, which must not count as this network's time.
        if (m_a.configuration.threads != m_b.configuration.threads)
            one.settle = [this, &side] {
                m_backend.setThreads(side.configuration.threads);
                return side.network->run();
            };
        return one;
    }

    Backend& m_backend;
    Side m_a;
    Side m_b;
    bool m_aFirst = false;
};

} // namespace

Comparison comparePairs(const std::string& aName, const std::string& bName, const std::vector<double>& a,
                        const std::vector<double>& b)
{
    const std::vector<double> logs = logRatios(a, b);
    const stats::Interval interval = stats::medianIntervalOfSeries(logs, kComparisonConfidence);
    Comparison comparison;
    comparison.ratio = std::exp(stats::median(logs));
    comparison.ciLow = std::exp(interval.low);
    comparison.ciHigh = std::exp(interval.high);
    comparison.verdict = verdictOf(interval, logs.size());
    comparison.aMilliseconds = a;
    comparison.bMilliseconds = b;
    const Comparison& c = comparison;
    if (c.verdict == Verdict::FirstFaster)
        comparison.sentence = difference(aName, bName, c.ratio, c.ciLow, c.ciHigh);
    else if (c.verdict == Verdict::SecondFaster)
        comparison.sentence = difference(bName, aName, 1.0 / c.ratio, 1.0 / c.ciHigh, 1.0 / c.ciLow);
    else
        comparison.sentence = noDifference(aName, bName, c, logs.size());
    return comparison;
}

Result<Comparison> compareInterleaved(const std::string& aName, const std::function<Result<void>()>& a,
                                      const std::string& bName, const std::function<Result<void>()>& b,
                                      const CompareOptions& options, const Probe& probe, std::stop_token stop,
                                      const ProgressSink& progress)
{
    return guarded(fmt::format("Comparing {} and {}", aName, bName), [&] {
        return hold({{aName, a, {}}, {bName, b, {}}, {}}, options, probe, stop, progress);
    });
}

Result<Comparison> compareModels(Backend& backend, const LoadedModel& aModel, const Configuration& a,
                                 const LoadedModel& bModel, const Configuration& b, const CompareOptions& options,
                                 std::stop_token stop, const ProgressSink& progress)
{
    return guarded(fmt::format("Comparing {} and {}", describe(a), describe(b)), [&]() -> Result<Comparison> {
        Rivals rivals(backend, a, b);
        if (auto ready = rivals.take(aModel, bModel); !ready)
            return tl::unexpected(ready.error());
        auto comparison = hold({rivals.first(), rivals.second(), [&] { return rivals.prepare(); }}, options,
                               systemProbe(), stop, progress);
        if (comparison) {
            comparison->aMode = rivals.firstMode();
            comparison->bMode = rivals.secondMode();
        }
        return comparison;
    });
}

Result<Comparison> compareConfigurations(Backend& backend, const Configuration& a, const Configuration& b,
                                         const CompareOptions& options, std::stop_token stop,
                                         const ProgressSink& progress)
{
    const auto load = [](const Configuration& c) {
        return guarded(describe(c), [&] { return loadModel(c.model, c.input); });
    };
    const auto aModel = load(a);
    const auto bModel = aModel ? load(b) : aModel;
    if (!bModel)
        return tl::unexpected(bModel.error());
    return compareModels(backend, *aModel, a, *bModel, b, options, std::move(stop), progress);
}

} // namespace lathe

#include "core/pruning/gradual.h"

#include <cmath>

#include <fmt/format.h>

#include "core/benchmark/compare.h"
#include "core/graph/cost.h"
#include "core/pruning/reparametrization.h"

namespace lathe {

namespace {

using Kind = PruningTarget::Kind;

constexpr double kSlack = 1e-3; ///< whole channels and entries hardly hit a share

Result<void> check(const PruningWay& way, const GradualOptions& options)
{
    const PruningTarget& target = options.target;
    if (target.kind == Kind::AsGiven && options.steps != 1)
        return fail(ErrorCode::InvalidArgument, "Several steps lead to one amount; give a single share that goes.");
    if (target.kind != Kind::AsGiven && !(target.value > 0.0 && target.value < 1.0))
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("A target is a share between 0 and 1, and {} is none.", target.value));
    if (options.steps < 1)
        return fail(ErrorCode::InvalidArgument, "Pruning takes one step at least.");
    if (std::holds_alternative<PruningPlan>(way) && target.isOfMacs())
        return fail(ErrorCode::InvalidArgument, "Masks change neither multiply-accumulates nor latency; prune channels "
                                                "(--structured), or aim at a sparsity.");
    return {};
}

class Gradual {
public:
    Gradual(Backend& backend, const CompressionSubject& subject, const PruningWay& way, const GradualOptions& options,
            const GradualStepDone& stepDone, const TrainingEvents& events, const std::stop_token& stop)
        : m_backend(backend), m_subject(subject), m_way(way), m_options(options), m_stepDone(stepDone),
          m_events(events), m_stop(stop), m_before(cost(subject.model.graph))
    {
        m_outcome.model = subject.model;
    }

    Result<GradualOutcome> run()
    {
        const bool isMeasured = m_options.target.kind == Kind::Latency;
        const int most = isMeasured ? 2 * m_options.steps : m_options.steps;
        for (int step = 1; step <= most && !m_outcome.meetsTarget; ++step) {
            if (m_stop.stop_requested())
                return fail(ErrorCode::Cancelled, "Pruning was stopped.");
            if (auto made = take(step); !made)
                return tl::unexpected(made.error());
        }
        return std::move(m_outcome);
    }

private:
    double wanted() const { return m_options.target.value; }

    /// Of what there was at first, that stays after so many steps.
    double stays(int step) const
    {
        const double whole = m_options.target.isOfMacs() ? wanted() : 1.0 - wanted();
        return std::pow(whole, static_cast<double>(step) / m_options.steps);
    }

    Result<void> take(int step)
    {
        GradualStep made;
        made.amount = m_options.target.kind == Kind::AsGiven ? 0.0 : 1.0 - stays(1);
        auto pruned = prune(step, made.amount);
        if (!pruned)
            return tl::unexpected(pruned.error());
        m_outcome.model = std::move(*pruned);
        return train(made).and_then([&] { return measure(made); }).map([&] {
            m_outcome.meetsTarget = isMet(made);
            m_outcome.steps.push_back(made);
            if (m_stepDone)
                m_stepDone(made);
        });
    }

    Result<LoadedModel> prune(int step, double amount)
    {
        if (m_options.target.kind == Kind::AsGiven)
            return prunedAsGiven(m_backend, m_subject, m_outcome.model, m_way, m_stop);
        const auto* channels = std::get_if<ChannelPruningOptions>(&m_way);
        if (channels == nullptr || m_options.target.kind == Kind::Share)
            return prunedBy(m_backend, m_subject, m_outcome.model, m_way, amount, m_stop);
        const auto share = [&](std::int64_t whole) {
            return static_cast<std::int64_t>(std::floor(static_cast<double>(whole) * stays(step)));
        };
        SizeTarget target;
        if (m_options.target.kind == Kind::Sparsity)
            target.parameters = share(m_before.parameters);
        else
            target.macs = share(m_before.macs);
        return prunedTo(m_backend, m_subject, m_outcome.model, *channels, target, m_stop);
    }

    Result<void> train(GradualStep& made)
    {
        if (!m_options.training)
            return {};
        LoadedModel& model = m_outcome.model;
        const StateDict masks = masksOf(model);
        auto trained = fineTuneNetwork(m_backend, m_subject, model.graph, model.weights, *m_options.training,
                                       {nullptr, masks.empty() ? nullptr : &masks}, m_events, m_stop);
        if (!trained)
            return tl::unexpected(trained.error());
        if (trained->keptEpoch > 0)
            made.validationAccuracy =
                trained->history[static_cast<std::size_t>(trained->keptEpoch - 1)].validationAccuracy;
        replaceWeights(model, trained->weights);
        return {};
    }

    Result<void> measure(GradualStep& made)
    {
        made.sparsity = sparsityOf(m_subject.model, m_outcome.model, m_way);
        made.macsShare = static_cast<double>(cost(m_outcome.model.graph).macs) / static_cast<double>(m_before.macs);
        if (m_options.target.kind != Kind::Latency)
            return {};
        CompareOptions options;
        options.maxSeconds = m_options.secondsEach;
        const Configuration fused{"", "fused", m_options.batch, m_options.threads, {}, "cpu"};
        return compareModels(m_backend, m_subject.model, fused, m_outcome.model, fused, options, m_stop, {})
            .map([&](const Comparison& comparison) { made.latencyShare = comparison.ratio; });
    }

    bool isMet(const GradualStep& made) const
    {
        switch (m_options.target.kind) {
        case Kind::AsGiven:
        case Kind::Share:
            return std::ssize(m_outcome.steps) + 1 == m_options.steps;
        case Kind::Sparsity:
            return made.sparsity >= wanted() - kSlack;
        case Kind::Macs:
            return made.macsShare <= wanted() + kSlack;
        case Kind::Latency:
            break;
        }
        return made.latencyShare && *made.latencyShare <= wanted();
    }

    Backend& m_backend;
    const CompressionSubject& m_subject;
    const PruningWay& m_way;
    const GradualOptions& m_options;
    const GradualStepDone& m_stepDone;
    const TrainingEvents& m_events;
    const std::stop_token& m_stop;
    GraphCost m_before;
    GradualOutcome m_outcome;
};

} // namespace

Result<GradualOutcome> pruneGradually(Backend& backend, const CompressionSubject& subject, const PruningWay& way,
                                      const GradualOptions& options, const GradualStepDone& stepDone,
                                      const TrainingEvents& events, const std::stop_token& stop)
{
    return check(way, options).and_then([&] {
        return Gradual(backend, subject, way, options, stepDone, events, stop).run();
    });
}

} // namespace lathe

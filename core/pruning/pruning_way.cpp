#include "core/pruning/pruning_way.h"

#include <fmt/format.h>

#include "core/graph/cost.h"
#include "core/pruning/loss_changes.h"

namespace lathe {

namespace {

Result<LoadedModel> maskedBy(const LoadedModel& model, PruningPlan plan, double amount)
{
    for (PruningRule& rule : plan.rules)
        rule.step.amount = amount;
    return prune(model, plan);
}

LoadedModel modelOf(ChannelPruningOutcome&& outcome)
{
    return std::move(outcome.model);
}

} // namespace

std::string toString(const PruningWay& way)
{
    if (const auto* channels = std::get_if<ChannelPruningOptions>(&way))
        return fmt::format("{} channels {}", name(channels->measure.criterion),
                           channels->amount.isGlobal ? "global" : "local");
    const auto& plan = std::get<PruningPlan>(way);
    const auto method = plan.rules.empty() ? PruningStep::Method::L1 : plan.rules.front().step.method;
    return fmt::format("{} weights {}", method == PruningStep::Method::Random ? "random" : "l1",
                       plan.isGlobal ? "global" : "local");
}

Result<ChannelPruningOutcome> withoutChannels(Backend& backend, const CompressionSubject& subject,
                                              const LoadedModel& model, ChannelPruningOptions options,
                                              const std::stop_token& stop, const ProgressSink& progress)
{
    Result<std::vector<double>> changes = std::vector<double>{};
    if (options.measure.criterion == ChannelCriterion::Taylor) {
        if (!subject.dataset)
            return fail(ErrorCode::InvalidArgument,
                        "The criterion \"taylor\" needs images with labels; name a dataset, or take l1 or l2.");
        changes = lossChanges(backend, model, *subject.dataset, {}, stop, progress);
        if (!changes)
            return tl::unexpected(changes.error());
        options.measure.lossChanges = &*changes;
    }
    return pruneChannels(model, options, stop, progress);
}

Result<LoadedModel> prunedAsGiven(Backend& backend, const CompressionSubject& subject, const LoadedModel& model,
                                  const PruningWay& way, const std::stop_token& stop)
{
    if (const auto* plan = std::get_if<PruningPlan>(&way))
        return prune(model, *plan);
    return withoutChannels(backend, subject, model, std::get<ChannelPruningOptions>(way), stop).map(modelOf);
}

Result<LoadedModel> prunedBy(Backend& backend, const CompressionSubject& subject, const LoadedModel& model,
                             const PruningWay& way, double amount, const std::stop_token& stop)
{
    if (const auto* plan = std::get_if<PruningPlan>(&way))
        return maskedBy(model, *plan, amount);
    ChannelPruningOptions options = std::get<ChannelPruningOptions>(way);
    options.keepsOne = true; // amounts of a study or a step go on where a thin layer has one left
    options.amount.ratio = amount;
    options.targetMacs.reset();
    options.targetParameters.reset();
    return withoutChannels(backend, subject, model, options, stop).map(modelOf);
}

Result<LoadedModel> prunedTo(Backend& backend, const CompressionSubject& subject, const LoadedModel& model,
                             const ChannelPruningOptions& way, const SizeTarget& target, const std::stop_token& stop)
{
    ChannelPruningOptions options = way;
    options.targetMacs = target.macs;
    options.targetParameters = target.parameters;
    return withoutChannels(backend, subject, model, options, stop).map(modelOf);
}

double sparsityOf(const LoadedModel& original, const LoadedModel& pruned, const PruningWay& way)
{
    if (std::holds_alternative<PruningPlan>(way))
        return wholeSparsity(layerSparsity(pruned)).share();
    const auto before = static_cast<double>(cost(original.graph).parameters);
    return 1.0 - static_cast<double>(cost(pruned.graph).parameters) / before;
}

} // namespace lathe

#pragma once

#include <stop_token>
#include <string>
#include <variant>

#include "core/compression/subject.h"
#include "core/pruning/channel_pruning.h"
#include "core/pruning/prune.h"

namespace lathe {

/// How a network is pruned, by masks or by taking channels out; the amount that stands in it is read by `prunedAsGiven`
/// alone.
using PruningWay = std::variant<PruningPlan, ChannelPruningOptions>;

/// "l1 global", "l2 channels local".
std::string toString(const PruningWay& way);

/// What `pruneChannels` makes of it; the criterion "taylor" takes the subject's images.
Result<ChannelPruningOutcome> withoutChannels(Backend& backend, const CompressionSubject& subject,
                                              const LoadedModel& model, ChannelPruningOptions options,
                                              const std::stop_token& stop = {}, const ProgressSink& progress = {});

/// The network pruned as the way itself says, its amounts included. Errors are those of `prune` and `pruneChannels`.
Result<LoadedModel> prunedAsGiven(Backend& backend, const CompressionSubject& subject, const LoadedModel& model,
                                  const PruningWay& way, const std::stop_token& stop = {});

/// The network with that share (0 to below 1) less of the weights or channels that it has. Errors are those of `prune`
/// and `pruneChannels`.
Result<LoadedModel> prunedBy(Backend& backend, const CompressionSubject& subject, const LoadedModel& model,
                             const PruningWay& way, double amount, const std::stop_token& stop = {});

/// The same to as many multiply-accumulates, or parameters, or fewer.
struct SizeTarget {
    std::optional<std::int64_t> macs;
    std::optional<std::int64_t> parameters;
};
Result<LoadedModel> prunedTo(Backend& backend, const CompressionSubject& subject, const LoadedModel& model,
                             const ChannelPruningOptions& way, const SizeTarget& target,
                             const std::stop_token& stop = {});

/// Share of the weights of convolutions and linear layers that are 0, or of the original's parameters that are gone.
double sparsityOf(const LoadedModel& original, const LoadedModel& pruned, const PruningWay& way);

} // namespace lathe

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/pruning/channel_groups.h"

/// How much a network would miss each of its channels.
namespace lathe {

/// `name`: "l1", "l2", "bn-scale", "random", "taylor".
enum class ChannelCriterion {
    L1,             ///< mean of the sums of magnitudes of the weights that make the channel, over the layers tied
    L2,             ///< mean of the Euclidean norms of these weights
    BatchNormScale, ///< mean magnitude of the batch normalisations' scales (Liu et al., "Learning Efficient
                    ///< Convolutional Networks through Network Slimming", 2017); groups without one have no scores
    Random,         ///< drawn from a seed
    Taylor          ///< what the loss changes by, to the first order (Molchanov et al., "Importance Estimation for
                    ///< Neural Network Pruning", 2019): see loss_changes.h
};
std::string_view name(ChannelCriterion criterion);
Result<ChannelCriterion> channelCriterionFromName(std::string_view name);

struct ChannelMeasure {
    ChannelCriterion criterion = ChannelCriterion::L2;
    std::uint64_t seed = 1;                           ///< of Random
    const std::vector<double>* lossChanges = nullptr; ///< of Taylor: by class
};

/// By group one score for each of its classes, the greater the more it matters; none for a group that the criterion
/// cannot judge. InvalidArgument where Taylor has no changes of the loss, or those of another network; Unsupported for
/// weights in integers.
Result<std::vector<std::vector<double>>> channelScores(const Graph& graph, const ChannelClassesOfGraph& classes,
                                                       const std::vector<ChannelGroup>& groups,
                                                       const StateDict& weights, const ChannelMeasure& measure);

} // namespace lathe

#pragma once

#include <vector>

#include "core/pruning/channel_groups.h"
#include "core/pruning/remove_channels.h"

/// How many channels of each group stay, and which.
namespace lathe {

struct ChannelAmount {
    double ratio = 0.5;       ///< of the channels, that goes; from 0, below 1
    bool isGlobal = false;    ///< of all groups' together, ranked by their scores; else each group loses it
    double leastShare = 0.1;  ///< of a group's channels, that stays when they are ranked together
    std::int64_t roundTo = 1; ///< widths that stay are multiples of it
};

/// How many classes of a group make widths that are multiples: a group of fewer stays as it is.
std::int64_t classStep(const ChannelGroup& group, std::int64_t roundTo);

/// Classes that stay of each group: n (1 - ratio), rounded down as Torch-Pruning does, further down to the multiple, at
/// least one (one multiple). With global scope scores are first divided by their group's mean. A group whose `scores`
/// are empty stays whole.
std::vector<std::int64_t> keptCounts(const std::vector<ChannelGroup>& groups,
                                     const std::vector<std::vector<double>>& scores, const ChannelAmount& amount);

/// The classes with the least scores go, of equal ones the last.
RemovedClasses leastImportant(int classes, const std::vector<ChannelGroup>& groups,
                              const std::vector<std::vector<double>>& scores, const std::vector<std::int64_t>& kept);

} // namespace lathe

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "app/prune_options.h"
#include "core/base/result.h"
#include "core/pruning/channel_pruning.h"

namespace lathe::cli {

/// Flags that `lathe prune` has for channels alone.
struct StructuredOptions {
    bool isStructured = false;
    bool listsGroups = false;
    std::int64_t roundTo = 1;
    bool roundByMeasurement = false;
    bool heads = false;
    bool stream = false;
    double leastShare = 0.1;
    std::optional<double> targetMacs; ///< up to 1 a share of the network's own
    std::optional<double> targetParameters;
    std::string mode = "fused";
    // of all kinds of pruning
    std::string data; ///< for the criterion "taylor", accuracies and training
    std::int64_t batch = 1;
    int threads = 0; ///< 0: all cores
};
/// Behind those of masks, which it excludes.
void addStructuredOptions(CLI::App& app, StructuredOptions& options);

/// What the flags say of channels, without targets and what has to be measured first. InvalidArgument where they do not
/// say how much.
Result<ChannelPruningOptions> channelOptionsOf(const PruneOptions& common, const StructuredOptions& options);

/// `lathe prune MODEL --structured`: channels are taken out, the smaller network is written and described; or what goes
/// together is listed.
Result<void> pruneStructured(const PruneOptions& common, const StructuredOptions& options);

} // namespace lathe::cli

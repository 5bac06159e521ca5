#pragma once

#include <string>
#include <vector>

#include "core/pruning/channel_pruning.h"

namespace lathe::cli {

/// One document: "params_before", "params", "macs_before", "macs", "sparsity", "layers"[] with "name", "pruned" and
/// "numel" (entries of the weight) and the channels, ... `out`: the file written; or empty.
void printStructuredJson(const ChannelPruningOutcome& outcome, const std::string& out);

/// A row a layer, then the whole.
void printStructured(const ChannelPruningOutcome& outcome, const std::string& out);

/// Which layers' channels go together, how many there are, and why those stay that do.
void printGroups(const std::vector<ChannelGroup>& groups, const ChannelChoice& choice);
/// The same as "groups"[] with "kind", "layers", "channels" and "stays" (a reason, or null).
void printGroupsJson(const std::vector<ChannelGroup>& groups, const ChannelChoice& choice);

} // namespace lathe::cli

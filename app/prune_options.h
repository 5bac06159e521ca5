#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "core/base/result.h"
#include "core/formats/model_file.h"
#include "core/pruning/rules.h"

namespace lathe::cli {

/// Flags that `lathe prune` has for all kinds of pruning, as they were given.
struct PruneOptions {
    std::string model; ///< an architecture or a model file
    std::string input;
    std::optional<std::string> method;
    std::optional<std::string> amount;
    std::string scope = "layer"; ///< or "global"
    std::vector<std::string> excluded;
    std::uint64_t seed = 1;
    std::string out;
    bool json = false;
};
void addPruneOptions(CLI::App& app, PruneOptions& options);

/// Its model with weights, drawn where no file has them; `notes` get what should be known of it.
Result<LoadedModel> loadWithWeights(const PruneOptions& options, std::vector<std::string>& notes);

/// Flags that it has for masks alone.
struct MaskOptions {
    bool isUnstructured = false;
    std::string pattern; ///< "2:4"
    std::string maskFile;
    std::vector<std::string> rules;
    bool biases = false;
    bool isPermanent = false;
    bool showsNames = false;
    std::string norm = "2";
    std::int64_t axis = 0;
};
void addMaskOptions(CLI::App& app, MaskOptions& options);

/// Whether the masks are those of a file.
bool takesMaskFile(const PruneOptions& options, const MaskOptions& masks);

/// What the flags say of masks that are computed. InvalidArgument where they do not say how much, say it twice, or name
/// a method for channels.
Result<PruningPlan> planOf(const PruneOptions& options, const MaskOptions& masks);

} // namespace lathe::cli

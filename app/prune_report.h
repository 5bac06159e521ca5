#pragma once

#include <string>
#include <vector>

#include "core/formats/model_file.h"
#include "core/pruning/prune.h"

namespace lathe::cli {

/// What `lathe prune MODEL` did with masks.
struct PruningReport {
    LoadedModel before;
    LoadedModel after;
    std::vector<LayerSparsity> layers; ///< by the masks, also where these are gone now
    std::vector<std::string> notes;
    std::string out; ///< the file written; or empty
    bool showsNames = false;
};

/// One document: "params_before", "params", "macs_before", "macs", "sparsity", "layers"[] with "name", "pruned" and
/// "numel", ...
void printPruningJson(const PruningReport& report);

/// A row a layer with its share beside that of the whole.
void printPruning(const PruningReport& report);

} // namespace lathe::cli

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/formats/model_file.h"
#include "core/pruning/rules.h"

namespace lathe {

/// The model with masks by the plan, within those that it has; `origin` is the model that it was made from. The model
/// has weights. Errors are the plan's (see `selectParameters` and masks.h), or InvalidArgument where a layer by itself
/// would lose all its weights; Unsupported for quantized and sealed networks.
Result<LoadedModel> prune(const LoadedModel& model, const PruningPlan& plan);

/// The same with masks of one's own by the parameters' names; `source`: what the user calls them.
Result<LoadedModel> pruneByMasks(const LoadedModel& model, const StateDict& masks,
                                 const std::vector<std::string>& excluded, const std::string& source);

/// Masks by the parameters' names, of a safetensors or PyTorch file: its tensors named "<parameter>_mask", or where
/// there is none, all.
Result<StateDict> readMasks(const std::filesystem::path& path);

/// What is pruned of a layer: entries that masks prune or, in a network without masks, zeros.
struct LayerSparsity {
    std::string layer;
    std::int64_t pruned = 0; ///< of the weights
    std::int64_t numel = 0;
    std::int64_t biasPruned = 0;
    std::int64_t biasNumel = 0;

    double share() const { return numel > 0 ? static_cast<double>(pruned) / static_cast<double>(numel) : 0.0; }
};

/// Of convolutions, linear layers and whatever else has a mask, in the order they run.
std::vector<LayerSparsity> layerSparsity(const LoadedModel& model);

/// Their sum.
LayerSparsity wholeSparsity(const std::vector<LayerSparsity>& layers);

} // namespace lathe

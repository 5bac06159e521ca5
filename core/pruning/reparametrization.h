#pragma once

#include <string>
#include <vector>

#include "core/base/tensor.h"
#include "core/formats/model_file.h"
#include "core/graph/graph.h"

/// A pruned network as torch.nn.utils.prune keeps it: where PyTorch has a parameter "conv1.weight", it then has a
/// parameter "conv1.weight_orig" and a buffer "conv1.weight_mask", and the weight is their product.
namespace lathe {

/// What names become of a parameter that has a mask.
inline constexpr const char* kOriginalSuffix = "_orig";
inline constexpr const char* kMaskSuffix = "_mask";

/// Of named_parameters() and named_buffers(), in their order.
struct ModuleNames {
    std::vector<std::string> parameters;
    std::vector<std::string> buffers;
};
ModuleNames moduleNames(const Graph& graph, const Pruning* pruning = nullptr);

/// The state dict of PyTorch's pruned module, in its order. `weights`: the graph's; `maskType`: of the masks, Float32
/// as PyTorch has them or UInt8.
StateDict reparametrized(const Graph& graph, const StateDict& weights, const Pruning& pruning, DType maskType);

/// The values, float32, with 0 where the mask is 0.
HostTensor masked(const HostTensor& values, const HostTensor& keep);

/// The mask of a parameter; none where it has none.
const HostTensor* maskOf(const LoadedModel& model, const std::string& parameter);

/// All of them by the parameters' names, as training takes them; empty where there are none.
StateDict masksOf(const LoadedModel& model);

/// Gives parameters these masks (in any order; uint8, of the parameters' shapes, each within the mask that is there)
/// and makes their weights the products. The model has weights.
void applyMasks(LoadedModel& model, std::vector<Mask> masks, const std::string& scheme);

/// New weights, of the graph's parameters, after training: where a mask keeps an entry they are the originals too, and
/// what it prunes stays as it was, as in PyTorch's pruned modules without weight decay.
void replaceWeights(LoadedModel& model, const StateDict& weights);

/// The masks go and the zeros stay, as prune.remove does it.
void makePermanent(LoadedModel& model);

/// What a record says of how the network was pruned: "l1 global 0.3 (masks)", the same without "(masks)" where they
/// were made permanent, or empty.
std::string pruningText(const LoadedModel& model);

} // namespace lathe

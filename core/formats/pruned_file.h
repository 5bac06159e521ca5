#pragma once

#include <optional>
#include <string>

#include "core/formats/model_file.h"

/// Pruned networks in files, as torch.nn.utils.prune names them: "conv1.weight_orig" and "conv1.weight_mask" where
/// others have "conv1.weight".
namespace lathe {

/// The metadata entry that says how the network was pruned: "l1 global 0.3". A file without masks that has it was
/// pruned for good.
inline constexpr const char* kPruningMetadata = "lathe.pruning";

/// Puts products in the place of originals and takes the masks out: nothing where there are none. BadFile, with the
/// tensor's name, for a mask that has another shape than its original, or other values than 0 and 1. `source`: what
/// the user calls the file.
Result<std::optional<Pruning>> takeMasks(StateDict& tensors, const std::string& source);

/// Gives a model read from that file its masks. Where the file has other names than the model's parameters, the masks
/// are made permanent and a note says so.
void attachMasks(LoadedModel& model, std::optional<Pruning> pruning, const std::string& scheme);

/// Tensors as a file holds them. `maskType`: see `reparametrized`.
StateDict prunedTensors(const LoadedModel& model, DType maskType);

} // namespace lathe

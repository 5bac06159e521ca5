#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/datasets/preprocessing.h"
#include "core/formats/graph_json.h"
#include "core/pruning/pruning.h"
#include "core/quantization/quantization.h"

namespace lathe {

/// A model by name or file, its graph at the wanted input, and its weights.
struct LoadedModel {
    std::string name;
    std::string family;
    std::string type; ///< "cnn", "vit", ...
    Graph graph;
    bool userDefined = false;                 ///< the graph is not just what the catalogue has: an export holds it
    StateDict weights;                        ///< empty: initialise from a seed
    std::optional<Quantization> quantization; ///< of a quantized network's file
    std::optional<Pruning> pruning;           ///< masks that are not yet made permanent
    std::string scheme;         ///< how it was pruned for good: "l1 global 0.3"; empty: not at all, or see `pruning`
    std::string origin;         ///< the model that it was compressed from, as it was named; or empty
    std::optional<double> top1; ///< published, fraction; only at the published crop and without a file
    std::optional<double> top5; ///< the same
    std::optional<std::int64_t> fileBytes;      ///< of the file, or of the published weights
    std::optional<Preprocessing> preprocessing; ///< of a file that says what it was trained on
    std::vector<std::string> notes;             ///< sentences: what of a file was left out, or what it does not say
};

/// `model` is an architecture's name, a graph (see graph_json.h), a TorchScript program or a file of weights (see
/// readWeightFile), which tells its architecture by the metadata entry "architecture" or "lathe.graph", or by its
/// tensors' names and shapes; another number of classes is adapted to. `input` (C x H x W, or a number of tokens) may
/// be empty for the model's default.
Result<LoadedModel> loadModel(const std::string& model, const Shape& input);

/// The same with the weights of a file, for an architecture or a graph named by the caller. InvalidArgument where
/// `model` is a file that has weights already.
Result<LoadedModel> loadModel(const std::string& model, const Shape& input, const std::string& weightsFile);

/// An architecture of the catalogue with a number of classes of one's own; a file has its own and is an error.
Result<LoadedModel> buildModel(const std::string& architecture, const BuildOptions& options);

/// The architecture alone, to be written as JSON.
GraphFile graphFileOf(const LoadedModel& model);

/// A safetensors file of its weights, integers where it is quantized (see quantized_file.h), originals and masks where
/// it is pruned (see pruned_file.h), that opens as this model:
/// its metadata name the architecture where the catalogue has it at that input, otherwise they hold the whole graph;
/// and the preprocessing. A name that ends in .pt or .pth gets a file as torch.save writes it instead, with tensors
/// alone: Unsupported for quantized networks and graphs of one's own. Atomic.
Result<void> saveModel(const std::filesystem::path& path, const LoadedModel& model);

/// Of the file that `saveModel` would write.
std::int64_t savedBytes(const LoadedModel& model);

/// Of the tensors in it alone.
std::int64_t storedBytes(const LoadedModel& model);

} // namespace lathe

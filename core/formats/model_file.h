#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"
#include "core/graph/graph.h"

namespace lathe {

/// A model by name or file, its graph at the wanted input, and its weights.
struct LoadedModel {
    std::string name;
    std::string family;
    std::string type; ///< "cnn", "vit", ...
    Graph graph;
    StateDict weights;                     ///< empty: initialise from a seed
    std::optional<double> top1;            ///< published, fraction; only at the published crop and without a file
    std::optional<double> top5;            ///< the same
    std::optional<std::int64_t> fileBytes; ///< of the file, or of the published weights
    std::vector<std::string> limits;       ///< what cannot be done with it, a sentence each
};

/// `model` is an architecture's name or a safetensors file. A file tells its architecture by the metadata entry
/// "architecture" or by its tensors' names and shapes; another number of classes is adapted to.
/// `input` (C x H x W, or a number of tokens) may be empty for the model's default.
Result<LoadedModel> loadModel(const std::string& model, const Shape& input);

/// The same with the weights of a file, for an architecture named by the caller.
Result<LoadedModel> loadModel(const std::string& model, const Shape& input, const std::string& weightsFile);

} // namespace lathe

#pragma once

#include <map>
#include <string>
#include <unordered_map>

#include "core/architectures/catalogue.h"
#include "core/formats/huggingface.h"
#include "core/formats/weight_file.h"

/// Which architecture of the catalogue a file of weights belongs to.
namespace lathe {

/// A file's weights under the catalogue's names.
struct NamedWeights {
    std::string path;
    std::map<std::string, std::string> metadata;
    RenamedWeights renamed;
    std::unordered_map<std::string, const Shape*> shapes; ///< of the renamed tensors
};

NamedWeights underCatalogueNames(WeightFile file, const std::string& path);

struct Recognised {
    const Architecture* architecture = nullptr;
    Shape input; ///< to build it at: the wanted one, or one at which the shapes of the weights fit
};

/// By the metadata entry "architecture", or by names and shapes at `wanted` (may be empty) or an input that weights
/// were published for.
Result<Recognised> recognise(const Shape& wanted, const NamedWeights& weights);

/// The same for an architecture that the caller names; where nothing fits, at the wanted input.
Recognised recogniseAs(const Architecture& architecture, const Shape& wanted, const NamedWeights& weights);

/// The architecture built for the file's number of classes, and as its convention has it.
Result<Graph> buildFor(const Recognised& recognised, const NamedWeights& weights);

} // namespace lathe

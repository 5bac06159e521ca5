#pragma once

#include <string>

#include "core/formats/model_file.h"

namespace lathe {

/// A TorchScript file as a model. `input` may be empty for 3x224x224, since the file does not say what it takes.
/// Where its tensors and its MACs are those of an architecture of the catalogue, family and type are that one's.
Result<LoadedModel> loadTorchScript(const std::string& path, const Shape& input);

/// One sentence where a sealed model is asked for what needs its layers: "x.pt is a sealed TorchScript program; `what`
/// needs a model whose layers are known."
Result<void> refuseSealed(const Graph& graph, const std::string& what);

} // namespace lathe

#pragma once

#include <string>

#include "core/base/result.h"
#include "core/formats/model_file.h"

namespace lathe {

/// A TorchScript file as a model: with layers where its operations are ones that graphs have, otherwise sealed, which
/// its notes say. Family and type are those of the catalogue's architecture with the same tensors and operations, where
/// there is one; else they are told from what it computes. `input` is C x H x W; empty: 3 x 224 x 224, since the file
/// does not say.
Result<LoadedModel> loadScript(const std::string& path, const Shape& input);

} // namespace lathe

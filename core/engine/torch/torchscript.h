#pragma once

#include <string>

#include "core/engine/backend.h"
#include "core/engine/torch/kernels.h"

namespace lathe::engine {

/// See Backend::readTorchScript.
Result<ScriptModel> readTorchScript(const std::string& path, const Shape& input);

/// Runs the program of a sealed model.
Kernel sealedKernel(const op::Sealed& sealed);

} // namespace lathe::engine

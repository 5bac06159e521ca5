#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/tensor.h"

/// Files of weights, told apart by their first bytes and not by their names.
namespace lathe {

enum class FileKind {
    Safetensors,
    TorchZip,    ///< torch.save of a state dict, a checkpoint or a module
    TorchScript, ///< torch.jit.save
    LegacyTorch, ///< torch.save before PyTorch 1.6
    Json,
    Other ///< none that holds weights
};

/// Reads the beginning of a file, and of a zip archive the names in it. The error: it cannot be read at all.
Result<FileKind> fileKind(const std::filesystem::path& path);

struct WeightFile {
    StateDict tensors; ///< they look into the mapped file where they can; a "module." before every name is gone
    std::map<std::string, std::string> metadata; ///< safetensors alone have it
};

/// Weights of a safetensors file, or of one that torch.save wrote. A file of any other kind is answered with a
/// sentence that says what it is and what to do.
Result<WeightFile> readWeightFile(const std::filesystem::path& path);

} // namespace lathe

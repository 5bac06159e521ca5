#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/base/result.h"
#include "core/base/tensor.h"

/// The safetensors format: an 8-byte little-endian length, a JSON header, then the tensors' bytes.
namespace lathe {

struct SafetensorsFile {
    StateDict tensors; ///< in the order of their offsets; they look into what was read
    std::map<std::string, std::string> metadata;
};

/// Reads all or nothing: a truncated header, a wrong dtype, an overlapping, out-of-range or ill-sized offset is one
/// sentence that names the file and the tensor; so is a name of more than 1,024 characters.
Result<SafetensorsFile> readSafetensors(const std::filesystem::path& path);

/// Atomic: the old file or the new one. Tensors are written in the order given.
Result<void> writeSafetensors(const std::filesystem::path& path, const StateDict& tensors,
                              const std::map<std::string, std::string>& metadata = {});

/// Of the file that it would write.
std::int64_t safetensorsBytes(const StateDict& tensors, const std::map<std::string, std::string>& metadata = {});

} // namespace lathe

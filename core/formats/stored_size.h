#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "core/formats/model_file.h"

namespace lathe {

/// What a file takes on disk.
struct StoredSize {
    std::int64_t bytes = 0;
    std::int64_t gzipBytes = 0; ///< compressed by gzip at its usual level
};
Result<StoredSize> sizeOnDisk(const std::filesystem::path& path);

/// Of the safetensors file that `saveModel` writes, found by writing it among the system's temporary files, where it is
/// gone afterwards.
Result<StoredSize> storedSize(const LoadedModel& model);

/// Of bytes compressed by gzip at its usual level.
std::int64_t gzipSize(std::string_view bytes);

} // namespace lathe

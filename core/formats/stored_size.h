#pragma once

#include <cstdint>
#include <string_view>

#include "core/formats/model_file.h"

namespace lathe {

/// What a model takes on disk.
struct StoredSize {
    std::int64_t bytes = 0;     ///< of the safetensors file that `saveModel` writes
    std::int64_t gzipBytes = 0; ///< of that, compressed by gzip at its usual level
};

/// Found by writing it among the system's temporary files, where it is gone afterwards.
Result<StoredSize> storedSize(const LoadedModel& model);

/// Of bytes compressed by gzip at its usual level.
std::int64_t gzipSize(std::string_view bytes);

} // namespace lathe

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "core/base/result.h"

namespace lathe {

/// A file's bytes, read from the disk as they are looked at. What looks into them keeps a copy of `bytes`.
struct MappedFile {
    std::shared_ptr<const std::byte> bytes; ///< null for an empty file
    std::uint64_t size = 0;

    std::string_view text() const { return {reinterpret_cast<const char*>(bytes.get()), size}; }
};

/// The error names the file and the reason.
Result<MappedFile> mapFile(const std::filesystem::path& path);

} // namespace lathe

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "core/base/result.h"

namespace lathe {

/// A file's bytes; what looks into them keeps a copy of `bytes`. Those of a large file are read from the disk as they
/// are looked at.
struct MappedFile {
    std::shared_ptr<const std::byte> bytes;
    std::uint64_t size = 0;

    std::string_view text() const { return {reinterpret_cast<const char*>(bytes.get()), size}; }
};

/// The error names the file and the reason; NotFound where there is none.
Result<MappedFile> mapFile(const std::filesystem::path& path);

} // namespace lathe

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace lathe {

/// Tells one state of a file from another; all zeros where there is none.
struct FileStamp {
    std::int64_t modifiedNanoseconds = 0;
    std::int64_t bytes = 0;
    std::uint64_t inode = 0; ///< a file that replaces another has one of its own

    bool operator==(const FileStamp&) const = default;
};
FileStamp stampOf(const std::filesystem::path& path);

Result<std::string> readFile(const std::filesystem::path& path);

/// Writes beside the target, flushes to the disk, and renames: a crash leaves the old file or the new one. Through a
/// symbolic link it replaces what the link points to; a device or pipe is written to directly; a file that may not be
/// written to stays. The error names the file and the reason.
Result<void> writeFileAtomically(const std::filesystem::path& path, std::string_view bytes);

/// The same for several pieces one behind the other, so that large ones need not be joined first.
Result<void> writeFileAtomically(const std::filesystem::path& path, const std::vector<std::string_view>& pieces);

} // namespace lathe

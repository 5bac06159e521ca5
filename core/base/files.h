#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
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

/// Takes bytes to be written; false where that failed, and then what is put later is dropped.
using PutBytes = std::function<bool(std::string_view)>;

/// The same for bytes that come piece by piece from `fill`, which says whether all came. Where they did not though
/// writing went well, the error says no more than that.
Result<void> writeFileAtomically(const std::filesystem::path& path, const std::function<bool(const PutBytes&)>& fill);

/// Whether a file could lie there, to be asked before long work and not after it: InvalidArgument for a folder,
/// NotFound where the folder is missing.
Result<void> checkPlace(const std::filesystem::path& path);

/// Whether something, or a folder, is there; what cannot be looked at (a name too long, no permission) is not.
bool isThere(const std::filesystem::path& path);
bool isFolder(const std::filesystem::path& path);

/// Whether anything is in a folder; hidden files aside, which a kill may leave.
bool holdsFiles(const std::filesystem::path& folder);

} // namespace lathe

#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace lathe {

Result<std::string> readFile(const std::filesystem::path& path);

/// Writes beside the target, flushes to the disk, and renames: a crash leaves the old file or the new one. Through a
/// symbolic link it replaces what the link points to; a device or pipe is written to directly; a file that may not be
/// written to stays. The error names the file and the reason.
Result<void> writeFileAtomically(const std::filesystem::path& path, std::string_view bytes);

/// The same for several pieces one behind the other, so that large ones need not be joined first.
Result<void> writeFileAtomically(const std::filesystem::path& path, const std::vector<std::string_view>& pieces);

} // namespace lathe

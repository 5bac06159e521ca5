#pragma once

#include <string_view>
#include <vector>

#include "core/engine/backend.h"

namespace lathe::engine {

/// See Backend::archiveRecords. Throws what LibTorch throws.
Result<std::vector<ArchiveRecord>> archiveRecords(std::string_view archive);

/// See Backend::writeArchive.
Result<void> writeArchive(const std::vector<ArchiveEntry>& entries, const std::function<bool(std::string_view)>& write);

} // namespace lathe::engine

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/base/result.h"

namespace lathe {

/// The first `most` bytes that a file holds, or all if it has no more; unpacked where it is gzipped, which its first
/// bytes tell. A damaged or truncated gzip stream is an error, unless enough came out of it before.
Result<std::vector<std::byte>> readUnpacked(const std::filesystem::path& path, std::uint64_t most);

/// No file of that size can hold more, gzipped or not: what asks for more is damaged.
Result<std::uint64_t> mostUnpackedBytes(const std::filesystem::path& path);

} // namespace lathe

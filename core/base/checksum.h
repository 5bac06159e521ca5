#pragma once

#include <cstddef>
#include <cstdint>

namespace lathe {

/// CRC-32 of `bytes` bytes, going on from what came before them (0: nothing): tells contents apart, and is no defence
/// against anyone.
std::uint32_t checksum(const void* data, std::size_t bytes, std::uint32_t before = 0);

} // namespace lathe

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// Plain loops over memory in the widest vectors of the CPU at hand, for measuring how fast it moves bytes. Addresses
/// and lengths are multiples of kBlock; nothing bypasses the caches (no non-temporal stores).
namespace lathe::streams {

inline constexpr std::size_t kBlock = 512;

/// Loads all bytes; what comes back depends on each of them.
std::uint64_t read(const std::byte* from, std::size_t bytes);

void write(std::byte* to, std::size_t bytes, std::uint64_t value);

void copy(const std::byte* from, std::byte* to, std::size_t bytes);

/// "AVX-512", "AVX2" or "128-bit".
std::string_view vectors();

} // namespace lathe::streams

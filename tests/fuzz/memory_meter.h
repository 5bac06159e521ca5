#pragma once

#include <cstdint>

/// The heap of this process, LibTorch's part of it included.
namespace lathe::fuzz {

/// From here on; other calls need it first.
void startMetering();

/// Forgets the highest so far, and returns what is taken now.
std::int64_t resetPeakBytes();

/// Bytes taken at once at most since then.
std::int64_t peakBytes();

} // namespace lathe::fuzz

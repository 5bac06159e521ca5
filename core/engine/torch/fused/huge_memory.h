#pragma once

#include <cstddef>
#include <memory>

namespace lathe::engine {

/// Zeroed memory that is there from the start, so that no inference faults a page of it; in huge pages where the system
/// allows. Throws std::bad_alloc.
std::shared_ptr<std::byte> hugeMemory(std::size_t bytes);

} // namespace lathe::engine

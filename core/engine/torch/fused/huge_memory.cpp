#include "core/engine/torch/fused/huge_memory.h"

#include <new>

#include <sys/mman.h>

namespace lathe::engine {

namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kPage = 4096;

/// Linux gives huge pages to whole ones within the mapping alone.
std::byte* alignedIn(std::byte* mapping)
{
    const auto address = reinterpret_cast<std::uintptr_t>(mapping);
    return mapping + (kHugePage - address % kHugePage) % kHugePage;
}

} // namespace

std::shared_ptr<std::byte> hugeMemory(std::size_t bytes)
{
    const std::size_t padding = bytes >= kHugePage ? kHugePage : 0;
    const std::size_t whole = bytes + padding + kPage;
    void* mapping = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED)
        throw std::bad_alloc();
    auto* const first = static_cast<std::byte*>(mapping);
    std::byte* const start = padding > 0 ? alignedIn(first) : first;
    if (padding > 0)
        madvise(start, bytes, MADV_HUGEPAGE);
    for (std::size_t i = 0; i < bytes; i += kPage)
        start[i] = std::byte{0};
    return {start, [mapping, whole](std::byte*) { munmap(mapping, whole); }};
}

} // namespace lathe::engine

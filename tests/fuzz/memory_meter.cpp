#include "tests/fuzz/memory_meter.h"

#include <atomic>
#include <cerrno>
#include <cstddef>

#include <malloc.h>

namespace {

std::atomic<std::int64_t> taken{0};
std::atomic<std::int64_t> highest{0};

void count(std::int64_t bytes)
{
    const std::int64_t now = taken.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    std::int64_t before = highest.load(std::memory_order_relaxed);
    while (now > before && !highest.compare_exchange_weak(before, now, std::memory_order_relaxed)) {
    }
}

} // namespace

#ifdef __SANITIZE_ADDRESS__

extern "C" {
int __sanitizer_install_malloc_and_free_hooks(void (*malloc)(const volatile void*, std::size_t),
                                              void (*free)(const volatile void*));
std::size_t __sanitizer_get_allocated_size(const volatile void*);
}

void lathe::fuzz::startMetering()
{
    __sanitizer_install_malloc_and_free_hooks(
        [](const volatile void*, std::size_t bytes) { count(static_cast<std::int64_t>(bytes)); },
        [](const volatile void* p) {
            if (p != nullptr)
                count(-static_cast<std::int64_t>(__sanitizer_get_allocated_size(p)));
        });
}

#else

// glibc lets a program define these: "Replacing malloc" in its manual. What it defines itself has these other names.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);
}

namespace {

std::int64_t sizeOf(void* p)
{
    return p == nullptr ? 0 : static_cast<std::int64_t>(malloc_usable_size(p));
}

void* counted(void* p)
{
    count(sizeOf(p));
    return p;
}

} // namespace

extern "C" {

void* malloc(std::size_t bytes) noexcept
{
    return counted(__libc_malloc(bytes));
}

void* calloc(std::size_t n, std::size_t bytes) noexcept
{
    return counted(__libc_calloc(n, bytes));
}

void* realloc(void* p, std::size_t bytes) noexcept
{
    const std::int64_t before = sizeOf(p);
    void* moved = __libc_realloc(p, bytes);
    if (moved != nullptr || bytes == 0)
        count(sizeOf(moved) - before);
    return moved;
}

void* memalign(std::size_t alignment, std::size_t bytes) noexcept
{
    return counted(__libc_memalign(alignment, bytes));
}

void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept
{
    return counted(__libc_memalign(alignment, bytes));
}

int posix_memalign(void** p, std::size_t alignment, std::size_t bytes) noexcept
{
    *p = counted(__libc_memalign(alignment, bytes));
    return *p == nullptr ? ENOMEM : 0;
}

void free(void* p) noexcept
{
    count(-sizeOf(p));
    __libc_free(p);
}
}

void lathe::fuzz::startMetering() {}

#endif

std::int64_t lathe::fuzz::resetPeakBytes()
{
    highest = taken.load();
    return highest;
}

std::int64_t lathe::fuzz::peakBytes()
{
    return highest;
}

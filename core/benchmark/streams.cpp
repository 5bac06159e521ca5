#include "core/benchmark/streams.h"

namespace lathe::streams {

namespace {

/// Compilers know a filling or copying loop when they see one, and call memset or memcpy, which choose their own way
/// of writing.
[[gnu::always_inline]] inline void keepLoop(const void* address)
{
    asm volatile("" : : "r"(address) : "memory");
}

#if defined(__x86_64__)

namespace wide {
#define LATHE_TARGET [[gnu::target("avx512f")]]
#define LATHE_VECTOR_BYTES 64
#include "core/benchmark/streams.inc"
#undef LATHE_TARGET
#undef LATHE_VECTOR_BYTES
} // namespace wide

namespace middle {
#define LATHE_TARGET [[gnu::target("avx2")]]
#define LATHE_VECTOR_BYTES 32
#include "core/benchmark/streams.inc"
#undef LATHE_TARGET
#undef LATHE_VECTOR_BYTES
} // namespace middle

#endif

namespace plain {
#define LATHE_TARGET
#define LATHE_VECTOR_BYTES 16
#include "core/benchmark/streams.inc"
#undef LATHE_TARGET
#undef LATHE_VECTOR_BYTES
} // namespace plain

struct Loops {
    decltype(&plain::read) read;
    decltype(&plain::write) write;
    decltype(&plain::copy) copy;
    std::string_view vectors;
};

Loops choose()
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f"))
        return {wide::read, wide::write, wide::copy, "AVX-512"};
    if (__builtin_cpu_supports("avx2"))
        return {middle::read, middle::write, middle::copy, "AVX2"};
#endif
    return {plain::read, plain::write, plain::copy, "128-bit"};
}

const Loops& loops()
{
    static const Loops chosen = choose();
    return chosen;
}

} // namespace

std::uint64_t read(const std::byte* from, std::size_t bytes)
{
    return loops().read(from, bytes);
}

void write(std::byte* to, std::size_t bytes, std::uint64_t value)
{
    loops().write(to, bytes, value);
}

void copy(const std::byte* from, std::byte* to, std::size_t bytes)
{
    loops().copy(from, to, bytes);
}

std::string_view vectors()
{
    return loops().vectors;
}

} // namespace lathe::streams

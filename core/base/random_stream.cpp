#include "core/base/random_stream.h"

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace lathe {

namespace {

constexpr std::uint64_t kGoldenGamma = 0x9E3779B97F4A7C15ULL;

std::uint64_t mixed(std::uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

} // namespace

RandomStream::RandomStream(std::uint64_t seed, std::uint64_t stream)
    : m_state(mixed(mixed(seed + kGoldenGamma) + stream * kGoldenGamma))
{
}

std::uint64_t RandomStream::next()
{
    m_state += kGoldenGamma;
    return mixed(m_state);
}

std::uint64_t RandomStream::below(std::uint64_t n)
{
    // The first 2^64 mod n values would make some results likelier than others.
    const std::uint64_t surplus = (0 - n) % n;
    std::uint64_t value = next();
    while (value < surplus)
        value = next();
    return value % n;
}

double RandomStream::uniform()
{
    return static_cast<double>(next() >> 11) * 0x1p-53;
}

double RandomStream::normal()
{
    // Box and Muller, 1958; 1 - u is never 0.
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

std::vector<std::int64_t> permutation(std::int64_t count, RandomStream random)
{
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t i = order.size(); i > 1; --i)
        std::swap(order[i - 1], order[random.below(i)]);
    return order;
}

} // namespace lathe

#include "core/quantization/distributions.h"

#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace lathe {

namespace {

constexpr double kRootOf2 = std::numbers::sqrt2;
constexpr double kRootOf3 = std::numbers::sqrt3;

} // namespace

std::string_view name(Distribution distribution)
{
    switch (distribution) {
    case Distribution::Uniform:
        return "uniform";
    case Distribution::Laplace:
        return "laplace";
    case Distribution::HeavyTailed:
        return "heavy-tailed";
    case Distribution::Normal:
        break;
    }
    return "normal";
}

const std::vector<Distribution>& allDistributions()
{
    static const std::vector<Distribution> all{Distribution::Uniform, Distribution::Normal, Distribution::Laplace,
                                               Distribution::HeavyTailed};
    return all;
}

Result<Distribution> distributionFromName(std::string_view text)
{
    for (const Distribution each : allDistributions())
        if (name(each) == text)
            return each;
    return fail(ErrorCode::InvalidArgument,
                fmt::format("There is no distribution \"{}\"; choose uniform, normal, laplace or heavy-tailed.", text));
}

double Sampler::uniform01()
{
    return (static_cast<double>(m_bits() >> 12) + 0.5) * 0x1p-52;
}

std::uint64_t Sampler::below(std::uint64_t bound)
{
    const std::uint64_t random = m_bits();
    return bound <= 0xFFFFFFFFU ? (random >> 32) * bound >> 32 : random % bound;
}

/// Box and Muller, 1958.
double Sampler::normal()
{
    if (m_hasSpare) {
        m_hasSpare = false;
        return m_spare;
    }
    const double radius = std::sqrt(-2.0 * std::log(uniform01()));
    const double angle = 2.0 * std::numbers::pi * uniform01();
    m_spare = radius * std::sin(angle);
    m_hasSpare = true;
    return radius * std::cos(angle);
}

double Sampler::draw(Distribution distribution)
{
    switch (distribution) {
    case Distribution::Uniform:
        return kRootOf3 * (2.0 * uniform01() - 1.0);
    case Distribution::Laplace: {
        const double u = uniform01() - 0.5;
        return std::copysign(std::log1p(-2.0 * std::abs(u)) / kRootOf2, u);
    }
    case Distribution::HeavyTailed: {
        const double top = normal();
        const double a = normal(), b = normal(), c = normal();
        return top / std::sqrt(a * a + b * b + c * c); // over the root of (chi squared / 3), and over that of 3
    }
    case Distribution::Normal:
        break;
    }
    return normal();
}

std::vector<float> drawSamples(Distribution distribution, std::size_t count, std::uint64_t seed)
{
    Sampler sampler(seed);
    std::vector<float> samples(count);
    for (float& sample : samples)
        sample = static_cast<float>(sampler.draw(distribution));
    return samples;
}

} // namespace lathe

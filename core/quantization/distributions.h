#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace lathe {

/// All have mean 0 and standard deviation 1. `name`: "uniform", "normal", "laplace", "heavy-tailed".
enum class Distribution {
    Uniform,
    Normal,
    Laplace,
    HeavyTailed ///< Student's t with 3 degrees of freedom, over the root of 3: its fourth moment is infinite
};
std::string_view name(Distribution distribution);
Result<Distribution> distributionFromName(std::string_view name);
const std::vector<Distribution>& allDistributions();

/// Draws the same values from a seed whatever the standard library: its own transforms of std::mt19937_64's bits, which
/// the standard fixes.
class Sampler {
public:
    explicit Sampler(std::uint64_t seed) : m_bits(seed) {}

    double uniform01();                       ///< strictly between 0 and 1
    std::uint64_t below(std::uint64_t bound); ///< from 0 to bound - 1, each as likely but for a part in 2^32 at most
    double normal();
    double draw(Distribution distribution);

private:
    std::mt19937_64 m_bits;
    double m_spare = 0.0; ///< the second of a pair of normal values
    bool m_hasSpare = false;
};

std::vector<float> drawSamples(Distribution distribution, std::size_t count, std::uint64_t seed);

} // namespace lathe

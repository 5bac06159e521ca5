#pragma once

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

/// Inference times as unquiet machines make them, for simulations of the protocol.
namespace lathe::test {

/// Gives the time of the next inference, in seconds; the typical one is 10 ms.
using Noise = std::function<double()>;

struct NoiseModel {
    std::string name;
    std::function<Noise(std::uint64_t seed)> make;
    bool hasLongRun = true; ///< a median that long series come to
};

/// Independent, log-normal.
inline Noise independentNoise(std::uint64_t seed, double deviation = 0.03)
{
    return [random = std::mt19937_64(seed), normal = std::normal_distribution<double>(0.0, deviation)]() mutable {
        return 0.01 * std::exp(normal(random));
    };
}

/// First-order autoregressive logarithms: a machine whose speed wanders.
inline Noise wanderingNoise(std::uint64_t seed, double rho = 0.9, double deviation = 0.03)
{
    return [random = std::mt19937_64(seed), normal = std::normal_distribution<double>(0.0, deviation), rho,
            state = 0.0]() mutable {
        state = rho * state + std::sqrt(1.0 - rho * rho) * normal(random);
        return 0.01 * std::exp(state);
    };
}

/// Another process comes and goes: one and a half times as slow for some twenty inferences, a fifth of the time.
inline Noise burstyNoise(std::uint64_t seed)
{
    return [random = std::mt19937_64(seed), base = independentNoise(seed + 1, 0.02),
            chance = std::uniform_real_distribution<double>(), busy = false]() mutable {
        busy = chance(random) < (busy ? 0.05 : 0.0125) ? !busy : busy;
        return base() * (busy ? 1.5 : 1.0);
    };
}

/// Pareto tails: one inference in ten takes far longer, without a mean to speak of.
inline Noise heavyTailedNoise(std::uint64_t seed)
{
    return [random = std::mt19937_64(seed), chance = std::uniform_real_distribution<double>()]() mutable {
        const double slow = chance(random) < 0.1 ? 0.2 * std::pow(1.0 - chance(random), -1.0) : 0.02 * chance(random);
        return 0.01 * (1.0 + std::min(slow, 100.0));
    };
}

/// A machine that grows warm: ever slower, up to a tenth.
inline Noise driftingNoise(std::uint64_t seed)
{
    return [base = independentNoise(seed, 0.01), run = 0]() mutable {
        return base() * (1.0 + 0.1 * (1.0 - std::exp(-run++ / 200.0)));
    };
}

inline const std::vector<NoiseModel>& noiseModels()
{
    static const std::vector<NoiseModel> models{
        {"independent", [](std::uint64_t seed) { return independentNoise(seed); }},
        {"wandering", [](std::uint64_t seed) { return wanderingNoise(seed); }},
        {"bursts", burstyNoise},
        {"heavy tails", heavyTailedNoise},
        {"drift", driftingNoise, false},
    };
    return models;
}

} // namespace lathe::test

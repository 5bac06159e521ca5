#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "core/engine/weights.h"
#include "core/graph/graph.h"

/// The closed-form weights and input of the reference facts: splitmix64, entry j of the state dict from stream j + 1,
/// the input from stream 0.
namespace lathe::test {

/// Entry `i` of stream `k`, in [-1, 1).
inline double closedForm(std::uint64_t k, std::uint64_t i)
{
    std::uint64_t z = ((k << 32) + i + 1) * 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    z ^= z >> 31;
    return 2.0 * (static_cast<double>(z >> 11) * 0x1p-53) - 1.0;
}

inline HostTensor closedFormTensor(std::uint64_t k, const Shape& shape, double scale, double offset)
{
    WritableTensor made = makeTensor(DType::Float32, shape);
    auto* out = reinterpret_cast<float*>(made.bytes);
    const auto count = static_cast<std::uint64_t>(elementCount(shape));
    for (std::uint64_t i = 0; i < count; ++i)
        out[i] = static_cast<float>(offset + scale * closedForm(k, i));
    return made.tensor;
}

inline HostTensor closedFormParameter(const Parameter& parameter, std::uint64_t k)
{
    const std::string last = parameter.name.substr(parameter.name.rfind('.') + 1);
    const bool statistics = last == "running_mean" || last == "running_var";
    if (!parameter.trainable && !statistics)
        return derivedValue(parameter);
    if (statistics)
        return closedFormTensor(k, parameter.shape, 0.1, last == "running_var" ? 1.0 : 0.0);
    if (parameter.shape.size() < 2)
        return closedFormTensor(k, parameter.shape, 0.1, last == "weight" ? 1.0 : 0.0);
    const double fanIn =
        static_cast<double>(elementCount(parameter.shape)) / static_cast<double>(parameter.shape.front());
    return closedFormTensor(k, parameter.shape, std::sqrt(3.0 / fanIn), 0.0);
}

inline StateDict closedFormWeights(const Graph& graph)
{
    StateDict weights;
    for (const Parameter& parameter : graph.parameters())
        weights.push_back({parameter.name, closedFormParameter(parameter, weights.size() + 1)});
    return weights;
}

/// Token i is number (7919 i) mod `vocabulary`.
inline HostTensor closedFormTokens(const Shape& shape, std::int64_t vocabulary)
{
    WritableTensor made = makeTensor(DType::Int64, shape);
    auto* out = reinterpret_cast<std::int64_t*>(made.bytes);
    for (std::int64_t i = 0; i < elementCount(shape); ++i)
        out[i] = i * 7919 % vocabulary;
    return made.tensor;
}

inline HostTensor closedFormInput(const Shape& shape, std::int64_t vocabulary = 0)
{
    return vocabulary > 0 ? closedFormTokens(shape, vocabulary) : closedFormTensor(0, shape, 1.0, 0.0);
}

} // namespace lathe::test

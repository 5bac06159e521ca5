#include "core/compression/random_input.h"

#include <utility>

#include "core/quantization/distributions.h"

namespace lathe {

namespace {

constexpr std::uint64_t kInputSeed = 1;

} // namespace

HostTensor randomInput(const Graph& graph, std::int64_t batch, std::uint64_t seed)
{
    Sampler sampler(seed);
    Shape shape{batch};
    shape.insert(shape.end(), graph.inputShape().begin(), graph.inputShape().end());
    const std::int64_t vocabulary = graph.vocabulary();
    WritableTensor made = makeTensor(vocabulary > 0 ? DType::Int64 : DType::Float32, shape);
    const std::int64_t count = elementCount(shape);
    for (std::int64_t i = 0; i < count; ++i)
        if (vocabulary > 0)
            reinterpret_cast<std::int64_t*>(made.bytes)[i] =
                static_cast<std::int64_t>(sampler.below(static_cast<std::uint64_t>(vocabulary)));
        else
            reinterpret_cast<float*>(made.bytes)[i] = static_cast<float>(sampler.normal());
    return made.tensor;
}

CalibrationData onceRandom(const Graph& graph)
{
    return [input = randomInput(graph, 1, kInputSeed)]() -> Batches {
        return [next = std::optional(input)]() mutable { return std::exchange(next, std::nullopt); };
    };
}

} // namespace lathe

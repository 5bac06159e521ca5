#include "core/benchmark/memory.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/graph/cost.h"

namespace lathe {

namespace {

constexpr std::int64_t kFloatBytes = 4;
constexpr double kMiB = 1024.0 * 1024.0;

/// The kernels' generated code, primitive caches, packed weights of the layer at work, thread stacks, and what the
/// allocator holds back: some 100 MiB of resident memory beyond all tensors (resnext50_32x4d, LibTorch 2.13).
constexpr std::int64_t kEngineBytes = std::int64_t{128} << 20;

std::int64_t outputBytes(const Node& node)
{
    return elementCount(node.output.shape) * kFloatBytes;
}

/// oneDNN may bring a convolution's input and output into a blocked layout of its own: both stand twice meanwhile.
std::int64_t kernelScratchBytes(const Graph& graph)
{
    std::int64_t most = 0;
    for (const Node& node : graph.nodes())
        if (std::holds_alternative<op::Conv2d>(node.operation))
            most = std::max(most, outputBytes(node) + outputBytes(graph.node(node.inputs.front())));
    return most;
}

/// Only weights of convolutions have a memory order that channels_last changes; the others are shared.
std::int64_t convolutionWeightBytes(const Graph& graph)
{
    std::int64_t bytes = 0;
    for (const Parameter& parameter : graph.parameters())
        if (parameter.shape.size() == 4)
            bytes += elementCount(parameter.shape) * byteSize(parameter.dtype);
    return bytes;
}

std::string readable(std::int64_t bytes)
{
    const double mebibytes = static_cast<double>(bytes) / kMiB;
    if (mebibytes < 1024.0)
        return fmt::format("{:.0f} MiB", mebibytes);
    const double gibibytes = mebibytes / 1024.0;
    return gibibytes < 10.0 ? fmt::format("{:.1f} GiB", gibibytes) : fmt::format("{:.0f} GiB", gibibytes);
}

std::int64_t largestBatch(const MemoryNeed& need, std::int64_t available)
{
    if (need.forBatch(1) > available)
        return 0;
    return (available - need.fixedBytes) / std::max<std::int64_t>(1, need.perSampleBytes);
}

} // namespace

MemoryNeed memoryNeed(const Graph& graph)
{
    const GraphCost whole = cost(graph);
    MemoryNeed need;
    need.fixedBytes = whole.parameterBytes + kEngineBytes;
    need.preparingBytes = convolutionWeightBytes(graph);
    const std::int64_t inputBytes = elementCount(graph.inputShape()) * byteSize(graph.node(0).output.dtype);
    need.perSampleBytes = inputBytes + whole.eagerPeakActivationBytes + kernelScratchBytes(graph);
    return need;
}

Result<void> checkMemory(const Graph& graph, std::int64_t batch, std::int64_t availableBytes)
{
    const MemoryNeed need = memoryNeed(graph);
    // Compared by division: a huge batch would overflow the product.
    const std::int64_t fits = largestBatch(need, availableBytes);
    if (batch <= fits)
        return {};
    const double bytes = static_cast<double>(need.fixedBytes) +
                         std::max(static_cast<double>(need.preparingBytes),
                                  static_cast<double>(need.perSampleBytes) * static_cast<double>(batch));
    const std::string advice = fits > 0 ? fmt::format("the largest batch that fits is {}", fits)
                                        : std::string("not even batch 1 fits: take a smaller input or model");
    return fail(ErrorCode::OutOfMemory, fmt::format("{} at batch {} needs about {} and {} are free; {}.", graph.name(),
                                                    batch, readable(static_cast<std::int64_t>(std::min(bytes, 9e18))),
                                                    readable(availableBytes), advice));
}

} // namespace lathe

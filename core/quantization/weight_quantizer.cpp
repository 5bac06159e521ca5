#include "core/quantization/weight_quantizer.h"

namespace lathe {

namespace {

using Floats = std::span<const float>;

/// The grid of one part of the tensor.
Result<QuantizationParameters> gridOf(const Partition& partition, std::int64_t part, Floats values,
                                      const WeightOptions& options)
{
    const IntegerFormat format{options.bits, true, true};
    Observer observer(options.observer, format);
    partition.forEachRun(part, [&](std::int64_t begin, std::int64_t end) {
        observer.observe(values.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
    });
    return observer.range().map([&](const ValueRange& range) { return parametersFor(range, format); });
}

} // namespace

Result<QuantizedWeight> quantizeWeight(const HostTensor& weight, const WeightOptions& options)
{
    if (const auto sound = checkFormat({options.bits, true, true}); !sound)
        return tl::unexpected(sound.error());
    const Result<Partition> partition = Partition::make(weight.shape, options.granularity);
    if (!partition)
        return tl::unexpected(partition.error());
    const Floats values(weight.floats(), static_cast<std::size_t>(elementCount(weight.shape)));
    const WritableTensor made = makeTensor(DType::Int8, weight.shape);
    const std::span<std::int8_t> integers(reinterpret_cast<std::int8_t*>(made.bytes), values.size());
    QuantizedWeight quantized{made.tensor, {}, options.granularity, options.bits};
    for (std::int64_t part = 0; part < partition->parts(); ++part) {
        const Result<QuantizationParameters> grid = gridOf(*partition, part, values, options);
        if (!grid)
            return tl::unexpected(grid.error());
        partition->forEachRun(part, [&](std::int64_t begin, std::int64_t end) {
            const auto first = static_cast<std::size_t>(begin);
            const auto count = static_cast<std::size_t>(end - begin);
            quantize<std::int8_t>(values.subspan(first, count), *grid, integers.subspan(first, count));
        });
        quantized.scales.push_back(grid->scale);
    }
    return quantized;
}

} // namespace lathe

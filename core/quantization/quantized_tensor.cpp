#include "core/quantization/quantized_tensor.h"

#include <algorithm>

namespace lathe {

namespace {

constexpr int kValueBins = 160;
constexpr int kErrorBins = 80;

/// Calls `visit` with the runs of one part, and the place of their first element.
template <class Visit>
void forEachSpan(std::span<const float> x, const Partition& partition, std::int64_t part, Visit visit)
{
    partition.forEachRun(part, [&](std::int64_t begin, std::int64_t end) {
        visit(x.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)), begin);
    });
}

Result<ValueRange> observedRange(std::span<const float> x, const Partition& partition, std::int64_t part,
                                 const QuantizationChoice& choice)
{
    Observer observer(choice.observer, choice.format);
    if (choice.granularity.kind != Granularity::Kind::PerChannel || choice.granularity.axis == 0) {
        forEachSpan(x, partition, part, [&](std::span<const float> run, std::int64_t) { observer.observe(run); });
        return observer.range();
    }
    std::vector<float> channel; // scattered runs are one batch
    forEachSpan(x, partition, part, [&](std::span<const float> run, std::int64_t) {
        channel.insert(channel.end(), run.begin(), run.end());
    });
    observer.observe(channel);
    return observer.range();
}

QuantizationError partError(std::span<const float> x, const QuantizationGrids& grids, std::int64_t part)
{
    QuantizationError error;
    forEachSpan(x, grids.partition, part, [&](std::span<const float> run, std::int64_t) {
        error.add(quantizationError(run, grids.parameters[static_cast<std::size_t>(part)]));
    });
    return error;
}

Histogram valueHistogram(std::span<const float> x, const Partition& partition, std::int64_t part)
{
    float low = 0.0F, high = 0.0F;
    forEachSpan(x, partition, part, [&](std::span<const float> run, std::int64_t) {
        const auto [least, most] = std::minmax_element(run.begin(), run.end());
        low = std::min(low, *least);
        high = std::max(high, *most);
    });
    Histogram histogram = makeHistogram(static_cast<double>(low), static_cast<double>(high), kValueBins);
    forEachSpan(x, partition, part, [&](std::span<const float> run, std::int64_t) {
        for (const float value : run)
            histogram.add(static_cast<double>(value));
    });
    return histogram;
}

Histogram partErrors(std::span<const float> x, const QuantizationGrids& grids, const QuantizedPart& shown)
{
    Histogram all = makeHistogram(-shown.error.largest, shown.error.largest, kErrorBins);
    forEachSpan(x, grids.partition, shown.part,
                [&](std::span<const float> run, std::int64_t) { addErrors(all, run, shown.parameters); });
    return all;
}

std::vector<QuantizedValue> firstValues(std::span<const float> x, const QuantizationGrids& grids, std::int64_t part,
                                        std::size_t most)
{
    const QuantizationParameters& parameters = grids.parameters[static_cast<std::size_t>(part)];
    std::vector<QuantizedValue> values;
    forEachSpan(x, grids.partition, part, [&](std::span<const float> run, std::int64_t begin) {
        const std::size_t count = std::min(run.size(), most - values.size());
        for (std::size_t i = 0; i < count; ++i) {
            const int integer = quantize(run[i], parameters);
            values.push_back({begin + static_cast<std::int64_t>(i), run[i], integer, dequantize(integer, parameters)});
        }
    });
    return values;
}

} // namespace

Result<QuantizationGrids> chooseGrids(std::span<const float> x, const Shape& shape, const QuantizationChoice& choice,
                                      const std::stop_token& stop)
{
    if (const auto sound = checkFormat(choice.format); !sound)
        return tl::unexpected(sound.error());
    const Result<Partition> partition = Partition::make(shape, choice.granularity);
    if (!partition)
        return tl::unexpected(partition.error());
    QuantizationGrids grids{*partition, {}, {}};
    for (std::int64_t part = 0; part < partition->parts(); ++part) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "The quantization was stopped.");
        const Result<ValueRange> range = observedRange(x, *partition, part, choice);
        if (!range)
            return tl::unexpected(range.error());
        grids.ranges.push_back(*range);
        grids.parameters.push_back(parametersFor(*range, choice.format));
        grids.parameters.back().roundsProduct = choice.granularity.kind == Granularity::Kind::PerChannel;
    }
    return grids;
}

QuantizationError quantizationError(std::span<const float> x, const QuantizationGrids& grids)
{
    QuantizationError all;
    for (std::int64_t part = 0; part < grids.partition.parts(); ++part)
        all.add(partError(x, grids, part));
    return all;
}

std::int64_t quantizedBytes(const QuantizationGrids& grids, const IntegerFormat& format)
{
    return quantizedBytes(grids.partition.elements(), grids.partition.parts(), format);
}

QuantizedPart quantizedPart(std::span<const float> x, const QuantizationGrids& grids, std::int64_t part,
                            std::size_t mostValues)
{
    QuantizedPart shown;
    shown.part = part;
    shown.range = grids.ranges[static_cast<std::size_t>(part)];
    shown.parameters = grids.parameters[static_cast<std::size_t>(part)];
    shown.error = partError(x, grids, part);
    shown.values = valueHistogram(x, grids.partition, part);
    shown.errors = partErrors(x, grids, shown);
    shown.first = firstValues(x, grids, part, mostValues);
    return shown;
}

} // namespace lathe

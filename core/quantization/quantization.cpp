#include "core/quantization/quantization.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

namespace lathe {

namespace {

struct Row {
    Precision precision;
    std::string_view name;
};

constexpr std::array kPrecisions{
    Row{Precision::Float32, "float32"},
    Row{Precision::BFloat16, "bf16"},
    Row{Precision::Int8, "int8"},
    Row{Precision::Int8Dynamic, "int8-dynamic"},
    Row{Precision::Int8Weights, "int8-weight-only"},
    Row{Precision::Int4Weights, "int4-weight-only"},
};

} // namespace

std::string_view name(Precision precision)
{
    return std::find_if(kPrecisions.begin(), kPrecisions.end(),
                        [&](const Row& row) { return row.precision == precision; })
        ->name;
}

Result<Precision> precisionFromName(std::string_view name)
{
    std::string known;
    for (const Row& row : kPrecisions) {
        if (row.name == name)
            return row.precision;
        known += fmt::format("{}{}", known.empty() ? "" : ", ", row.name);
    }
    return fail(ErrorCode::InvalidArgument,
                fmt::format("There is no precision \"{}\"; a layer may have {}.", name, known));
}

std::string precisionText(const LayerQuantization& layer)
{
    const std::string named(name(layer.precision));
    const int usual = layer.precision == Precision::Int4Weights ? 4 : 8;
    const bool isUsual = !layer.weight || layer.weight->bits == usual ||
                         (usual == 8 && layer.weight->bits == 7); // as CPUs without VNNI want it
    return isUsual ? named : fmt::format("{}, {}-bit weights", named, layer.weight->bits);
}

std::string schemeText(const Quantization& quantization)
{
    std::map<std::string, int> counts;
    bool isMixed = false;
    for (const LayerQuantization& layer : quantization.layers)
        if (layer.precision != Precision::Float32)
            ++counts[precisionText(layer)];
        else if (layer.reason == kChosenReason)
            isMixed = true;
    if (counts.empty())
        return "float32";
    const auto most = std::max_element(counts.begin(), counts.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    return most->first + (isMixed || counts.size() > 1 ? " mixed" : "");
}

HostTensor onGrid(const HostTensor& x, const QuantizationParameters& grid)
{
    const WritableTensor made = makeTensor(DType::Float32, x.shape);
    const auto count = static_cast<std::size_t>(elementCount(x.shape));
    fakeQuantize({x.floats(), count}, grid, {reinterpret_cast<float*>(made.bytes), count});
    return made.tensor;
}

HostTensor QuantizedWeight::dequantized() const
{
    const Partition partition = Partition::make(integers.shape, granularity).value();
    const WritableTensor made = makeTensor(DType::Float32, integers.shape);
    auto* out = reinterpret_cast<float*>(made.bytes);
    const auto* in = reinterpret_cast<const std::int8_t*>(integers.data.get());
    for (std::int64_t part = 0; part < partition.parts(); ++part)
        partition.forEachRun(part, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i)
                out[i] = static_cast<float>(in[i]) * scales[static_cast<std::size_t>(part)];
        });
    return made.tensor;
}

} // namespace lathe

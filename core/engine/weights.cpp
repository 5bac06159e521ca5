#include "core/engine/weights.h"

#include <cmath>
#include <cstring>
#include <unordered_map>

#include <fmt/format.h>

namespace lathe {

namespace {

bool isFloating(DType dtype)
{
    return dtype == DType::Float64 || dtype == DType::Float32 || dtype == DType::Float16 || dtype == DType::BFloat16;
}

/// For each pair of positions of an h x w window, the row of the bias table: Swin Transformer, section 3.2.
HostTensor relativePositionIndex(const Parameter& parameter, std::int64_t h, std::int64_t w)
{
    WritableTensor made = makeTensor(DType::Int64, parameter.shape);
    auto* out = reinterpret_cast<std::int64_t*>(made.bytes);
    for (std::int64_t i = 0; i < h * w; ++i)
        for (std::int64_t j = 0; j < h * w; ++j)
            *out++ = (i / w - j / w + h - 1) * (2 * w - 1) + (i % w - j % w + w - 1);
    return made.tensor;
}

/// sign(x) log2(1 + |x|) / log2(8) of offsets scaled to [-8, 8]: Swin Transformer V2, section 3.3.
HostTensor relativeCoordsTable(const Parameter& parameter, std::int64_t h, std::int64_t w)
{
    const auto logSpaced = [](std::int64_t offset, std::int64_t window) {
        const double x = window > 1 ? 8.0 * static_cast<double>(offset) / static_cast<double>(window - 1) : 0.0;
        return static_cast<float>(std::copysign(std::log2(std::abs(x) + 1.0) / 3.0, x));
    };
    WritableTensor made = makeTensor(DType::Float32, parameter.shape);
    auto* out = reinterpret_cast<float*>(made.bytes);
    for (std::int64_t y = 1 - h; y < h; ++y)
        for (std::int64_t x = 1 - w; x < w; ++x) {
            *out++ = logSpaced(y, h);
            *out++ = logSpaced(x, w);
        }
    return made.tensor;
}

bool mayBeMissing(const Parameter& parameter)
{
    return parameter.derived() || (!parameter.trainable && parameter.shape.empty());
}

Result<HostTensor> take(const Parameter& parameter, const HostTensor& found)
{
    if (found.shape != parameter.shape)
        return fail(ErrorCode::BadFile, fmt::format("Tensor \"{}\" should be {} and the file has {}.", parameter.name,
                                                    toString(parameter.shape), toString(found.shape)));
    if (isFloating(found.dtype) != isFloating(parameter.dtype))
        return fail(ErrorCode::BadFile, fmt::format("Tensor \"{}\" should be {} and the file has {}.", parameter.name,
                                                    name(parameter.dtype), name(found.dtype)));
    return found;
}

} // namespace

HostTensor derivedValue(const Parameter& parameter)
{
    const auto h = static_cast<std::int64_t>(parameter.initialisation.a);
    const auto w = static_cast<std::int64_t>(parameter.initialisation.b);
    if (parameter.initialisation.kind == Initialisation::Kind::RelativePositionIndex)
        return relativePositionIndex(parameter, h, w);
    if (parameter.initialisation.kind == Initialisation::Kind::RelativeCoordsTable)
        return relativeCoordsTable(parameter, h, w);
    WritableTensor zero = makeTensor(parameter.dtype, parameter.shape);
    std::memset(zero.bytes, 0, static_cast<std::size_t>(zero.tensor.byteCount()));
    return zero.tensor;
}

Result<StateDict> matchWeights(const Graph& graph, const StateDict& file)
{
    std::unordered_map<std::string, const HostTensor*> byName;
    for (const NamedTensor& entry : file)
        byName.emplace(entry.name, &entry.tensor);

    StateDict matched;
    for (const Parameter& parameter : graph.parameters()) {
        const auto found = byName.find(parameter.name);
        if (found == byName.end()) {
            if (!mayBeMissing(parameter))
                return fail(ErrorCode::BadFile,
                            fmt::format("Tensor \"{}\" of {} is missing from the file.", parameter.name, graph.name()));
            matched.push_back({parameter.name, derivedValue(parameter)});
            continue;
        }
        Result<HostTensor> tensor = take(parameter, *found->second);
        if (!tensor)
            return tl::unexpected(tensor.error());
        matched.push_back({parameter.name, *std::move(tensor)});
        byName.erase(found);
    }
    std::erase_if(byName, [&](const auto& entry) { return graph.isTrainingOnly(entry.first); });
    if (!byName.empty())
        return fail(ErrorCode::BadFile,
                    fmt::format("The file's tensor \"{}\" is not one of {}'s.", byName.begin()->first, graph.name()));
    return matched;
}

} // namespace lathe

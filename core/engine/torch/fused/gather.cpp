#include "core/engine/torch/fused/gather.h"

#include <cstring>
#include <map>

#include <ATen/Parallel.h>
#include <c10/util/Exception.h>

namespace lathe::engine {

namespace {

constexpr std::int64_t kGrain = 16384; ///< elements that are worth a thread

/// Row numbers from 1 on, as an image of the source's shape; zeros are then the padding's.
at::Tensor numberedRows(const Shape& shape)
{
    std::vector<std::int64_t> sizes = shape;
    sizes.insert(sizes.begin(), 1);
    const std::int64_t rows = elementCount(shape) / shape.back();
    std::vector<std::int64_t> thin = sizes;
    thin.back() = 1;
    return at::arange(1, rows + 1, at::kDouble).view(thin).expand(sizes).contiguous();
}

at::Tensor moved(const Graph& graph, const std::vector<NodeId>& chain, NodeId source)
{
    std::map<NodeId, at::Tensor> values{{source, numberedRows(graph.node(source).output.shape)}};
    for (const NodeId id : chain) {
        Tensors inputs;
        for (const NodeId input : graph.node(id).inputs)
            inputs.push_back(values.at(input));
        values[id] = makeKernel(graph.node(id), {}, at::kCPU)(inputs);
    }
    return values.at(chain.back());
}

} // namespace

RowMap rowMapOf(const Graph& graph, const std::vector<NodeId>& chain, NodeId source)
{
    const std::int64_t width = graph.node(source).output.shape.back();
    const at::Tensor rows = moved(graph, chain, source).reshape({-1, width}).contiguous();
    const at::Tensor numbers = rows.select(1, 0).to(at::kLong).sub(1).contiguous();
    TORCH_CHECK(rows.eq(rows.select(1, 0).unsqueeze(1)).all().item<bool>(), "rows were torn apart");
    const auto* data = numbers.const_data_ptr<std::int64_t>();
    return {data, data + numbers.numel()};
}

Made makeGather(const RowMap& map, std::int64_t width, int nothing, const at::Tensor& x, const at::Tensor& y)
{
    const auto written = static_cast<std::int64_t>(map.size());
    const std::int64_t samples = x.size(0);
    const std::int64_t read = x.numel() / samples / width;
    const auto* source = static_cast<const std::byte*>(x.const_data_ptr());
    auto* target = static_cast<std::byte*>(y.mutable_data_ptr());
    const auto bytes = static_cast<std::size_t>(width) * x.itemsize();
    const auto run = [=] {
        at::parallel_for(
            0, samples * written, std::max<std::int64_t>(1, kGrain / width), [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t row = begin; row < end; ++row) {
                    const std::int64_t from = map[static_cast<std::size_t>(row % written)];
                    std::byte* to = target + static_cast<std::size_t>(row) * bytes;
                    if (from < 0)
                        std::memset(to, nothing, bytes);
                    else
                        std::memcpy(to, source + static_cast<std::size_t>(row / written * read + from) * bytes, bytes);
                }
            });
    };
    return {run, "moved rows", 0};
}

} // namespace lathe::engine

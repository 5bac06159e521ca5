#include "core/engine/hint.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace lathe {

namespace {

/// How a sample's values lie: the next place, and the next channel of a place.
struct Layout {
    std::int64_t places = 0;
    std::int64_t channels = 0;
    std::int64_t placeStride = 0;
    std::int64_t channelStride = 0;
};

Layout layoutOf(const Shape& batch)
{
    if (batch.size() == 4) {
        const std::int64_t places = batch[2] * batch[3];
        return {places, batch[1], 1, places};
    }
    return {batch[1], batch[2], batch[2], 1};
}

void fill(const float* sample, const Layout& at, float* map)
{
    for (std::int64_t p = 0; p < at.places; ++p) {
        double sum = 0.0;
        for (std::int64_t c = 0; c < at.channels; ++c) {
            const double value = sample[p * at.placeStride + c * at.channelStride];
            sum += value * value;
        }
        map[p] = static_cast<float>(sum / static_cast<double>(at.channels));
    }
    const float length = std::sqrt(std::inner_product(map, map + at.places, map, 0.0F));
    std::transform(map, map + at.places, map,
                   [length](float entry) { return entry / std::max(length, kLeastAttention); });
}

} // namespace

std::int64_t placesOf(const Shape& value)
{
    return value.size() == 3 ? value[1] * value[2] : value.size() == 2 ? value[0] : 0;
}

HostTensor attentionMaps(const HostTensor& values)
{
    const Layout layout = layoutOf(values.shape);
    const std::int64_t count = values.shape.front();
    const WritableTensor made = makeTensor(DType::Float32, {count, layout.places});
    auto* const maps = reinterpret_cast<float*>(made.bytes);
    for (std::int64_t i = 0; i < count; ++i)
        fill(values.floats() + i * layout.places * layout.channels, layout, maps + i * layout.places);
    return made.tensor;
}

Result<NodeId> hintNode(const Graph& graph, const Hint& hint)
{
    const auto& nodes = graph.nodes();
    const auto found =
        std::find_if(nodes.begin(), nodes.end(), [&](const Node& node) { return node.name == hint.node; });
    if (found == nodes.end())
        return fail(ErrorCode::InvalidArgument, fmt::format("{} has no layer \"{}\"; `lathe describe {}` names those "
                                                            "that a hint can be given to.",
                                                            graph.name(), hint.node, graph.name()));
    if (hint.kind == Hint::Kind::Attention && placesOf(found->output.shape) == 0)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} of {} gives {}: there are no places in it to attend to. Choose a layer that gives "
                                "images or tokens.",
                                hint.node, graph.name(), toString(found->output.shape)));
    return static_cast<NodeId>(found - nodes.begin());
}

} // namespace lathe

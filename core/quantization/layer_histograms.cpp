#include "core/quantization/layer_histograms.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/lowering/lowered_graph.h"

namespace lathe {

namespace {

constexpr int kMostBins = 80;
constexpr int kFewestBins = 10;

std::span<const float> valuesOf(const HostTensor& tensor)
{
    return {tensor.floats(), static_cast<std::size_t>(elementCount(tensor.shape))};
}

void addTo(Histogram& histogram, const HostTensor& tensor)
{
    for (const float value : valuesOf(tensor))
        histogram.add(static_cast<double>(value));
}

/// As many as so many values fill.
int binsFor(std::size_t values)
{
    return std::clamp(static_cast<int>(2.0 * std::sqrt(static_cast<double>(values))), kFewestBins, kMostBins);
}

BeforeAfter begun(const HostTensor& before)
{
    const std::span<const float> values = valuesOf(before);
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const bool any = !values.empty();
    BeforeAfter made;
    made.after = makeHistogram(any ? static_cast<double>(*low) : 0.0, any ? static_cast<double>(*high) : 0.0,
                               binsFor(values.size()));
    made.before = made.after;
    addTo(made.before, before);
    return made;
}

bool hasWeight(const Node& node)
{
    return std::holds_alternative<op::Conv2d>(node.operation) || std::holds_alternative<op::Linear>(node.operation);
}

BeforeAfter weightsOf(const Node& node, const StateDict& exact, const StateDict& rounded)
{
    const auto weight = static_cast<std::size_t>(node.parameters.front());
    BeforeAfter made = begun(exact[weight].tensor);
    addTo(made.after, rounded[weight].tensor);
    return made;
}

} // namespace

Result<std::vector<LayerHistograms>> layerHistograms(Backend& backend, const StateDict& exact,
                                                     const QuantizedModel& model, const HostTensor& x)
{
    const Graph& graph = model.graph;
    std::map<NodeId, NodeId> valueOf; // of the layers that an operation begins with: whose value comes out
    std::vector<NodeId> watched;
    for (const LoweredNode& lowered : lower(graph).nodes)
        if (hasWeight(graph.node(lowered.node()))) {
            valueOf[lowered.node()] = lowered.value();
            watched.push_back(lowered.value());
        }
    std::map<NodeId, BeforeAfter> outputs;
    const auto begin = [&](NodeId node, const HostTensor& value) {
        outputs[node] = begun(value);
        return std::optional<HostTensor>();
    };
    const auto end = [&](NodeId node, const HostTensor& value) {
        addTo(outputs.at(node).after, value);
        return std::optional<HostTensor>();
    };
    const auto before = backend.prepare(graph, exact, Mode::Eager);
    if (!before)
        return tl::unexpected(before.error());
    const auto after = backend.prepare(graph, model.weights, Mode::Simulated, "cpu", &model.quantization);
    if (!after)
        return tl::unexpected(after.error());
    const auto ran = (*before)->watch(x, watched, begin).and_then([&] { return (*after)->watch(x, watched, end); });
    if (!ran)
        return tl::unexpected(ran.error());

    std::vector<LayerHistograms> all;
    for (NodeId id = 0; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
        if (!hasWeight(graph.node(id)))
            continue;
        LayerHistograms& layer =
            all.emplace_back(LayerHistograms{id, weightsOf(graph.node(id), exact, model.weights), {}});
        if (const auto value = valueOf.find(id); value != valueOf.end())
            if (const auto found = outputs.find(value->second); found != outputs.end())
                layer.output = found->second;
    }
    return all;
}

} // namespace lathe

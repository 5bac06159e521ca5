#pragma once

#include <cmath>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "core/engine/backend.h"
#include "core/pruning/remove_channels.h"

/// A network in which channels are masked instead of removed: every value's are set to zero as it comes, and a layer
/// normalisation is taken over the features that are left.
namespace lathe::test {

class MaskedNetwork {
public:
    MaskedNetwork(const Graph& graph, const StateDict& weights, const ChannelClassesOfGraph& classes,
                  const RemovedClasses& removed)
        : m_graph(graph), m_weights(weights), m_classes(classes), m_removed(removed)
    {
    }

    /// `x` is one sample.
    Result<HostTensor> infer(Backend& backend, const HostTensor& x)
    {
        auto network = backend.prepare(m_graph, m_weights, Mode::Eager);
        if (!network)
            return tl::unexpected(network.error());
        std::vector<NodeId> nodes;
        for (std::size_t i = 0; i < m_graph.nodes().size(); ++i)
            nodes.push_back(static_cast<NodeId>(i));
        return (*network)
            ->watch(x, nodes, [this](NodeId id, const HostTensor& value) { return seen(id, value); })
            .map([&] { return m_last; });
    }

private:
    std::optional<HostTensor> seen(NodeId id, const HostTensor& value)
    {
        const Node& node = m_graph.node(id);
        const bool isNorm = std::holds_alternative<op::LayerNorm>(node.operation);
        WritableTensor made = makeTensor(DType::Float32, value.shape);
        std::memcpy(made.bytes, value.data.get(), static_cast<std::size_t>(value.byteCount()));
        auto* out = reinterpret_cast<float*>(made.bytes);
        if (isNorm)
            normalise(node, m_normed.at(node.inputs.front()), out);
        const bool isMasked = mask(id, out);
        if (isReadByNorm(id))
            m_normed[id] = made.tensor;
        if (id == m_graph.output())
            m_last = made.tensor;
        return isMasked || isNorm ? std::optional(made.tensor) : std::nullopt;
    }

    bool isRemoved(int id) const { return m_removed[static_cast<std::size_t>(id)]; }

    bool mask(NodeId id, float* out) const
    {
        const Shape& shape = m_graph.node(id).output.shape;
        bool isMasked = false;
        for (std::size_t axis = 0; axis < shape.size(); ++axis) {
            const ChannelClasses& classes = m_classes.values[static_cast<std::size_t>(id)][axis];
            const std::int64_t inner =
                elementCount(Shape(shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end()));
            for (std::int64_t i = 0; !classes.empty() && i < elementCount(shape); ++i)
                if (isRemoved(classes[static_cast<std::size_t>(i / inner % shape[axis])])) {
                    out[i] = 0.0F;
                    isMasked = true;
                }
        }
        return isMasked;
    }

    bool isReadByNorm(NodeId id) const
    {
        for (const Node& node : m_graph.nodes())
            if (std::holds_alternative<op::LayerNorm>(node.operation) && node.inputs.front() == id)
                return true;
        return false;
    }

    /// Over what is left of each row.
    void normalise(const Node& node, const HostTensor& in, float* out) const
    {
        const auto features = static_cast<std::size_t>(in.shape.back());
        const auto id = static_cast<std::size_t>(node.inputs.front());
        const std::vector<std::int64_t> kept = keptEntries(m_classes.values[id].back(), in.shape.back(), m_removed);
        const float* scale = m_weights[static_cast<std::size_t>(node.parameters[0])].tensor.floats();
        const float* shift = m_weights[static_cast<std::size_t>(node.parameters[1])].tensor.floats();
        const double eps = std::get<op::LayerNorm>(node.operation).eps;
        for (std::size_t row = 0; row < static_cast<std::size_t>(elementCount(in.shape)); row += features) {
            const float* x = in.floats() + row;
            double mean = 0.0;
            for (const std::int64_t i : kept)
                mean += x[i] / static_cast<double>(kept.size());
            double variance = 0.0;
            for (const std::int64_t i : kept)
                variance += (x[i] - mean) * (x[i] - mean) / static_cast<double>(kept.size());
            for (const std::int64_t i : kept)
                out[row + static_cast<std::size_t>(i)] =
                    static_cast<float>((x[i] - mean) / std::sqrt(variance + eps) * scale[i] + shift[i]);
        }
    }

    const Graph& m_graph;
    const StateDict& m_weights;
    const ChannelClassesOfGraph& m_classes;
    const RemovedClasses& m_removed;
    std::map<NodeId, HostTensor> m_normed; ///< values that a normalisation reads
    HostTensor m_last;
};

} // namespace lathe::test

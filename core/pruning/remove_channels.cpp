#include "core/pruning/remove_channels.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <type_traits>

#include <fmt/format.h>

namespace lathe {

namespace {

Shape keptShape(const Shape& shape, const AxisClasses& classes, const RemovedClasses& removed)
{
    Shape out;
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
        out.push_back(static_cast<std::int64_t>(keptEntries(classes[axis], shape[axis], removed).size()));
    return out;
}

/// Copies of what stays, whole blocks at once where nothing goes from an axis on.
class Gathering {
public:
    Gathering(const HostTensor& from, const AxisClasses& classes, const RemovedClasses& removed)
        : m_shape(from.shape), m_source(from.data.get()), m_elementBytes(byteSize(from.dtype))
    {
        for (std::size_t axis = 0; axis < m_shape.size(); ++axis)
            m_kept.push_back(keptEntries(classes[axis], m_shape[axis], removed));
    }

    HostTensor run(DType dtype)
    {
        Shape shape;
        for (const std::vector<std::int64_t>& kept : m_kept)
            shape.push_back(static_cast<std::int64_t>(kept.size()));
        WritableTensor made = makeTensor(dtype, std::move(shape));
        m_target = made.bytes;
        copy(0, 0);
        return made.tensor;
    }

private:
    std::int64_t below(std::size_t axis) const
    {
        return elementCount(Shape(m_shape.begin() + static_cast<std::ptrdiff_t>(axis), m_shape.end()));
    }

    bool staysFrom(std::size_t axis) const
    {
        for (; axis < m_shape.size(); ++axis)
            if (static_cast<std::int64_t>(m_kept[axis].size()) != m_shape[axis])
                return false;
        return true;
    }

    void copy(std::size_t axis, std::int64_t offset)
    {
        if (staysFrom(axis)) {
            const auto bytes = static_cast<std::size_t>(below(axis) * m_elementBytes);
            std::memcpy(m_target, m_source + offset * m_elementBytes, bytes);
            m_target += bytes;
            return;
        }
        const std::int64_t step = below(axis + 1);
        for (const std::int64_t i : m_kept[axis])
            copy(axis + 1, offset + i * step);
    }

    const Shape& m_shape;
    const std::byte* m_source;
    std::byte* m_target = nullptr;
    std::int64_t m_elementBytes;
    std::vector<std::vector<std::int64_t>> m_kept;
};

/// Operations with the sizes of what is left of their inputs and output.
class Resizing {
public:
    Resizing(const Graph& graph, const ChannelClassesOfGraph& classes, const RemovedClasses& removed)
        : m_graph(graph), m_classes(classes), m_removed(removed)
    {
    }

    Operation resized(NodeId id) const
    {
        const Node& node = m_graph.node(id);
        const Shape out = shapeOf(id);
        const Shape in = node.inputs.empty() ? Shape{} : shapeOf(node.inputs.front());
        return std::visit([&](const auto& o) -> Operation { return fit(o, node, in, out); }, node.operation);
    }

private:
    const AxisClasses& classesOf(NodeId id) const { return m_classes.values[static_cast<std::size_t>(id)]; }
    Shape shapeOf(NodeId id) const { return keptShape(m_graph.node(id).output.shape, classesOf(id), m_removed); }

    template <class Op> static Op fit(Op o, const Node&, const Shape&, const Shape& out)
    {
        if constexpr (std::is_same_v<Op, op::Embedding>)
            o.width = out.back();
        else if constexpr (std::is_same_v<Op, op::BatchNorm2d>)
            o.channels = out.front();
        else if constexpr (std::is_same_v<Op, op::LayerNorm> || std::is_same_v<Op, op::Affine>)
            o.features = out.back();
        else if constexpr (std::is_same_v<Op, op::RelativePositionBias>)
            o.heads = out[1];
        return o;
    }

    static op::Conv2d fit(op::Conv2d o, const Node&, const Shape& in, const Shape& out)
    {
        if (o.groups > 1 && o.groups == o.inChannels)
            o.groups = in.front();
        o.inChannels = in.front();
        o.outChannels = out.front();
        return o;
    }

    static op::Linear fit(op::Linear o, const Node&, const Shape& in, const Shape& out)
    {
        o.inFeatures = in.back();
        o.outFeatures = out.back();
        return o;
    }

    /// An extent that is open stays so.
    static op::Reshape fit(op::Reshape o, const Node&, const Shape&, const Shape& out)
    {
        for (std::size_t axis = 0; axis < o.shape.size(); ++axis)
            if (o.shape[axis] != -1)
                o.shape[axis] = out[axis];
        return o;
    }

    op::Slice fit(op::Slice o, const Node& node, const Shape&, const Shape&) const
    {
        const NodeId from = node.inputs.front();
        const auto axis = static_cast<std::size_t>(o.axis);
        const std::vector<std::int64_t> kept =
            keptEntries(classesOf(from)[axis], m_graph.node(from).output.shape[axis], m_removed);
        const auto before = [&](std::int64_t index) {
            return std::lower_bound(kept.begin(), kept.end(), index) - kept.begin();
        };
        o.begin = before(o.begin);
        o.end = before(o.end);
        return o;
    }

    /// Heads keep their width.
    static op::Attention fit(op::Attention o, const Node& node, const Shape&, const Shape& out)
    {
        o.heads = o.heads * out.back() / node.output.shape.back();
        return o;
    }

    const Graph& m_graph;
    const ChannelClassesOfGraph& m_classes;
    const RemovedClasses& m_removed;
};

void declareParameters(GraphBuilder& builder, const Graph& graph, const ChannelClassesOfGraph& classes,
                       const RemovedClasses& removed)
{
    for (std::size_t i = 0; i < graph.parameters().size(); ++i) {
        const Parameter& p = graph.parameters()[i];
        builder.parameter(p.name, keptShape(p.shape, classes.parameters[i], removed), p.initialisation, p.trainable,
                          p.dtype);
    }
}

/// A node of which nothing is left.
Result<void> checkLeft(const Graph& graph, const ChannelClassesOfGraph& classes, const RemovedClasses& removed)
{
    for (std::size_t i = 0; i < graph.nodes().size(); ++i) {
        const Node& node = graph.nodes()[i];
        if (elementCount(keptShape(node.output.shape, classes.values[i], removed)) == 0)
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("Nothing would be left of {}; remove fewer channels.", node.name));
    }
    return {};
}

} // namespace

std::vector<std::int64_t> keptEntries(const ChannelClasses& classes, std::int64_t extent, const RemovedClasses& removed)
{
    std::vector<std::int64_t> kept(static_cast<std::size_t>(extent));
    std::iota(kept.begin(), kept.end(), std::int64_t{0});
    if (!classes.empty())
        std::erase_if(kept, [&](std::int64_t i) {
            return removed[static_cast<std::size_t>(classes[static_cast<std::size_t>(i)])];
        });
    return kept;
}

Result<Graph> removeChannels(const Graph& graph, const ChannelClassesOfGraph& classes, const RemovedClasses& removed)
{
    if (auto left = checkLeft(graph, classes, removed); !left)
        return tl::unexpected(left.error());
    GraphBuilder builder(graph.name(), graph.inputShape(), graph.vocabulary());
    declareParameters(builder, graph, classes, removed);
    for (const std::string& module : graph.trainingOnly())
        builder.trainingOnly(module);
    const Resizing resizing(graph, classes, removed);
    for (std::size_t i = 1; i < graph.nodes().size(); ++i) {
        const Node& node = graph.nodes()[i];
        builder.add(node.name, resizing.resized(static_cast<NodeId>(i)), node.inputs, node.parameters);
    }
    return builder.finish(graph.output());
}

StateDict removeChannels(const StateDict& weights, const ChannelClassesOfGraph& classes, const RemovedClasses& removed)
{
    StateDict left;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const HostTensor& tensor = weights[i].tensor;
        const bool isWhole = keptShape(tensor.shape, classes.parameters[i], removed) == tensor.shape;
        left.push_back(
            {weights[i].name, isWhole ? tensor : Gathering(tensor, classes.parameters[i], removed).run(tensor.dtype)});
    }
    return left;
}

} // namespace lathe

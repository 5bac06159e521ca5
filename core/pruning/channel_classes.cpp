#include "core/pruning/channel_classes.h"

#include <algorithm>

#include "core/pruning/label_table_p.h"

namespace lathe {

namespace {

/// Goes through the nodes in their order; one overload of `pass` an operation, which returns the labels of its output.
class Labelling {
public:
    explicit Labelling(const Graph& graph) : m_graph(graph), m_table(graph) {}

    ChannelClassesOfGraph run()
    {
        for (const Node& node : m_graph.nodes()) {
            m_node = &node;
            AxisClasses labels = std::visit([&](const auto& o) { return pass(o); }, node.operation);
            labels.resize(node.output.shape.size());
            m_values.push_back(std::move(labels));
        }
        for (const ChannelClasses& labels : m_values[static_cast<std::size_t>(m_graph.output())])
            m_table.fix(labels, {.output = true});
        return m_table.finish(std::move(m_values));
    }

private:
    const AxisClasses& input(std::size_t i = 0) const { return m_values[static_cast<std::size_t>(m_node->inputs[i])]; }
    const Value& inputValue(std::size_t i = 0) const { return m_graph.node(m_node->inputs[i]).output; }
    ParameterId parameterId(std::size_t i) const { return m_node->parameters[i]; }
    void label(std::size_t parameter, std::size_t axis, const ChannelClasses& labels)
    {
        m_table.labelParameter(parameterId(parameter), axis, labels);
    }

    /// The input with the labels of that axis alone; entries of the others have to stay.
    AxisClasses only(std::size_t axis)
    {
        AxisClasses out = input();
        for (std::size_t other = 0; other < out.size(); ++other)
            if (other != axis) {
                m_table.fix(out[other]);
                out[other].clear();
            }
        return out;
    }

    /// Every node of a parameter of one extent, or whose last is the features.
    AxisClasses normalised()
    {
        for (std::size_t i = 0; i < m_node->parameters.size(); ++i)
            if (const Shape& shape = m_graph.parameter(parameterId(i)).shape; !shape.empty())
                label(i, shape.size() - 1, input().back());
        return input();
    }

    AxisClasses pass(const op::Input&) { return {}; }
    AxisClasses pass(const op::Sealed&) { return {}; }
    AxisClasses pass(const op::ShiftedWindowMask&) { return {}; }

    AxisClasses pass(const op::ParameterValue&)
    {
        const Parameter& parameter = m_graph.parameter(parameterId(0));
        AxisClasses out(parameter.shape.size());
        if (parameter.derived())
            return out;
        for (std::size_t axis = 0; axis < out.size(); ++axis)
            if (parameter.shape[axis] > 1) {
                label(0, axis, m_table.fresh(parameter.shape[axis]));
                out[axis] = m_table.ofParameter(parameterId(0), axis);
            }
        return out;
    }

    AxisClasses pass(const op::Embedding& o)
    {
        AxisClasses out(m_node->output.shape.size());
        out.back() = m_table.fresh(o.width);
        label(0, 1, out.back());
        return out;
    }

    AxisClasses pass(const op::Conv2d& o)
    {
        AxisClasses out = only(0);
        out[0] = convolved(o, out[0]);
        label(0, 0, out[0]);
        if (o.bias)
            label(1, 0, out[0]);
        return out;
    }

    ChannelClasses convolved(const op::Conv2d& o, const ChannelClasses& in)
    {
        if (o.groups == 1) {
            label(0, 1, in);
            return m_table.fresh(o.outChannels);
        }
        if (o.groups == o.inChannels)
            return stretched(in, o.outChannels / o.inChannels);
        return grouped(o, in);
    }

    /// All groups have to stay of one size, so each loses the same places.
    ChannelClasses grouped(const op::Conv2d& o, const ChannelClasses& in)
    {
        const auto width = static_cast<std::size_t>(o.inChannels / o.groups);
        for (std::size_t i = width; i < in.size(); ++i)
            m_table.join({in[i]}, {in[i % width]});
        label(0, 1, in.empty() ? in : slice(in, 0, width));
        return tiled(m_table.fresh(o.outChannels / o.groups), o.groups);
    }

    AxisClasses pass(const op::Linear& o)
    {
        AxisClasses out = input();
        label(0, 1, out.back());
        out.back() = m_table.fresh(o.outFeatures);
        label(0, 0, out.back());
        if (o.bias)
            label(1, 0, out.back());
        return out;
    }

    AxisClasses pass(const op::BatchNorm2d&)
    {
        for (std::size_t i = 0; i < 4; ++i)
            label(i, 0, input().front());
        return input();
    }

    AxisClasses pass(const op::LayerNorm&) { return normalised(); }
    AxisClasses pass(const op::Affine&) { return normalised(); }
    AxisClasses pass(const op::Activation&) { return input(); }
    AxisClasses pass(const op::MaxPool2d&) { return only(0); }
    AxisClasses pass(const op::AvgPool2d&) { return only(0); }
    AxisClasses pass(const op::AdaptiveAvgPool2d&) { return only(0); }
    AxisClasses pass(const op::Add&) { return met(); }
    AxisClasses pass(const op::Multiply&) { return met(); }

    /// Two values that broadcast, aligned at their last axes; the batch stands before a batched one's first.
    AxisClasses met()
    {
        AxisClasses out(m_node->output.shape.size());
        for (std::size_t fromEnd = 1; fromEnd <= out.size(); ++fromEnd)
            out[out.size() - fromEnd] = metAlong(fromEnd);
        return out;
    }

    ChannelClasses metAlong(std::size_t fromEnd)
    {
        std::vector<ChannelClasses> meeting;
        for (std::size_t i = 0; i < 2; ++i) {
            const Shape& shape = inputValue(i).shape;
            const bool isThere = fromEnd <= shape.size() && shape[shape.size() - fromEnd] > 1;
            if (isThere)
                meeting.push_back(input(i)[shape.size() - fromEnd]);
        }
        if (meeting.empty())
            return {};
        m_table.join(meeting.front(), meeting.back());
        return meeting.front().empty() ? meeting.back() : meeting.front();
    }

    AxisClasses pass(const op::Concat& o)
    {
        const auto along = static_cast<std::size_t>(o.axis);
        AxisClasses out = input();
        for (std::size_t i = 1; i < m_node->inputs.size(); ++i)
            for (std::size_t axis = 0; axis < out.size(); ++axis)
                if (axis != along) {
                    m_table.join(out[axis], input(i)[axis]);
                    out[axis] = out[axis].empty() ? input(i)[axis] : out[axis];
                }
        out[along] = joined(along);
        return out;
    }

    /// One behind the other; parts without labels get such as have to stay.
    ChannelClasses joined(std::size_t axis)
    {
        ChannelClasses all;
        const bool isLabelled = std::any_of(m_node->inputs.begin(), m_node->inputs.end(), [&](NodeId id) {
            return !m_values[static_cast<std::size_t>(id)][axis].empty();
        });
        for (std::size_t i = 0; isLabelled && i < m_node->inputs.size(); ++i) {
            ChannelClasses part = input(i)[axis];
            if (part.empty()) {
                part = m_table.fresh(inputValue(i).shape[axis]);
                m_table.fix(part);
            }
            all.insert(all.end(), part.begin(), part.end());
        }
        return all;
    }

    AxisClasses pass(const op::Flatten&) { return reshaped(); }
    AxisClasses pass(const op::Reshape&) { return reshaped(); }

    AxisClasses reshaped() { return m_table.reshaped(input(), inputValue().shape, m_node->output.shape); }

    AxisClasses pass(const op::Permute& o)
    {
        AxisClasses out;
        for (const std::int64_t axis : o.order)
            out.push_back(input()[static_cast<std::size_t>(axis)]);
        return out;
    }

    AxisClasses pass(const op::Slice& o)
    {
        AxisClasses out = input();
        ChannelClasses& labels = out[static_cast<std::size_t>(o.axis)];
        if (!labels.empty()) {
            // Every other entry of what is left would be other ones.
            if (o.step != 1 || o.squeeze)
                m_table.fix(labels);
            ChannelClasses taken;
            for (std::int64_t i = o.begin; i < o.end; i += o.step)
                taken.push_back(labels[static_cast<std::size_t>(i)]);
            labels = std::move(taken);
        }
        if (o.squeeze)
            out.erase(out.begin() + o.axis);
        return out;
    }

    AxisClasses pass(const op::PadBottomRight&) { return only(2); }
    AxisClasses pass(const op::Roll&) { return only(2); }

    AxisClasses pass(const op::Mean& o)
    {
        AxisClasses out = input();
        m_table.fix(out[static_cast<std::size_t>(o.axis)]);
        out.erase(out.begin() + o.axis);
        return out;
    }

    AxisClasses pass(const op::ExpandToBatch&) { return {input().begin() + 1, input().end()}; }

    AxisClasses pass(const op::WindowPartition& o)
    {
        const std::size_t channels = o.channelsFirst ? 0 : 2;
        return {{}, {}, only(channels)[channels]};
    }

    AxisClasses pass(const op::WindowReverse& o)
    {
        const ChannelClasses channels = only(2)[2];
        return o.channelsFirst ? AxisClasses{channels, {}, {}} : AxisClasses{{}, {}, channels};
    }

    AxisClasses pass(const op::RelativePositionBias&)
    {
        const std::size_t last = input().size() - 1;
        return {{}, only(last)[last], {}, {}};
    }

    AxisClasses pass(const op::Attention& o)
    {
        const std::size_t projections = o.separate ? 3 : 1;
        for (std::size_t i = 0; i < m_node->inputs.size(); ++i) {
            AxisClasses others = input(i);
            if (i < projections)
                others.pop_back();
            else if (o.hasBias && i == projections)
                others[1].clear();
            m_table.fix(others);
        }
        const ChannelClasses heads = headLabels(o);
        if (o.hasBias)
            m_table.join(input(projections)[1], heads);
        if (o.kind == op::Attention::Kind::Cosine)
            label(0, 0, heads);
        AxisClasses out(m_node->output.shape.size());
        out.back() = stretched(heads, m_node->output.shape.back() / o.heads);
        return out;
    }

    /// One a head: all of its queries, keys and values go together.
    ChannelClasses headLabels(const op::Attention& o)
    {
        ChannelClasses all;
        for (std::size_t i = 0; i < (o.separate ? 3U : 1U); ++i) {
            if (input(i).back().empty())
                return withoutHeads(o);
            all.insert(all.end(), input(i).back().begin(), input(i).back().end());
        }
        const auto headWidth = static_cast<std::size_t>(m_node->output.shape.back() / o.heads);
        return m_table.joinHeads(all, headWidth);
    }

    ChannelClasses withoutHeads(const op::Attention& o)
    {
        for (std::size_t i = 0; i < (o.separate ? 3U : 1U); ++i)
            m_table.fix(input(i).back());
        return {};
    }

    const Graph& m_graph;
    LabelTable m_table;
    std::vector<AxisClasses> m_values;
    const Node* m_node = nullptr;
};

} // namespace

ChannelClassesOfGraph channelClasses(const Graph& graph)
{
    return Labelling(graph).run();
}

} // namespace lathe

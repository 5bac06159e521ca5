#include "core/lowering/folded_model.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/base/float_formats.h"
#include "core/lowering/lowered_graph.h"

namespace lathe {

namespace {

using Floats = std::vector<float>;

Floats floatsOf(const HostTensor& tensor)
{
    return {tensor.floats(), tensor.floats() + elementCount(tensor.shape)};
}

HostTensor tensorOf(const Floats& values, const Shape& shape)
{
    const WritableTensor made = makeTensor(DType::Float32, shape);
    std::copy(values.begin(), values.end(), reinterpret_cast<float*>(made.bytes));
    return made.tensor;
}

/// y -> y scale + shift per channel.
struct ChannelAffine {
    std::vector<double> scale;
    std::vector<double> shift;
};

class Folding {
public:
    Folding(const Graph& graph, const StateDict& weights)
        : m_graph(graph), m_builder(graph.name(), graph.inputShape(), graph.vocabulary()),
          m_folded(graph.nodes().size()), m_gone(graph.nodes().size(), false), m_made(graph.nodes().size(), 0)
    {
        for (const NamedTensor& entry : weights)
            m_values.push_back(asFloat32(entry.tensor).value_or(entry.tensor)); // integers stay
        chooseFolds();
        markNeeded(graph.output());
    }

    FoldedModel run()
    {
        declareParameters();
        m_origin.push_back(0);
        for (NodeId id = 1; id < static_cast<NodeId>(m_graph.nodes().size()); ++id)
            if (m_needed.contains(id))
                rebuild(id);
        // Every node was sound before, and folding keeps all shapes.
        return {m_builder.finish(m_made[at(resolved(m_graph.output()))]).value(), std::move(m_weights),
                std::move(m_origin)};
    }

private:
    static std::size_t at(int id) { return static_cast<std::size_t>(id); }

    bool isShared(ParameterId id) const
    {
        std::ptrdiff_t users = 0;
        for (const Node& node : m_graph.nodes())
            users += std::count(node.parameters.begin(), node.parameters.end(), id);
        return users > 1;
    }

    NodeId factorOf(const Node& multiply) const
    {
        return multiply.inputs[m_graph.node(multiply.inputs[0]).output.batched ? 1 : 0];
    }

    bool canFold(NodeId id) const
    {
        const Node& node = m_graph.node(id);
        return std::holds_alternative<op::BatchNorm2d>(node.operation) ||
               std::holds_alternative<op::ParameterValue>(m_graph.node(factorOf(node)).operation);
    }

    void chooseFolds()
    {
        for (const LoweredNode& lowered : lower(m_graph).nodes) {
            if (lowered.folded.empty() || isShared(m_graph.node(lowered.node()).parameters.front()))
                continue;
            for (const NodeId id : lowered.folded) {
                if (!canFold(id))
                    break;
                m_folded[at(lowered.node())].push_back(id);
                m_gone[at(id)] = true;
            }
        }
    }

    /// What stands for a node's value once folded nodes are gone.
    NodeId resolved(NodeId id) const
    {
        while (m_gone[at(id)]) {
            const Node& node = m_graph.node(id);
            const bool isFactor = !std::holds_alternative<op::BatchNorm2d>(node.operation);
            id = isFactor && factorOf(node) == node.inputs[0] ? node.inputs[1] : node.inputs[0];
        }
        return id;
    }

    void markNeeded(NodeId output)
    {
        std::vector<NodeId> open{resolved(output)};
        while (!open.empty()) {
            const NodeId id = open.back();
            open.pop_back();
            if (!m_needed.insert(id).second)
                continue;
            for (const NodeId input : m_graph.node(id).inputs)
                open.push_back(resolved(input));
        }
    }

    /// A convolution or linear layer that gets a bias by what is folded into it.
    bool gainsBias(NodeId id) const
    {
        const Node& node = m_graph.node(id);
        return node.parameters.size() == 1 &&
               std::any_of(m_folded[at(id)].begin(), m_folded[at(id)].end(), [&](NodeId folded) {
                   return std::holds_alternative<op::BatchNorm2d>(m_graph.node(folded).operation);
               });
    }

    void declareParameters()
    {
        std::map<ParameterId, NodeId> users; // in the state dict's order
        for (const NodeId id : m_needed)
            for (const ParameterId parameter : m_graph.node(id).parameters)
                users.emplace(parameter, id);
        for (const auto& [parameter, user] : users) {
            const Parameter& p = m_graph.parameter(parameter);
            m_parameters[parameter] = m_builder.parameter(p.name, p.shape, p.initialisation, p.trainable, p.dtype);
            m_weights.push_back({p.name, m_values[at(parameter)]});
            if (gainsBias(user))
                declareBias(user);
        }
    }

    void declareBias(NodeId id)
    {
        const std::string name = m_graph.node(id).name + ".bias";
        const Shape shape{m_graph.parameter(m_graph.node(id).parameters.front()).shape.front()};
        m_biases[id] = m_builder.parameter(name, shape);
        m_weights.push_back({name, tensorOf(Floats(static_cast<std::size_t>(shape.front()), 0.0F), shape)});
    }

    void rebuild(NodeId id)
    {
        const Node& node = m_graph.node(id);
        std::vector<NodeId> inputs;
        for (const NodeId input : node.inputs)
            inputs.push_back(m_made[at(resolved(input))]);
        std::vector<ParameterId> parameters;
        for (const ParameterId parameter : node.parameters)
            parameters.push_back(m_parameters.at(parameter));
        Operation operation = node.operation;
        if (const auto bias = m_biases.find(id); bias != m_biases.end()) {
            parameters.push_back(bias->second);
            withBias(operation);
        }
        for (const NodeId folded : m_folded[at(id)])
            fold(parameters, affineOf(m_graph.node(folded)));
        m_made[at(id)] = m_builder.add(node.name, operation, inputs, parameters);
        m_origin.push_back(id);
    }

    static void withBias(Operation& operation)
    {
        if (auto* conv = std::get_if<op::Conv2d>(&operation))
            conv->bias = true;
        else
            std::get<op::Linear>(operation).bias = true;
    }

    ChannelAffine affineOf(const Node& node) const
    {
        ChannelAffine affine;
        const auto value = [&](std::size_t i) { return m_values[at(node.parameters[i])].floats(); };
        if (const auto* norm = std::get_if<op::BatchNorm2d>(&node.operation)) {
            for (std::int64_t c = 0; c < norm->channels; ++c) {
                const double scale = value(0)[c] / std::sqrt(static_cast<double>(value(3)[c]) + norm->eps);
                affine.scale.push_back(scale);
                affine.shift.push_back(value(1)[c] - value(2)[c] * scale);
            }
            return affine;
        }
        const ParameterId parameter = m_graph.node(factorOf(node)).parameters.front();
        const Floats factors = floatsOf(m_values[at(parameter)]);
        affine.scale.assign(factors.begin(), factors.end());
        affine.shift.assign(factors.size(), 0.0);
        return affine;
    }

    /// `parameters`: weight [out, ...], then perhaps bias [out].
    void fold(const std::vector<ParameterId>& parameters, const ChannelAffine& affine)
    {
        HostTensor& weight = m_weights[at(parameters[0])].tensor;
        Floats values = floatsOf(weight);
        const std::size_t rows = static_cast<std::size_t>(weight.shape.front());
        const std::size_t width = values.size() / rows;
        const auto of = [rows](const std::vector<double>& all, std::size_t row) {
            return all.size() == rows ? all[row] : all.front(); // one factor for all
        };
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<float>(values[i] * of(affine.scale, i / width));
        weight = tensorOf(values, weight.shape);
        if (parameters.size() < 2)
            return;
        HostTensor& bias = m_weights[at(parameters[1])].tensor;
        Floats offsets = floatsOf(bias);
        for (std::size_t row = 0; row < rows; ++row)
            offsets[row] = static_cast<float>(offsets[row] * of(affine.scale, row) + of(affine.shift, row));
        bias = tensorOf(offsets, bias.shape);
    }

    const Graph& m_graph;
    GraphBuilder m_builder;
    std::vector<HostTensor> m_values;          ///< given, by ParameterId
    std::vector<std::vector<NodeId>> m_folded; ///< into each node
    std::vector<bool> m_gone;
    std::set<NodeId> m_needed;
    std::map<ParameterId, ParameterId> m_parameters; ///< to those of the new graph
    std::map<NodeId, ParameterId> m_biases;          ///< that layers gained
    std::vector<NodeId> m_made;                      ///< by old node: the new
    StateDict m_weights;
    std::vector<NodeId> m_origin;
};

} // namespace

FoldedModel foldConstants(const Graph& graph, const StateDict& weights)
{
    return Folding(graph, weights).run();
}

} // namespace lathe

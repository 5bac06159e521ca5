#include "core/quantization/equalization.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "core/lowering/readers.h"

namespace lathe {

namespace {

constexpr int kMostRounds = 20;
constexpr double kStill = 1e-3; ///< largest change of a factor after which nothing more is done

std::size_t at(std::int64_t i)
{
    return static_cast<std::size_t>(i);
}

/// A layer's weight as outputs x inputs of its group x the rest.
class Weight {
public:
    static std::optional<Weight> of(const Graph& graph, NodeId id, StateDict& weights)
    {
        const Node& node = graph.node(id);
        const auto* conv = std::get_if<op::Conv2d>(&node.operation);
        if (conv == nullptr && !std::holds_alternative<op::Linear>(node.operation))
            return std::nullopt;
        std::ptrdiff_t users = 0;
        for (const Node& other : graph.nodes())
            users += std::count(other.parameters.begin(), other.parameters.end(), node.parameters.front());
        if (users != 1)
            return std::nullopt;
        Weight weight;
        weight.m_shape = graph.parameter(node.parameters.front()).shape;
        weight.m_groups = conv != nullptr ? conv->groups : 1;
        weight.m_weight = &weights[at(node.parameters.front())].tensor;
        weight.m_bias = node.parameters.size() > 1 ? &weights[at(node.parameters[1])].tensor : nullptr;
        return weight;
    }

    std::int64_t outputs() const { return m_shape[0]; }
    std::int64_t inputs() const { return m_shape[1] * m_groups; }

    std::vector<float> rangesOfOutputs() const
    {
        std::vector<float> ranges(at(outputs()), 0.0F);
        visit(
            [&](std::int64_t out, std::int64_t, float w) { ranges[at(out)] = std::max(ranges[at(out)], std::abs(w)); });
        return ranges;
    }

    std::vector<float> rangesOfInputs() const
    {
        std::vector<float> ranges(at(inputs()), 0.0F);
        visit([&](std::int64_t, std::int64_t in, float w) { ranges[at(in)] = std::max(ranges[at(in)], std::abs(w)); });
        return ranges;
    }

    void divideOutputs(const std::vector<float>& factors)
    {
        replace(*m_weight, [&](std::int64_t out, std::int64_t, float w) { return w / factors[at(out)]; });
        if (m_bias == nullptr)
            return;
        const WritableTensor made = makeTensor(DType::Float32, m_bias->shape);
        for (std::int64_t i = 0; i < outputs(); ++i)
            reinterpret_cast<float*>(made.bytes)[i] = m_bias->floats()[i] / factors[at(i)];
        *m_bias = made.tensor;
    }

    void multiplyInputs(const std::vector<float>& factors)
    {
        replace(*m_weight, [&](std::int64_t, std::int64_t in, float w) { return w * factors[at(in)]; });
    }

private:
    template <class Visit> void visit(Visit visit) const
    {
        const std::int64_t rest = elementCount(m_shape) / (m_shape[0] * m_shape[1]);
        const std::int64_t outputsOfGroup = m_shape[0] / m_groups;
        std::int64_t i = 0;
        for (std::int64_t out = 0; out < m_shape[0]; ++out)
            for (std::int64_t in = 0; in < m_shape[1]; ++in)
                for (std::int64_t r = 0; r < rest; ++r, ++i)
                    visit(out, out / outputsOfGroup * m_shape[1] + in, m_weight->floats()[i]);
    }

    template <class Change> void replace(HostTensor& tensor, Change change)
    {
        const WritableTensor made = makeTensor(DType::Float32, tensor.shape);
        auto* next = reinterpret_cast<float*>(made.bytes);
        visit([&](std::int64_t out, std::int64_t in, float w) { *next++ = change(out, in, w); });
        tensor = made.tensor;
    }

    Shape m_shape;
    std::int64_t m_groups = 1;
    HostTensor* m_weight = nullptr;
    HostTensor* m_bias = nullptr;
};

struct Pair {
    Weight first;
    Weight second;
};

bool letsFactorsThrough(const Operation& operation)
{
    const auto* activation = std::get_if<op::Activation>(&operation);
    const bool isReLU = activation != nullptr && activation->kind == op::Activation::Kind::ReLU;
    return isReLU || std::holds_alternative<op::MaxPool2d>(operation) ||
           std::holds_alternative<op::AdaptiveAvgPool2d>(operation) || std::holds_alternative<op::AvgPool2d>(operation);
}

std::vector<Pair> pairsOf(const Graph& graph, StateDict& weights)
{
    const Readers readers(graph);
    std::vector<Pair> pairs;
    for (NodeId id = 1; id < static_cast<NodeId>(graph.nodes().size()); ++id) {
        const auto first = Weight::of(graph, id, weights);
        if (!first || !readers.isNeeded(id))
            continue;
        std::optional<NodeId> next = readers.only(id);
        while (next && letsFactorsThrough(graph.node(*next).operation))
            next = readers.only(*next);
        const auto second = next ? Weight::of(graph, *next, weights) : std::nullopt;
        // A linear layer behind an image that was flattened has more inputs than there are channels.
        const bool isImages = graph.node(id).output.shape.size() == 3;
        const bool match = second && second->inputs() == first->outputs() &&
                           isImages == std::holds_alternative<op::Conv2d>(graph.node(*next).operation);
        if (match)
            pairs.push_back({*first, *second});
    }
    return pairs;
}

/// Largest change of a factor from 1.
double equalize(Pair& pair)
{
    const std::vector<float> first = pair.first.rangesOfOutputs();
    const std::vector<float> second = pair.second.rangesOfInputs();
    std::vector<float> factors(first.size(), 1.0F);
    double change = 0.0;
    for (std::size_t i = 0; i < factors.size(); ++i) {
        if (!(first[i] > 0.0F) || !(second[i] > 0.0F)) // a dead channel has no range to even out
            continue;
        factors[i] = std::sqrt(first[i] / second[i]);
        change = std::max(change, std::abs(std::log(static_cast<double>(factors[i]))));
    }
    pair.first.divideOutputs(factors);
    pair.second.multiplyInputs(factors);
    return change;
}

} // namespace

int equalize(const Graph& graph, StateDict& weights)
{
    std::vector<Pair> pairs = pairsOf(graph, weights);
    for (int round = 0; round < kMostRounds; ++round) {
        double change = 0.0;
        for (Pair& pair : pairs)
            change = std::max(change, equalize(pair));
        if (change < kStill)
            break;
    }
    return static_cast<int>(pairs.size());
}

} // namespace lathe

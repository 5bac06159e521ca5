#include "core/quantization/value_groups.h"

#include <algorithm>
#include <numeric>

namespace lathe {

namespace {

template <class... T> bool isOneOf(const Operation& operation)
{
    return (std::holds_alternative<T>(operation) || ...);
}

class Grouping {
public:
    Grouping(const Graph& graph, const LoweredGraph& lowered, const std::vector<Precision>& precisions)
        : m_graph(graph), m_lowered(lowered), m_precisions(precisions), m_integers(graph.nodes().size(), false),
          m_owner(graph.nodes().size())
    {
        std::iota(m_owner.begin(), m_owner.end(), std::size_t{0});
    }

    std::vector<std::optional<std::size_t>> run()
    {
        // From the output backwards: whoever reads a value comes after it.
        for (auto operation = m_lowered.nodes.rbegin(); operation != m_lowered.nodes.rend(); ++operation)
            readInputs(*operation);
        std::vector<std::optional<std::size_t>> groups(m_owner.size());
        for (std::size_t i = 0; i < groups.size(); ++i)
            if (m_integers[i])
                groups[i] = owner(i);
        return groups;
    }

private:
    static std::size_t at(NodeId id) { return static_cast<std::size_t>(id); }

    void readInputs(const LoweredNode& operation)
    {
        if (m_precisions[at(operation.node())] == Precision::Int8)
            keepAsIntegers(operation.inputs.front());
        if (!m_integers[at(operation.value())] || !keepsGrid(operation, m_graph))
            return;
        const bool canBe = std::all_of(operation.inputs.begin(), operation.inputs.end(),
                                       [this](NodeId input) { return isBatchedFloat(input); });
        if (!canBe)
            return;
        for (const NodeId input : operation.inputs) {
            keepAsIntegers(input);
            m_owner[owner(at(input))] = owner(at(operation.value()));
        }
    }

    bool isBatchedFloat(NodeId id) const
    {
        const Value& value = m_graph.node(id).output;
        return value.batched && value.dtype == DType::Float32;
    }

    void keepAsIntegers(NodeId id) { m_integers[at(id)] = true; }

    std::size_t owner(std::size_t value) const
    {
        while (m_owner[value] != value)
            value = m_owner[value];
        return value;
    }

    const Graph& m_graph;
    const LoweredGraph& m_lowered;
    const std::vector<Precision>& m_precisions;
    std::vector<bool> m_integers;
    std::vector<std::size_t> m_owner;
};

} // namespace

bool keepsGrid(const LoweredNode& operation, const Graph& graph)
{
    const Operation& o = graph.node(operation.node()).operation;
    if (operation.isMovement)
        return true;
    if (!operation.epilogues.empty())
        return false;
    if (const auto* pool = std::get_if<op::AvgPool2d>(&o)) // zeros that it counts would be the grid's integer 0
        return !pool->ceilMode && (!pool->countIncludePad || pool->padding == op::Size2{0, 0});
    return isOneOf<op::MaxPool2d, op::Concat, op::Flatten, op::Reshape, op::Permute, op::Slice>(o);
}

std::vector<std::optional<std::size_t>> valueGroups(const Graph& graph, const LoweredGraph& lowered,
                                                    const std::vector<Precision>& precisions)
{
    return Grouping(graph, lowered, precisions).run();
}

} // namespace lathe

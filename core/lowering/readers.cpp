#include "core/lowering/readers.h"

namespace lathe {

Readers::Readers(const Graph& graph)
    : m_output(graph.output()), m_needed(graph.nodes().size(), false), m_readers(graph.nodes().size())
{
    m_needed[static_cast<std::size_t>(m_output)] = true;
    for (NodeId id = m_output; id >= 0; --id) {
        if (!isNeeded(id))
            continue;
        for (const NodeId input : graph.node(id).inputs) {
            m_needed[static_cast<std::size_t>(input)] = true;
            m_readers[static_cast<std::size_t>(input)].push_back(id);
        }
    }
}

std::optional<NodeId> Readers::only(NodeId node) const
{
    const std::vector<NodeId>& readers = of(node);
    if (node == m_output || readers.size() != 1)
        return std::nullopt;
    return readers.front();
}

} // namespace lathe

#pragma once

#include <optional>
#include <vector>

#include "core/graph/graph.h"

namespace lathe {

/// Who reads each node's value, among the nodes that the network's output needs.
class Readers {
public:
    explicit Readers(const Graph& graph);

    /// The output follows from it.
    bool isNeeded(NodeId node) const { return m_needed[static_cast<std::size_t>(node)]; }

    const std::vector<NodeId>& of(NodeId node) const { return m_readers[static_cast<std::size_t>(node)]; }

    /// The one node that reads this one, and reads it once; none for the network's output.
    std::optional<NodeId> only(NodeId node) const;

private:
    NodeId m_output;
    std::vector<bool> m_needed;
    std::vector<std::vector<NodeId>> m_readers; ///< one entry a use
};

} // namespace lathe

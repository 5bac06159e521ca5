#pragma once

#include <map>

#include "core/lowering/lowered_graph.h"
#include "core/lowering/readers.h"

namespace lathe {

/// Chains of nodes that only move whole rows of the last extent and of which at least one copies: windows cut out,
/// shifted and put back; and the parts of one value joined on the last extent, as when patches are merged.
class Movements {
public:
    Movements(const Graph& graph, const Readers& readers);

    /// The movement whose first node this is; null where there is none.
    const LoweredNode* from(NodeId first) const;

private:
    void add(LoweredNode movement);
    void findJoins(const Graph& graph, const Readers& readers);
    void findChains(const Graph& graph, const Readers& readers);
    bool isTaken(NodeId node) const { return m_taken[static_cast<std::size_t>(node)]; }

    std::map<NodeId, LoweredNode> m_byFirst;
    std::vector<bool> m_taken; ///< a movement's already
};

} // namespace lathe

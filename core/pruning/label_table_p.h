#pragma once

#include "core/pruning/channel_classes.h"
#include "core/pruning/disjoint_sets.h"

namespace lathe {

ChannelClasses slice(const ChannelClasses& labels, std::size_t first, std::size_t count);

/// Each label so many times in a row.
ChannelClasses stretched(const ChannelClasses& labels, std::int64_t times);

/// All labels so many times over.
ChannelClasses tiled(const ChannelClasses& labels, std::int64_t times);

/// Labels of a graph's entries while its operations are gone through: classes in the making.
class LabelTable {
public:
    explicit LabelTable(const Graph& graph);

    ChannelClasses fresh(std::int64_t extent);

    /// Entries at one place: as many on both sides, or none where they cannot go.
    void join(const ChannelClasses& a, const ChannelClasses& b);
    /// One label a head of queries, keys and values that lie one behind the other.
    ChannelClasses joinHeads(const ChannelClasses& features, std::size_t headWidth);
    void fix(const ChannelClasses& labels, FixedBy why = {.operation = true});
    void fix(const AxisClasses& axes);

    /// A parameter may be read by several nodes.
    void labelParameter(ParameterId id, std::size_t axis, const ChannelClasses& labels);
    const ChannelClasses& ofParameter(ParameterId id, std::size_t axis) const;

    /// The same elements under another shape.
    AxisClasses reshaped(const AxisClasses& axes, const Shape& from, const Shape& to);

    /// Numbers the classes from 0 in the order in which they first come.
    ChannelClassesOfGraph finish(std::vector<AxisClasses> values);

private:
    struct Run {
        std::size_t firstIn, endIn, firstOut, endOut;
    };
    static std::vector<Run> runs(const Shape& from, const Shape& to);
    void reshapeRun(const Run& run, const AxisClasses& axes, const Shape& from, const Shape& to, AxisClasses& out);
    std::size_t longestLabelled(const Run& run, const AxisClasses& axes);
    int classesLeft(const ChannelClasses& flat, std::int64_t extent, std::int64_t inner);

    DisjointSets m_sets;
    std::vector<FixedBy> m_fixed; ///< by label
    std::vector<AxisClasses> m_parameters;
    std::vector<std::vector<bool>> m_isLabelled; ///< parameters' axes that a node has read
};

} // namespace lathe

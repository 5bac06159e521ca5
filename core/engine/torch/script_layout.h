#pragma once

#include <cstdint>
#include <vector>

#include "core/base/tensor.h"
#include "core/graph/operations.h"

namespace lathe::engine {

/// How a tensor of a program stands to a node's output: the same elements under other axes. Both are written as
/// factors of their extents, so that a program may split, merge and reorder axes as it likes (heads of an attention,
/// groups of channels, the batch behind the tokens), and what it amounts to is known where a node needs it.
///
/// The first axis of the node's output is the batch. Extents of 1 have no factors.
class Layout {
public:
    /// The node's output as it is; `shape` with the batch.
    static Layout of(const Shape& shape);

    Shape shape() const;
    bool isAsMade() const { return m_axes == m_source; }

    /// False where the elements cannot be cut so; nothing is changed then.
    bool reshape(const Shape& shape);
    void permute(const std::vector<std::int64_t>& order);

    /// The last axis is the node's last axis, whole: an operation on it can be applied to the node's output.
    bool endsAsMade() const;
    /// After that operation, which may have changed the extent.
    void replaceLast(std::int64_t extent);

    /// Where a stretch of `axis` lies on the node's output; `axis` 0 of the slice is behind the batch, as in op::Slice.
    /// False where it is no stretch of one axis there.
    bool locate(std::int64_t axis, std::int64_t begin, std::int64_t end, std::int64_t step, op::Slice& slice) const;
    /// After that slice. True where `squeeze`, which drops the axis, drops one of the node's.
    bool narrow(std::int64_t axis, std::int64_t extent, bool squeeze);

    /// The operations that bring the node's output, behind the batch, into this form; the batch must be the first
    /// axis. False where it is not.
    bool operations(std::vector<Operation>& operations) const;

    /// The batch is the first axis, and whole.
    bool startsWithBatch() const;

private:
    struct Factor {
        int id = 0;
        std::int64_t extent = 1;
        bool operator==(const Factor&) const = default;
    };
    using Axis = std::vector<Factor>;

    static std::int64_t extentOf(const Axis& axis);
    Factor make(std::int64_t extent) { return {m_nextId++, extent}; }
    void split(const Factor& factor, std::int64_t first);
    Shape factorShape() const;
    bool isPermutationOfAxes() const;
    std::vector<std::int64_t> factorOrder() const;

    std::vector<Axis> m_source; ///< of the node's output
    std::vector<Axis> m_axes;   ///< of the tensor
    int m_nextId = 0;
};

} // namespace lathe::engine

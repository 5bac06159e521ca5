#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "core/base/result.h"
#include "core/base/tensor.h"

namespace lathe {

/// Which values share a scale and a zero point. `name`: "per-tensor", "per-channel", "per-group".
struct Granularity {
    enum class Kind { PerTensor, PerChannel, PerGroup };
    Kind kind = Kind::PerTensor;
    std::int64_t axis = 0;       ///< of PerChannel
    std::int64_t groupSize = 32; ///< of PerGroup

    bool operator==(const Granularity&) const = default;
};
std::string_view name(Granularity::Kind kind);
Result<Granularity::Kind> granularityFromName(std::string_view name);

/// A tensor's elements, in row-major order, cut into parts with a scale each.
///
/// Per channel: a part for each entry along the axis. Per group: a tensor is seen as rows of its first extent (as a
/// matrix product sees the weights of a convolution, too), and a row as groups of n neighbours, the last of which may
/// be shorter; for weights out x in that is along the last axis.
class Partition {
public:
    /// InvalidArgument: an axis that there is not, groups of nothing.
    static Result<Partition> make(const Shape& shape, const Granularity& granularity);

    std::int64_t elements() const { return m_elements; }
    std::int64_t parts() const { return m_parts; }
    std::int64_t partOf(std::int64_t element) const;
    std::int64_t sizeOf(std::int64_t part) const;

    /// Calls `visit(begin, end)` for every run of neighbouring elements of a part, in order.
    template <class Visit> void forEachRun(std::int64_t part, Visit visit) const
    {
        const std::int64_t first = part / m_partsARow * m_row + part % m_partsARow * m_run;
        const std::int64_t length = std::min(m_run, m_row - part % m_partsARow * m_run);
        for (std::int64_t begin = first; begin < m_elements; begin += m_repeat)
            visit(begin, begin + length);
    }

private:
    std::int64_t m_elements = 0;
    std::int64_t m_parts = 1;
    std::int64_t m_row = 0;       ///< elements after which parts begin anew
    std::int64_t m_run = 0;       ///< neighbours of a part, but for the last of a row
    std::int64_t m_partsARow = 1; ///< of which the last may be shorter
    std::int64_t m_repeat = 0;    ///< from one run of a part to its next
};

} // namespace lathe

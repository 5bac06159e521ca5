#include "core/engine/torch/script_layout.h"

#include <algorithm>
#include <numeric>

namespace lathe::engine {

namespace {

Shape behindBatch(const Shape& shape)
{
    return Shape(shape.begin() + 1, shape.end());
}

bool isAscending(const std::vector<std::int64_t>& order)
{
    return std::is_sorted(order.begin(), order.end());
}

} // namespace

Layout Layout::of(const Shape& shape)
{
    Layout layout;
    for (const std::int64_t extent : shape)
        layout.m_source.push_back(extent == 1 ? Axis{} : Axis{layout.make(extent)});
    layout.m_axes = layout.m_source;
    return layout;
}

std::int64_t Layout::extentOf(const Axis& axis)
{
    return std::accumulate(axis.begin(), axis.end(), std::int64_t{1},
                           [](std::int64_t product, const Factor& factor) { return product * factor.extent; });
}

Shape Layout::shape() const
{
    Shape shape;
    for (const Axis& axis : m_axes)
        shape.push_back(extentOf(axis));
    return shape;
}

void Layout::split(const Factor& factor, std::int64_t first)
{
    const Factor outer = make(first);
    const Factor inner = make(factor.extent / first);
    for (auto* axes : {&m_source, &m_axes})
        for (Axis& axis : *axes)
            if (const auto at = std::find(axis.begin(), axis.end(), factor); at != axis.end())
                axis.insert(axis.erase(at), {outer, inner});
}

bool Layout::reshape(const Shape& shape)
{
    Layout cut = *this;
    std::size_t taken = 0;
    std::vector<Axis> axes;
    const auto factors = [&cut] {
        Axis all;
        for (const Axis& axis : cut.m_axes)
            all.insert(all.end(), axis.begin(), axis.end());
        return all;
    };
    std::vector<std::size_t> ends;
    for (const std::int64_t wanted : shape) {
        for (std::int64_t extent = 1; extent < wanted; ++taken) {
            const Axis all = factors();
            if (taken >= all.size() || wanted % extent != 0)
                return false;
            const std::int64_t rest = wanted / extent;
            const Factor next = all[taken];
            if (rest % next.extent == 0) {
                extent *= next.extent;
                continue;
            }
            if (next.extent % rest != 0)
                return false;
            cut.split(next, rest);
            extent *= rest;
        }
        ends.push_back(taken);
    }
    const Axis all = factors();
    if (taken != all.size())
        return false;
    std::size_t begin = 0;
    for (const std::size_t end : ends) {
        axes.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(begin),
                          all.begin() + static_cast<std::ptrdiff_t>(end));
        begin = end;
    }
    cut.m_axes = std::move(axes);
    *this = std::move(cut);
    return true;
}

void Layout::permute(const std::vector<std::int64_t>& order)
{
    std::vector<Axis> axes;
    for (const std::int64_t axis : order)
        axes.push_back(m_axes[static_cast<std::size_t>(axis)]);
    m_axes = std::move(axes);
}

bool Layout::endsAsMade() const
{
    return m_source.size() > 1 && !m_axes.empty() && m_axes.back() == m_source.back() && !m_axes.back().empty();
}

void Layout::replaceLast(std::int64_t extent)
{
    const Axis axis = extent == 1 ? Axis{} : Axis{make(extent)};
    m_source.back() = axis;
    m_axes.back() = axis;
}

bool Layout::locate(std::int64_t axis, std::int64_t begin, std::int64_t end, std::int64_t step, op::Slice& slice) const
{
    const Axis& cut = m_axes[static_cast<std::size_t>(axis)];
    for (std::size_t i = 1; i < m_source.size() && !cut.empty(); ++i) {
        const Axis& made = m_source[i];
        if (made.size() < cut.size() || !std::equal(cut.begin(), cut.end(), made.begin()))
            continue;
        const std::int64_t inner = extentOf(made) / extentOf(cut);
        if (step != 1 && inner != 1)
            return false;
        slice = {static_cast<std::int64_t>(i) - 1, begin * inner, end * inner, step, false};
        return true;
    }
    return false;
}

bool Layout::narrow(std::int64_t axis, std::int64_t extent, bool squeeze)
{
    const Axis cut = m_axes[static_cast<std::size_t>(axis)];
    const Axis left = extent == 1 ? Axis{} : Axis{make(extent)};
    const auto made = std::find_if(m_source.begin() + 1, m_source.end(), [&](const Axis& candidate) {
        return candidate.size() >= cut.size() && std::equal(cut.begin(), cut.end(), candidate.begin());
    });
    made->erase(made->begin(), made->begin() + static_cast<std::ptrdiff_t>(cut.size()));
    made->insert(made->begin(), left.begin(), left.end());
    const bool drops = squeeze && made->empty();
    if (drops)
        m_source.erase(made);
    m_axes[static_cast<std::size_t>(axis)] = left;
    if (squeeze)
        m_axes.erase(m_axes.begin() + axis);
    return drops;
}

bool Layout::startsWithBatch() const
{
    return !m_axes.empty() && m_axes.front() == m_source.front();
}

Shape Layout::factorShape() const
{
    Shape shape;
    for (std::size_t i = 1; i < m_source.size(); ++i)
        for (const Factor& factor : m_source[i])
            shape.push_back(factor.extent);
    return shape;
}

bool Layout::isPermutationOfAxes() const
{
    return m_axes.size() == m_source.size() && std::is_permutation(m_axes.begin(), m_axes.end(), m_source.begin()) &&
           std::none_of(m_axes.begin(), m_axes.end(), [](const Axis& axis) { return axis.empty(); });
}

/// For each factor of the tensor behind the batch, its place among the node's.
std::vector<std::int64_t> Layout::factorOrder() const
{
    Axis made;
    for (std::size_t i = 1; i < m_source.size(); ++i)
        made.insert(made.end(), m_source[i].begin(), m_source[i].end());
    std::vector<std::int64_t> order;
    for (std::size_t i = 1; i < m_axes.size(); ++i)
        for (const Factor& factor : m_axes[i])
            order.push_back(std::find(made.begin(), made.end(), factor) - made.begin());
    return order;
}

bool Layout::operations(std::vector<Operation>& operations) const
{
    if (!startsWithBatch())
        return false;
    if (isAsMade())
        return true;
    const std::vector<std::int64_t> order = factorOrder();
    const Shape wanted = behindBatch(shape());
    if (isAscending(order)) {
        if (wanted.size() == 1)
            operations.emplace_back(op::Flatten{});
        else
            operations.emplace_back(op::Reshape{wanted});
        return true;
    }
    if (isPermutationOfAxes()) {
        op::Permute permute;
        for (std::size_t i = 1; i < m_axes.size(); ++i)
            permute.order.push_back(std::find(m_source.begin() + 1, m_source.end(), m_axes[i]) - m_source.begin() - 1);
        operations.emplace_back(permute);
        return true;
    }
    Shape made;
    for (std::size_t i = 1; i < m_source.size(); ++i)
        made.push_back(extentOf(m_source[i]));
    const Shape factors = factorShape();
    if (made != factors)
        operations.emplace_back(op::Reshape{factors});
    operations.emplace_back(op::Permute{order});
    Shape permuted;
    for (const std::int64_t place : order)
        permuted.push_back(factors[static_cast<std::size_t>(place)]);
    if (permuted != wanted)
        operations.emplace_back(op::Reshape{wanted});
    return true;
}

} // namespace lathe::engine

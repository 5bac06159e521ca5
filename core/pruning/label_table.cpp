#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "core/pruning/label_table_p.h"

namespace lathe {

namespace {

std::int64_t product(const Shape& shape, std::size_t first, std::size_t end)
{
    return elementCount(
        Shape(shape.begin() + static_cast<std::ptrdiff_t>(first), shape.begin() + static_cast<std::ptrdiff_t>(end)));
}

/// The labels of a run of axes seen as one, where one of them has labels.
ChannelClasses flattened(const ChannelClasses& labels, std::int64_t count, std::int64_t inner)
{
    ChannelClasses flat(static_cast<std::size_t>(count));
    const auto extent = static_cast<std::int64_t>(labels.size());
    for (std::int64_t i = 0; i < count; ++i)
        flat[static_cast<std::size_t>(i)] = labels[static_cast<std::size_t>(i / inner % extent)];
    return flat;
}

} // namespace

ChannelClasses slice(const ChannelClasses& labels, std::size_t first, std::size_t count)
{
    const auto begin = labels.begin() + static_cast<std::ptrdiff_t>(first);
    return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

ChannelClasses stretched(const ChannelClasses& labels, std::int64_t times)
{
    ChannelClasses out;
    for (const int label : labels)
        out.insert(out.end(), static_cast<std::size_t>(times), label);
    return out;
}

ChannelClasses tiled(const ChannelClasses& labels, std::int64_t times)
{
    ChannelClasses out;
    for (std::int64_t i = 0; i < times; ++i)
        out.insert(out.end(), labels.begin(), labels.end());
    return out;
}

LabelTable::LabelTable(const Graph& graph)
{
    for (const Parameter& parameter : graph.parameters()) {
        m_parameters.emplace_back(parameter.shape.size());
        m_isLabelled.emplace_back(parameter.shape.size(), false);
    }
}

ChannelClasses LabelTable::fresh(std::int64_t extent)
{
    ChannelClasses labels(static_cast<std::size_t>(extent));
    std::generate(labels.begin(), labels.end(), [&] { return m_sets.add(); });
    m_fixed.resize(static_cast<std::size_t>(m_sets.size()));
    return labels;
}

void LabelTable::join(const ChannelClasses& a, const ChannelClasses& b)
{
    if (a.empty() || b.empty()) {
        fix(a);
        fix(b);
        return;
    }
    for (std::size_t i = 0; i < a.size(); ++i)
        m_sets.join(a[i], b[i]);
}

ChannelClasses LabelTable::joinHeads(const ChannelClasses& features, std::size_t headWidth)
{
    const std::size_t width = features.size() / 3;
    ChannelClasses heads;
    for (std::size_t first = 0; first < width; first += headWidth) {
        for (std::size_t i = 0; i < headWidth; ++i)
            for (std::size_t part = 0; part < 3; ++part)
                m_sets.join(features[first], features[part * width + first + i]);
        heads.push_back(features[first]);
    }
    return heads;
}

void LabelTable::fix(const ChannelClasses& labels, FixedBy why)
{
    for (const int label : labels) {
        FixedBy& fixed = m_fixed[static_cast<std::size_t>(label)];
        fixed = {fixed.output || why.output, fixed.operation || why.operation};
    }
}

void LabelTable::fix(const AxisClasses& axes)
{
    for (const ChannelClasses& labels : axes)
        fix(labels);
}

void LabelTable::labelParameter(ParameterId id, std::size_t axis, const ChannelClasses& labels)
{
    const auto parameter = static_cast<std::size_t>(id);
    if (m_isLabelled[parameter][axis])
        return join(m_parameters[parameter][axis], labels);
    m_isLabelled[parameter][axis] = true;
    m_parameters[parameter][axis] = labels;
}

const ChannelClasses& LabelTable::ofParameter(ParameterId id, std::size_t axis) const
{
    return m_parameters[static_cast<std::size_t>(id)][axis];
}

/// The shortest runs of axes, one after the other, that have as many entries on both sides.
std::vector<LabelTable::Run> LabelTable::runs(const Shape& from, const Shape& to)
{
    std::vector<Run> all;
    std::size_t in = 0;
    std::size_t out = 0;
    while (in < from.size() && out < to.size()) {
        Run run{in, in + 1, out, out + 1};
        std::int64_t entriesIn = from[in];
        std::int64_t entriesOut = to[out];
        while (entriesIn != entriesOut)
            if (entriesIn < entriesOut)
                entriesIn *= from[run.endIn++];
            else
                entriesOut *= to[run.endOut++];
        in = run.endIn;
        out = run.endOut;
        all.push_back(run);
    }
    return all;
}

AxisClasses LabelTable::reshaped(const AxisClasses& axes, const Shape& from, const Shape& to)
{
    AxisClasses out(to.size());
    std::size_t end = 0;
    for (const Run& run : runs(from, to)) {
        reshapeRun(run, axes, from, to, out);
        end = run.endIn;
    }
    for (; end < axes.size(); ++end)
        fix(axes[end]);
    return out;
}

/// Where two axes of a run have labels the shorter's entries stay.
std::size_t LabelTable::longestLabelled(const Run& run, const AxisClasses& axes)
{
    std::size_t longest = run.firstIn;
    for (std::size_t axis = run.firstIn + 1; axis < run.endIn; ++axis)
        if (axes[axis].size() > axes[longest].size())
            longest = axis;
    for (std::size_t axis = run.firstIn; axis < run.endIn; ++axis)
        if (axis != longest)
            fix(axes[axis]);
    return longest;
}

/// Were the labels to vary along one axis of what `flat` is seen as.
int LabelTable::classesLeft(const ChannelClasses& flat, std::int64_t extent, std::int64_t inner)
{
    std::map<int, int> numbers;
    for (const int label : flat)
        numbers.try_emplace(m_sets.find(label), static_cast<int>(numbers.size()));
    DisjointSets sets(static_cast<int>(numbers.size()));
    std::vector<int> first(static_cast<std::size_t>(extent), -1);
    for (std::size_t i = 0; i < flat.size(); ++i) {
        int& known = first[static_cast<std::size_t>(static_cast<std::int64_t>(i) / inner % extent)];
        const int number = numbers.at(m_sets.find(flat[i]));
        if (known < 0)
            known = number;
        sets.join(known, number);
    }
    std::set<int> left;
    for (int i = 0; i < sets.size(); ++i)
        left.insert(sets.find(i));
    return static_cast<int>(left.size());
}

void LabelTable::reshapeRun(const Run& run, const AxisClasses& axes, const Shape& from, const Shape& to,
                            AxisClasses& out)
{
    const std::size_t axis = longestLabelled(run, axes);
    if (axes[axis].empty())
        return;
    if (run.endOut - run.firstOut == 1 && run.endIn - run.firstIn == 1) {
        out[run.firstOut] = axes[axis];
        return;
    }
    const ChannelClasses flat =
        flattened(axes[axis], product(from, run.firstIn, run.endIn), product(from, axis + 1, run.endIn));
    std::size_t best = run.firstOut;
    int most = 0;
    for (std::size_t candidate = run.firstOut; candidate < run.endOut; ++candidate)
        if (const int left = classesLeft(flat, to[candidate], product(to, candidate + 1, run.endOut)); left > most) {
            most = left;
            best = candidate;
        }
    ChannelClasses labels(static_cast<std::size_t>(to[best]), -1);
    const std::int64_t inner = product(to, best + 1, run.endOut);
    for (std::size_t i = 0; i < flat.size(); ++i) {
        int& label = labels[static_cast<std::size_t>(static_cast<std::int64_t>(i) / inner % to[best])];
        label = label < 0 ? flat[i] : label;
        m_sets.join(label, flat[i]);
    }
    out[best] = std::move(labels);
}

ChannelClassesOfGraph LabelTable::finish(std::vector<AxisClasses> values)
{
    ChannelClassesOfGraph classes{std::move(values), std::move(m_parameters), {}};
    std::vector<int> numbers(static_cast<std::size_t>(m_sets.size()), -1);
    const auto number = [&](std::vector<AxisClasses>& tensors) {
        for (AxisClasses& axes : tensors)
            for (ChannelClasses& labels : axes)
                for (int& label : labels) {
                    int& known = numbers[static_cast<std::size_t>(m_sets.find(label))];
                    if (known < 0) {
                        known = classes.count();
                        classes.fixed.emplace_back();
                    }
                    label = known;
                }
    };
    number(classes.values);
    number(classes.parameters);
    for (int label = 0; label < m_sets.size(); ++label)
        if (const int known = numbers[static_cast<std::size_t>(m_sets.find(label))]; known >= 0) {
            FixedBy& fixed = classes.fixed[static_cast<std::size_t>(known)];
            const FixedBy& also = m_fixed[static_cast<std::size_t>(label)];
            fixed = {fixed.output || also.output, fixed.operation || also.operation};
        }
    return classes;
}

} // namespace lathe

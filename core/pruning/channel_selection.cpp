#include "core/pruning/channel_selection.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lathe {

namespace {

using Scores = std::vector<std::vector<double>>;
using Counts = std::vector<std::int64_t>;

/// 90 x 0.7 is a little less than 63 in binary fractions.
std::int64_t roundedDown(double value)
{
    return static_cast<std::int64_t>(std::floor(value + 1e-9));
}

std::int64_t toMultiple(const ChannelGroup& group, std::int64_t kept, std::int64_t roundTo)
{
    const std::int64_t step = classStep(group, roundTo);
    if (group.size() < step)
        return group.size();
    return std::max(step, kept / step * step);
}

/// One class of one group in the ranking of all.
struct Ranked {
    std::size_t group = 0;
    double score = 0.0;
};

std::vector<Ranked> ranking(const Scores& scores)
{
    std::vector<Ranked> all;
    for (std::size_t i = 0; i < scores.size(); ++i) {
        const double mean = std::accumulate(scores[i].begin(), scores[i].end(), 0.0) /
                            static_cast<double>(std::max<std::size_t>(scores[i].size(), 1));
        for (const double score : scores[i])
            all.push_back({i, mean > 0.0 ? score / mean : 0.0});
    }
    std::stable_sort(all.begin(), all.end(), [](const Ranked& a, const Ranked& b) { return a.score < b.score; });
    return all;
}

Counts rankedTogether(const std::vector<ChannelGroup>& groups, const Scores& scores, const ChannelAmount& amount)
{
    Counts kept;
    Counts least;
    for (const ChannelGroup& group : groups) {
        kept.push_back(group.size());
        const double share = std::ceil(amount.leastShare * static_cast<double>(group.size()) - 1e-9);
        least.push_back(std::max<std::int64_t>(1, static_cast<std::int64_t>(share)));
    }
    const std::vector<Ranked> all = ranking(scores);
    const auto count = static_cast<std::int64_t>(all.size());
    std::int64_t toGo = count - roundedDown(static_cast<double>(count) * (1.0 - amount.ratio));
    for (const Ranked& next : all)
        if (toGo > 0 && kept[next.group] > least[next.group]) {
            --kept[next.group];
            --toGo;
        }
    return kept;
}

Counts eachByItself(const std::vector<ChannelGroup>& groups, const Scores& scores, const ChannelAmount& amount)
{
    Counts kept;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const std::int64_t size = groups[i].size();
        const std::int64_t left = roundedDown(static_cast<double>(size) * (1.0 - amount.ratio));
        kept.push_back(scores[i].empty() ? size : std::max<std::int64_t>(1, left));
    }
    return kept;
}

} // namespace

std::int64_t classStep(const ChannelGroup& group, std::int64_t roundTo)
{
    std::int64_t step = 1;
    for (const ChannelAxis& axis : group.axes)
        if (axis.role == ChannelRole::Weight)
            step = std::lcm(step, roundTo / std::gcd(roundTo, axis.perClass));
    return step;
}

std::vector<std::int64_t> keptCounts(const std::vector<ChannelGroup>& groups, const Scores& scores,
                                     const ChannelAmount& amount)
{
    Counts kept = amount.isGlobal ? rankedTogether(groups, scores, amount) : eachByItself(groups, scores, amount);
    for (std::size_t i = 0; i < groups.size(); ++i)
        if (kept[i] < groups[i].size())
            kept[i] = toMultiple(groups[i], kept[i], amount.roundTo);
    return kept;
}

RemovedClasses leastImportant(int classes, const std::vector<ChannelGroup>& groups, const Scores& scores,
                              const std::vector<std::int64_t>& kept)
{
    RemovedClasses removed(static_cast<std::size_t>(classes), false);
    for (std::size_t i = 0; i < groups.size(); ++i) {
        if (kept[i] == groups[i].size())
            continue;
        std::vector<std::size_t> order(groups[i].classes.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return scores[i][a] > scores[i][b]; });
        for (auto place = order.begin() + kept[i]; place != order.end(); ++place)
            removed[static_cast<std::size_t>(groups[i].classes[*place])] = true;
    }
    return removed;
}

} // namespace lathe

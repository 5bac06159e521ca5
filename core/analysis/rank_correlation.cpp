#include "core/analysis/rank_correlation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lathe {

namespace {

constexpr std::size_t kFewest = 5;
constexpr double kNormal975 = 1.959963984540054;

std::vector<double> ranksOf(const std::vector<double>& values)
{
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> ranks(values.size());
    for (std::size_t from = 0; from < order.size();) {
        std::size_t to = from;
        while (to < order.size() && values[order[to]] == values[order[from]])
            ++to;
        for (std::size_t i = from; i < to; ++i)
            ranks[order[i]] = (static_cast<double>(from) + static_cast<double>(to) + 1.0) / 2.0;
        from = to;
    }
    return ranks;
}

/// Pearson's; not a number where one side does not vary.
double correlation(const std::vector<double>& a, const std::vector<double>& b)
{
    const double count = static_cast<double>(a.size());
    const double meanA = std::accumulate(a.begin(), a.end(), 0.0) / count;
    const double meanB = std::accumulate(b.begin(), b.end(), 0.0) / count;
    double ab = 0.0, aa = 0.0, bb = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += (a[i] - meanA) * (b[i] - meanB);
        aa += (a[i] - meanA) * (a[i] - meanA);
        bb += (b[i] - meanB) * (b[i] - meanB);
    }
    return ab / std::sqrt(aa * bb);
}

} // namespace

std::optional<RankCorrelation> spearman(const std::vector<double>& a, const std::vector<double>& b)
{
    if (a.size() < kFewest)
        return std::nullopt;
    const double rho = correlation(ranksOf(a), ranksOf(b));
    if (std::isnan(rho))
        return std::nullopt;
    RankCorrelation result{.rho = std::clamp(rho, -1.0, 1.0), .pairs = static_cast<int>(a.size())};
    const double n = static_cast<double>(result.pairs);
    // One order throughout would be certain of itself; the interval is that of one with two neighbours exchanged.
    const double surest = 1.0 - 12.0 / (n * (n * n - 1.0));
    const double inside = std::clamp(result.rho, -surest, surest);
    const double halfWidth = kNormal975 * std::sqrt((1.0 + inside * inside / 2.0) / (n - 3.0));
    result.low = std::min(result.rho, std::tanh(std::atanh(inside) - halfWidth));
    result.high = std::max(result.rho, std::tanh(std::atanh(inside) + halfWidth));
    return result;
}

} // namespace lathe

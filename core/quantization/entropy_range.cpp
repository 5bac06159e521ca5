#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/quantization/observers.h"

namespace lathe {

namespace {

/// x log x, which is 0 at 0.
double entropyTerm(double x)
{
    return x > 0.0 ? x * std::log(x) : 0.0;
}

/// Sums over bins from the first on, so that any level's are differences of two.
struct Sums {
    explicit Sums(const std::vector<double>& counts)
    {
        for (const double count : counts) {
            values.push_back(values.back() + count);
            filled.push_back(filled.back() + (count > 0.0 ? 1.0 : 0.0));
            terms.push_back(terms.back() + entropyTerm(count));
        }
    }

    std::vector<double> values{0.0};
    std::vector<double> filled{0.0}; ///< bins with a value
    std::vector<double> terms{0.0};  ///< of count log count
};

std::size_t levelEnd(std::size_t level, std::size_t bins, std::size_t levels)
{
    return (level + 1) * bins / levels;
}

/// Divergence of the first `bins` bins, with all that lies beyond counted in the last of them (P), from the same bins
/// without it, merged into `levels` and spread evenly over those that hold a value (Q). None where Q lacks what P has.
///
/// sum P log(P / Q) = (sum p log p - sum_level p_level log q_level) / N - log N + log M, for counts p of P that add up
/// to N, and q = (count of the level) / (its filled bins), which add up to M.
std::optional<double> divergence(const std::vector<double>& counts, const Sums& sums, std::size_t bins,
                                 std::size_t levels)
{
    const double last = counts[bins - 1];
    const double inside = sums.values[bins];
    const double all = sums.values.back();
    const double beyond = all - inside;
    if (inside <= 0.0 || (last <= 0.0 && beyond > 0.0))
        return std::nullopt;
    double cross = 0.0;
    std::size_t begin = 0;
    for (std::size_t level = 0; level < levels; ++level) {
        const std::size_t end = levelEnd(level, bins, levels);
        const double count = sums.values[end] - sums.values[begin];
        const double filled = sums.filled[end] - sums.filled[begin];
        if (count > 0.0)
            cross += (count + (end == bins ? beyond : 0.0)) * std::log(count / filled);
        begin = end;
    }
    const double own = sums.terms[bins] - entropyTerm(last) + entropyTerm(last + beyond);
    return (own - cross) / all - std::log(all) + std::log(inside);
}

std::vector<double> countsWithoutPeak(const Histogram& magnitudes)
{
    std::vector<double> counts(magnitudes.counts.begin(), magnitudes.counts.end());
    if (counts.size() > 1)
        counts[0] = counts[1];
    return counts;
}

/// Bins inside the best threshold; the widest of equals.
std::size_t bestBins(const std::vector<double>& counts, std::size_t levels)
{
    const Sums sums(counts);
    std::size_t best = counts.size();
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t bins = levels; bins <= counts.size(); ++bins)
        if (const auto found = divergence(counts, sums, bins, levels); found && *found <= least) {
            least = *found;
            best = bins;
        }
    return best;
}

} // namespace

ValueRange entropyRange(const GrowingHistogram& histogram, const ValueRange& whole, const IntegerFormat& format)
{
    const Histogram magnitudes = histogram.magnitudes();
    const bool oneSided = !format.isSymmetric && whole.low >= 0.0F;
    const std::size_t levels = std::size_t{1} << (oneSided ? format.bits : format.bits - 1);
    const std::size_t bins = bestBins(countsWithoutPeak(magnitudes), levels);
    const auto threshold = static_cast<float>(static_cast<double>(bins) * magnitudes.binWidth());
    return {std::max(whole.low, -threshold), std::min(whole.high, threshold)};
}

} // namespace lathe

#include "core/base/proportions.h"

#include <algorithm>
#include <cmath>

#include "core/base/random_stream.h"
#include "core/base/student_t.h"

namespace lathe::stats {

double normalQuantile(double p)
{
    double low = -40.0; // beyond, erfc is 0 in double precision
    double high = 40.0;
    while (true) {
        const double middle = 0.5 * (low + high);
        if (middle <= low || middle >= high)
            return middle;
        (0.5 * std::erfc(-middle / std::sqrt(2.0)) < p ? low : high) = middle;
    }
}

Interval wilsonInterval(std::int64_t successes, std::int64_t trials, double confidence)
{
    if (trials <= 0)
        return {0.0, 1.0};
    const auto n = static_cast<double>(trials);
    const double share = static_cast<double>(successes) / n;
    const double z = normalQuantile(0.5 + confidence / 2.0);
    const double centre = share + z * z / (2.0 * n);
    const double reach = z * std::sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n));
    const double scale = 1.0 + z * z / n;
    return {std::max(0.0, (centre - reach) / scale), std::min(1.0, (centre + reach) / scale)};
}

double PairedCounts::difference() const
{
    return samples() == 0 ? 0.0 : static_cast<double>(onlySecond - onlyFirst) / static_cast<double>(samples());
}

PairedCounts countPairs(const std::vector<std::int64_t>& first, const std::vector<std::int64_t>& second,
                        const std::vector<std::int64_t>& truth)
{
    PairedCounts counts;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        const bool a = first[i] == truth[i];
        const bool b = second[i] == truth[i];
        ++(a ? (b ? counts.bothRight : counts.onlyFirst) : (b ? counts.onlySecond : counts.bothWrong));
    }
    return counts;
}

double mcNemarExact(const PairedCounts& counts)
{
    const std::int64_t fewer = std::min(counts.onlyFirst, counts.onlySecond);
    const std::int64_t discordant = counts.onlyFirst + counts.onlySecond;
    if (2 * fewer == discordant)
        return 1.0;
    // P(Binomial(n, 1/2) <= k) = I_(1/2)(n - k, k + 1)
    const double tail = incompleteBeta(static_cast<double>(discordant - fewer), static_cast<double>(fewer) + 1.0, 0.5);
    return std::min(1.0, 2.0 * tail);
}

Interval bootstrapDifference(const PairedCounts& counts, std::uint64_t seed, double confidence, int resamples)
{
    const std::int64_t samples = counts.samples();
    if (samples == 0)
        return {};
    RandomStream random(seed);
    const auto first = static_cast<std::uint64_t>(counts.onlyFirst);
    const auto either = first + static_cast<std::uint64_t>(counts.onlySecond);
    std::vector<double> differences;
    for (int i = 0; i < resamples; ++i) {
        std::int64_t sum = 0;
        for (std::int64_t drawn = 0; drawn < samples; ++drawn) {
            const std::uint64_t sample = random.below(static_cast<std::uint64_t>(samples));
            sum += sample < first ? -1 : sample < either ? 1 : 0;
        }
        differences.push_back(static_cast<double>(sum) / static_cast<double>(samples));
    }
    const double tail = 50.0 * (1.0 - confidence);
    return {percentile(differences, tail), percentile(differences, 100.0 - tail)};
}

} // namespace lathe::stats

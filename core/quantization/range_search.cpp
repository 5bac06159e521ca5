#include <algorithm>
#include <cmath>

#include "core/base/statistics.h"
#include "core/quantization/observers.h"

namespace lathe {

namespace {

constexpr int kSteps = 100;    // from the whole range to a hundredth
constexpr int kFineSteps = 10; // of a step, to either side of the best

/// Where the counts from the low end reach a share of all.
double quantileOf(const Histogram& histogram, double share)
{
    const double wanted = share * static_cast<double>(histogram.total());
    double before = 0.0;
    for (std::size_t bin = 0; bin < histogram.counts.size(); ++bin) {
        const auto here = static_cast<double>(histogram.counts[bin]);
        if (before + here >= wanted && here > 0.0)
            return histogram.low + (static_cast<double>(bin) + (wanted - before) / here) * histogram.binWidth();
        before += here;
    }
    return histogram.high;
}

/// Per cent cut at each end.
double cutOf(double percentile)
{
    return (100.0 - percentile) / 2.0;
}

ValueRange symmetricRange(double reach)
{
    return {static_cast<float>(-reach), static_cast<float>(reach)};
}

/// A range as shares of the whole one's ends.
struct Shares {
    double low = 1.0;
    double high = 1.0;
};

class Search {
public:
    Search(const WeightedValues& values, const ValueRange& whole, const IntegerFormat& format)
        : m_values(values), m_whole(whole), m_format(format), m_least(errorOf({}))
    {
    }

    /// Both ends together.
    void shrinkTogether(double step, int steps)
    {
        const Shares from = m_best;
        for (int i = -steps; i <= steps; ++i)
            offer({from.low + i * step, from.high + i * step});
    }

    /// One end after the other, as long as that helps.
    void shrinkApart(double step, int steps)
    {
        double before = 0.0;
        do {
            before = m_least;
            const Shares from = m_best;
            for (int i = -steps; i <= steps; ++i)
                offer({from.low, from.high + i * step});
            const Shares then = m_best;
            for (int i = -steps; i <= steps; ++i)
                offer({then.low + i * step, then.high});
        } while (m_least < before);
    }

    ValueRange best() const { return rangeOf(m_best); }

private:
    ValueRange rangeOf(const Shares& shares) const
    {
        return {static_cast<float>(std::min(m_whole.low, 0.0F) * shares.low),
                static_cast<float>(std::max(m_whole.high, 0.0F) * shares.high)};
    }
    double errorOf(const Shares& shares) const
    {
        return meanSquaredError(m_values, parametersFor(rangeOf(shares), m_format));
    }
    void offer(const Shares& shares)
    {
        if (std::min(shares.low, shares.high) < 0.5 / kSteps || std::max(shares.low, shares.high) > 1.0)
            return;
        const double error = errorOf(shares);
        if (error < m_least) {
            m_least = error;
            m_best = shares;
        }
    }

    const WeightedValues& m_values;
    ValueRange m_whole;
    IntegerFormat m_format;
    Shares m_best;
    double m_least;
};

} // namespace

ValueRange percentileRange(std::vector<float> values, double percentile, const IntegerFormat& format)
{
    if (format.isSymmetric) {
        std::vector<double> magnitudes;
        for (const float value : values)
            magnitudes.push_back(std::abs(static_cast<double>(value)));
        return symmetricRange(stats::percentile(std::move(magnitudes), percentile));
    }
    const std::vector<double> all(values.begin(), values.end());
    return {static_cast<float>(stats::percentile(all, cutOf(percentile))),
            static_cast<float>(stats::percentile(all, 100.0 - cutOf(percentile)))};
}

ValueRange percentileRange(const GrowingHistogram& histogram, double percentile, const IntegerFormat& format)
{
    if (format.isSymmetric)
        return symmetricRange(quantileOf(histogram.magnitudes(), percentile / 100.0));
    const Histogram counts = histogram.counts();
    return {static_cast<float>(quantileOf(counts, cutOf(percentile) / 100.0)),
            static_cast<float>(quantileOf(counts, 1.0 - cutOf(percentile) / 100.0))};
}

WeightedValues weighted(const std::vector<float>& values)
{
    return {values, std::vector<double>(values.size(), 1.0)};
}

WeightedValues weighted(const GrowingHistogram& histogram)
{
    const Histogram counts = histogram.counts();
    WeightedValues values;
    for (std::size_t bin = 0; bin < counts.counts.size(); ++bin)
        if (counts.counts[bin] > 0) {
            values.values.push_back(static_cast<float>(counts.centre(bin)));
            values.weights.push_back(static_cast<double>(counts.counts[bin]));
        }
    return values;
}

double meanSquaredError(const WeightedValues& values, const QuantizationParameters& parameters)
{
    std::vector<float> rounded(values.values.size());
    fakeQuantize(values.values, parameters, rounded);
    double sum = 0.0, weight = 0.0;
    for (std::size_t i = 0; i < rounded.size(); ++i) {
        const double error = static_cast<double>(rounded[i]) - static_cast<double>(values.values[i]);
        sum += values.weights[i] * error * error;
        weight += values.weights[i];
    }
    return weight > 0.0 ? sum / weight : 0.0;
}

ValueRange leastSquaresRange(const WeightedValues& values, const ValueRange& whole, const IntegerFormat& format)
{
    constexpr double kStep = 1.0 / kSteps;
    Search search(values, whole, format);
    search.shrinkTogether(kStep, kSteps);
    const bool twoEnds = !format.isSymmetric && whole.low < 0.0F && whole.high > 0.0F;
    if (twoEnds) {
        search.shrinkApart(kStep, kSteps);
        search.shrinkApart(kStep / kFineSteps, kFineSteps);
    } else {
        search.shrinkTogether(kStep / kFineSteps, kFineSteps);
    }
    return search.best();
}

} // namespace lathe

#include "core/quantization/histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lathe {

namespace {

constexpr int kLeastExponent = -160; // below the smallest float

/// Bins of 2^exponent that magnitudes from 0 to `reach` fall into.
double binsFor(double reach, int exponent)
{
    return std::floor(std::ldexp(reach, -exponent)) + 1.0;
}

void pairUp(std::vector<std::int64_t>& counts)
{
    for (std::size_t i = 0; i < counts.size(); i += 2)
        counts[i / 2] = counts[i] + (i + 1 < counts.size() ? counts[i + 1] : 0);
    counts.resize((counts.size() + 1) / 2);
}

void countAt(std::vector<std::int64_t>& counts, double place)
{
    const auto bin = static_cast<std::size_t>(place);
    if (bin >= counts.size())
        counts.resize(bin + 1, 0);
    ++counts[bin];
}

} // namespace

std::int64_t Histogram::total() const
{
    return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

void Histogram::add(double value)
{
    const double place = (value - low) / binWidth();
    const double last = static_cast<double>(counts.size() - 1);
    ++counts[static_cast<std::size_t>(std::clamp(place, 0.0, last))];
}

Histogram makeHistogram(double low, double high, int bins)
{
    if (!(high > low)) {
        const double room = low == 0.0 ? 1.0 : std::abs(low) * 0.5;
        low -= room;
        high += room;
    }
    return {low, high, std::vector<std::int64_t>(static_cast<std::size_t>(bins), 0)};
}

double GrowingHistogram::binWidth() const
{
    return std::ldexp(1.0, m_exponent);
}

void GrowingHistogram::widen()
{
    ++m_exponent;
    pairUp(m_above);
    pairUp(m_below);
}

void GrowingHistogram::makeRoom(double low, double high)
{
    if (m_count == 0)
        m_exponent = kLeastExponent;
    m_least = std::min(m_least, low);
    m_most = std::max(m_most, high);
    while (binsFor(m_most, m_exponent) + binsFor(-m_least, m_exponent) > static_cast<double>(kMostBins))
        widen();
}

void GrowingHistogram::add(std::span<const float> values)
{
    if (values.empty())
        return;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    makeRoom(static_cast<double>(*low), static_cast<double>(*high));
    m_count += std::ssize(values);
    const double perUnit = std::ldexp(1.0, -m_exponent);
    for (const float value : values) {
        const double place = static_cast<double>(value) * perUnit;
        if (place >= 0.0)
            countAt(m_above, place);
        else
            countAt(m_below, std::ceil(-place) - 1.0);
    }
}

Histogram GrowingHistogram::counts() const
{
    Histogram all;
    all.low = -static_cast<double>(m_below.size()) * binWidth();
    all.high = static_cast<double>(m_above.size()) * binWidth();
    all.counts.assign(m_below.rbegin(), m_below.rend());
    all.counts.insert(all.counts.end(), m_above.begin(), m_above.end());
    return all;
}

Histogram GrowingHistogram::magnitudes() const
{
    Histogram all{0.0, 0.0, m_above};
    all.counts.resize(std::max(m_above.size(), m_below.size()), 0);
    for (std::size_t i = 0; i < m_below.size(); ++i)
        all.counts[i] += m_below[i];
    all.high = static_cast<double>(all.counts.size()) * binWidth();
    return all;
}

} // namespace lathe

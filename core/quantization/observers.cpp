#include "core/quantization/observers.h"

#include <algorithm>

#include <fmt/format.h>

namespace lathe {

namespace {

constexpr std::size_t kFew = 4096;

ValueRange endsOf(std::span<const float> values)
{
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return {*low, *high};
}

float towards(float average, float next, double constant)
{
    return static_cast<float>(average + constant * (static_cast<double>(next) - average));
}

} // namespace

std::string_view name(ObserverKind kind)
{
    switch (kind) {
    case ObserverKind::MovingAverage:
        return "moving-average";
    case ObserverKind::Percentile:
        return "percentile";
    case ObserverKind::MeanSquaredError:
        return "mse";
    case ObserverKind::Entropy:
        return "entropy";
    case ObserverKind::MinMax:
        break;
    }
    return "minmax";
}

const std::vector<ObserverKind>& allObservers()
{
    static const std::vector<ObserverKind> all{ObserverKind::MinMax, ObserverKind::MovingAverage,
                                               ObserverKind::Percentile, ObserverKind::MeanSquaredError,
                                               ObserverKind::Entropy};
    return all;
}

Result<ObserverKind> observerFromName(std::string_view text)
{
    for (const ObserverKind kind : allObservers())
        if (name(kind) == text)
            return kind;
    return fail(
        ErrorCode::InvalidArgument,
        fmt::format("There is no observer \"{}\"; choose minmax, moving-average, percentile, mse or entropy.", text));
}

Observer::Observer(const ObserverOptions& options, const IntegerFormat& format) : m_options(options), m_format(format)
{
}

bool Observer::needsDistribution() const
{
    return m_options.kind != ObserverKind::MinMax && m_options.kind != ObserverKind::MovingAverage;
}

void Observer::observe(std::span<const float> values)
{
    if (values.empty() || !m_sound)
        return;
    m_sound = checkFinite(values);
    if (!m_sound)
        return;
    followEnds(values);
    if (needsDistribution())
        keep(values);
}

void Observer::followEnds(std::span<const float> values)
{
    const ValueRange batch = endsOf(values);
    if (!m_ends)
        m_ends = batch;
    else if (m_options.kind == ObserverKind::MovingAverage)
        m_ends = ValueRange{towards(m_ends->low, batch.low, m_options.averagingConstant),
                            towards(m_ends->high, batch.high, m_options.averagingConstant)};
    else
        m_ends = ValueRange{std::min(m_ends->low, batch.low), std::max(m_ends->high, batch.high)};
}

void Observer::keep(std::span<const float> values)
{
    const bool inBins = m_options.kind == ObserverKind::Entropy || !m_histogram.isEmpty();
    if (!inBins && m_few.size() + values.size() <= kFew) {
        m_few.insert(m_few.end(), values.begin(), values.end());
        return;
    }
    m_histogram.add(m_few);
    m_few.clear();
    m_histogram.add(values);
}

Result<ValueRange> Observer::range() const
{
    if (!m_sound)
        return tl::unexpected(m_sound.error());
    if (!m_ends)
        return fail(ErrorCode::InvalidArgument, "There are no values to find a range of.");
    const bool few = m_histogram.isEmpty();
    switch (m_options.kind) {
    case ObserverKind::Percentile:
        return few ? percentileRange(m_few, m_options.percentile, m_format)
                   : percentileRange(m_histogram, m_options.percentile, m_format);
    case ObserverKind::MeanSquaredError:
        return leastSquaresRange(few ? weighted(m_few) : weighted(m_histogram), *m_ends, m_format);
    case ObserverKind::Entropy:
        return entropyRange(m_histogram, *m_ends, m_format);
    case ObserverKind::MinMax:
    case ObserverKind::MovingAverage:
        break;
    }
    return *m_ends;
}

} // namespace lathe

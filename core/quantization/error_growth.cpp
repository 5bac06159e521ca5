#include "core/quantization/error_growth.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

#include <fmt/format.h>

#include "core/quantization/distributions.h"

namespace lathe {

namespace {

constexpr std::int64_t kMostLength = 65536;
constexpr std::int64_t kMostVectors = 1000000;
constexpr std::int64_t kRun = 16;
constexpr int kBins = 80;
constexpr double kNormal95 = 1.959964; // two-sided
constexpr double kNormal999 = 3.290527;
constexpr double kKolmogorov95 = 1.358; // of the distance times sqrt(vectors)
constexpr double kWithin = 0.05;
constexpr double kMeanWithin = 0.1;
constexpr std::array kOrders = {VectorOrder::Independent, VectorOrder::InOrder, VectorOrder::Runs,
                                VectorOrder::Constant};

Result<void> check(std::span<const float> x, const ErrorGrowthOptions& options)
{
    if (x.empty())
        return fail(ErrorCode::InvalidArgument, "There are no values to make vectors of.");
    if (options.length < 1 || options.length > kMostLength)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("A vector has from 1 to {} values, not {}.", kMostLength, options.length));
    if (options.vectors < 100 || options.vectors > kMostVectors)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("Draw from 100 to {} vectors, not {}.", kMostVectors, options.vectors));
    if (options.order == VectorOrder::InOrder && std::ssize(x) < options.length)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("There are {} values in order, too few for vectors of {}; take a smaller n.", x.size(),
                                options.length));
    return {};
}

std::vector<std::int64_t> lengthsUpTo(std::int64_t longest)
{
    std::vector<std::int64_t> lengths;
    for (std::int64_t n = 1; n < longest; n *= 2)
        lengths.push_back(n);
    lengths.push_back(longest);
    return lengths;
}

/// Places of one vector's values, one after the other.
class Places {
public:
    Places(Sampler& sampler, std::int64_t values, VectorOrder order, std::int64_t length)
        : m_sampler(sampler), m_values(values), m_order(order), m_at(first(length))
    {
    }

    std::int64_t next(std::int64_t i)
    {
        if (i == 0)
            return m_at;
        if (m_order == VectorOrder::InOrder)
            return ++m_at;
        if (m_order == VectorOrder::Independent || (m_order == VectorOrder::Runs && i % kRun == 0))
            m_at = any(m_values);
        return m_at;
    }

private:
    std::int64_t any(std::int64_t bound)
    {
        return static_cast<std::int64_t>(m_sampler.below(static_cast<std::uint64_t>(bound)));
    }
    std::int64_t first(std::int64_t length)
    {
        return any(m_order == VectorOrder::InOrder ? m_values - length + 1 : m_values);
    }

    Sampler& m_sampler;
    std::int64_t m_values;
    VectorOrder m_order;
    std::int64_t m_at;
};

/// Sums by length, and what single values did.
class Draws {
public:
    Draws(std::span<const float> x, const QuantizationGrids& grids, const ErrorGrowthOptions& options)
        : m_x(x), m_grids(grids), m_options(options), m_lengths(lengthsUpTo(options.length)),
          m_sums(m_lengths.size(), std::vector<double>(static_cast<std::size_t>(options.vectors))),
          m_sampler(options.seed), m_factors(options.seed + 1)
    {
    }

    void drawVector(std::size_t vector)
    {
        Places places(m_sampler, std::ssize(m_x), m_options.order, m_options.length);
        double sum = 0.0;
        std::size_t reached = 0;
        for (std::int64_t i = 0; i < m_options.length; ++i) {
            sum += (m_options.weighted ? m_factors.normal() : 1.0) * errorAt(places.next(i));
            if (i + 1 == m_lengths[reached])
                m_sums[reached++][vector] = sum;
        }
    }

    const std::vector<std::int64_t>& lengths() const { return m_lengths; }
    const std::vector<double>& sums(std::size_t length) const { return m_sums[length]; }
    double singleMeanSquare() const { return m_squares / drawn(); }
    double clippedShare() const { return static_cast<double>(m_clipped) / drawn(); }

private:
    double drawn() const { return static_cast<double>(m_options.vectors) * static_cast<double>(m_options.length); }
    double errorAt(std::int64_t place)
    {
        const float value = m_x[static_cast<std::size_t>(place)];
        const QuantizationParameters& grid = m_grids.of(place);
        const double error = static_cast<double>(dequantize(quantize(value, grid), grid)) - static_cast<double>(value);
        m_squares += error * error;
        m_clipped += isClipped(value, grid) ? 1 : 0;
        return error;
    }

    std::span<const float> m_x;
    const QuantizationGrids& m_grids;
    ErrorGrowthOptions m_options;
    std::vector<std::int64_t> m_lengths;
    std::vector<std::vector<double>> m_sums;
    Sampler m_sampler;
    Sampler m_factors;
    double m_squares = 0.0;
    std::int64_t m_clipped = 0;
};

/// Mean over the values of a power of their steps.
double meanStep(const QuantizationGrids& grids, double power)
{
    double sum = 0.0;
    for (std::int64_t part = 0; part < grids.partition.parts(); ++part)
        sum += static_cast<double>(grids.partition.sizeOf(part)) *
               std::pow(static_cast<double>(grids.parameters[static_cast<std::size_t>(part)].scale), power);
    return sum / static_cast<double>(grids.partition.elements());
}

double meanOf(const std::vector<double>& values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double centralMoment(const std::vector<double>& values, double mean, int power)
{
    double sum = 0.0;
    for (const double value : values)
        sum += std::pow(value - mean, power);
    return sum / static_cast<double>(values.size());
}

ErrorGrowthPoint pointOf(std::int64_t length, const std::vector<double>& sums)
{
    ErrorGrowthPoint point;
    point.length = length;
    point.mean = meanOf(sums);
    const double variance = centralMoment(sums, point.mean, 2);
    point.deviation = std::sqrt(variance);
    point.rootMeanSquare = std::sqrt(variance + point.mean * point.mean);
    return point;
}

void predict(ErrorGrowthPoint& point, double meanSquaredStep, double step, bool weighted)
{
    const auto n = static_cast<double>(point.length);
    point.predicted = std::sqrt(n * meanSquaredStep / 12.0);
    const double meanMagnitude = weighted ? std::sqrt(2.0 / std::numbers::pi) : 1.0; // of a factor
    point.naive = n * meanMagnitude * step / 2.0;
}

double normalCdf(double x, double deviation)
{
    return 0.5 * std::erfc(-x / (deviation * std::numbers::sqrt2));
}

double distanceFromNormal(std::vector<double> sums, double mean, double deviation)
{
    std::sort(sums.begin(), sums.end());
    const auto count = static_cast<double>(sums.size());
    double farthest = 0.0;
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const double expected = normalCdf(sums[i] - mean, deviation);
        farthest = std::max({farthest, std::abs(static_cast<double>(i) / count - expected),
                             std::abs(static_cast<double>(i + 1) / count - expected)});
    }
    return farthest;
}

Histogram histogramOf(const std::vector<double>& sums, double predicted)
{
    double reach = 4.0 * predicted;
    for (const double sum : sums)
        reach = std::max(reach, std::abs(sum));
    Histogram histogram = makeHistogram(-reach, reach, kBins);
    for (const double sum : sums)
        histogram.add(sum);
    return histogram;
}

/// Slope of log(rms) over log(n), by least squares; 0 of a single length.
double exponentOf(const std::vector<ErrorGrowthPoint>& points)
{
    double n = 0.0, sx = 0.0, sy = 0.0, sxx = 0.0, sxy = 0.0;
    for (const ErrorGrowthPoint& point : points) {
        if (point.rootMeanSquare <= 0.0)
            continue;
        const double x = std::log(static_cast<double>(point.length)), y = std::log(point.rootMeanSquare);
        n += 1.0;
        sx += x;
        sy += y;
        sxx += x * x;
        sxy += x * y;
    }
    const double spread = n * sxx - sx * sx;
    return spread > 0.0 ? (n * sxy - sx * sy) / spread : 0.0;
}

/// The interval of a standard deviation from the variance of a variance, (kurtosis - 1) / vectors.
void describeShape(ErrorGrowth& growth, const std::vector<double>& sums)
{
    const ErrorGrowthPoint& last = growth.longest();
    const double variance = last.deviation * last.deviation;
    const double kurtosis = variance > 0.0 ? centralMoment(sums, last.mean, 4) / (variance * variance) : 3.0;
    const double relative = 0.5 * std::sqrt(std::max(kurtosis - 1.0, 0.0) / static_cast<double>(sums.size()));
    growth.ratio = last.deviation / last.predicted;
    growth.ratioInterval = {growth.ratio * (1.0 - kNormal95 * relative), growth.ratio * (1.0 + kNormal95 * relative)};
    growth.excessKurtosis = kurtosis - 3.0;
    growth.distance = distanceFromNormal(sums, last.mean, last.predicted);
    growth.distanceByChance = kKolmogorov95 / std::sqrt(static_cast<double>(sums.size()));
    growth.sums = histogramOf(sums, last.predicted);
}

/// Of the finite number of vectors, and of the values that they are made of: a mean error of these counts n times.
double meanByChance(const ErrorGrowth& growth, double singleMeanSquare, std::int64_t values)
{
    const ErrorGrowthPoint& last = growth.longest();
    const double ofVectors = last.deviation / std::sqrt(static_cast<double>(growth.options.vectors));
    const double ofValues = growth.options.weighted ? 0.0
                                                    : static_cast<double>(last.length) *
                                                          std::sqrt(singleMeanSquare / static_cast<double>(values));
    return kNormal999 * std::hypot(ofVectors, ofValues);
}

ErrorGrowth summaryOf(const Draws& draws, const QuantizationGrids& grids, const ErrorGrowthOptions& options)
{
    ErrorGrowth growth;
    growth.options = options;
    growth.meanSquaredStep = meanStep(grids, 2.0);
    const double step = meanStep(grids, 1.0);
    for (std::size_t i = 0; i < draws.lengths().size(); ++i) {
        growth.points.push_back(pointOf(draws.lengths()[i], draws.sums(i)));
        predict(growth.points.back(), growth.meanSquaredStep, step, options.weighted);
    }
    growth.singleRatio = std::sqrt(12.0 * draws.singleMeanSquare() / growth.meanSquaredStep);
    growth.clippedShare = draws.clippedShare();
    growth.meanByChance = meanByChance(growth, draws.singleMeanSquare(), grids.partition.elements());
    growth.exponent = exponentOf(growth.points);
    describeShape(growth, draws.sums(draws.lengths().size() - 1));
    return growth;
}

} // namespace

std::string_view name(VectorOrder order)
{
    switch (order) {
    case VectorOrder::InOrder:
        return "in-order";
    case VectorOrder::Runs:
        return "runs";
    case VectorOrder::Constant:
        return "constant";
    case VectorOrder::Independent:
        break;
    }
    return "independent";
}

const std::vector<VectorOrder>& allVectorOrders()
{
    static const std::vector<VectorOrder> all(kOrders.begin(), kOrders.end());
    return all;
}

Result<VectorOrder> vectorOrderFromName(std::string_view text)
{
    for (const VectorOrder order : kOrders)
        if (name(order) == text)
            return order;
    return fail(ErrorCode::InvalidArgument,
                fmt::format("There is no order \"{}\"; choose independent, in-order, runs or constant.", text));
}

bool ErrorGrowth::holds() const
{
    return ratioInterval.low <= 1.0 + kWithin && ratioInterval.high >= 1.0 - kWithin && !isBiased();
}

bool ErrorGrowth::isBiased() const
{
    return std::abs(longest().mean) > std::max(kMeanWithin * longest().predicted, meanByChance);
}

Result<ErrorGrowth> errorGrowth(std::span<const float> x, const QuantizationGrids& grids,
                                const ErrorGrowthOptions& options, const std::stop_token& stop)
{
    if (const auto sound = check(x, options); !sound)
        return tl::unexpected(sound.error());
    Draws draws(x, grids, options);
    for (std::int64_t i = 0; i < options.vectors; ++i) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "The drawing was stopped.");
        draws.drawVector(static_cast<std::size_t>(i));
    }
    return summaryOf(draws, grids, options);
}

double predictedDensity(const ErrorGrowth& growth, double sum)
{
    const double deviation = growth.longest().predicted;
    return std::exp(-0.5 * sum * sum / (deviation * deviation)) / (deviation * std::sqrt(2.0 * std::numbers::pi));
}

} // namespace lathe

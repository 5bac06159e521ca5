#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/statistics.h"
#include "core/quantization/histogram.h"
#include "core/quantization/quantized_tensor.h"

/// Why the errors of a dot product do not add up. A rounding error lies anywhere within half a step, s/2, as likely
/// above as below: uniform, of variance s^2/12 (Widrow and Kollár, "Quantization noise", 2008). The central limit
/// theorem then says that a sum of n independent ones is normal, with a standard deviation of s sqrt(n/12), where the
/// worst case is n s/2. Here it is drawn and compared, and it fails where errors are not independent, not uniform, or
/// not within half a step.
namespace lathe {

/// How the n values of one vector are taken. `name`: "independent", "in-order", "runs", "constant".
enum class VectorOrder {
    Independent, ///< any of the values, each anew
    InOrder,     ///< neighbours, as they stand in the tensor, from a place drawn at random
    Runs,        ///< each of them 16 times in a row, as in an even patch of a picture
    Constant     ///< one of them n times: all errors are the same
};
std::string_view name(VectorOrder order);
Result<VectorOrder> vectorOrderFromName(std::string_view name);
const std::vector<VectorOrder>& allVectorOrders();

struct ErrorGrowthOptions {
    std::int64_t length = 1024; ///< n, of the longest vectors: 1 to 65,536
    std::int64_t vectors = 4000;
    VectorOrder order = VectorOrder::Independent;
    bool weighted = false; ///< sum of w e, for a dot product of x̂ with normal weights w of variance 1, and not of e
    std::uint64_t seed = 1;
};

/// Sums over vectors of one length.
struct ErrorGrowthPoint {
    std::int64_t length = 0;
    double mean = 0.0;      ///< of the sums
    double deviation = 0.0; ///< standard deviation about the mean
    double rootMeanSquare = 0.0;
    double predicted = 0.0; ///< standard deviation, with a mean of 0
    double naive = 0.0;     ///< if all errors were half a step and had one sign
};

struct ErrorGrowth {
    ErrorGrowthOptions options;
    std::vector<ErrorGrowthPoint> points; ///< lengths 1, 2, 4, ... and the longest
    Histogram sums;                       ///< of the longest
    double ratio = 0.0;                   ///< measured by predicted standard deviation, at the longest
    stats::Interval ratioInterval;        ///< at 95 %, by the sums' own fourth moment
    double excessKurtosis = 0.0;          ///< of the sums; 0 for a normal distribution
    double distance = 0.0;         ///< Kolmogorov and Smirnov's, from the predicted normal one, of sums less mean
    double distanceByChance = 0.0; ///< what the distance stays below 95 times in 100 if the prediction is true
    double exponent = 0.0;         ///< of the root mean square over n: 0.5 as predicted, 1 where errors add up
    double singleRatio = 0.0;      ///< root mean square of single errors by s / sqrt(12)
    double clippedShare = 0.0;     ///< of the values drawn
    double meanByChance = 0.0;     ///< how far from 0 the mean of the longest sums stays 999 times in 1000
    double meanSquaredStep = 0.0;  ///< mean of s^2 over the values

    const ErrorGrowthPoint& longest() const { return points.back(); }
    /// The standard deviation is within 5 % of the prediction, as far as the draws can tell, and sums have no bias.
    bool holds() const;
    /// The mean is more than a tenth of the predicted standard deviation, and more than chance makes it.
    bool isBiased() const;
};

/// The vectors are made of `x`, quantized with its grids. InvalidArgument for lengths and numbers that cannot be,
/// Cancelled when stopped.
Result<ErrorGrowth> errorGrowth(std::span<const float> x, const QuantizationGrids& grids,
                                const ErrorGrowthOptions& options, const std::stop_token& stop = {});

/// Whether the prediction holds, with its numbers, and if not, why.
std::vector<std::string> errorGrowthSentences(const ErrorGrowth& growth);

/// Density of the predicted normal distribution.
double predictedDensity(const ErrorGrowth& growth, double sum);

} // namespace lathe

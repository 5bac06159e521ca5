#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/quantization/affine.h"
#include "core/quantization/histogram.h"

/// Ranges out of data: what a quantizer is to cover, and what it may clip.
namespace lathe {

/// `name`: "minmax", "moving-average", "percentile", "mse", "entropy".
enum class ObserverKind {
    MinMax,           ///< all values
    MovingAverage,    ///< the batches' least and largest values, averaged as PyTorch's MovingAverageMinMaxObserver does
    Percentile,       ///< a share of the values; the rest is clipped
    MeanSquaredError, ///< the range whose quantization error has the least mean square
    Entropy           ///< the range whose quantized distribution is nearest: Migacz, "8-bit inference with TensorRT",
                      ///< GTC 2017
};
std::string_view name(ObserverKind kind);
Result<ObserverKind> observerFromName(std::string_view name);
const std::vector<ObserverKind>& allObservers();

struct ObserverOptions {
    ObserverKind kind = ObserverKind::MinMax;
    double percentile = 99.99;       ///< of Percentile, above 50: per cent of the values that stay inside
    double averagingConstant = 0.01; ///< of MovingAverage: weight of a new batch
};

/// Sees values batch by batch and keeps what its kind needs of them: ends, up to 4,096 values, or a histogram.
class Observer {
public:
    /// `format`: MeanSquaredError and Entropy search for those integers, Percentile cuts alike at both ends of a
    /// symmetric one.
    Observer(const ObserverOptions& options, const IntegerFormat& format);

    void observe(std::span<const float> values);

    /// InvalidArgument: it saw no values, or one that is infinite or not a number.
    Result<ValueRange> range() const;

private:
    bool needsDistribution() const;
    void followEnds(std::span<const float> values);
    void keep(std::span<const float> values);

    ObserverOptions m_options;
    IntegerFormat m_format;
    std::optional<ValueRange> m_ends; ///< or their moving average
    Result<void> m_sound;
    std::vector<float> m_few;     ///< all values, while they are few
    GrowingHistogram m_histogram; ///< all values, once they are many; of Entropy always
};

/// `percentile` per cent of the values lie inside: as many are cut at both ends, or, of a symmetric format, those of
/// the largest magnitude. Between neighbouring values, or inside a bin, by linear interpolation.
ValueRange percentileRange(std::vector<float> values, double percentile, const IntegerFormat& format);
ValueRange percentileRange(const GrowingHistogram& histogram, double percentile, const IntegerFormat& format);

/// Values with how often each occurs.
struct WeightedValues {
    std::vector<float> values;
    std::vector<double> weights;
};
WeightedValues weighted(const std::vector<float>& values);
WeightedValues weighted(const GrowingHistogram& histogram); ///< the centres of its bins

/// Mean of (x̂ - x)^2.
double meanSquaredError(const WeightedValues& values, const QuantizationParameters& parameters);

/// Of ranges inside [low, high], the one whose grid has the least mean squared error: in a hundred steps from the whole
/// to a hundredth, both ends together, then (of an affine format) each by itself until neither moves, then in finer
/// steps.
ValueRange leastSquaresRange(const WeightedValues& values, const ValueRange& whole, const IntegerFormat& format);

/// The threshold on magnitudes at which the distribution, clipped there, is nearest (Kullback and Leibler's divergence)
/// to itself in as many steps as the format has magnitudes: 2^(bits-1), or 2^bits where an affine format sees no value
/// below zero. The bin at zero counts as its neighbour, or ReLU's zeros would decide alone. The range is the threshold
/// to both sides, and no farther than the values go.
ValueRange entropyRange(const GrowingHistogram& histogram, const ValueRange& whole, const IntegerFormat& format);

} // namespace lathe

#pragma once

#include <cstdint>
#include <span>

#include "core/quantization/affine.h"
#include "core/quantization/granularity.h"
#include "core/quantization/histogram.h"

namespace lathe {

/// What quantization did to values. An error is x̂ - x. One of half a step at most is rounding; a value whose own
/// integer lies beyond the last one is clipped, and its whole error counts as clipping.
struct QuantizationError {
    std::int64_t count = 0;
    std::int64_t clipped = 0;
    double signalSquares = 0.0;   ///< sum of x^2
    double roundingSquares = 0.0; ///< sums of squared errors
    double clippingSquares = 0.0;
    double sum = 0.0;     ///< of the errors
    double largest = 0.0; ///< magnitude

    double meanSquared() const; ///< of all errors; rounding and clipping add up to it
    double roundingMeanSquared() const;
    double clippingMeanSquared() const;
    double mean() const;         ///< bias
    double clippedShare() const; ///< 0 to 1
    /// Signal to quantization noise ratio: 10 log10 (sum of x^2 / sum of squared errors); infinite without error.
    double sqnrDb() const;

    void add(const QuantizationError& other);
};

/// Its own integer lies beyond the last one.
bool isClipped(float x, const QuantizationParameters& parameters);

QuantizationError quantizationError(std::span<const float> x, const QuantizationParameters& parameters);

/// Counts the errors.
void addErrors(Histogram& histogram, std::span<const float> x, const QuantizationParameters& parameters);

/// Integers packed at their bits, and for each part a float32 scale and, of an affine format, a zero point in a byte.
std::int64_t quantizedBytes(std::int64_t values, std::int64_t parts, const IntegerFormat& format);

} // namespace lathe

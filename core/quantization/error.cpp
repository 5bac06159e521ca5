#include "core/quantization/error.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lathe {

namespace {

double perValue(double sum, std::int64_t count)
{
    return count > 0 ? sum / static_cast<double>(count) : 0.0;
}

double errorOf(float x, const QuantizationParameters& parameters)
{
    return static_cast<double>(dequantize(quantize(x, parameters), parameters)) - static_cast<double>(x);
}

} // namespace

double QuantizationError::meanSquared() const
{
    return perValue(roundingSquares + clippingSquares, count);
}

double QuantizationError::roundingMeanSquared() const
{
    return perValue(roundingSquares, count);
}

double QuantizationError::clippingMeanSquared() const
{
    return perValue(clippingSquares, count);
}

double QuantizationError::mean() const
{
    return perValue(sum, count);
}

double QuantizationError::clippedShare() const
{
    return perValue(static_cast<double>(clipped), count);
}

double QuantizationError::sqnrDb() const
{
    const double noise = roundingSquares + clippingSquares;
    if (noise <= 0.0)
        return std::numeric_limits<double>::infinity();
    return 10.0 * std::log10(signalSquares / noise);
}

void QuantizationError::add(const QuantizationError& other)
{
    count += other.count;
    clipped += other.clipped;
    signalSquares += other.signalSquares;
    roundingSquares += other.roundingSquares;
    clippingSquares += other.clippingSquares;
    sum += other.sum;
    largest = std::max(largest, other.largest);
}

bool isClipped(float x, const QuantizationParameters& parameters)
{
    const float steps = x * (1.0F / parameters.scale);
    return steps < static_cast<float>(parameters.integers.low - parameters.zeroPoint) - 0.5F ||
           steps > static_cast<float>(parameters.integers.high - parameters.zeroPoint) + 0.5F;
}

QuantizationError quantizationError(std::span<const float> x, const QuantizationParameters& parameters)
{
    QuantizationError total;
    total.count = std::ssize(x);
    for (const float value : x) {
        const double error = errorOf(value, parameters);
        const bool clipped = isClipped(value, parameters);
        total.clipped += clipped ? 1 : 0;
        (clipped ? total.clippingSquares : total.roundingSquares) += error * error;
        total.signalSquares += static_cast<double>(value) * static_cast<double>(value);
        total.sum += error;
        total.largest = std::max(total.largest, std::abs(error));
    }
    return total;
}

void addErrors(Histogram& histogram, std::span<const float> x, const QuantizationParameters& parameters)
{
    for (const float value : x)
        histogram.add(errorOf(value, parameters));
}

std::int64_t quantizedBytes(std::int64_t values, std::int64_t parts, const IntegerFormat& format)
{
    constexpr std::int64_t kScaleBytes = 4;
    const std::int64_t zeroPointBytes = format.isSymmetric ? 0 : 1;
    return (values * format.bits + 7) / 8 + parts * (kScaleBytes + zeroPointBytes);
}

} // namespace lathe

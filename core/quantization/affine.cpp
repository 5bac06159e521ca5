#include "core/quantization/affine.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace lathe {

namespace {

constexpr int kLeastBits = 2;
constexpr int kMostBits = 8;
constexpr float kLeastScale = std::numeric_limits<float>::min(); // its reciprocal is finite

/// Adding it leaves no bits behind the point, and rounds as the processor does: halves to even. Holds below 2^22.
constexpr float kNoFraction = 12582912.0F; // 1.5 2^23

float roundToEven(float x)
{
    return (x + kNoFraction) - kNoFraction;
}

/// A grid with what every value needs worked out.
struct Rounding {
    float inverse;
    float zeroPoint;
    float low;
    float high;
    bool roundsProduct;

    explicit Rounding(const QuantizationParameters& p)
        : inverse(1.0F / p.scale), zeroPoint(static_cast<float>(p.zeroPoint)), low(static_cast<float>(p.integers.low)),
          high(static_cast<float>(p.integers.high)), roundsProduct(p.roundsProduct)
    {
    }

    /// The integer. It is clamped before it is rounded: the bounds are whole, so that the result is the same.
    float operator()(float x) const
    {
        const float place = roundsProduct ? x * inverse + zeroPoint : std::fma(x, inverse, zeroPoint);
        return roundToEven(!(place > low) ? low : (place < high ? place : high));
    }
};

float scaleOf(float length, int steps)
{
    return std::max(length / static_cast<float>(steps), kLeastScale);
}

QuantizationParameters symmetricParameters(float reach, const IntegerRange& integers)
{
    const int middle = (integers.low + integers.high) / 2;
    return {scaleOf(reach, integers.high - middle), middle, integers};
}

QuantizationParameters affineParameters(float low, float high, const IntegerRange& integers)
{
    const int steps = integers.count() - 1;
    const float length = high - low;
    const float scale = std::isfinite(length) ? scaleOf(length, steps)
                                              : high / static_cast<float>(steps) - low / static_cast<float>(steps);
    const int zeroPoint = integers.low - static_cast<int>(std::nearbyint(low / scale));
    return {scale, std::clamp(zeroPoint, integers.low, integers.high), integers};
}

} // namespace

Result<void> checkFormat(const IntegerFormat& format)
{
    if (format.bits >= kLeastBits && format.bits <= kMostBits)
        return {};
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{} bits are not offered; choose from {} to {}.", format.bits, kLeastBits, kMostBits));
}

std::string formatText(const IntegerFormat& format)
{
    return fmt::format("{} bits, {}, {}", format.bits, format.isSigned ? "signed" : "unsigned",
                       format.isSymmetric ? "symmetric" : "affine");
}

IntegerRange integerRange(const IntegerFormat& format)
{
    const int half = 1 << (format.bits - 1);
    const int low = format.isSigned ? -half : 0;
    return {low + (format.isSymmetric ? 1 : 0), low + 2 * half - 1};
}

float QuantizationParameters::lowest() const
{
    return dequantize(integers.low, *this);
}

float QuantizationParameters::highest() const
{
    return dequantize(integers.high, *this);
}

QuantizationParameters parametersFor(const ValueRange& range, const IntegerFormat& format)
{
    const IntegerRange integers = integerRange(format);
    const float low = std::min(range.low, 0.0F);
    const float high = std::max(range.high, 0.0F);
    if (low == 0.0F && high == 0.0F)
        return {1.0F,
                format.isSymmetric ? (integers.low + integers.high) / 2 : std::clamp(0, integers.low, integers.high),
                integers};
    return format.isSymmetric ? symmetricParameters(std::max(-low, high), integers)
                              : affineParameters(low, high, integers);
}

int quantize(float x, const QuantizationParameters& parameters)
{
    return static_cast<int>(Rounding(parameters)(x));
}

float dequantize(int integer, const QuantizationParameters& parameters)
{
    return parameters.scale * static_cast<float>(integer - parameters.zeroPoint);
}

template <class Integer>
void quantize(std::span<const float> x, const QuantizationParameters& parameters, std::span<Integer> integers)
{
    const Rounding rounding(parameters);
    for (std::size_t i = 0; i < x.size(); ++i)
        integers[i] = static_cast<Integer>(static_cast<int>(rounding(x[i])));
}

template <class Integer>
void dequantize(std::span<const Integer> integers, const QuantizationParameters& parameters, std::span<float> x)
{
    for (std::size_t i = 0; i < integers.size(); ++i)
        x[i] = dequantize(static_cast<int>(integers[i]), parameters);
}

template void quantize(std::span<const float>, const QuantizationParameters&, std::span<std::int8_t>);
template void quantize(std::span<const float>, const QuantizationParameters&, std::span<std::uint8_t>);
template void quantize(std::span<const float>, const QuantizationParameters&, std::span<std::int32_t>);
template void dequantize(std::span<const std::int8_t>, const QuantizationParameters&, std::span<float>);
template void dequantize(std::span<const std::uint8_t>, const QuantizationParameters&, std::span<float>);
template void dequantize(std::span<const std::int32_t>, const QuantizationParameters&, std::span<float>);

void fakeQuantize(std::span<const float> x, const QuantizationParameters& parameters, std::span<float> rounded)
{
    const Rounding rounding(parameters);
    for (std::size_t i = 0; i < x.size(); ++i)
        rounded[i] = parameters.scale * (rounding(x[i]) - rounding.zeroPoint);
}

Result<void> checkFinite(std::span<const float> x)
{
    const auto bad = std::find_if(x.begin(), x.end(), [](float value) { return !std::isfinite(value); });
    if (bad == x.end())
        return {};
    return fail(ErrorCode::InvalidArgument,
                fmt::format("Value {} is {}: only finite numbers can be quantized.", bad - x.begin() + 1,
                            std::isnan(*bad) ? "not a number" : "infinite"));
}

} // namespace lathe

#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/base/result.h"

/// Linear affine quantization: x_int = clamp(round(x / s + z), low, high) and back x̂ = s (x_int - z), with a scale s
/// and a zero point z (Jacob et al., "Quantization and training of neural networks for efficient
/// integer-arithmetic-only inference", 2018). Integer for integer what LibTorch 2.13's `quantize_per_tensor`,
/// `quantize_per_channel` and `dequantize` give: x is multiplied by the float32 reciprocal of s, z is added, and halves
/// go to the even neighbour. (Its fake quantization adds z after rounding, so that halves differ where z is odd.)
namespace lathe {

/// What integers values are stored as.
struct IntegerFormat {
    int bits = 8;             ///< 2 to 8
    bool isSigned = true;     ///< from -2^(bits-1), else from 0
    bool isSymmetric = false; ///< the zero point is in the middle, and the range reaches as far down as up

    bool operator==(const IntegerFormat&) const = default;
};

/// InvalidArgument where the number of bits cannot be.
Result<void> checkFormat(const IntegerFormat& format);

/// "8 bits, signed, affine".
std::string formatText(const IntegerFormat& format);

/// From `low` to `high`, both included.
struct IntegerRange {
    int low = 0;
    int high = 0;

    int count() const { return high - low + 1; }
    bool operator==(const IntegerRange&) const = default;
};

/// Affine: all that the bits hold. Symmetric: one fewer, so that the range is the same to both sides: -127 to 127, as
/// oneDNN and TensorRT store weights (PyTorch's observers keep -128 and divide by 127.5, which clips the largest
/// value). Unsigned symmetric is the same moved up to a zero point of 2^(bits-1), as PyTorch has it: 1 to 255.
IntegerRange integerRange(const IntegerFormat& format);

/// Values that a quantizer is to cover.
struct ValueRange {
    float low = 0.0F;
    float high = 0.0F;

    bool operator==(const ValueRange&) const = default;
};

/// The grid that values are rounded to.
struct QuantizationParameters {
    float scale = 1.0F; ///< s, above zero: a normal number, so that its reciprocal is finite
    int zeroPoint = 0;  ///< z, within `integers`
    IntegerRange integers;
    /// Whether x / s is rounded to float32 before z is added, as LibTorch does per channel; per tensor it adds in one
    /// step. That matters within a unit in the last place of a half.
    bool roundsProduct = false;

    float lowest() const;  ///< the smallest value that has an integer
    float highest() const; ///< the largest
    bool operator==(const QuantizationParameters&) const = default;
};

/// The grid for a range, which is widened to hold 0, so that 0 has an integer of its own (padding and ReLU depend on
/// it). Affine: s = (high - low) / (number of integers - 1), z = lowest integer - round(low / s). Symmetric:
/// s = max(|low|, |high|) / (largest integer - z). A range of 0 alone has s = 1. In float32, as PyTorch's observers.
QuantizationParameters parametersFor(const ValueRange& range, const IntegerFormat& format);

/// Not a number counts as minus infinity: callers that meet it should refuse it (see `checkFinite`).
int quantize(float x, const QuantizationParameters& parameters);
float dequantize(int integer, const QuantizationParameters& parameters);

/// The same for many; `Integer` is std::int8_t, std::uint8_t or std::int32_t and must hold the integers. Both spans are
/// of one length.
template <class Integer>
void quantize(std::span<const float> x, const QuantizationParameters& parameters, std::span<Integer> integers);
template <class Integer>
void dequantize(std::span<const Integer> integers, const QuantizationParameters& parameters, std::span<float> x);

/// x̂: there and back.
void fakeQuantize(std::span<const float> x, const QuantizationParameters& parameters, std::span<float> rounded);

/// InvalidArgument, with the place of the first, where a value is infinite or not a number.
Result<void> checkFinite(std::span<const float> x);

} // namespace lathe

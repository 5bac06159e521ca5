#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/quantization/quantized_tensor.h"

namespace lathe {

/// A whole tensor, quantized, and one of its parts looked at more closely.
struct QuantizationView {
    QuantizationChoice choice;
    QuantizationGrids grids;
    QuantizationError error; ///< of all parts
    QuantizedPart part;
};

/// "the whole tensor", "channel 3 of 64", "group 2 of 9" (counted from 1).
std::string partText(const QuantizationView& view);

/// What it did, in one sentence: SQNR, largest error, bytes.
std::string quantizationSummary(const QuantizationView& view);

/// Every formula with the part's numbers put in: integers, range, s, z, x_int and x̂ of one value, rounding and clipping
/// apart, SQNR, bytes.
std::vector<std::string> quantizationFormulas(const QuantizationView& view);

/// Four significant digits, with a minus sign rather than a hyphen.
std::string figureText(double value, int digits = 4);

} // namespace lathe

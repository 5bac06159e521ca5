#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <vector>

#include "core/base/result.h"
#include "core/quantization/affine.h"
#include "core/quantization/error.h"
#include "core/quantization/granularity.h"
#include "core/quantization/observers.h"
#include "core/quantization/tensor_values.h"

namespace lathe {

/// How a tensor is quantized.
struct QuantizationChoice {
    IntegerFormat format;
    Granularity granularity;
    ObserverOptions observer;
};

/// The grids of a tensor's parts.
struct QuantizationGrids {
    Partition partition;
    std::vector<ValueRange> ranges; ///< as the observer gave them, one a part
    std::vector<QuantizationParameters> parameters;

    const QuantizationParameters& of(std::int64_t element) const
    {
        return parameters[static_cast<std::size_t>(partition.partOf(element))];
    }
};

/// Observes each part by itself. InvalidArgument: no values, a value that is not finite, or a choice that cannot be;
/// Cancelled when stopped.
Result<QuantizationGrids> chooseGrids(std::span<const float> x, const Shape& shape, const QuantizationChoice& choice,
                                      const std::stop_token& stop = {});

/// Of all parts.
QuantizationError quantizationError(std::span<const float> x, const QuantizationGrids& grids);
std::int64_t quantizedBytes(const QuantizationGrids& grids, const IntegerFormat& format);

/// One value of a part.
struct QuantizedValue {
    std::int64_t place = 0; ///< in the tensor, row by row
    float x = 0.0F;
    int integer = 0;
    float rounded = 0.0F; ///< x̂

    double error() const { return static_cast<double>(rounded) - static_cast<double>(x); }
};

/// One part as it is shown.
struct QuantizedPart {
    std::int64_t part = 0;
    ValueRange range;
    QuantizationParameters parameters;
    QuantizationError error;
    Histogram values;
    Histogram errors;
    std::vector<QuantizedValue> first; ///< so many of its values
};
QuantizedPart quantizedPart(std::span<const float> x, const QuantizationGrids& grids, std::int64_t part,
                            std::size_t mostValues);

} // namespace lathe

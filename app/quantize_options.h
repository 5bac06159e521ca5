#pragma once

#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "core/base/result.h"
#include "core/quantization/quantized_tensor.h"

namespace lathe::cli {

/// The flags that say how values are quantized.
struct QuantizeOptions {
    std::optional<int> bits;
    bool isUnsigned = false;
    bool isSymmetric = false;
    std::optional<std::string> granularity;
    std::int64_t groupSize = 32;
    std::optional<std::string> observer;
    double percentile = 99.99;
};
void addQuantizeOptions(CLI::App& app, QuantizeOptions& options);

/// Of a tensor that is shown, where nothing is said: 8 bits, one scale, the whole range. Channels along that axis.
Result<QuantizationChoice> choiceOf(const QuantizeOptions& options, std::int64_t channelAxis);

} // namespace lathe::cli

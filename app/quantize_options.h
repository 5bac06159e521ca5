#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "core/base/result.h"
#include "core/quantization/quantized_tensor.h"

namespace lathe::cli {

/// The flags that say how a tensor is quantized.
struct QuantizeOptions {
    int bits = 8;
    bool isUnsigned = false;
    bool isSymmetric = false;
    std::string granularity = "per-tensor";
    std::int64_t groupSize = 32;
    std::string observer = "minmax";
    double percentile = 99.99;
};
void addQuantizeOptions(CLI::App& app, QuantizeOptions& options);

/// Channels along that axis.
Result<QuantizationChoice> choiceOf(const QuantizeOptions& options, std::int64_t channelAxis);

} // namespace lathe::cli

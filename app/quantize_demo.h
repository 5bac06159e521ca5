#pragma once

#include <cstdint>
#include <string>

#include "app/quantize_options.h"

namespace lathe::cli {

/// `lathe quantize --demo`: what quantization does to some numbers.
struct QuantizeDemoOptions {
    std::string distribution = "normal";
    std::string values;
    std::string valuesFile;
    std::string model; ///< with a layer
    std::string layer;
    std::string input;
    bool activations = false;
    std::int64_t batch = 1;
    std::int64_t samples = 4096;
    std::int64_t channels = 0; ///< 0: 8 where the granularity is per channel, else 1
    std::uint64_t seed = 1;
    std::int64_t part = 1;
    std::size_t rows = 12;
    std::int64_t sum = 0; ///< 0: no sums of errors
    std::int64_t vectors = 4000;
    std::string order = "independent";
    bool weighted = false;
};
/// `model`: the option that fills the one of these.
void addDemoOptions(CLI::App& app, QuantizeDemoOptions& options, CLI::Option* model);

Result<void> quantizeDemo(const QuantizeDemoOptions& options, const QuantizeOptions& scheme, bool json);

} // namespace lathe::cli

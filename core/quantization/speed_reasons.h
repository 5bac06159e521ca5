#pragma once

#include <string>
#include <vector>

#include "core/quantization/data_path.h"

/// Why a quantized network is faster than the same in float, or is not: from the measured steps of both.
namespace lathe {

/// A kind of layer's share of both networks' time.
struct SpeedPart {
    std::string what; ///< "dense convolution", "depthwise convolution", ...
    int layers = 0;
    double floatMs = 0.0;
    double quantizedMs = 0.0; ///< conversions aside

    double ratio() const { return quantizedMs > 0.0 ? floatMs / quantizedMs : 0.0; }
};

struct SpeedReport {
    std::string instructionSets; ///< as Environment names them
    std::int64_t batch = 1;
    double floatMs = 0.0;
    double quantizedMs = 0.0;
    std::vector<SpeedPart> quantized; ///< layers that were quantized, by kind; the longest in float first
    SpeedPart inFloat;                ///< operations that compute in float in both
    SpeedPart kept;                   ///< operations without weights that work on integers: pooling, concatenation
    int conversions = 0;
    double conversionMs = 0.0;
    double smallShare = 0.0;     ///< of the quantized network's time, in steps too short for arithmetic to matter
    std::int64_t floatBytes = 0; ///< read and written, weights included
    std::int64_t quantizedBytes = 0;
    std::vector<LayerSaving> slower; ///< layers that take longer quantized; the worst first

    double speedUp() const { return quantizedMs > 0.0 ? floatMs / quantizedMs : 0.0; }
    /// What would be reached if quantized layers took no time at all (Amdahl's law).
    double ceiling() const;
};

SpeedReport speedReport(const QuantizationOutcome& outcome, const Savings& savings, std::string instructionSets);

/// The result, then its reasons, the largest first; each with its figures.
std::vector<std::string> speedSentences(const SpeedReport& report, const QuantizationOutcome& outcome);

} // namespace lathe

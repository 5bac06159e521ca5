#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/quantization/mixed_precision.h"
#include "core/quantization/speed_reasons.h"
#include "core/quantization/variants.h"

namespace lathe::cli {

/// What `lathe quantize MODEL` found.
struct QuantizationReport {
    const CompressionSubject& subject;
    const QuantizationOutcome& outcome;
    std::optional<AccuracyChange> accuracy;
    std::vector<std::string> notes;
    std::string out; ///< the file written; or empty
    std::string mode;
    // where it was asked for:
    std::vector<LayerSensitivity> sensitivities;
    std::optional<Savings> savings;
    std::optional<Suggestion> suggestion;
    std::string instructionSets;
    std::vector<Variant> variants;
};

/// One document: "accuracy", "size_bytes", "layers"[] with "precision", "sqnr_db" and "reason", ...
void printQuantizationJson(const QuantizationReport& report);

void printQuantization(const QuantizationReport& report);

} // namespace lathe::cli

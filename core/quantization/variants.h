#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/benchmark/compare.h"
#include "core/compression/accuracy_change.h"
#include "core/formats/stored_size.h"
#include "core/quantization/savings.h"

/// Before and after in one table: the network in float, as PyTorch runs it and as it would be deployed, and quantized.
namespace lathe {

/// One batch size of one variant.
struct VariantTiming {
    std::int64_t batch = 1;
    double milliseconds = 0.0; ///< median of an inference
    double ciLow = 0.0;        ///< 95 % interval of the median
    double ciHigh = 0.0;
    double throughput = 0.0;                ///< samples a second
    std::optional<Comparison> againstFused; ///< A is the fused float32 network; none for that itself
};

struct Variant {
    std::string name; ///< "float32 eager", "float32 fused", "int8"
    std::string mode;
    StoredSize size;
    std::int64_t peakTensorBytes = 0;       ///< at the largest batch
    std::optional<std::int64_t> movedBytes; ///< by one inference at the largest batch; none for eager
    std::optional<Evaluation> evaluation;   ///< on the test images, where the network was trained on the dataset
    std::optional<AccuracyChange> accuracy; ///< against float32 fused
    std::vector<VariantTiming> timings;     ///< by batch
};

struct VariantOptions {
    std::vector<std::int64_t> batches{1, 8};
    int threads = 1;
    double secondsEach = 10.0; ///< of one comparison of two variants at one batch size
};

/// In this order: float32 eager, float32 fused, quantized. Times come from interleaved pairs with the fused network.
Result<std::vector<Variant>> measureVariants(Backend& backend, const CompressionSubject& subject,
                                             const QuantizationOutcome& outcome, const VariantOptions& options,
                                             const std::stop_token& stop = {}, const ProgressSink& progress = {});

/// What disturbed the timing ("The machine was busy: ..."), each once.
std::vector<std::string> timingCaveats(const std::vector<Variant>& variants);

/// What was promised beside what was found: "About 75 % smaller: ...", "4 times less data moved: ...".
std::vector<std::string> promiseSentences(const std::vector<Variant>& variants);

} // namespace lathe

#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/benchmark/compare.h"
#include "core/compression/accuracy_change.h"
#include "core/compression/fine_tune.h"
#include "core/compression/output_error.h"
#include "core/formats/stored_size.h"
#include "core/pruning/pruning_way.h"

/// What pruning promised beside what it gave: over a list of amounts, or of one pruned network.
namespace lathe {

struct PrunedVariant {
    double amount = 0.0; ///< 0: the network as it was
    LoadedModel model;
    double sparsity = 0.0; ///< see sparsityOf
    std::int64_t parameters = 0;
    std::int64_t macs = 0; ///< of one sample
    StoredSize size;
    std::optional<Comparison> speed; ///< A: the original fused, B: this in the mode wished; none of the original
    /// Of an inference: of the original the median of its first comparison with its 95 % interval; of the others that
    /// times the ratio, with the ratio's interval, since only turns are held against each other.
    double milliseconds = 0.0;
    double ciLow = 0.0;
    double ciHigh = 0.0;
    std::optional<AccuracyChange> accuracy; ///< on test images, against the original; none without a trained network
    OutputError error;                      ///< against the original
    bool hasMasks = false;                  ///< weights are 0, and none are gone

    double fileShare(const PrunedVariant& original) const;
};

struct VariantWish {
    std::vector<double> amounts{0.1, 0.3, 0.5, 0.7, 0.9};
    std::optional<TrainingOptions> training; ///< after pruning; none: pruned only
    std::string mode = "fused";              ///< that the pruned ones are timed in; the original is in "fused"
    std::int64_t batch = 1;
    int threads = 1;
    int pairs = 0;            ///< of inferences in each comparison; 0: as many as the time allows
    double secondsEach = 5.0; ///< of one comparison
};

/// The original first, then by amount. Every one is pruned from the original, not from the one before.
Result<std::vector<PrunedVariant>> sweepAmounts(Backend& backend, const CompressionSubject& subject,
                                                const PruningWay& way, const VariantWish& wish,
                                                const std::stop_token& stop = {}, const ProgressSink& progress = {});

/// The same of networks that are pruned already; `amounts` are theirs.
Result<std::vector<PrunedVariant>> measurePruned(Backend& backend, const CompressionSubject& subject,
                                                 std::vector<LoadedModel> pruned, const VariantWish& wish,
                                                 const std::stop_token& stop = {}, const ProgressSink& progress = {});

/// Of one variant: what its counts promise and what was found, and why not more.
std::vector<std::string> promiseSentences(const PrunedVariant& original, const PrunedVariant& variant);

} // namespace lathe

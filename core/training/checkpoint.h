#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/engine/trainee.h"

namespace lathe {

/// What an epoch came to.
struct EpochResult {
    int epoch = 0;             ///< from 1
    double learningRate = 0.0; ///< of its last step
    double loss = 0.0;         ///< mean over the training images as they went by
    double accuracy = 0.0;     ///< the same; fraction
    std::optional<double> validationLoss;
    std::optional<double> validationAccuracy;
    double seconds = 0.0;     ///< of its steps, without the validation
    double dataSeconds = 0.0; ///< of those, spent on making batches
    std::int64_t images = 0;

    double imagesPerSecond() const { return seconds > 0.0 ? static_cast<double>(images) / seconds : 0.0; }
};

/// The weights of the best epoch so far.
struct BestWeights {
    int epoch = 0;
    double accuracy = 0.0;
    StateDict weights;
};

/// Where a training stands: all that it needs to go on as if it had never been stopped.
struct Checkpoint {
    std::string identity; ///< what is trained on what and how, as JSON
    TraineeState state;
    std::vector<EpochResult> history; ///< the epochs that are done
    std::optional<BestWeights> best;
    // of the epoch that is running
    std::int64_t step = 0;
    double lossSum = 0.0;
    std::int64_t correct = 0;
    std::int64_t images = 0;
    double seconds = 0.0;
    double dataSeconds = 0.0;
};

/// Atomic: the old one or the new one.
Result<void> writeCheckpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Refuses a damaged file, one of a newer version, and one whose identity is another than `identity`, naming what
/// differs.
Result<Checkpoint> readCheckpoint(const std::filesystem::path& path, const std::string& identity);

/// Where the checkpoint of a training that ends in `out` lies: beside it.
std::filesystem::path checkpointBeside(const std::filesystem::path& out);

} // namespace lathe

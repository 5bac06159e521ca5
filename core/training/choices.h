#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "core/training/options.h"

namespace lathe {

/// What a user says of a training; the rest is what the network is usually trained with.
struct TrainingChoices {
    std::optional<int> epochs;
    std::optional<int> patience;
    std::optional<std::int64_t> batch;
    std::optional<std::string> optimizer; ///< by name, as the others
    std::optional<double> learningRate;
    std::optional<double> momentum;
    std::optional<double> weightDecay;
    std::optional<double> labelSmoothing;
    std::optional<std::string> schedule;
    std::optional<double> warmUp;
    std::optional<std::string> augment; ///< "crop,flip", or "none"
    std::optional<double> validation;
    std::string keep = "last";
    std::uint64_t seed = 0;
    int threads = 0; ///< 0: all cores
};

/// InvalidArgument with one sentence about what cannot be.
Result<TrainingOptions> optionsFrom(const TrainingChoices& choices, const Graph& graph);

} // namespace lathe

#pragma once

#include "core/compression/subject.h"
#include "core/training/training.h"

/// A little training after a network was compressed, to win back what that lost.
namespace lathe {

/// What the weights keep to meanwhile.
struct TrainingConstraint {
    const Quantization* quantization = nullptr; ///< trained under its rounding
    const StateDict* masks = nullptr;           ///< pruned entries stay zero: see TraineeOptions
};

/// `graph` and `weights`: the compressed network's, on the subject's images. InvalidArgument where it has none.
Result<TrainingResult> fineTuneNetwork(Backend& backend, const CompressionSubject& subject, const Graph& graph,
                                       const StateDict& weights, const TrainingOptions& options,
                                       const TrainingConstraint& constraint, const TrainingEvents& events,
                                       std::stop_token stop);

/// What that is usually done with: SGD with momentum and a learning rate that falls to 0, the best epoch kept.
TrainingOptions usualFineTuning(int epochs, double learningRate, std::uint64_t seed, int threads);

} // namespace lathe

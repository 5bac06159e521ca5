#include "core/compression/fine_tune.h"

#include "core/training/fitting_dataset.h"

namespace lathe {

Result<TrainingResult> fineTuneNetwork(Backend& backend, const CompressionSubject& subject, const Graph& graph,
                                       const StateDict& weights, const TrainingOptions& options,
                                       const TrainingConstraint& constraint, const TrainingEvents& events,
                                       std::stop_token stop)
{
    if (!subject.dataset)
        return fail(ErrorCode::InvalidArgument, "There are no images to fine-tune on; name a dataset.");
    Dataset dataset = *subject.dataset; // its tensors are shared
    dataset.normalisation = normalisationFor(subject.model, dataset);
    TrainingTask task{graph, weights, dataset, options, {}, false, constraint.quantization, constraint.masks};
    return train(backend, task, events, std::move(stop));
}

TrainingOptions usualFineTuning(int epochs, double learningRate, std::uint64_t seed, int threads)
{
    TrainingOptions options;
    options.epochs = epochs;
    options.batch = 64;
    options.optimizer = {.kind = OptimizerOptions::Kind::Sgd, .momentum = 0.9, .nesterov = true};
    options.learningRate = learningRate;
    options.kept = Kept::Best;
    options.seed = seed;
    options.threads = threads;
    return options;
}

} // namespace lathe

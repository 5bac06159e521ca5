#include "core/quantization/subject.h"

#include <fmt/format.h>

#include "core/lowering/folded_model.h"
#include "core/quantization/random_input.h"
#include "core/training/fitting_dataset.h"

namespace lathe {

namespace {

constexpr std::uint64_t kWeightSeed = 1;

Result<void> addCalibration(QuantizationSubject& subject, const QuantizationSubjectNames& names)
{
    if (names.calibration.empty())
        return {};
    const Result<DatasetName> name = datasetFromText(names.calibration);
    if (!name)
        return tl::unexpected(name.error());
    Result<Dataset> dataset = loadFor(subject.model, *name, names.seed);
    if (!dataset)
        return tl::unexpected(dataset.error());
    subject.dataset = std::make_shared<const Dataset>(*std::move(dataset));
    return CalibrationSet::make(subject.model, subject.dataset, *name, names.batch, names.seed)
        .map([&](CalibrationSet set) { subject.calibration = std::move(set); });
}

/// The outcome that a quantized model is, with its layers' errors.
Result<QuantizationOutcome> measured(Backend& backend, const QuantizationSubject& subject, QuantizedModel quantized,
                                     const std::stop_token& stop, const ProgressSink& progress)
{
    auto errors = layerErrors(backend, quantized.exact, quantized, subject.data(), stop, progress);
    if (!errors)
        return tl::unexpected(errors.error());
    QuantizationOutcome outcome{subject.model, std::move(quantized.exact), *std::move(errors)};
    outcome.model.graph = std::move(quantized.graph);
    outcome.model.weights = std::move(quantized.weights);
    outcome.model.quantization = std::move(quantized.quantization);
    outcome.model.origin = subject.model.name;
    outcome.model.top1.reset(); // published of the network in float
    outcome.model.top5.reset();
    outcome.model.fileBytes = storedBytes(outcome.model);
    return outcome;
}

} // namespace

CalibrationData QuantizationSubject::data() const
{
    if (!calibration)
        return onceRandom(model.graph);
    return [set = *calibration] { return set.batches(); };
}

Result<QuantizationSubject> loadQuantizationSubject(Backend& backend, const QuantizationSubjectNames& names)
{
    Result<LoadedModel> model = loadModel(names.model, names.input);
    if (!model)
        return tl::unexpected(model.error());
    if (model->graph.isSealed())
        return fail(ErrorCode::Unsupported,
                    fmt::format("{} is a sealed TorchScript program, whose layers cannot be quantized; take an "
                                "architecture or a file of weights.",
                                names.model));
    if (model->quantization)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} is quantized already; quantize the file it was made from.", names.model));
    QuantizationSubject subject{*std::move(model), false, {}, {}};
    subject.isTrained = !subject.model.weights.empty();
    if (!subject.isTrained) {
        Result<StateDict> weights = backend.initialise(subject.model.graph, kWeightSeed);
        if (!weights)
            return tl::unexpected(weights.error());
        subject.model.weights = *std::move(weights);
    }
    return addCalibration(subject, names).map([&] { return std::move(subject); });
}

Result<QuantizationOutcome> quantize(Backend& backend, const QuantizationSubject& subject,
                                     const QuantizationOptions& options, std::stop_token stop,
                                     const ProgressSink& progress)
{
    auto quantized = quantizeAfterTraining(backend, subject.model.graph, subject.model.weights, options, subject.data(),
                                           stop, progress);
    if (!quantized)
        return tl::unexpected(quantized.error());
    return measured(backend, subject, *std::move(quantized), stop, progress);
}

Result<QuantizationOutcome> layerErrorsOf(Backend& backend, const QuantizationSubject& subject,
                                          QuantizationOutcome outcome, const std::stop_token& stop,
                                          const ProgressSink& progress)
{
    QuantizedModel model{outcome.model.graph, outcome.model.weights, *outcome.model.quantization, outcome.exact};
    return measured(backend, subject, std::move(model), stop, progress);
}

Result<QuantizationOutcome> fineTune(Backend& backend, const QuantizationSubject& subject,
                                     const QuantizationOutcome& outcome, const TrainingOptions& options,
                                     const TrainingEvents& events, std::stop_token stop)
{
    if (!subject.dataset)
        return fail(ErrorCode::InvalidArgument,
                    "There are no images to fine-tune on; calibrate on a dataset (--calibrate DATASET:N).");
    Dataset dataset = *subject.dataset; // its tensors are shared
    dataset.normalisation = normalisationFor(subject.model, dataset);
    const Quantization& quantization = *outcome.model.quantization;
    const TrainingTask task{outcome.model.graph, outcome.exact, dataset, options, {}, false, &quantization};
    Result<TrainingResult> trained = train(backend, task, events, stop);
    if (!trained)
        return tl::unexpected(trained.error());
    QuantizedModel model{outcome.model.graph, trained->weights, quantization, trained->weights};
    if (const auto rounded = roundAgain(model); !rounded)
        return tl::unexpected(rounded.error());
    return measured(backend, subject, std::move(model), stop, {});
}

TrainingOptions usualFineTuning(int epochs, std::uint64_t seed, int threads)
{
    TrainingOptions options;
    options.epochs = epochs;
    options.batch = 64;
    options.optimizer = {.kind = OptimizerOptions::Kind::Sgd, .momentum = 0.9, .nesterov = true};
    options.learningRate = 0.002;
    options.kept = Kept::Best;
    options.seed = seed;
    options.threads = threads;
    return options;
}

} // namespace lathe

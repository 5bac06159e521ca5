#include "core/quantization/subject.h"

#include "core/compression/fine_tune.h"
#include "core/pruning/reparametrization.h"

namespace lathe {

namespace {

/// The outcome that a quantized model is, with its layers' errors.
Result<QuantizationOutcome> measured(Backend& backend, const CompressionSubject& subject, QuantizedModel quantized,
                                     const std::stop_token& stop, const ProgressSink& progress)
{
    auto errors = layerErrors(backend, quantized.exact, quantized, subject.data(), stop, progress);
    if (!errors)
        return tl::unexpected(errors.error());
    QuantizationOutcome outcome{subject.model, std::move(quantized.exact), *std::move(errors)};
    makePermanent(outcome.model); // the integers are of the products
    outcome.model.graph = std::move(quantized.graph);
    outcome.model.weights = std::move(quantized.weights);
    outcome.model.quantization = std::move(quantized.quantization);
    outcome.model.origin = subject.model.name;
    outcome.model.top1.reset(); // published of the network in float
    outcome.model.top5.reset();
    outcome.model.fileBytes = savedBytes(outcome.model);
    return outcome;
}

} // namespace

Result<QuantizationOutcome> quantize(Backend& backend, const CompressionSubject& subject,
                                     const QuantizationOptions& options, std::stop_token stop,
                                     const ProgressSink& progress)
{
    auto quantized = quantizeAfterTraining(backend, subject.model.graph, subject.model.weights, options, subject.data(),
                                           stop, progress);
    if (!quantized)
        return tl::unexpected(quantized.error());
    return measured(backend, subject, *std::move(quantized), stop, progress);
}

Result<QuantizationOutcome> layerErrorsOf(Backend& backend, const CompressionSubject& subject,
                                          QuantizationOutcome outcome, const std::stop_token& stop,
                                          const ProgressSink& progress)
{
    QuantizedModel model{outcome.model.graph, outcome.model.weights, *outcome.model.quantization, outcome.exact};
    return measured(backend, subject, std::move(model), stop, progress);
}

Result<QuantizationOutcome> fineTune(Backend& backend, const CompressionSubject& subject,
                                     const QuantizationOutcome& outcome, const TrainingOptions& options,
                                     const TrainingEvents& events, std::stop_token stop)
{
    const Quantization& quantization = *outcome.model.quantization;
    Result<TrainingResult> trained = fineTuneNetwork(backend, subject, outcome.model.graph, outcome.exact, options,
                                                     {&quantization, nullptr}, events, stop);
    if (!trained)
        return tl::unexpected(trained.error());
    QuantizedModel model{outcome.model.graph, trained->weights, quantization, trained->weights};
    if (const auto rounded = roundAgain(model); !rounded)
        return tl::unexpected(rounded.error());
    return measured(backend, subject, std::move(model), stop, {});
}

} // namespace lathe

#include "ui/quantization/quantize_work.h"

#include <algorithm>

#include "core/benchmark/as_run.h"
#include "core/benchmark/environment.h"
#include "core/compression/fine_tune.h"
#include "core/training/fitting_dataset.h"
#include "ui/compression/fine_tuning.h"

namespace lathe::ui {

namespace {

constexpr std::int64_t kPictured = 4; // images that histograms are made of
constexpr std::int64_t kTestBatch = 256;
constexpr double kTimingSeconds = 3.0;
constexpr double kComparisonSeconds = 8.0; // of two variants at one batch size

QuantizedModel modelOf(const QuantizationOutcome& outcome)
{
    return {outcome.model.graph, outcome.model.weights, *outcome.model.quantization, outcome.exact};
}

/// The first samples of a batch.
HostTensor firstOf(HostTensor batch, std::int64_t samples)
{
    batch.shape.front() = std::min(batch.shape.front(), samples);
    return batch;
}

/// Takes `chosen` with its errors, and finds out the rest.
Result<QuantizedNetwork> examined(Backend& backend, QuantizedNetwork network, const std::stop_token& stop)
{
    const CalibrationData data = network.subject->data();
    const Result<OutputError> output = outputError(backend, *network.chosen, data(), stop);
    if (!output)
        return tl::unexpected(output.error());
    network.output = *output;
    const auto x = data()();
    if (!x)
        return fail(ErrorCode::InvalidArgument, "There are no inputs to compare the layers on.");
    auto histograms = layerHistograms(backend, network.chosen->exact, modelOf(*network.chosen), firstOf(*x, kPictured));
    if (!histograms)
        return tl::unexpected(histograms.error());
    network.histograms = std::make_shared<const std::vector<LayerHistograms>>(*std::move(histograms));
    network.accuracy.reset();
    network.speed.reset();
    return network;
}

} // namespace

Result<QuantizedNetwork> quantizeAsWished(Backend& backend, const QuantizationWish& wish, const std::stop_token& stop,
                                          const ProgressSink& progress)
{
    progress({-1.0, "reading the network"});
    auto subject = loadCompressionSubject(backend, wish.names);
    if (!subject)
        return tl::unexpected(subject.error());
    auto outcome = quantize(backend, *subject, wish.options, stop, progress);
    if (outcome && wish.fineTuneEpochs > 0)
        outcome = fineTune(backend, *subject, *outcome,
                           usualFineTuning(wish.fineTuneEpochs, kQuantizedLearningRate, wish.names.seed, usableCores()),
                           fineTuningEvents(progress), stop);
    if (!outcome)
        return tl::unexpected(outcome.error());
    QuantizedNetwork network;
    network.wish = wish;
    network.subject = std::make_shared<const CompressionSubject>(*std::move(subject));
    network.whole = std::make_shared<const QuantizationOutcome>(*std::move(outcome));
    network.chosen = network.whole;
    return examined(backend, std::move(network), stop);
}

Result<QuantizedNetwork> withLayers(Backend& backend, QuantizedNetwork network, const PrecisionChoice& choice,
                                    const std::stop_token& stop, const ProgressSink& progress)
{
    auto chosen = layerErrorsOf(backend, *network.subject, withPrecisions(*network.whole, choice), stop, progress);
    if (!chosen)
        return tl::unexpected(chosen.error());
    network.chosen = std::make_shared<const QuantizationOutcome>(*std::move(chosen));
    network.suggested.reset();
    return examined(backend, std::move(network), stop);
}

Result<QuantizedNetwork> withMeasurements(Backend& backend, QuantizedNetwork network, std::int64_t batch,
                                          const std::stop_token& stop, const ProgressSink& progress)
{
    auto alone = sensitivities(backend, *network.whole, network.subject->data(), stop, progress);
    if (!alone)
        return tl::unexpected(alone.error());
    auto savings = measureSavings(backend, *network.whole, batch, kTimingSeconds, stop, progress);
    if (!savings)
        return tl::unexpected(savings.error());
    network.measured =
        std::make_shared<const LayerMeasurements>(LayerMeasurements{*std::move(alone), *std::move(savings), batch});
    return network;
}

Result<QuantizedNetwork> withSuggestion(Backend& backend, QuantizedNetwork network, const ErrorBudget& budget,
                                        std::int64_t batch, const std::stop_token& stop, const ProgressSink& progress)
{
    if (!network.measured || network.measured->batch != batch) {
        auto measured = withMeasurements(backend, std::move(network), batch, stop, progress);
        if (!measured)
            return measured;
        network = *std::move(measured);
    }
    progress({-1.0, "choosing layers"});
    const LayerMeasurements& known = *network.measured;
    auto suggestion =
        suggest(backend, *network.whole, network.subject->data(), known.sensitivities, known.savings, budget, stop);
    if (!suggestion)
        return tl::unexpected(suggestion.error());
    PrecisionChoice choice;
    for (const NodeId id : suggestion->inFloat)
        choice[id] = Precision::Float32;
    auto made = withLayers(backend, std::move(network), choice, stop, progress);
    if (made)
        made->suggested = SuggestedLayers{budget, *std::move(suggestion)};
    return made;
}

Result<QuantizedNetwork> withSpeed(Backend& backend, QuantizedNetwork network, const std::vector<std::int64_t>& batches,
                                   const std::stop_token& stop, const ProgressSink& progress)
{
    const QuantizationOutcome& outcome = *network.chosen;
    const VariantOptions options{batches, usableCores(), kComparisonSeconds};
    auto variants = measureVariants(backend, *network.subject, outcome, options, stop, progress);
    if (!variants)
        return tl::unexpected(variants.error());
    auto savings = measureSavings(backend, outcome, batches.back(), kTimingSeconds, stop, progress);
    if (!savings)
        return tl::unexpected(savings.error());
    SpeedStudy study{*std::move(variants), *std::move(savings), {}, {}, {}};
    study.promises = promiseSentences(study.variants);
    study.reasons = speedSentences(speedReport(outcome, study.savings, currentInstructionSets()), outcome);
    for (std::string& caveat : timingCaveats(study.variants))
        study.reasons.push_back(std::move(caveat));
    study.path = dataPath(outcome, study.savings.quantizedSteps);
    network.speed = std::make_shared<const SpeedStudy>(std::move(study));
    return network;
}

bool awaitsAccuracy(const QuantizedNetwork& network)
{
    const CompressionSubject& subject = *network.subject;
    return !network.accuracy && !chosenLayers(network).empty() && subject.dataset && subject.isTrained &&
           checkClasses(subject.model, *subject.dataset).has_value();
}

Result<QuantizedNetwork> withAccuracy(Backend& backend, QuantizedNetwork network, const std::stop_token& stop,
                                      const ProgressSink& progress)
{
    const Dataset& dataset = *network.subject->dataset;
    const auto evaluation = [&](const LoadedModel& model, Mode mode) {
        return evaluateOnTest(backend, model, mode, dataset, kTestBatch, stop, progress);
    };
    if (!network.before) {
        auto before = evaluation(network.subject->model, Mode::Fused);
        if (!before)
            return tl::unexpected(before.error());
        network.before = std::make_shared<const Evaluation>(*std::move(before));
    }
    const LoadedModel& model = network.chosen->model;
    const auto after = modeFor(kUsualMode, model).and_then([&](Mode mode) { return evaluation(model, mode); });
    if (!after)
        return tl::unexpected(after.error());
    network.accuracy = compareEvaluations(*network.before, *after, dataset.test.labels);
    return network;
}

std::set<NodeId> chosenLayers(const QuantizedNetwork& network)
{
    const std::vector<NodeId> layers = quantizedLayers(*network.chosen);
    return {layers.begin(), layers.end()};
}

} // namespace lathe::ui

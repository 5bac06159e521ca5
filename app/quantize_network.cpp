#include "app/quantize_network.h"

#include <fmt/format.h>

#include "app/checks.h"
#include "app/command.h"
#include "app/output.h"
#include "app/quantize_report.h"
#include "app/stop.h"
#include "core/base/files.h"
#include "core/benchmark/as_run.h"
#include "core/benchmark/environment.h"
#include "core/compression/fine_tune.h"
#include "core/training/fitting_dataset.h"

namespace lathe::cli {

namespace {

constexpr std::int64_t kTestBatch = 256;
constexpr double kLayerSeconds = 3.0; ///< for timing the layers

struct TargetRow {
    std::string_view name;
    std::string_view instructionSets; ///< as Environment names them
};
constexpr TargetRow kTargets[] = {{"avx2", "AVX2"}, {"vnni", "AVX2 VNNI"}};

/// The instructions that the quantized network is for.
std::string instructionsOf(const std::string& target)
{
    for (const TargetRow& row : kTargets)
        if (row.name == target)
            return std::string(row.instructionSets);
    return currentInstructionSets();
}

/// What was asked for that cannot be, or not as it was said.
struct Wish {
    QuantizationOptions options;
    std::vector<std::string> notes;
};

void chooseBits(Wish& wish, const QuantizeNetworkOptions& options, const QuantizeOptions& values)
{
    const int wanted = values.bits.value_or(8);
    const int exact = wish.options.scheme == Scheme::WeightOnly ? 8 : weightBitsFor(instructionsOf(options.target));
    wish.options.weights.bits = std::min(wanted, exact);
    if (wanted > exact)
        wish.notes.push_back(
            fmt::format("Weights use {} of their 8 bits, since {} has no VNNI, and sums of 8-bit products saturate "
                        "there; for a CPU that has it quantize with --target vnni.",
                        exact, options.target == "here" ? "this CPU" : "the target"));
}

Result<Wish> wishOf(const QuantizeNetworkOptions& options, const QuantizeOptions& values)
{
    const auto scheme = schemeFromName(options.scheme);
    const auto granularity = granularityFromName(values.granularity.value_or("per-channel"));
    const auto weights = observerFromName(options.weightObserver);
    const auto activations = observerFromName(values.observer.value_or("mse"));
    if (!scheme)
        return tl::unexpected(scheme.error());
    if (!granularity)
        return tl::unexpected(granularity.error());
    if (!weights || !activations)
        return tl::unexpected(weights ? activations.error() : weights.error());
    if (*granularity == Granularity::Kind::PerGroup && *scheme != Scheme::WeightOnly)
        return fail(ErrorCode::InvalidArgument,
                    "Groups of weights are for --scheme weight-only; products of integers take one scale a channel.");
    if (values.isSymmetric)
        return fail(ErrorCode::InvalidArgument, "--symmetric is for --demo: a network's weights are symmetric anyway, "
                                                "and its activations affine.");
    Wish wish;
    wish.options.scheme = *scheme;
    wish.options.weights.granularity = {*granularity, 0, values.groupSize};
    wish.options.weights.observer = {*weights, values.percentile};
    wish.options.activations = {*activations, values.percentile};
    wish.options.signedActivations = options.signedActivations;
    wish.options.equalizes = options.equalize;
    wish.options.correctsBiases = options.correctBiases;
    for (const std::string& layer : options.keep)
        wish.options.precisions[layer] = Precision::Float32;
    for (const std::string& choice : options.precisions) {
        const std::size_t equals = choice.rfind('=');
        const auto precision = precisionFromName(equals == std::string::npos ? choice : choice.substr(equals + 1));
        if (!precision)
            return tl::unexpected(precision.error());
        wish.options.precisions[choice.substr(0, equals)] = *precision;
    }
    chooseBits(wish, options, values);
    return wish;
}

void showProgress(const Progress& progress)
{
    printStatus(progress.what);
}

void showStep(const TrainingProgress& p)
{
    printStatus(fmt::format("fine-tuning, epoch {} of {}, step {} of {}: loss {:.4f}, {:.0f} s left", p.epoch, p.epochs,
                            p.step, p.steps, p.loss, p.secondsLeft));
}

/// None where there are no images that the network was trained for.
Result<std::optional<AccuracyChange>> measureAccuracy(Backend& backend, const CompressionSubject& subject,
                                                      const LoadedModel& quantized, const std::stop_token& stop)
{
    if (!subject.dataset || !subject.isTrained || !checkClasses(subject.model, *subject.dataset))
        return std::optional<AccuracyChange>();
    printStatus("measuring the accuracy");
    const auto before = evaluateOnTest(backend, subject.model, Mode::Fused, *subject.dataset, kTestBatch, stop);
    if (!before)
        return tl::unexpected(before.error());
    return modeFor(kUsualMode, quantized)
        .and_then(
            [&](Mode mode) { return evaluateOnTest(backend, quantized, mode, *subject.dataset, kTestBatch, stop); })
        .map([&](const Evaluation& after) {
            return std::optional(compareEvaluations(*before, after, subject.dataset->test.labels));
        });
}

void addNotes(std::vector<std::string>& notes, const CompressionSubject& subject)
{
    if (!subject.calibration)
        notes.emplace_back("Its grids were found on random inputs: its speed is that of int8, of its accuracy nothing "
                           "is known. Calibrate it with --calibrate DATASET:N.");
    else if (!subject.isTrained)
        notes.emplace_back("It has no trained weights: of its accuracy nothing can be said. Train it with lathe train "
                           "and name the file.");
}

/// The work behind the command, in the order it is done.
struct Quantizing {
    Backend& backend;
    const CompressionSubject& subject;
    const QuantizeNetworkOptions& options;
    std::stop_token stop;
    int threads;
    std::uint64_t seed;

    Result<QuantizationOutcome> run(const QuantizationOptions& wish) const
    {
        auto outcome = quantize(backend, subject, wish, stop, showProgress);
        if (!outcome || options.fineTuneEpochs == 0)
            return outcome;
        return fineTune(backend, subject, *outcome,
                        usualFineTuning(options.fineTuneEpochs, kQuantizedLearningRate, seed, threads), {showStep, {}},
                        stop);
    }

    /// A suggestion is taken: the outcome becomes what it suggests.
    Result<void> study(QuantizationOutcome& outcome, QuantizationReport& report) const
    {
        if (options.suggestDb || options.suggestPoints)
            if (const auto done = takeSuggestion(outcome, report); !done)
                return done;
        if (options.measure)
            if (const auto done = measure(outcome, report); !done)
                return done;
        if (!report.variants.empty()) {
            report.accuracy = report.variants.back().accuracy;
            return {};
        }
        auto accuracy = measureAccuracy(backend, subject, outcome.model, stop);
        if (!accuracy)
            return tl::unexpected(accuracy.error());
        report.accuracy = *std::move(accuracy);
        return {};
    }

private:
    Result<void> weigh(const QuantizationOutcome& outcome, QuantizationReport& report) const
    {
        auto found = sensitivities(backend, outcome, subject.data(), stop, showProgress);
        if (!found)
            return tl::unexpected(found.error());
        report.sensitivities = *std::move(found);
        auto savings = measureSavings(backend, outcome, options.batches.back(), kLayerSeconds, stop, showProgress);
        if (!savings)
            return tl::unexpected(savings.error());
        report.savings = *std::move(savings);
        return {};
    }

    Result<void> takeSuggestion(QuantizationOutcome& outcome, QuantizationReport& report) const
    {
        if (const auto weighed = weigh(outcome, report); !weighed)
            return weighed;
        auto suggestion = suggest(backend, outcome, subject.data(), report.sensitivities, *report.savings,
                                  {options.suggestDb.value_or(0.0), options.suggestPoints.value_or(100.0)}, stop);
        if (!suggestion)
            return tl::unexpected(suggestion.error());
        PrecisionChoice choice;
        for (const NodeId node : suggestion->inFloat)
            choice[node] = Precision::Float32;
        report.suggestion = *std::move(suggestion);
        report.savings.reset(); // of what it was before
        auto errors = layerErrorsOf(backend, subject, withPrecisions(outcome, choice), stop, showProgress);
        if (!errors)
            return tl::unexpected(errors.error());
        outcome = *std::move(errors);
        return {};
    }

    Result<void> measure(const QuantizationOutcome& outcome, QuantizationReport& report) const
    {
        if (const auto weighed = weigh(outcome, report); !weighed)
            return weighed;
        auto variants = measureVariants(backend, subject, outcome, {options.batches, threads, options.maxSeconds}, stop,
                                        showProgress);
        if (!variants)
            return tl::unexpected(variants.error());
        report.variants = *std::move(variants);
        return {};
    }
};

} // namespace

void addNetworkOptions(CLI::App& app, QuantizeNetworkOptions& options)
{
    app.add_option("--scheme", options.scheme,
                   "static (int8 on grids found by calibration), dynamic (linear layers, grids found as it runs) or "
                   "weight-only");
    app.add_option("--calibrate", options.calibrate,
                   "Training images that activations are watched on: DATASET:N, where DATASET is " + datasetKinds() +
                       "; random inputs by default");
    app.add_option("--calibration-batch", options.batch, "Of these at once (32)")->check(atLeastOne());
    app.add_option("--weight-observer", options.weightObserver, "As --observer, for weights (minmax)");
    app.add_flag("--signed", options.signedActivations, "Activations in int8; else uint8");
    app.add_option("--keep", options.keep, "Layers that stay in float32, such as conv1,fc")->delimiter(',');
    app.add_option("--precision", options.precisions,
                   "Layers otherwise than the scheme has them, such as conv1=bf16,fc=int8-weight-only; also float32")
        ->delimiter(',');
    app.add_option("--target", options.target,
                   "What it is to run on: here, avx2 or vnni. Without VNNI weights use 7 of their 8 bits")
        ->check(CLI::IsMember({"here", "avx2", "vnni"}));
    app.add_flag("--equalize", options.equalize, "Even out the ranges of channels across layers first");
    app.add_flag("--bias-correction", options.correctBiases, "Take the shift of each layer's mean off its bias");
    app.add_option("--fine-tune", options.fineTuneEpochs,
                   "Epochs of quantization-aware training on the dataset's images afterwards (0)")
        ->check(between(0, 1000));
    app.add_option("--suggest", options.suggestDb,
                   "Leave in float32 what it takes to keep this SQNR of the output, in dB, at the least loss of time")
        ->check(between(0.0, 100.0));
    app.add_option("--suggest-points", options.suggestPoints,
                   "The same so that no more than this per cent of the calibration's inputs change their class: their "
                   "accuracy falls by no more points")
        ->check(between(0.0, 100.0));
    app.add_flag("--measure", options.measure,
                 "Time it in turns with the network in float, weigh each layer, and say why it is faster or not");
    addListOption(app, "--batches", options.batches, "Batch sizes of that (1,8)")->check(atLeastOne());
    app.add_option("--max-seconds", options.maxSeconds, "Time limit of one comparison (20)")
        ->check(between(0.1, 86400.0));
    app.add_option("--threads", options.threads, "Threads an operation uses; all cores by default")
        ->check(threadCount());
    app.add_option("--out", options.out, "The safetensors file to write");
}

Result<void> quantizeNetwork(const QuantizeNetworkOptions& options, const QuantizeOptions& values,
                             const std::string& input, std::uint64_t seed, bool json)
{
    Result<Wish> wish = wishOf(options, values);
    if (!wish)
        return tl::unexpected(wish.error());
    if (const auto possible = options.out.empty() ? Result<void>() : checkPlace(options.out); !possible)
        return possible;
    const Result<Shape> shape = parseInput(input);
    if (!shape)
        return tl::unexpected(shape.error());
    const Result<Backend*> backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    const int threads = options.threads > 0 ? options.threads : usableCores();
    (*backend)->setThreads(threads);
    const auto subject =
        loadCompressionSubject(**backend, {options.model, *shape, options.calibrate, options.batch, seed});
    if (!subject)
        return tl::unexpected(subject.error());
    const StopOnInterrupt interrupt;
    Quantizing quantizing{**backend, *subject, options, interrupt.token(), threads, seed};
    Result<QuantizationOutcome> outcome = quantizing.run(wish->options);
    if (!outcome)
        return tl::unexpected(outcome.error());
    QuantizationReport report{*subject, *outcome, {}, {}, options.out, {}, {}, {}, {}, currentInstructionSets(), {}};
    const auto found = quantizing.study(*outcome, report);
    printStatus("");
    if (!found)
        return found;
    if (!options.out.empty())
        if (const auto written = saveModel(options.out, outcome->model); !written)
            return written;
    addNotes(wish->notes, *subject);
    report.notes = wish->notes;
    report.mode = name(*modeFor(kUsualMode, outcome->model));
    json ? printQuantizationJson(report) : printQuantization(report);
    return {};
}

} // namespace lathe::cli

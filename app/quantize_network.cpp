#include "app/quantize_network.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/output.h"
#include "app/stop.h"
#include "core/analysis/significant.h"
#include "core/benchmark/as_run.h"
#include "core/benchmark/environment.h"
#include "core/quantization/accuracy_change.h"
#include "core/quantization/subject.h"
#include "core/training/fitting_dataset.h"

namespace lathe::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kTestBatch = 256;

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
    chooseBits(wish, options, values);
    return wish;
}

std::string decibels(const std::optional<double>& value)
{
    if (!value)
        return "–";
    return std::isinf(*value) ? "exact" : fmt::format("{:.1f}", *value);
}

Json number(const std::optional<double>& value)
{
    return value && std::isfinite(*value) ? Json(*value) : Json(nullptr);
}

struct Report {
    const QuantizationSubject& subject;
    const QuantizationOutcome& outcome;
    const std::optional<AccuracyChange>& accuracy;
    const std::vector<std::string>& notes;
    std::string out;
    std::string mode;

    std::int64_t bytes() const { return storedBytes(outcome.model); }
    std::int64_t floatBytes() const { return storedBytes(subject.model); }
};

Json layersJson(const QuantizationOutcome& outcome)
{
    Json layers = Json::array();
    for (const LayerError& error : outcome.errors) {
        const Node& node = outcome.model.graph.node(error.node);
        const LayerQuantization& layer = outcome.model.quantization->layer(error.node);
        layers.push_back({{"name", node.name},
                          {"op", std::string(operationName(node.operation))},
                          {"precision", std::string(name(layer.precision))},
                          {"reason", layer.reason},
                          {"sqnr_db", number(error.output)},
                          {"weight_sqnr_db", number(error.weight)},
                          {"accumulated_sqnr_db", number(error.accumulated)}});
    }
    return layers;
}

void printJson(const Report& report)
{
    Json json{{"model", report.subject.model.name},
              {"out", report.out.empty() ? Json(nullptr) : Json(report.out)},
              {"mode", report.mode},
              {"accuracy", nullptr},
              {"accuracy_float", nullptr},
              {"size_bytes", report.bytes()},
              {"float_size_bytes", report.floatBytes()},
              {"calibration_samples", report.subject.calibration ? report.subject.calibration->samples() : 0}};
    if (const auto& change = report.accuracy) {
        json["accuracy"] = change->after.accuracy;
        json["accuracy_float"] = change->before.accuracy;
        json["accuracy_difference"] = {{"points", 100.0 * change->difference()},
                                       {"ci_low", 100.0 * change->interval.low},
                                       {"ci_high", 100.0 * change->interval.high},
                                       {"p_value", change->pValue},
                                       {"agreement", change->agreement()}};
    }
    json["notes"] = report.notes;
    json["layers"] = layersJson(report.outcome);
    fmt::print("{}\n", json.dump(2));
}

void printText(const Report& report)
{
    std::vector<std::vector<std::string>> rows;
    for (const LayerError& error : report.outcome.errors) {
        const Node& node = report.outcome.model.graph.node(error.node);
        const LayerQuantization& layer = report.outcome.model.quantization->layer(error.node);
        rows.push_back({node.name, std::string(operationName(node.operation)), std::string(name(layer.precision)),
                        decibels(error.weight), decibels(error.output), decibels(error.accumulated), layer.reason});
    }
    printTable({"layer", "operation", "precision", "weight dB", "output dB", "accumulated dB", "why float32"}, rows);
    fmt::print(
        "\nSQNR in dB: of the rounded weight, of the layer's output by itself, and with the errors of all layers "
        "before it.\n");
    const auto bytes = static_cast<double>(report.bytes());
    const auto floatBytes = static_cast<double>(report.floatBytes());
    fmt::print("{} of {} in float32: {:.1f} %.\n", formatBytes(bytes), formatBytes(floatBytes),
               100.0 * bytes / floatBytes);
    if (report.accuracy)
        fmt::print("{}\n", accuracySentence(*report.accuracy));
    for (const std::string& note : report.notes)
        fmt::print("{}\n", forTerminal(note));
    if (!report.out.empty())
        fmt::print("{}: written; it runs in the mode {}.\n", report.out, report.mode);
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
Result<std::optional<AccuracyChange>> measureAccuracy(Backend& backend, const QuantizationSubject& subject,
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

void addNotes(std::vector<std::string>& notes, const QuantizationSubject& subject)
{
    if (!subject.calibration)
        notes.emplace_back("Its grids were found on random inputs: its speed is that of int8, of its accuracy nothing "
                           "is known. Calibrate it with --calibrate DATASET:N.");
    else if (!subject.isTrained)
        notes.emplace_back("It has no trained weights: of its accuracy nothing can be said. Train it with lathe train "
                           "and name the file.");
}

} // namespace

void addNetworkOptions(CLI::App& app, QuantizeNetworkOptions& options)
{
    app.add_option("--scheme", options.scheme,
                   "static (int8 on grids found by calibration), dynamic (linear layers, grids found as it runs) or "
                   "weight-only");
    app.add_option("--calibrate", options.calibrate,
                   "Training images that activations are watched on: DATASET:N, where DATASET is " + datasetKinds() +
                       "; random inputs by default");
    app.add_option("--calibration-batch", options.batch, "Of these at once (32)")->check(CLI::PositiveNumber);
    app.add_option("--weight-observer", options.weightObserver, "As --observer, for weights (minmax)");
    app.add_flag("--signed", options.signedActivations, "Activations in int8; else uint8");
    app.add_option("--keep", options.keep, "Layers that stay in float32, such as conv1,fc")->delimiter(',');
    app.add_option("--target", options.target,
                   "What it is to run on: here, avx2 or vnni. Without VNNI weights use 7 of their 8 bits")
        ->check(CLI::IsMember({"here", "avx2", "vnni"}));
    app.add_flag("--equalize", options.equalize, "Even out the ranges of channels across layers first");
    app.add_flag("--bias-correction", options.correctBiases, "Take the shift of each layer's mean off its bias");
    app.add_option("--fine-tune", options.fineTuneEpochs,
                   "Epochs of quantization-aware training on the dataset's images afterwards (0)")
        ->check(CLI::Range(0, 1000));
    app.add_option("--threads", options.threads, "Threads an operation uses; all cores by default")
        ->check(CLI::PositiveNumber);
    app.add_option("--out", options.out, "The safetensors file to write");
}

Result<void> quantizeNetwork(const QuantizeNetworkOptions& options, const QuantizeOptions& values,
                             const std::string& input, std::uint64_t seed, bool json)
{
    Result<Wish> wish = wishOf(options, values);
    if (!wish)
        return tl::unexpected(wish.error());
    const Result<Shape> shape = parseInput(input);
    if (!shape)
        return tl::unexpected(shape.error());
    const Result<Backend*> backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    const int threads = options.threads > 0 ? options.threads : usableCores();
    (*backend)->setThreads(threads);
    const auto subject =
        loadQuantizationSubject(**backend, {options.model, *shape, options.calibrate, options.batch, seed});
    if (!subject)
        return tl::unexpected(subject.error());
    const StopOnInterrupt interrupt;
    auto outcome = quantize(**backend, *subject, wish->options, interrupt.token(), showProgress);
    if (outcome && options.fineTuneEpochs > 0)
        outcome = fineTune(**backend, *subject, *outcome, usualFineTuning(options.fineTuneEpochs, seed, threads),
                           {showStep, {}}, interrupt.token());
    if (!outcome)
        return tl::unexpected(outcome.error());
    const auto accuracy = measureAccuracy(**backend, *subject, outcome->model, interrupt.token());
    printStatus("");
    if (!accuracy)
        return tl::unexpected(accuracy.error());
    if (!options.out.empty())
        if (const auto written = saveModel(options.out, outcome->model); !written)
            return written;
    addNotes(wish->notes, *subject);
    const Report report{*subject,    *outcome,    *accuracy,
                        wish->notes, options.out, std::string(name(*modeFor(kUsualMode, outcome->model)))};
    json ? printJson(report) : printText(report);
    return {};
}

} // namespace lathe::cli

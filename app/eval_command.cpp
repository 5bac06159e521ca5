#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/datasets.h"
#include "app/output.h"
#include "app/stop.h"
#include "core/benchmark/environment.h"
#include "core/datasets/dataset_name.h"
#include "core/engine/backend.h"
#include "core/formats/model_file.h"
#include "core/training/evaluation.h"

namespace lathe::cli {

namespace {

struct Options {
    std::string model;
    std::string dataset;
    std::string mode = "eager";
    std::int64_t batch = 256;
    std::uint64_t seed = 0;
    int threads = 0;
    bool json = false;
};

/// Synthetic images are those that training with the same seed made for this model.
SyntheticOptions syntheticFor(const LoadedModel& model, std::uint64_t seed)
{
    SyntheticOptions synthetic;
    synthetic.seed = seed;
    if (model.graph.inputShape().size() == 3)
        synthetic.image = model.graph.inputShape();
    return synthetic;
}

Result<void> checkFit(const LoadedModel& model, const Dataset& dataset)
{
    if (model.graph.inputShape() != dataset.imageShape())
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} takes an input of {} and the images of {} are {}; train it on that dataset, or "
                                "choose another.",
                                model.name, toString(model.graph.inputShape()), dataset.name,
                                toString(dataset.imageShape())));
    if (model.graph.outputShape() != Shape{dataset.classes()})
        return fail(
            ErrorCode::InvalidArgument,
            fmt::format("{} gives {} values and {} has {} classes; train it on that dataset, or choose another.",
                        model.name, toString(model.graph.outputShape()), dataset.name, dataset.classes()));
    return {};
}

/// A file says itself how it wants its input.
Normalisation normalisationFor(const LoadedModel& model, const Dataset& dataset)
{
    const bool says =
        model.preprocessing && model.preprocessing->normalisation.mean.size() == dataset.normalisation.mean.size();
    return says ? model.preprocessing->normalisation : dataset.normalisation;
}

Result<Evaluation> evaluateOn(const Options& options, const LoadedModel& model, const Dataset& dataset)
{
    const Result<Mode> mode = modeFromName(options.mode);
    if (!mode)
        return tl::unexpected(mode.error());
    const Result<Backend*> backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    (*backend)->setThreads(options.threads > 0 ? options.threads : usableCores());
    const auto network = (*backend)->prepare(model.graph, model.weights, *mode);
    if (!network)
        return tl::unexpected(network.error());
    const Normalisation normalisation = normalisationFor(model, dataset);
    const EvaluationTask task{dataset.test, normalisation, dataset.classes(), options.batch};
    const StopOnInterrupt interrupt;
    const auto forward = [&](const HostTensor& x) { return (*network)->infer(x); };
    return evaluate(forward, task, allIndices(dataset.test), interrupt.token());
}

Result<LoadedModel> loadTrained(const std::string& name)
{
    Result<LoadedModel> model = loadModel(name, {});
    if (model && model->weights.empty() && !model->graph.isSealed())
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} is an architecture without weights; train it first, and name the file.", name));
    if (model)
        for (const std::string& note : model->notes)
            fmt::print(stderr, "{}\n", forTerminal(note));
    return model;
}

void print(const Options& options, const LoadedModel& model, const Dataset& dataset, const Evaluation& evaluation)
{
    if (!options.json) {
        printEvaluation(evaluation, dataset);
        return;
    }
    nlohmann::ordered_json json{{"model", model.name}, {"dataset", dataset.name}, {"mode", options.mode}};
    addEvaluation(json, evaluation, dataset);
    fmt::print("{}\n", json.dump(2));
}

Result<void> eval(const Options& options)
{
    const Result<LoadedModel> model = loadTrained(options.model);
    if (!model)
        return tl::unexpected(model.error());
    const Result<Dataset> dataset = datasetFromText(options.dataset).and_then([&](const DatasetName& name) {
        return loadWhole(name, syntheticFor(*model, options.seed));
    });
    if (!dataset)
        return tl::unexpected(dataset.error());
    return checkFit(*model, *dataset)
        .and_then([&] { return evaluateOn(options, *model, *dataset); })
        .map([&](const Evaluation& evaluation) { print(options, *model, *dataset, evaluation); });
}

} // namespace

void addEval(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand("eval", "Measure how well a trained network sorts a dataset's test images");
    const auto options = std::make_shared<Options>();
    command->add_option("model", options->model, "A model file")->required();
    command->add_option("--dataset", options->dataset, datasetKinds())->required();
    command->add_option("--mode", options->mode, "eager, channels_last or fused");
    command->add_option("--batch", options->batch, "Images at once (256)")->check(CLI::Range(1, 1000000));
    command->add_option("--seed", options->seed, "Of synthetic images, as in training");
    command->add_option("--threads", options->threads, "Threads an operation uses; all cores by default")
        ->check(CLI::PositiveNumber);
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return eval(*options); }; });
}

} // namespace lathe::cli

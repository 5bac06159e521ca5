#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/checks.h"
#include "app/command.h"
#include "app/datasets.h"
#include "app/output.h"
#include "app/stop.h"
#include "core/benchmark/as_run.h"
#include "core/benchmark/environment.h"
#include "core/compression/accuracy_change.h"
#include "core/engine/backend.h"
#include "core/formats/model_file.h"
#include "core/training/fitting_dataset.h"

namespace lathe::cli {

namespace {

struct Options {
    std::string model;
    std::string dataset;
    std::string mode = kUsualMode;
    std::int64_t batch = 256;
    std::uint64_t seed = 0;
    int threads = 0;
    bool json = false;
};

Result<Evaluation> evaluateOn(const Options& options, const LoadedModel& model, Mode mode, const Dataset& dataset)
{
    for (const std::string& caveat : caveatsOf(mode, model, currentInstructionSets()))
        fmt::print(stderr, "{}\n", caveat);
    const Result<Backend*> backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    (*backend)->setThreads(options.threads > 0 ? options.threads : usableCores());
    const StopOnInterrupt interrupt;
    return evaluateOnTest(**backend, model, mode, dataset, options.batch, interrupt.token());
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

void print(const Options& options, const LoadedModel& model, Mode mode, const Dataset& dataset,
           const Evaluation& evaluation)
{
    if (!options.json) {
        printEvaluation(evaluation, dataset);
        return;
    }
    nlohmann::ordered_json json{{"model", model.name}, {"dataset", dataset.name}, {"mode", std::string(name(mode))}};
    addEvaluation(json, evaluation, dataset);
    fmt::print("{}\n", json.dump(2));
}

Result<void> eval(const Options& options)
{
    const Result<LoadedModel> model = loadTrained(options.model);
    if (!model)
        return tl::unexpected(model.error());
    const Result<DatasetName> name = datasetFromText(options.dataset).and_then(whole);
    if (!name)
        return tl::unexpected(name.error());
    const Result<Dataset> dataset = loadFor(*model, *name, options.seed);
    if (!dataset)
        return tl::unexpected(dataset.error());
    const Result<Mode> mode = modeFor(options.mode, *model);
    if (!mode)
        return tl::unexpected(mode.error());
    return evaluateOn(options, *model, *mode, *dataset).map([&](const Evaluation& evaluation) {
        print(options, *model, *mode, *dataset, evaluation);
    });
}

} // namespace

void addEval(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand("eval", "Measure how well a trained network sorts a dataset's test images");
    const auto options = std::make_shared<Options>();
    command->add_option("model", options->model, "A model file")->required();
    command->add_option("--dataset", options->dataset, datasetKinds())->required();
    command->add_option(
        "--mode", options->mode,
        "eager, channels_last, fused or bf16; a quantized file's own, or simulated (as it was made by default)");
    command->add_option("--batch", options->batch, "Images at once (256)")->check(between(1, 1000000));
    command->add_option("--seed", options->seed, "Of synthetic images, as in training");
    command->add_option("--threads", options->threads, "Threads an operation uses; all cores by default")
        ->check(threadCount());
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return eval(*options); }; });
}

} // namespace lathe::cli

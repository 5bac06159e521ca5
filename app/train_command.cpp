#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "app/datasets.h"
#include "app/output.h"
#include "app/stop.h"
#include "app/training_options.h"
#include "core/analysis/significant.h"
#include "core/base/files.h"
#include "core/datasets/dataset_name.h"
#include "core/training/train_to_file.h"

namespace lathe::cli {

namespace {

struct Options {
    std::string model;
    std::string dataset;
    std::string out;
    std::string input;
    TrainingChoices training;
    bool resume = false;
    bool json = false;
};

TrainingEvents progressEvents(int epochs)
{
    return {stepLine(), [epochs](const EpochResult& epoch) { printEpoch(epoch, epochs); }};
}

nlohmann::ordered_json historyJson(const TrainingResult& result)
{
    auto history = nlohmann::ordered_json::array();
    for (const EpochResult& e : result.history) {
        nlohmann::ordered_json epoch{{"epoch", e.epoch},
                                     {"learning_rate", e.learningRate},
                                     {"loss", e.loss},
                                     {"accuracy", e.accuracy},
                                     {"seconds", e.seconds},
                                     {"data_seconds", e.dataSeconds},
                                     {"images_per_second", e.imagesPerSecond()}};
        if (e.validationAccuracy) {
            epoch["validation_loss"] = *e.validationLoss;
            epoch["validation_accuracy"] = *e.validationAccuracy;
        }
        history.push_back(epoch);
    }
    return history;
}

double secondsOf(const TrainingResult& result)
{
    double seconds = 0.0;
    for (const EpochResult& epoch : result.history)
        seconds += epoch.seconds;
    return seconds;
}

void print(const Options& options, const TrainingOptions& used, const TrainingSubject& subject,
           const TrainingResult& result)
{
    const std::string& model = subject.model.graph.name();
    const Dataset& dataset = subject.dataset;
    const double seconds = secondsOf(result);
    if (!options.json) {
        fmt::print("{}: {} after {} epochs on {} in {}, weights of epoch {}\n", options.out, model,
                   result.history.size(), dataset.name, formatDuration(seconds), result.keptEpoch);
        printEvaluation(result.test, dataset);
        return;
    }
    nlohmann::ordered_json json{{"out", options.out},
                                {"model", model},
                                {"dataset", dataset.name},
                                {"options", nlohmann::ordered_json::parse(describe(used))},
                                {"threads", used.threads},
                                {"seconds", seconds},
                                {"kept_epoch", result.keptEpoch}};
    addEvaluation(json, result.test, dataset);
    json["history"] = historyJson(result);
    fmt::print("{}\n", json.dump(2));
}

Result<void> trainSubject(const Options& options, const TrainingSubject& subject)
{
    const Result<TrainingOptions> used = optionsFrom(options.training, subject.model.graph);
    if (!used)
        return tl::unexpected(used.error());
    if (options.resume && !isThere(checkpointBeside(options.out)))
        fmt::print(stderr, "There is no checkpoint beside {}: the training begins at its beginning.\n", options.out);
    const StopOnInterrupt interrupt;
    const Result<TrainingResult> result =
        trainToFile(subject, *used, {options.out, options.resume}, progressEvents(used->epochs), interrupt.token());
    printStatus("");
    if (!result)
        return tl::unexpected(result.error());
    print(options, *used, subject, *result);
    return {};
}

Result<void> train(const Options& options)
{
    const Result<Shape> input = parseInput(options.input);
    if (!input)
        return tl::unexpected(input.error());
    return checkOutput(options.out, options.resume)
        .and_then([&] {
            return loadSubject({options.model, options.dataset, *input, options.training.seed});
        })
        .and_then([&](const TrainingSubject& subject) { return trainSubject(options, subject); });
}

} // namespace

void addTrain(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand("train", "Train a network on labelled images");
    const auto options = std::make_shared<Options>();
    command->add_option("model", options->model, "An architecture's name, or a model file to go on from")->required();
    command->add_option("--dataset", options->dataset, datasetKinds())->required();
    command->add_option("--out", options->out, "The safetensors file to write; its checkpoint lies beside it")
        ->required();
    command->add_option("--input", options->input, "Input size, for synthetic images alone, such as 3x32x32");
    addTrainingOptions(*command, options->training);
    command->add_flag("--resume", options->resume, "Go on from the checkpoint that a stopped training left");
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return train(*options); }; });
}

} // namespace lathe::cli

#include <chrono>
#include <filesystem>
#include <optional>
#include <sstream>

#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/checks.h"
#include "app/command.h"
#include "app/datasets.h"
#include "app/output.h"
#include "app/stop.h"
#include "core/analysis/significant.h"
#include "core/benchmark/environment.h"
#include "core/datasets/dataset_name.h"
#include "core/training/train_to_file.h"

namespace lathe::cli {

namespace {

struct Options {
    std::string model;
    std::string dataset;
    std::string out;
    std::string input;
    std::optional<int> epochs;
    std::optional<int> patience;
    std::optional<std::int64_t> batch;
    std::optional<std::string> optimizer;
    std::optional<double> learningRate;
    std::optional<double> momentum;
    std::optional<double> weightDecay;
    std::optional<double> labelSmoothing;
    std::optional<std::string> schedule;
    std::optional<double> warmUp;
    std::optional<std::string> augment;
    std::optional<double> validation;
    std::string keep = "last";
    std::uint64_t seed = 0;
    int threads = 0;
    bool resume = false;
    bool json = false;
};

template <class T> void takeOver(T& value, const std::optional<T>& given)
{
    if (given)
        value = *given;
}

/// "crop,flip" for images of that shape.
Result<Augmentation> augmentationFrom(const std::string& names, const Shape& image)
{
    Augmentation augmentation;
    std::istringstream rest(names);
    for (std::string name; std::getline(rest, name, ',');) {
        if (name == "crop")
            augmentation.cropPadding = usualCropPadding(image);
        else if (name == "flip")
            augmentation.flip = true;
        else if (name != "none")
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("There is no augmentation \"{}\"; choose from crop, flip, none.", name));
    }
    return augmentation;
}

/// What this kind of network is usually trained with, but for what the command line says.
Result<TrainingOptions> trainingOptions(const Options& given, const Graph& graph)
{
    std::optional<OptimizerOptions::Kind> optimizer;
    if (given.optimizer) {
        const auto kind = optimizerFromName(*given.optimizer);
        if (!kind)
            return tl::unexpected(kind.error());
        optimizer = *kind;
    }
    TrainingOptions options = usualOptions(graph, optimizer);
    if (given.schedule) {
        const auto schedule = scheduleFromName(*given.schedule);
        if (!schedule)
            return tl::unexpected(schedule.error());
        options.schedule = *schedule;
    }
    if (given.augment) {
        const auto augmentation = augmentationFrom(*given.augment, graph.inputShape());
        if (!augmentation)
            return tl::unexpected(augmentation.error());
        options.augmentation = *augmentation;
    }
    takeOver(options.epochs, given.epochs);
    takeOver(options.patience, given.patience);
    takeOver(options.batch, given.batch);
    takeOver(options.learningRate, given.learningRate);
    takeOver(options.optimizer.momentum, given.momentum);
    takeOver(options.optimizer.weightDecay, given.weightDecay);
    takeOver(options.labelSmoothing, given.labelSmoothing);
    takeOver(options.validationShare, given.validation);
    options.optimizer.nesterov = options.optimizer.nesterov && options.optimizer.momentum > 0.0;
    options.warmUpEpochs = given.warmUp.value_or(std::min(options.warmUpEpochs, 0.25 * options.epochs));
    options.kept = given.keep == "best" ? Kept::Best : Kept::Last;
    options.seed = given.seed;
    options.threads = given.threads > 0 ? given.threads : usableCores();
    return check(options).map([&] { return options; });
}

std::string text(const TrainingProgress& p)
{
    return fmt::format("epoch {}/{}, step {}/{}: loss {:.4f}, accuracy {:.1f} %, {} images/s, {} left", p.epoch,
                       p.epochs, p.step, p.steps, p.loss, 100.0 * p.accuracy, formatSignificant(p.imagesPerSecond),
                       formatDuration(p.secondsLeft));
}

std::string text(const EpochResult& e, int epochs)
{
    const std::string validation = e.validationAccuracy ? fmt::format(", validation loss {:.4f}, accuracy {:.2f} %",
                                                                      *e.validationLoss, 100.0 * *e.validationAccuracy)
                                                        : "";
    return fmt::format("epoch {}/{}: loss {:.4f}, accuracy {:.2f} %{}, {} images/s, {:.1f} % of it making batches",
                       e.epoch, epochs, e.loss, 100.0 * e.accuracy, validation, formatSignificant(e.imagesPerSecond()),
                       100.0 * e.dataSeconds / e.seconds);
}

/// Steps are shown where they overwrite one another, epochs always.
TrainingEvents progressEvents(int epochs)
{
    using Clock = std::chrono::steady_clock;
    TrainingEvents events;
    if (isatty(STDERR_FILENO) != 0)
        events.stepDone = [next = Clock::time_point()](const TrainingProgress& progress) mutable {
            if (Clock::now() < next)
                return;
            printStatus(text(progress));
            next = Clock::now() + std::chrono::milliseconds(200);
        };
    events.epochDone = [epochs](const EpochResult& epoch) {
        printStatus("");
        fmt::print(stderr, "{}\n", text(epoch, epochs));
    };
    return events;
}

nlohmann::ordered_json historyJson(const TrainingResult& result)
{
    auto history = nlohmann::ordered_json::array();
    for (const EpochResult& e : result.history) {
        nlohmann::ordered_json epoch{{"epoch", e.epoch},     {"learning_rate", e.learningRate},
                                     {"loss", e.loss},       {"accuracy", e.accuracy},
                                     {"seconds", e.seconds}, {"images_per_second", e.imagesPerSecond()}};
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
    const Result<TrainingOptions> used = trainingOptions(options, subject.model.graph);
    if (!used)
        return tl::unexpected(used.error());
    if (options.resume && !std::filesystem::exists(checkpointBeside(options.out)))
        fmt::print(stderr, "There is no checkpoint beside {}: the training begins at its beginning.\n", options.out);
    const StopOnInterrupt interrupt;
    const Result<TrainingResult> result =
        trainToFile(subject, *used, options.out, options.resume, progressEvents(used->epochs), interrupt.token());
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
            return loadSubject({options.model, options.dataset, *input, options.seed});
        })
        .and_then([&](const TrainingSubject& subject) { return trainSubject(options, subject); });
}

void addTrainingOptions(CLI::App& command, Options& options)
{
    command.add_option("--epochs", options.epochs, "Times that all images are trained on");
    command.add_option("--patience", options.patience,
                       "End after that many epochs without a better validation accuracy, with the best one's weights");
    command.add_option("--batch", options.batch, "Images in one update (128)");
    command.add_option("--optimizer", options.optimizer, "sgd, adam or adamw");
    command.add_option("--learning-rate", options.learningRate, "The highest of the schedule");
    command.add_option("--momentum", options.momentum, "Of sgd (0.9)");
    command.add_option("--weight-decay", options.weightDecay, "Pull of every weight towards 0");
    command.add_option("--label-smoothing", options.labelSmoothing, "Share of a label that all classes get (0)");
    command.add_option("--schedule", options.schedule, "cosine or constant");
    command.add_option("--warm-up", options.warmUp, "Epochs over which the learning rate rises, such as 1.5");
    command.add_option("--augment", options.augment,
                       "Random changes to training images: crop, flip, or both as crop,flip; or none");
    command.add_option("--validation", options.validation, "Share of the training images that only validate (0.1)");
    command.add_option("--keep", options.keep, "Weights of the last epoch, or of the best by validation: last, best")
        ->check(CLI::IsMember({"last", "best"}));
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
    addTrainingOptions(*command, *options);
    command->add_option("--seed", options->seed, "Of the first weights, the order of images and their changes");
    command->add_option("--threads", options->threads, "Threads an operation uses; all cores by default")
        ->check(threadCount());
    command->add_flag("--resume", options->resume, "Go on from the checkpoint that a stopped training left");
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return train(*options); }; });
}

} // namespace lathe::cli

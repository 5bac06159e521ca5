#include "app/training_options.h"

#include <chrono>
#include <sstream>

#include <unistd.h>

#include <fmt/format.h>

#include "app/checks.h"
#include "app/output.h"
#include "core/analysis/significant.h"
#include "core/benchmark/environment.h"

namespace lathe::cli {

namespace {

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

} // namespace

void addTrainingOptions(CLI::App& command, TrainingFlags& flags)
{
    command.add_option("--epochs", flags.epochs, "Times that all images are trained on");
    command.add_option("--patience", flags.patience,
                       "End after that many epochs without a better validation accuracy, with the best one's weights");
    command.add_option("--batch", flags.batch, "Images in one update (128)");
    command.add_option("--optimizer", flags.optimizer, "sgd, adam or adamw");
    command.add_option("--learning-rate", flags.learningRate, "The highest of the schedule");
    command.add_option("--momentum", flags.momentum, "Of sgd (0.9)");
    command.add_option("--weight-decay", flags.weightDecay, "Pull of every weight towards 0");
    command.add_option("--label-smoothing", flags.labelSmoothing, "Share of a label that all classes get (0)");
    command.add_option("--schedule", flags.schedule, "cosine or constant");
    command.add_option("--warm-up", flags.warmUp, "Epochs over which the learning rate rises, such as 1.5");
    command.add_option("--augment", flags.augment,
                       "Random changes to training images: crop, flip, or both as crop,flip; or none");
    command.add_option("--validation", flags.validation, "Share of the training images that only validate (0.1)");
    command.add_option("--keep", flags.keep, "Weights of the last epoch, or of the best by validation: last, best")
        ->check(CLI::IsMember({"last", "best"}));
    command.add_option("--seed", flags.seed, "Of the first weights, the order of images and their changes");
    command.add_option("--threads", flags.threads, "Threads an operation uses; all cores by default")
        ->check(threadCount());
}

Result<TrainingOptions> trainingOptions(const TrainingFlags& given, const Graph& graph)
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

std::function<void(const TrainingProgress&)> stepLine(const std::string& prefix)
{
    using Clock = std::chrono::steady_clock;
    if (isatty(STDERR_FILENO) == 0)
        return {};
    return [prefix, next = Clock::time_point()](const TrainingProgress& progress) mutable {
        if (Clock::now() < next)
            return;
        printStatus(prefix + text(progress));
        next = Clock::now() + std::chrono::milliseconds(200);
    };
}

void printEpoch(const EpochResult& epoch, int epochs, const std::string& prefix)
{
    printStatus("");
    fmt::print(stderr, "{}{}\n", prefix, text(epoch, epochs));
}

} // namespace lathe::cli

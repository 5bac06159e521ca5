#include "app/training_options.h"

#include <chrono>

#include <unistd.h>

#include <fmt/format.h>

#include "app/checks.h"
#include "app/output.h"
#include "core/analysis/significant.h"

namespace lathe::cli {

namespace {

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

void addTrainingOptions(CLI::App& command, TrainingChoices& choices)
{
    command.add_option("--epochs", choices.epochs, "Times that all images are trained on");
    command.add_option("--patience", choices.patience,
                       "End after that many epochs without a better validation accuracy, with the best one's weights");
    command.add_option("--batch", choices.batch, "Images in one update (128)");
    command.add_option("--optimizer", choices.optimizer, "sgd, adam or adamw");
    command.add_option("--learning-rate", choices.learningRate, "The highest of the schedule");
    command.add_option("--momentum", choices.momentum, "Of sgd (0.9)");
    command.add_option("--weight-decay", choices.weightDecay, "Pull of every weight towards 0");
    command.add_option("--label-smoothing", choices.labelSmoothing, "Share of a label that all classes get (0)");
    command.add_option("--schedule", choices.schedule, "cosine or constant");
    command.add_option("--warm-up", choices.warmUp, "Epochs over which the learning rate rises, such as 1.5");
    command.add_option("--augment", choices.augment,
                       "Random changes to training images: crop, flip, or both as crop,flip; or none");
    command.add_option("--validation", choices.validation, "Share of the training images that only validate (0.1)");
    command.add_option("--keep", choices.keep, "Weights of the last epoch, or of the best by validation: last, best")
        ->check(CLI::IsMember({"last", "best"}));
    command.add_option("--seed", choices.seed, "Of the first weights, the order of images and their changes");
    command.add_option("--threads", choices.threads, "Threads an operation uses; all cores by default")
        ->check(threadCount());
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

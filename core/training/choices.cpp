#include "core/training/choices.h"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "core/benchmark/environment.h"

namespace lathe {

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

} // namespace

Result<TrainingOptions> optionsFrom(const TrainingChoices& given, const Graph& graph)
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

} // namespace lathe

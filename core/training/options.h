#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/datasets/batch_maker.h"
#include "core/engine/trainee.h"
#include "core/graph/graph.h"

namespace lathe {

enum class Schedule {
    Constant,
    Cosine ///< falls from the learning rate to 0 along half a cosine (Loshchilov and Hutter, 2017)
};

/// Which weights a training ends with.
enum class Kept {
    Last,
    Best ///< those of the epoch with the highest validation accuracy, the first of equals
};

struct TrainingOptions {
    int epochs = 10; ///< at most, with a patience
    /// Ends once that many epochs in a row had no higher validation accuracy than the best before, whose weights are
    /// kept then; 0: all epochs are trained.
    int patience = 0;
    std::int64_t batch = 128;
    OptimizerOptions optimizer;
    double learningRate = 0.1; ///< the highest of the schedule
    Schedule schedule = Schedule::Cosine;
    double warmUpEpochs = 0.0; ///< over which the learning rate rises in equal steps to its highest
    double labelSmoothing = 0.0;
    Augmentation augmentation;
    /// 0: images are changed anew in each epoch. Otherwise each image has as many changed versions, the same for every
    /// seed, which epochs take in turns, so that a teacher's answers to all of them can be kept.
    int views = 0;
    double validationShare = 0.1; ///< of the training part, never trained on
    Kept kept = Kept::Last;
    std::optional<Distillation> distillation = {}; ///< with a teacher, whose answers the task brings
    std::uint64_t seed = 0; ///< of the first weights, the split, the order of images and their augmentation
    int threads = 1;
};

/// What a network of that kind is usually trained with on images of that shape: SGD with Nesterov momentum and random
/// crops and flips where it has batch normalisation, AdamW where it has not; or what goes with the optimizer given.
TrainingOptions usualOptions(const Graph& graph, std::optional<OptimizerOptions::Kind> optimizer = {});

/// Pixels that images of that width are padded by for random crops: an eighth of it, as 4 for CIFAR's 32.
std::int64_t usualCropPadding(const Shape& image);

/// What is drawn for an epoch (from 0).
AugmentationDraw drawOf(const TrainingOptions& options, int epoch);

/// Which of its answers to an image a teacher is asked for in an epoch (from 0): that to the view shown then, or the
/// only one.
std::int64_t viewOf(const TrainingOptions& options, int epoch);

/// One sentence about the first value that cannot be.
Result<void> check(const TrainingOptions& options);

/// Of update number `step` (from 0) out of `steps`, with `stepsPerEpoch` of them in an epoch.
double learningRateAt(const TrainingOptions& options, std::int64_t step, std::int64_t steps,
                      std::int64_t stepsPerEpoch);

/// Names as on the command line: "sgd", "adam", "adamw"; "cosine", "constant".
std::string_view name(OptimizerOptions::Kind kind);
std::string_view name(Schedule schedule);
/// "soft-labels", "logits", "hard-labels"; "features", "attention".
std::string_view name(Distillation::Loss loss);
std::string_view name(Hint::Kind kind);
Result<Distillation::Loss> teacherLossFromName(std::string_view name);
Result<Hint::Kind> hintFromName(std::string_view name);
Result<OptimizerOptions::Kind> optimizerFromName(std::string_view name);
Result<Schedule> scheduleFromName(std::string_view name);

/// JSON with all that decides on the outcome: everything but the threads.
std::string describe(const TrainingOptions& options);

} // namespace lathe

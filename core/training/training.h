#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <vector>

#include "core/base/result.h"
#include "core/datasets/dataset.h"
#include "core/engine/backend.h"
#include "core/training/checkpoint.h"
#include "core/training/evaluation.h"
#include "core/training/options.h"
#include "core/training/teacher_table.h"

namespace lathe {

struct TrainingTask {
    const Graph& graph;       ///< takes the dataset's images and sorts them into its classes
    const StateDict& weights; ///< to begin with
    const Dataset& dataset;
    TrainingOptions options;
    std::filesystem::path checkpoint;           ///< written after each epoch and on a stop; empty: none
    bool resume = false;                        ///< go on from the checkpoint, where there is one
    const Quantization* quantization = nullptr; ///< of the graph: train under its rounding
    const StateDict* masks = nullptr;           ///< entries that stay zero: see TraineeOptions
    const TeacherTable* teacher = nullptr;      ///< its answers to the training part, where options have a distillation
};

/// Where a running epoch is.
struct TrainingProgress {
    int epoch = 0;         ///< from 1
    int epochs = 0;        ///< at most, with a patience
    std::int64_t step = 0; ///< done in this epoch
    std::int64_t steps = 0;
    double loss = 0.0;     ///< mean of this epoch so far
    double accuracy = 0.0; ///< the same; fraction
    double imagesPerSecond = 0.0;
    double secondsLeft = 0.0;
};

/// What a training tells as it goes, on its own thread; any may be empty.
struct TrainingEvents {
    std::function<void(const TrainingProgress&)> stepDone;
    std::function<void(const EpochResult&)> epochDone; ///< for those of the checkpoint first, where it resumes
};

struct TrainingResult {
    StateDict weights;
    std::vector<EpochResult> history;
    int keptEpoch = 0; ///< whose weights these are
    Evaluation test;   ///< on the test part, which nothing was chosen by; done once
};

/// Trains, and measures the outcome on the test part. On one thread the outcome is the same to the bit for the same
/// task, however often it was stopped and resumed. A stop is Cancelled, and the checkpoint keeps what was done; the
/// checkpoint of a finished training stays for the caller to remove once the outcome is safe. A loss that is no number
/// ends it.
Result<TrainingResult> train(Backend& backend, const TrainingTask& task, const TrainingEvents& events,
                             std::stop_token stop);

} // namespace lathe

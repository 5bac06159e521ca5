#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/datasets/dataset.h"
#include "core/engine/backend.h"
#include "core/formats/model_file.h"
#include "core/pruning/channel_classes.h"

/// What a network's loss would change by without one of its channels, to the first order.
namespace lathe {

/// By class |sum of weight times gradient| over all trainable entries that go with it. `gradients`: of the graph's
/// trainable parameters, by name, float32. InvalidArgument where one is missing or of another shape; Unsupported for
/// weights in integers.
Result<std::vector<double>> firstOrderChanges(const Graph& graph, const ChannelClassesOfGraph& classes,
                                              const StateDict& weights, const StateDict& gradients);

struct LossChangeOptions {
    std::int64_t samples = 256; ///< training images, drawn by `seed`; all where there are fewer
    /// Images whose gradients are summed before the magnitude is taken. In a trained network those of many images
    /// cancel out, whatever a channel matters to each.
    std::int64_t batch = 8;
    std::uint64_t seed = 1;
};

/// By class of the model's graph the mean of these changes over batches of training images, with the mean cross-entropy
/// as loss. The model has weights. InvalidArgument where it does not sort into the dataset's classes; Cancelled.
Result<std::vector<double>> lossChanges(Backend& backend, const LoadedModel& model, const Dataset& dataset,
                                        const LossChangeOptions& options, const std::stop_token& stop = {},
                                        const ProgressSink& progress = {});

} // namespace lathe

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/base/statistics.h"
#include "core/datasets/dataset.h"

namespace lathe {

/// How well a network sorts images.
struct Evaluation {
    std::int64_t samples = 0;
    std::int64_t correct = 0;
    double accuracy = 0.0;                            ///< fraction
    stats::Interval interval;                         ///< Wilson's, 95 %
    double loss = 0.0;                                ///< mean cross-entropy
    std::vector<std::vector<std::int64_t>> confusion; ///< [label][predicted class]
    std::vector<std::int64_t> predictions;            ///< a class for each image, in the order asked for
};

/// A batch of images (float32, N x C x H x W, normalised) to logits, N x classes.
using Forward = std::function<Result<HostTensor>(const HostTensor& images)>;

struct EvaluationTask {
    const ImageSet& set;
    const Normalisation& normalisation;
    std::int64_t classes = 0;
    std::int64_t batch = 256;
    /// Makes the images of a batch where they are not just normalised; empty otherwise.
    std::function<HostTensor(std::span<const std::int64_t>)> images = {};
};

/// Logits that are no numbers are an error; Cancelled where it is stopped.
Result<Evaluation> evaluate(const Forward& forward, const EvaluationTask& task, std::span<const std::int64_t> indices,
                            std::stop_token stop = {}, const ProgressSink& progress = {});

/// 0 to count - 1.
std::vector<std::int64_t> allIndices(const ImageSet& set);

} // namespace lathe

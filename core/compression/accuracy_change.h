#pragma once

#include <string>
#include <vector>

#include "core/base/proportions.h"
#include "core/engine/backend.h"
#include "core/formats/model_file.h"
#include "core/training/evaluation.h"

namespace lathe {

/// Two classifiers on the same images.
struct AccuracyChange {
    Evaluation before;
    Evaluation after;
    stats::PairedCounts pairs;
    std::int64_t agreeing = 0; ///< images that both give the same class
    stats::Interval interval;  ///< of the difference, 95 %, from the bootstrap over the images
    double pValue = 1.0;       ///< McNemar's exact test

    double difference() const { return after.accuracy - before.accuracy; }
    double agreement() const;
};

AccuracyChange compareEvaluations(const Evaluation& before, const Evaluation& after,
                                  const std::vector<std::int64_t>& labels);

/// "89.98 % instead of 90.12 %: ...", with the verdict.
std::string accuracySentence(const AccuracyChange& change);

/// How well a model sorts a dataset's test images, in that mode.
Result<Evaluation> evaluateOnTest(Backend& backend, const LoadedModel& model, Mode mode, const Dataset& dataset,
                                  std::int64_t batch, std::stop_token stop = {}, const ProgressSink& progress = {});

} // namespace lathe

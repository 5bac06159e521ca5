#pragma once

#include <cstdint>
#include <vector>

#include "core/distillation/experiment.h"

/// What teacher and students say of single test images.
namespace lathe {

/// Probabilities of the classes: the softmax of logits divided by a temperature.
std::vector<double> softened(const float* logits, std::int64_t classes, double temperature);

struct ImageAnswers {
    std::int64_t image = 0; ///< in the test part
    std::int64_t label = 0;
    std::vector<double> teacher; ///< softened, a probability for each class
    std::vector<double> control;
    std::vector<double> distilled;
};

/// `seed`: the index of a pair of students. The temperature softens all three.
Result<ImageAnswers> answersTo(Backend& backend, const ExperimentSubject& subject, const ExperimentResult& result,
                               std::size_t seed, std::int64_t image, double temperature);

/// Test images that the two students of a seed sort into different classes, in their order.
std::vector<std::int64_t> differingImages(const ExperimentResult& result, std::size_t seed);

} // namespace lathe

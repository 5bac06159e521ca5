#include "core/distillation/image_answers.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "core/distillation/teacher_images.h"

namespace lathe {

namespace {

Result<std::vector<double>> answerOf(Backend& backend, const LoadedModel& model, const Normalisation& normalisation,
                                     const ImageSet& set, std::int64_t image, double temperature)
{
    const auto images = TeacherImages::make(set, model.graph.inputShape(), normalisation);
    if (!images)
        return tl::unexpected(images.error());
    const auto network = backend.prepare(model.graph, model.weights, Mode::Eager);
    if (!network)
        return tl::unexpected(network.error());
    return (*network)->infer(images->images(std::array{image})).map([&](const HostTensor& logits) {
        return softened(logits.floats(), logits.shape.back(), temperature);
    });
}

} // namespace

std::vector<double> softened(const float* logits, std::int64_t classes, double temperature)
{
    const double largest = *std::max_element(logits, logits + classes);
    std::vector<double> probabilities;
    double sum = 0.0;
    for (std::int64_t i = 0; i < classes; ++i) {
        probabilities.push_back(std::exp((static_cast<double>(logits[i]) - largest) / temperature));
        sum += probabilities.back();
    }
    for (double& probability : probabilities)
        probability /= sum;
    return probabilities;
}

Result<ImageAnswers> answersTo(Backend& backend, const ExperimentSubject& subject, const ExperimentResult& result,
                               std::size_t seed, std::int64_t image, double temperature)
{
    const ImageSet& set = subject.dataset.test;
    if (seed >= result.control.size() || image < 0 || image >= set.count())
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("There is no test image {}; choose from 0 to {}.", image, set.count() - 1));
    ImageAnswers answers{image, set.labels[static_cast<std::size_t>(image)], {}, {}, {}};
    auto teacher = answerOf(backend, subject.teacher.model, subject.teacher.normalisation, set, image, temperature);
    if (!teacher)
        return tl::unexpected(teacher.error());
    answers.teacher = *std::move(teacher);
    for (const auto& [arm, into] :
         {std::pair(&result.control[seed], &answers.control), std::pair(&result.distilled[seed], &answers.distilled)}) {
        const Result<LoadedModel> student = loadModel(arm->model.string(), {});
        if (!student)
            return tl::unexpected(student.error());
        auto answer = answerOf(backend, *student, subject.dataset.normalisation, set, image, temperature);
        if (!answer)
            return tl::unexpected(answer.error());
        *into = *std::move(answer);
    }
    return answers;
}

std::vector<std::int64_t> differingImages(const ExperimentResult& result, std::size_t seed)
{
    const auto& without = result.control[seed].test.predictions;
    const auto& with = result.distilled[seed].test.predictions;
    std::vector<std::int64_t> images;
    for (std::size_t i = 0; i < std::min(without.size(), with.size()); ++i)
        if (without[i] != with[i])
            images.push_back(static_cast<std::int64_t>(i));
    return images;
}

} // namespace lathe

#include "core/training/evaluation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "core/base/proportions.h"
#include "core/datasets/batch_maker.h"

namespace lathe {

namespace {

/// -log of the softmax's entry for `label`.
double crossEntropy(std::span<const float> logits, std::int64_t label)
{
    const double largest = *std::max_element(logits.begin(), logits.end());
    double sum = 0.0;
    for (const float logit : logits)
        sum += std::exp(static_cast<double>(logit) - largest);
    return std::log(sum) + largest - static_cast<double>(logits[static_cast<std::size_t>(label)]);
}

Result<void> add(Evaluation& evaluation, std::span<const float> logits, std::int64_t label)
{
    if (!std::all_of(logits.begin(), logits.end(), [](float logit) { return std::isfinite(logit); }))
        return fail(ErrorCode::EngineFailure, "The network's outputs are no longer numbers; its weights are of no use, "
                                              "and a training needs a lower learning rate.");
    const auto predicted = std::max_element(logits.begin(), logits.end()) - logits.begin();
    evaluation.predictions.push_back(predicted);
    evaluation.loss += crossEntropy(logits, label);
    evaluation.correct += predicted == label ? 1 : 0;
    ++evaluation.samples;
    ++evaluation.confusion[static_cast<std::size_t>(label)][static_cast<std::size_t>(predicted)];
    return {};
}

void conclude(Evaluation& evaluation)
{
    const auto samples = static_cast<double>(std::max<std::int64_t>(1, evaluation.samples));
    evaluation.loss /= samples;
    evaluation.accuracy = static_cast<double>(evaluation.correct) / samples;
    evaluation.interval = stats::wilsonInterval(evaluation.correct, evaluation.samples);
}

} // namespace

Result<Evaluation> evaluate(const Forward& forward, const EvaluationTask& task, std::span<const std::int64_t> indices,
                            std::stop_token stop, const ProgressSink& progress)
{
    const BatchMaker batches(task.set, task.normalisation);
    const auto classes = static_cast<std::size_t>(task.classes);
    Evaluation evaluation;
    evaluation.confusion.assign(classes, std::vector<std::int64_t>(classes, 0));
    for (std::size_t begin = 0; begin < indices.size(); begin += static_cast<std::size_t>(task.batch)) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "The evaluation was stopped.");
        const auto batch =
            indices.subspan(begin, std::min(static_cast<std::size_t>(task.batch), indices.size() - begin));
        const Result<HostTensor> logits = forward(task.images ? task.images(batch) : batches.images(batch));
        if (!logits)
            return tl::unexpected(logits.error());
        for (std::size_t i = 0; i < batch.size(); ++i)
            if (const auto added = add(evaluation, {logits->floats() + i * classes, classes},
                                       task.set.labels[static_cast<std::size_t>(batch[i])]);
                !added)
                return tl::unexpected(added.error());
        if (progress)
            progress({static_cast<double>(begin + batch.size()) / static_cast<double>(indices.size()),
                      fmt::format("evaluated {} of {} images", begin + batch.size(), indices.size())});
    }
    conclude(evaluation);
    return evaluation;
}

std::vector<std::int64_t> allIndices(const ImageSet& set)
{
    std::vector<std::int64_t> indices(static_cast<std::size_t>(set.count()));
    std::iota(indices.begin(), indices.end(), 0);
    return indices;
}

} // namespace lathe

#include "core/recipe/recipe_step.h"

#include <fmt/format.h>

#include "core/benchmark/environment.h"
#include "core/compression/fine_tune.h"
#include "core/distillation/arm.h"
#include "core/distillation/teacher.h"
#include "core/distillation/teacher_cache.h"
#include "core/pruning/pruning_way.h"
#include "core/quantization/subject.h"
#include "core/training/train_to_file.h"

namespace lathe {

namespace {

namespace fs = std::filesystem;

constexpr double kFineTuningRate = 0.01;
constexpr int kFineTuningEpochs = 3;
constexpr std::int64_t kCalibrationBatch = 32;
constexpr std::int64_t kJudgingImages = 256; ///< that Taylor's criterion takes gradients on

TrainingChoices choicesOf(const Recipe& recipe, TrainingChoices choices)
{
    choices.seed = recipe.seed;
    choices.threads = recipe.threads;
    return choices;
}

/// As training on small steps of the same kind; the best epoch is kept, since more of it may make it worse.
TrainingChoices tuningChoices(TrainingChoices choices, double learningRate)
{
    choices.keep = "best";
    if (!choices.epochs)
        choices.epochs = kFineTuningEpochs;
    if (!choices.optimizer)
        choices.optimizer = "sgd";
    if (!choices.learningRate)
        choices.learningRate = *choices.optimizer == "sgd" ? learningRate : learningRate / 10.0;
    if (!choices.warmUp)
        choices.warmUp = 0.0;
    return choices;
}

Result<TrainingOptions> distillingOptions(const Recipe& recipe, const DistilStep& step, const Graph& graph)
{
    TrainingChoices choices = choicesOf(recipe, step.training);
    if (!choices.augment && step.views == 0)
        choices.augment = "none"; // answers are to the images as they are
    return optionsFrom(choices, graph).and_then([&](TrainingOptions options) -> Result<TrainingOptions> {
        const auto loss = teacherLossFromName(step.loss);
        if (!loss)
            return tl::unexpected(loss.error());
        options.views = step.views;
        options.distillation = Distillation{*loss, step.temperature, step.alpha, {}};
        return check(options).map([&] { return options; });
    });
}

/// "fashion-mnist:512", of no more images than there are.
std::string imagesOf(const RecipeSubject& subject, std::int64_t images)
{
    return fmt::format("{}:{}", subject.recipe.dataset, std::min(images, subject.dataset.train.count()));
}

class Doing {
public:
    Doing(Backend& backend, const StepTask& task, const RecipeEvents& events, std::stop_token stop)
        : m_backend(backend), m_task(task), m_events(events), m_stop(std::move(stop))
    {
    }

    Result<void> operator()(const TrainStep&) const { return train(); }

    Result<void> operator()(const FineTuneStep&) const { return m_task.quantized ? tuneQuantized() : train(); }

    Result<void> operator()(const DistilStep& step) const
    {
        const bool taught = step.student.empty(); // the network so far is the student
        Result<Teacher> teacher = loadTeacher(taught ? step.teacher : m_task.from.string(), m_task.subject.dataset);
        if (!teacher)
            return tl::unexpected(teacher.error());
        Result<LoadedModel> student = taught ? soFar() : modelFor(step.student, m_task.subject.dataset);
        if (!student)
            return tl::unexpected(student.error());
        const auto options = distillingOptions(m_task.subject.recipe, step, student->graph);
        if (!options)
            return tl::unexpected(options.error());
        std::error_code ignored;
        fs::create_directories(m_task.answers, ignored); // where that fails, writing says so
        const auto answers =
            askTeacher(m_backend, {teacher->model, teacher->normalisation, m_task.subject.dataset, *options},
                       m_task.answers, m_events.progress, m_stop);
        if (!answers)
            return tl::unexpected(answers.error());
        student->origin = taught ? step.teacher : m_task.from.string();
        student->scheme = kDistilledScheme;
        return trainOn(*std::move(student), *options, &*answers);
    }

    Result<void> operator()(const PruneStep& step) const
    {
        const std::string data = step.criterion == "taylor" ? imagesOf(m_task.subject, kJudgingImages) : "";
        return subjectOf(m_task.from, data).and_then([&](const CompressionSubject& subject) {
            return wayOf(step)
                .and_then([&](const PruningWay& way) {
                    return prunedBy(m_backend, subject, subject.model, way, step.amount.front(), m_stop);
                })
                .and_then([&](const LoadedModel& pruned) { return saveModel(m_task.out, pruned); });
        });
    }

    Result<void> operator()(const QuantizeStep& step) const
    {
        return subjectOf(m_task.from, imagesOf(m_task.subject, step.images))
            .and_then([&](const CompressionSubject& subject) { return quantized(subject, step); })
            .and_then([&](const QuantizationOutcome& outcome) { return saveModel(m_task.out, outcome.model); });
    }

private:
    Result<LoadedModel> soFar() const
    {
        return m_task.from.empty() ? Result<LoadedModel>(m_task.subject.start) : loadModel(m_task.from.string(), {});
    }

    Result<CompressionSubject> subjectOf(const fs::path& model, const std::string& images) const
    {
        return loadCompressionSubject(m_backend,
                                      {model.string(), {}, images, kCalibrationBatch, m_task.subject.recipe.seed});
    }

    TrainingEvents trainingEvents() const
    {
        TrainingEvents training;
        training.epochDone = m_events.epochDone;
        if (m_events.progress)
            training.stepDone = [sink = m_events.progress](const TrainingProgress& p) {
                const double epochs = p.epoch - 1 + static_cast<double>(p.step) / static_cast<double>(p.steps);
                sink({epochs / p.epochs, fmt::format("epoch {} of {}, {:.0f} images/s, {:.0f} s left", p.epoch,
                                                     p.epochs, p.imagesPerSecond, p.secondsLeft)});
            };
        return training;
    }

    Result<void> trainOn(LoadedModel model, const TrainingOptions& options, const TeacherTable* answers) const
    {
        return trainToFile({std::move(model), m_task.subject.dataset}, options, {m_task.out, true, {}},
                           trainingEvents(), m_stop, answers)
            .map([](const TrainingResult&) {});
    }

    Result<void> train() const
    {
        return soFar().and_then([&](LoadedModel model) {
            return trainingOf(m_task.subject.recipe, m_task.step, model.graph)
                .and_then([&](const std::optional<TrainingOptions>& options) {
                    return trainOn(std::move(model), *options, nullptr);
                });
        });
    }

    Result<QuantizationOutcome> quantized(const CompressionSubject& subject, const QuantizeStep& step) const
    {
        QuantizationOptions options;
        options.scheme = *schemeFromName(step.scheme.front()); // checked with the recipe
        if (options.scheme != Scheme::WeightOnly)
            options.weights.bits = weightBitsFor(currentInstructionSets());
        options.activations.kind = *observerFromName(step.observer);
        options.equalizes = step.equalize;
        options.correctsBiases = step.biasCorrection;
        for (const std::string& layer : step.keep)
            options.precisions[layer] = Precision::Float32;
        return quantize(m_backend, subject, options, m_stop, m_events.progress);
    }

    /// The weights before they were rounded are not in the file; they are what quantizing anew has.
    Result<void> tuneQuantized() const
    {
        const auto subject = subjectOf(m_task.before, imagesOf(m_task.subject, m_task.quantized->images));
        if (!subject)
            return tl::unexpected(subject.error());
        const auto options = trainingOf(m_task.subject.recipe, m_task.step, subject->model.graph);
        if (!options)
            return tl::unexpected(options.error());
        TrainingOptions training = **options;
        if (!std::get<FineTuneStep>(m_task.step).training.learningRate)
            training.learningRate = kQuantizedLearningRate;
        return quantized(*subject, *m_task.quantized)
            .and_then([&](const QuantizationOutcome& outcome) {
                return fineTune(m_backend, *subject, outcome, training, trainingEvents(), m_stop);
            })
            .and_then([&](const QuantizationOutcome& tuned) { return saveModel(m_task.out, tuned.model); });
    }

    Result<PruningWay> wayOf(const PruneStep& step) const
    {
        if (step.kind == "weights")
            return stepFromText(fmt::format("{}:{}", step.criterion.empty() ? "l1" : step.criterion,
                                            toString(Amount(step.amount.front()))))
                .map([&](const PruningStep& rule) {
                    PruningPlan plan;
                    plan.rules = {{"*", rule}};
                    plan.excluded = step.exclude;
                    plan.isGlobal = step.scope == "global";
                    plan.seed = m_task.subject.recipe.seed;
                    return PruningWay(plan);
                });
        return channelCriterionFromName(step.criterion.empty() ? "l2" : step.criterion)
            .map([&](ChannelCriterion criterion) {
                ChannelPruningOptions options;
                options.measure.criterion = criterion;
                options.measure.seed = m_task.subject.recipe.seed;
                options.amount.isGlobal = step.scope == "global";
                options.choice.excluded = step.exclude;
                return PruningWay(options);
            });
    }

    Backend& m_backend;
    const StepTask& m_task;
    const RecipeEvents& m_events;
    std::stop_token m_stop;
};

} // namespace

Result<std::optional<TrainingOptions>> trainingOf(const Recipe& recipe, const RecipeStep& step, const Graph& graph)
{
    const auto some = [](const TrainingOptions& options) { return std::optional(options); };
    if (const auto* train = std::get_if<TrainStep>(&step))
        return optionsFrom(choicesOf(recipe, train->training), graph).map(some);
    if (const auto* tune = std::get_if<FineTuneStep>(&step))
        return optionsFrom(tuningChoices(choicesOf(recipe, tune->training), kFineTuningRate), graph).map(some);
    if (const auto* distil = std::get_if<DistilStep>(&step))
        return distillingOptions(recipe, *distil, graph).map(some);
    return std::optional<TrainingOptions>();
}

Result<void> doStep(Backend& backend, const StepTask& task, const RecipeEvents& events, std::stop_token stop)
{
    return std::visit(Doing(backend, task, events, std::move(stop)), task.step);
}

} // namespace lathe

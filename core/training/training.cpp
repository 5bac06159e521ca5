#include "core/training/training.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/checksum.h"
#include "core/base/files.h"
#include "core/base/random_stream.h"
#include "core/formats/graph_json.h"
#include "core/formats/quantized_file.h"

namespace lathe {

namespace {

using Clock = std::chrono::steady_clock;

// Streams of the seed; the images' own random numbers begin at 0.
constexpr std::uint64_t kOrderStream = 1ULL << 61;

double secondsSince(Clock::time_point begin)
{
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

Result<void> checkFit(const TrainingTask& task)
{
    const Graph& graph = task.graph;
    const Shape image = task.dataset.imageShape();
    if (graph.vocabulary() > 0 || graph.inputShape() != image)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} takes an input of {} and the images of {} are {}; choose another dataset or model.",
                                graph.name(), toString(graph.inputShape()), task.dataset.name, toString(image)));
    if (graph.outputShape() != Shape{task.dataset.classes()})
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} gives {} values and {} has {} classes; choose a model with as many classes.",
                                graph.name(), toString(graph.outputShape()), task.dataset.name,
                                task.dataset.classes()));
    if (task.options.distillation.has_value() != (task.teacher != nullptr))
        return fail(ErrorCode::InvalidArgument, "A distillation needs a teacher's answers, and only it.");
    if (task.teacher != nullptr)
        if (const auto fits = task.teacher->checkFit(task.options, task.dataset); !fits)
            return fits;
    if (task.dataset.train.count() < 2)
        return fail(ErrorCode::InvalidArgument, "One image is too few to train on; choose a dataset with more.");
    return {};
}

std::uint32_t checksumOf(const StateDict& weights)
{
    std::uint32_t sum = 0;
    for (const NamedTensor& entry : weights)
        sum = checksum(entry.tensor.data.get(), static_cast<std::size_t>(entry.tensor.byteCount()), sum);
    return sum;
}

/// All that decides on the outcome.
std::string identityOf(const TrainingTask& task)
{
    const std::string graph = graphToJson({task.graph, {}, ArchitectureType::Cnn});
    nlohmann::ordered_json json{{"model", task.graph.name()},
                                {"graph", checksum(graph.data(), graph.size())},
                                {"first_weights", checksumOf(task.weights)},
                                {"dataset", task.dataset.name},
                                {"images", fingerprint(task.dataset)}};
    if (task.quantization != nullptr) {
        const std::string quantization = quantizationToJson(task.graph, *task.quantization);
        json["quantization"] = checksum(quantization.data(), quantization.size());
    }
    if (task.masks != nullptr)
        json["masks"] = checksumOf(*task.masks);
    if (task.teacher != nullptr)
        json["teacher"] = nlohmann::ordered_json::parse(task.teacher->identity());
    json.update(nlohmann::ordered_json::parse(describe(task.options)));
    return json.dump();
}

class Training {
public:
    Training(Backend& backend, const TrainingTask& task, const TrainingEvents& events, std::stop_token stop)
        : m_backend(backend), m_task(task), m_events(events), m_stop(std::move(stop)),
          m_split(splitOff(task.dataset.train.count(), task.options.validationShare, task.options.seed)),
          m_batches(task.dataset.train, task.dataset.normalisation)
    {
        const auto images = static_cast<std::int64_t>(m_split.training.size());
        // The variance of a batch of one is not defined: such a rest is left out.
        m_stepsPerEpoch = images / options().batch + (images % options().batch > 1 ? 1 : 0);
    }

    Result<TrainingResult> run()
    {
        return begin().and_then([this] { return runEpochs(); }).and_then([this] { return conclude(); });
    }

private:
    const TrainingOptions& options() const { return m_task.options; }
    int epochsDone() const { return static_cast<int>(m_at.history.size()); }
    std::int64_t stepsDone() const { return epochsDone() * m_stepsPerEpoch + m_at.step; }

    Result<void> begin()
    {
        m_backend.setThreads(options().threads);
        auto trainee =
            m_backend.prepareTraining(m_task.graph, m_task.weights,
                                      {options().optimizer, options().labelSmoothing,
                                       m_task.masks != nullptr ? *m_task.masks : StateDict{}, options().distillation},
                                      m_task.quantization);
        if (!trainee)
            return tl::unexpected(trainee.error());
        m_trainee = *std::move(trainee);
        m_at.identity = identityOf(m_task);
        if (m_task.resume && isThere(m_task.checkpoint))
            return resume();
        return {};
    }

    Result<void> resume()
    {
        Result<Checkpoint> checkpoint = readCheckpoint(m_task.checkpoint, m_at.identity);
        if (!checkpoint)
            return tl::unexpected(checkpoint.error());
        m_at = *std::move(checkpoint);
        if (m_events.epochDone)
            for (const EpochResult& epoch : m_at.history)
                m_events.epochDone(epoch);
        return m_trainee->restore(m_at.state);
    }

    Result<void> runEpochs()
    {
        m_started = Clock::now();
        m_stepsBefore = stepsDone();
        while (!isOver())
            if (const auto done = runEpoch(); !done)
                return done;
        return {};
    }

    bool keepsBest() const { return options().kept == Kept::Best || options().patience > 0; }

    bool isOver() const
    {
        const bool isOutOfPatience = options().patience > 0 && m_at.best && m_at.step == 0 &&
                                     epochsDone() - m_at.best->epoch >= options().patience;
        return isOutOfPatience || epochsDone() >= options().epochs;
    }

    Result<void> runEpoch()
    {
        const std::vector<std::int64_t> order =
            permutation(static_cast<std::int64_t>(m_split.training.size()),
                        RandomStream(options().seed, kOrderStream + static_cast<std::uint64_t>(epochsDone())));
        while (m_at.step < m_stepsPerEpoch) {
            if (m_stop.stop_requested())
                return stopped();
            if (const auto done = runStep(order); !done)
                return done;
            report();
        }
        return finishEpoch().and_then([this] { return save(); });
    }

    std::vector<std::int64_t> nextBatch(const std::vector<std::int64_t>& order) const
    {
        const auto begin = static_cast<std::size_t>(m_at.step * options().batch);
        const std::size_t end = std::min(order.size(), begin + static_cast<std::size_t>(options().batch));
        std::vector<std::int64_t> images;
        for (std::size_t i = begin; i < end; ++i)
            images.push_back(m_split.training[static_cast<std::size_t>(order[i])]);
        return images;
    }

    double learningRateOf(std::int64_t step) const
    {
        return learningRateAt(options(), step, options().epochs * m_stepsPerEpoch, m_stepsPerEpoch);
    }

    Result<void> runStep(const std::vector<std::int64_t>& order)
    {
        const Clock::time_point start = Clock::now();
        const std::vector<std::int64_t> images = nextBatch(order);
        const HostTensor x = m_batches.images(images, options().augmentation, drawOf(options(), epochsDone()));
        const HostTensor labels = m_batches.labels(images);
        std::optional<TeacherAnswers> answers;
        if (m_task.teacher != nullptr)
            answers = m_task.teacher->answers(images, viewOf(options(), epochsDone()));
        m_at.dataSeconds += secondsSince(start);
        const Result<StepResult> step =
            m_trainee->step(x, labels, learningRateOf(stepsDone()), answers ? &*answers : nullptr);
        if (!step)
            return tl::unexpected(step.error());
        if (!std::isfinite(step->loss))
            return diverged();
        const auto count = static_cast<std::int64_t>(images.size());
        m_at.seconds += secondsSince(start);
        m_at.lossSum += step->loss * static_cast<double>(count);
        m_at.correct += step->correct;
        m_at.images += count;
        ++m_at.step;
        return {};
    }

    tl::unexpected<Error> diverged() const
    {
        return fail(ErrorCode::EngineFailure,
                    fmt::format("The training diverged in epoch {}, step {}: the loss is no longer a number. Choose a "
                                "lower learning rate than {}, or a longer warm-up.",
                                epochsDone() + 1, m_at.step + 1, options().learningRate));
    }

    void report() const
    {
        if (!m_events.stepDone)
            return;
        const std::int64_t ahead = options().epochs * m_stepsPerEpoch - stepsDone();
        const double perStep =
            secondsSince(m_started) / static_cast<double>(std::max<std::int64_t>(1, stepsDone() - m_stepsBefore));
        const auto images = static_cast<double>(m_at.images);
        m_events.stepDone({epochsDone() + 1, options().epochs, m_at.step, m_stepsPerEpoch, m_at.lossSum / images,
                           static_cast<double>(m_at.correct) / images, images / m_at.seconds,
                           perStep * static_cast<double>(ahead)});
    }

    Result<Evaluation> measured(const ImageSet& set, std::span<const std::int64_t> indices) const
    {
        const Dataset& data = m_task.dataset;
        return evaluate([this](const HostTensor& x) { return m_trainee->evaluate(x); },
                        {set, data.normalisation, data.classes()}, indices, m_stop);
    }

    Result<void> finishEpoch()
    {
        const auto images = static_cast<double>(m_at.images);
        EpochResult epoch{.epoch = epochsDone() + 1,
                          .learningRate = learningRateOf(stepsDone() - 1),
                          .loss = m_at.lossSum / images,
                          .accuracy = static_cast<double>(m_at.correct) / images,
                          .validationLoss = {},
                          .validationAccuracy = {},
                          .seconds = m_at.seconds,
                          .dataSeconds = m_at.dataSeconds,
                          .images = m_at.images};
        if (const auto validated = validate(epoch); !validated)
            return validated.error().code == ErrorCode::Cancelled ? stopped() : Result<void>(validated);
        m_at.history.push_back(epoch);
        m_at.step = m_at.correct = m_at.images = 0;
        m_at.lossSum = m_at.seconds = m_at.dataSeconds = 0.0;
        if (m_events.epochDone)
            m_events.epochDone(epoch);
        return {};
    }

    Result<void> validate(EpochResult& epoch)
    {
        if (m_split.validation.empty())
            return {};
        const Result<Evaluation> evaluation = measured(m_task.dataset.train, m_split.validation);
        if (!evaluation)
            return tl::unexpected(evaluation.error());
        epoch.validationLoss = evaluation->loss;
        epoch.validationAccuracy = evaluation->accuracy;
        const bool isBest = !m_at.best || evaluation->accuracy > m_at.best->accuracy;
        if (!keepsBest() || !isBest)
            return {};
        return m_trainee->state().map([&](TraineeState state) {
            m_at.best = BestWeights{epoch.epoch, evaluation->accuracy, std::move(state.weights)};
        });
    }

    Result<void> save()
    {
        if (m_task.checkpoint.empty())
            return {};
        Result<TraineeState> state = m_trainee->state();
        if (!state)
            return tl::unexpected(state.error());
        m_at.state = *std::move(state);
        return writeCheckpoint(m_task.checkpoint, m_at);
    }

    /// Also where only the validation is still to be done: the steps of the epoch are in the checkpoint then.
    Result<void> stopped()
    {
        if (const auto saved = save(); !saved)
            return saved;
        const std::string where = m_task.checkpoint.empty()
                                      ? ""
                                      : fmt::format("; it can be gone on with from {}", m_task.checkpoint.string());
        return fail(ErrorCode::Cancelled, fmt::format("The training was stopped in epoch {} of {}{}.", epochsDone() + 1,
                                                      options().epochs, where));
    }

    Result<TrainingResult> conclude()
    {
        Result<TraineeState> state = m_trainee->state();
        if (!state)
            return tl::unexpected(state.error());
        TrainingResult result{std::move(state->weights), m_at.history, epochsDone(), {}};
        if (keepsBest()) {
            result.weights = m_at.best->weights;
            result.keptEpoch = m_at.best->epoch;
            if (const auto back = m_trainee->restore({result.weights, state->optimizer}); !back)
                return tl::unexpected(back.error());
        }
        Result<Evaluation> test = measured(m_task.dataset.test, allIndices(m_task.dataset.test));
        if (!test)
            return tl::unexpected(test.error());
        result.test = *std::move(test);
        return result;
    }

    Backend& m_backend;
    const TrainingTask& m_task;
    const TrainingEvents& m_events;
    std::stop_token m_stop;
    Split m_split;
    BatchMaker m_batches;
    std::int64_t m_stepsPerEpoch = 0;
    std::unique_ptr<Trainee> m_trainee;
    Checkpoint m_at; ///< where the training stands
    Clock::time_point m_started;
    std::int64_t m_stepsBefore = 0; ///< done before this run
};

} // namespace

Result<TrainingResult> train(Backend& backend, const TrainingTask& task, const TrainingEvents& events,
                             std::stop_token stop)
{
    if (const auto possible = check(task.options).and_then([&] { return checkFit(task); }); !possible)
        return tl::unexpected(possible.error());
    return Training(backend, task, events, std::move(stop)).run();
}

} // namespace lathe

#include "core/recipe/run_recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/analysis/pareto.h"
#include "core/base/checksum.h"
#include "core/base/files.h"
#include "core/benchmark/as_run.h"
#include "core/benchmark/compare.h"
#include "core/benchmark/environment.h"
#include "core/benchmark/measure.h"
#include "core/benchmark/task.h"
#include "core/datasets/dataset_name.h"
#include "core/distillation/teacher.h"
#include "core/graph/cost.h"
#include "core/recipe/recipe_files.h"
#include "core/recipe/recipe_step.h"
#include "core/recipe/recipe_text.h"
#include "core/training/train_to_file.h"

namespace lathe {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kTestBatch = 256;
constexpr int kTimeRounds = 2;

/// The recipe's work, step by step.
class Run {
public:
    Run(Backend& backend, const RecipeSubject& subject, const fs::path& folder, const RecipeEvents& events,
        std::stop_token stop)
        : m_backend(backend), m_subject(subject), m_folder(folder), m_events(events), m_stop(std::move(stop)),
          m_plan(planOf(subject.recipe)), m_probe(systemProbe()),
          m_threads(subject.recipe.threads > 0 ? subject.recipe.threads : usableCores())
    {
    }

    Result<RecipeResult> run()
    {
        m_backend.setThreads(m_threads);
        m_result.name = m_subject.recipe.name;
        m_result.dataset = m_subject.dataset.name;
        if (!m_subject.start.weights.empty())
            if (auto added = begin(); !added)
                return tl::unexpected(added.error());
        for (std::size_t i = 0; i < m_plan.size(); ++i)
            if (auto added = add(m_plan[i]); !added)
                return tl::unexpected(added.error());
        if (auto timed = timeAgain(); !timed)
            return tl::unexpected(timed.error());
        markLast();
        markFront();
        return std::move(m_result);
    }

private:
    std::size_t count() const { return m_plan.size() + offset() + 1; } ///< with timing all of them once more
    std::size_t offset() const { return m_subject.start.weights.empty() ? 0 : 1; }

    void tell(const std::string& title) const
    {
        if (m_events.began)
            m_events.began(m_result.steps.size(), count(), title);
    }

    Result<void> begin()
    {
        RecipeResultStep first;
        first.kind = "start";
        first.title = fs::path(m_subject.recipe.model).filename().string();
        first.model = m_subject.recipe.model;
        m_identities.push_back(startIdentity(m_subject));
        tell(first.title);
        return measureAndKeep(std::move(first), m_folder / "0-start.json");
    }

    Result<void> add(const PlannedStep& planned)
    {
        RecipeResultStep step;
        step.number = planned.number;
        step.parent = planned.parent < 0 ? static_cast<int>(offset()) - 1 : planned.parent + static_cast<int>(offset());
        step.kind = kindOf(planned.step);
        step.title = titleOf(planned.step);
        step.variant = planned.variant;
        const std::string before =
            step.parent < 0 ? startIdentity(m_subject) : m_identities[static_cast<std::size_t>(step.parent)];
        const std::string identity = stepIdentity(before, planned.step);
        m_identities.push_back(identity);
        step.model = m_folder / stepFileName(planned, identity);
        tell(step.variant.empty() ? step.title : fmt::format("{} ({})", step.title, step.variant));
        return make(step, planned).and_then([&] { return measureAndKeep(step, resultBeside(step.model)); });
    }

    Result<void> make(const RecipeResultStep& step, const PlannedStep& planned) const
    {
        if (isWhole(step.model))
            return {};
        StepTask task{m_subject, planned.step, {}, {}, nullptr, step.model, m_folder / "teacher"};
        if (step.parent >= 0)
            task.from = m_result.steps[static_cast<std::size_t>(step.parent)].model;
        if (planned.parent >= 0) {
            const PlannedStep& parent = m_plan[static_cast<std::size_t>(planned.parent)];
            task.quantized = std::get_if<QuantizeStep>(&parent.step);
            if (const int before = m_result.steps[static_cast<std::size_t>(step.parent)].parent; before >= 0)
                task.before = m_result.steps[static_cast<std::size_t>(before)].model;
        }
        return doStep(m_backend, task, m_events, m_stop).and_then([&] { return writeWhole(step.model); });
    }

    /// Figures that were found before under the same conditions are read.
    Result<void> measureAndKeep(RecipeResultStep step, const fs::path& file)
    {
        const std::string conditions = conditionsOf(m_subject.recipe, m_threads, m_identities.front());
        const std::string& identity = m_identities.back();
        const Environment here = currentEnvironment(m_backend.info());
        const bool wasFound = readFigures(file, identity, conditions, here, step) &&
                              std::ssize(step.test.predictions) == m_subject.dataset.test.count();
        if (!wasFound) {
            if (auto found = measure(step); !found)
                return found;
            if (auto written = writeFigures(file, identity, conditions, step); !written)
                return written;
        }
        compareToParent(step);
        if (m_events.done)
            m_events.done(step);
        m_result.steps.push_back(std::move(step));
        return {};
    }

    Result<void> measure(RecipeResultStep& step)
    {
        const Result<LoadedModel> model = loadModel(step.model.string(), {});
        if (!model)
            return tl::unexpected(model.error());
        const GraphCost costs = cost(model->graph);
        step.parameters = costs.parameters;
        step.macs = costs.macs;
        step.fileBytes = savedBytes(*model);
        const Configuration configuration = configurationOf(step, *model);
        return evaluate(*model, configuration, step)
            .and_then([&] { return record(*model, configuration, step); })
            .and_then([&] { return inTurns(*model, configuration); })
            .map([&](const TimeShare& time) {
                step.milliseconds = step.record.latency.median;
                setTime(step, time);
            });
    }

    Configuration configurationOf(const RecipeResultStep& step, const LoadedModel& model) const
    {
        const RecipeMeasuring& wish = m_subject.recipe.measure;
        const std::string mode = model.quantization ? std::string(name(*modeFor(kUsualMode, model))) : wish.mode;
        return {step.model.string(), mode, wish.batch, m_threads, {}, "cpu"};
    }

    Result<void> evaluate(const LoadedModel& model, const Configuration& configuration, RecipeResultStep& step) const
    {
        report("accuracy");
        return evaluateOnTest(m_backend, model, *modeFromName(configuration.mode), m_subject.dataset, kTestBatch,
                              m_stop)
            .map([&](Evaluation found) { step.test = std::move(found); });
    }

    Result<void> record(const LoadedModel& model, const Configuration& configuration, RecipeResultStep& step) const
    {
        report("measuring its speed");
        MeasureOptions options;
        options.maxSeconds = m_subject.recipe.measure.maxSeconds;
        return measureModel(m_backend, model, configuration, options, m_probe, m_stop, {}).map([&](Record found) {
            found.top1 = step.test.accuracy;
            found.top1Dataset = m_subject.dataset.name;
            if (step.parent >= 0) // what came between is compressed itself, and no network to measure it by
                found.origin = m_result.steps.front().model.string();
            step.record = std::move(found);
        });
    }

    Result<TimeShare> inTurns(const LoadedModel& model, const Configuration& configuration) const
    {
        if (m_result.steps.empty())
            return TimeShare{};
        report("in turns with the first network");
        const RecipeResultStep& first = m_result.steps.front();
        CompareOptions options;
        options.maxSeconds = m_subject.recipe.measure.maxSeconds;
        return loadModel(first.model.string(), {})
            .and_then([&](const LoadedModel& original) {
                return compareModels(m_backend, original, configurationOf(first, original), model, configuration,
                                     options, m_stop, {});
            })
            .map([](const Comparison& found) {
                return TimeShare{found.ratio, found.ciLow, found.ciHigh, 1};
            });
    }

    void setTime(RecipeResultStep& step, const TimeShare& time) const
    {
        step.time = time;
        if (!m_result.steps.empty())
            step.milliseconds = m_result.steps.front().milliseconds * time.ratio;
    }

    /// Minutes lie between the first timings, and a machine's state can be another one for a while, which small
    /// networks feel more than large ones: now all of them right after each other.
    Result<void> timeAgain()
    {
        tell("timing all of them once more");
        for (std::size_t i = 1; i < m_result.steps.size(); ++i) {
            RecipeResultStep& step = m_result.steps[i];
            if (step.time.rounds >= kTimeRounds)
                continue;
            const Result<TimeShare> again = loadModel(step.model.string(), {}).and_then([&](const LoadedModel& model) {
                return inTurns(model, configurationOf(step, model));
            });
            if (!again)
                return tl::unexpected(again.error());
            setTime(step, together(step.time, *again));
            const std::string conditions = conditionsOf(m_subject.recipe, m_threads, m_identities.front());
            if (auto written = writeFigures(resultBeside(step.model), m_identities[i], conditions, step); !written)
                return written;
        }
        return {};
    }

    void compareToParent(RecipeResultStep& step) const
    {
        if (step.parent >= 0)
            step.change = compareEvaluations(m_result.steps[static_cast<std::size_t>(step.parent)].test, step.test,
                                             m_subject.dataset.test.labels);
    }

    void markLast()
    {
        const int last = static_cast<int>(m_subject.recipe.steps.size());
        for (RecipeResultStep& step : m_result.steps)
            step.isLast = step.number == last;
    }

    void markFront()
    {
        std::vector<Point2> points;
        for (const RecipeResultStep& step : m_result.steps)
            points.push_back({step.milliseconds, step.test.accuracy});
        for (const std::size_t index : paretoFront(points, true, false))
            m_result.steps[index].isOnFront = true;
    }

    void report(const char* what) const
    {
        if (m_events.progress)
            m_events.progress({-1.0, what});
    }

    Backend& m_backend;
    const RecipeSubject& m_subject;
    const fs::path& m_folder;
    const RecipeEvents& m_events;
    std::stop_token m_stop;
    std::vector<PlannedStep> m_plan;
    Probe m_probe;
    int m_threads;
    RecipeResult m_result;
    std::vector<std::string> m_identities; ///< of the results
};

Error inStep(Error error, std::size_t index, const RecipeStep& step)
{
    error.message = fmt::format("Step {} ({}): {}", index + 1, kindOf(step), error.message);
    return error;
}

/// Whether the models that a step names are there and fit, and it can be trained as it says. `graph` becomes that of
/// the network behind it.
Result<void> lookAt(const Recipe& recipe, const RecipeStep& step, const Dataset& dataset, Graph& graph)
{
    if (const auto* distil = std::get_if<DistilStep>(&step)) {
        if (!distil->teacher.empty())
            if (const auto teacher = loadTeacher(distil->teacher, dataset); !teacher)
                return tl::unexpected(teacher.error());
        if (!distil->student.empty()) {
            const auto student = modelFor(distil->student, dataset);
            if (!student)
                return tl::unexpected(student.error());
            graph = student->graph;
        }
    }
    return trainingOf(recipe, step, graph).map([](const auto&) {});
}

Result<Dataset> datasetOf(const Recipe& recipe, const DatasetName& name)
{
    SyntheticOptions synthetic;
    synthetic.seed = recipe.seed;
    if (!name.isSynthetic())
        return loadDataset(name);
    return loadModel(recipe.model, {}).and_then([&](const LoadedModel& model) -> Result<Dataset> {
        if (model.graph.inputShape().size() != 3)
            return fail(ErrorCode::InvalidArgument,
                        fmt::format("{} takes no images; choose a network that does.", recipe.model));
        synthetic.image = model.graph.inputShape();
        return loadDataset(name, synthetic);
    });
}

} // namespace

TimeShare together(const TimeShare& a, const TimeShare& b)
{
    return {std::sqrt(a.ratio * b.ratio), std::min(a.low, b.low), std::max(a.high, b.high), a.rounds + b.rounds};
}

Result<RecipeSubject> loadRecipe(const Recipe& recipe)
{
    if (const auto sound = check(recipe); !sound)
        return tl::unexpected(sound.error());
    Result<Dataset> dataset = datasetFromText(recipe.dataset).and_then(whole).and_then([&](const DatasetName& name) {
        return datasetOf(recipe, name);
    });
    if (!dataset)
        return tl::unexpected(dataset.error());
    Result<LoadedModel> start = modelFor(recipe.model, *dataset);
    if (!start)
        return tl::unexpected(start.error());
    if (start->quantization)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} is quantized; begin with a network in float.", recipe.model));
    Graph graph = start->graph;
    for (std::size_t i = 0; i < recipe.steps.size(); ++i)
        if (const auto possible = lookAt(recipe, recipe.steps[i], *dataset, graph); !possible)
            return tl::unexpected(inStep(possible.error(), i, recipe.steps[i]));
    return RecipeSubject{recipe, *std::move(dataset), *std::move(start)};
}

Result<RecipeResult> runRecipe(const RecipeSubject& subject, const fs::path& folder, const RecipeEvents& events,
                               std::stop_token stop)
{
    if (const auto claimed = claimRecipeFolder(folder, subject.recipe); !claimed)
        return tl::unexpected(claimed.error());
    const Result<Backend*> backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    return guarded("The recipe", [&] { return Run(**backend, subject, folder, events, std::move(stop)).run(); })
        .and_then([&](RecipeResult result) {
            return writeFileAtomically(folder / kRecipeResultFile, recipeResultJson(result) + "\n").map([&] {
                return std::move(result);
            });
        });
}

} // namespace lathe

#include "core/distillation/experiment.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/checksum.h"
#include "core/base/files.h"
#include "core/base/words.h"
#include "core/datasets/dataset_name.h"
#include "core/distillation/experiment_text.h"
#include "core/formats/graph_json.h"
#include "core/training/train_to_file.h"
#include "core/training/training_json.h"

namespace lathe {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kExperimentFile = "experiment.json";
constexpr const char* kResultFile = "result.json";
constexpr int kVersion = 1;

TeacherQuestion questionOf(const ExperimentSubject& subject, const ExperimentOptions& options)
{
    TeacherQuestion question{subject.teacher.model, subject.teacher.normalisation, subject.dataset, options.training};
    if (options.training.distillation->hint)
        question.hint = HintQuestion{options.training.distillation->hint->kind, options.teacherNode.value_or("")};
    return question;
}

/// All that decides on the outcome.
std::string identityOf(const ExperimentSubject& subject, const ExperimentOptions& options)
{
    const std::string graph = graphToJson({subject.student.graph, {}, ArchitectureType::Cnn});
    std::uint32_t weights = 0;
    for (const NamedTensor& entry : subject.student.weights)
        weights = checksum(entry.tensor.data.get(), static_cast<std::size_t>(entry.tensor.byteCount()), weights);
    Json json{{"version", kVersion},
              {"student", subject.student.name},
              {"student_graph", checksum(graph.data(), graph.size())},
              {"student_weights", weights},
              {"seeds", options.seeds},
              {"teacher", Json::parse(identityOf(questionOf(subject, options)))}};
    json.update(Json::parse(describe(options.training)));
    return json.dump(2);
}

tl::unexpected<Error> otherExperiment(const fs::path& folder, const std::string& what)
{
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{} holds another experiment, with another {}; choose another folder, or delete it to "
                            "start over.",
                            folder.string(), what));
}

/// Makes the folder this experiment's, unless it is another's.
Result<void> claim(const fs::path& folder, const std::string& identity)
{
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        return fail(ErrorCode::InputOutput, fmt::format("The folder {} cannot be made ({}); choose another.",
                                                        folder.string(), error.message()));
    const fs::path path = folder / kExperimentFile;
    if (!fs::exists(path, error))
        return holdsFiles(folder)
                   ? fail(ErrorCode::InvalidArgument,
                          fmt::format("{} holds other files; choose an empty folder, or one that is not there yet.",
                                      folder.string()))
                   : writeFileAtomically(path, identity + "\n");
    const Result<std::string> text = readFile(path);
    if (!text)
        return tl::unexpected(text.error());
    try {
        const auto differing = identityDifferences(*text, identity);
        return differing.empty() ? Result<void>() : otherExperiment(folder, listText(differing, 3));
    } catch (const Json::exception&) {
        return fail(ErrorCode::BadFile, fmt::format("{} is damaged; choose another folder, or delete this one to start "
                                                    "over.",
                                                    path.string()));
    }
}

TrainingOptions optionsOf(const ArmPlace& place, TrainingOptions training)
{
    training.seed = place.seed;
    if (place.arm == Arm::Control)
        training.distillation.reset();
    return training;
}

TrainingSubject subjectOf(const ArmPlace& place, const ExperimentSubject& subject)
{
    TrainingSubject student{subject.student, subject.dataset};
    if (place.arm == Arm::Distilled) {
        student.model.origin = subject.names.teacher;
        student.model.scheme = kDistilledScheme;
    }
    return student;
}

TrainingEvents eventsOf(const ArmPlace& place, const ExperimentEvents& events)
{
    TrainingEvents training;
    if (events.stepDone)
        training.stepDone = [&events, place](const TrainingProgress& progress) { events.stepDone(place, progress); };
    if (events.epochDone)
        training.epochDone = [&events, place](const EpochResult& epoch) { events.epochDone(place, epoch); };
    return training;
}

Result<ArmResult> trainArm(const ArmPlace& place, const ExperimentSubject& subject, const ExperimentOptions& options,
                           const fs::path& folder, const TeacherTable& answers, const ExperimentEvents& events,
                           std::stop_token stop)
{
    ArmResult result{place.arm, place.seed, armModel(folder, place.arm, place.seed), {}, 0, {}};
    const auto keep = [&](const TrainingResult& trained) {
        result.history = trained.history;
        result.keptEpoch = trained.keptEpoch;
        result.test = trained.test;
        return writeArm(result);
    };
    return trainToFile(subjectOf(place, subject), optionsOf(place, options.training), {result.model, true, keep},
                       eventsOf(place, events), std::move(stop), place.arm == Arm::Distilled ? &answers : nullptr)
        .map([&](const TrainingResult&) { return std::move(result); });
}

/// Read where it is done.
Result<ArmResult> armAt(const ArmPlace& place, const ExperimentSubject& subject, const ExperimentOptions& options,
                        const fs::path& folder, const TeacherTable& answers, const ExperimentEvents& events,
                        const std::stop_token& stop)
{
    std::optional<ArmResult> done = readArm(folder, place.arm, place.seed);
    if (!done)
        return trainArm(place, subject, options, folder, answers, events, stop);
    std::error_code ignored; // a kill just before its end leaves it
    fs::remove(checkpointBeside(done->model), ignored);
    if (events.epochDone)
        for (const EpochResult& epoch : done->history)
            events.epochDone(place, epoch);
    return *std::move(done);
}

std::vector<double> accuraciesOf(const std::vector<ArmResult>& arms)
{
    std::vector<double> all;
    for (const ArmResult& arm : arms)
        all.push_back(arm.test.accuracy);
    return all;
}

/// Of the images of that class.
std::vector<double> accuraciesOf(const std::vector<ArmResult>& arms, std::size_t label)
{
    std::vector<double> all;
    for (const ArmResult& arm : arms) {
        const auto& row = arm.test.confusion[label];
        const auto images = std::accumulate(row.begin(), row.end(), std::int64_t{0});
        all.push_back(static_cast<double>(row[label]) / static_cast<double>(std::max<std::int64_t>(1, images)));
    }
    return all;
}

} // namespace

Result<ExperimentSubject> loadExperiment(const ExperimentNames& names)
{
    const Result<DatasetName> dataset = datasetFromText(names.dataset).and_then(whole);
    if (!dataset)
        return tl::unexpected(dataset.error());
    const Result<LoadedModel> model = loadModel(names.teacher, {});
    if (!model)
        return tl::unexpected(model.error());
    SyntheticOptions synthetic;
    synthetic.seed = names.seed;
    if (model->graph.inputShape().size() == 3)
        synthetic.image = model->graph.inputShape();
    Result<Dataset> data = loadDataset(*dataset, synthetic);
    if (!data)
        return tl::unexpected(data.error());
    Result<Teacher> teacher = loadTeacher(names.teacher, *data, names.teacherNormalisation);
    if (!teacher)
        return tl::unexpected(teacher.error());
    Result<LoadedModel> student = modelFor(names.student, *data);
    if (!student)
        return tl::unexpected(student.error());
    return ExperimentSubject{names, *std::move(data), *std::move(teacher), *std::move(student)};
}

Result<void> check(const ExperimentOptions& options)
{
    if (!options.training.distillation)
        return fail(ErrorCode::InvalidArgument, "An experiment with a teacher needs a distillation.");
    if (options.seeds < 1 || options.seeds > 1000)
        return fail(ErrorCode::InvalidArgument,
                    fmt::format("{} seeds cannot be; choose from 1 to 1000, such as 3.", options.seeds));
    return check(options.training);
}

Result<ExperimentOptions> optionsFrom(const ExperimentChoices& choices, const Graph& student)
{
    return optionsFrom(choices.training, student).and_then([&](TrainingOptions training) {
        if (!choices.training.augment && choices.views == 0)
            training.augmentation = {};
        training.views = choices.views;
        training.distillation = choices.distillation;
        ExperimentOptions options{std::move(training), choices.seeds, choices.teacherNode};
        return check(options).map([&] { return std::move(options); });
    });
}

bool answersToOtherImages(const TrainingOptions& training)
{
    return training.views == 0 && !(training.augmentation == Augmentation{});
}

std::vector<ArmPlace> armsOf(const ExperimentOptions& options)
{
    std::vector<ArmPlace> places;
    for (int i = 0; i < options.seeds; ++i) {
        const std::uint64_t seed = options.training.seed + static_cast<std::uint64_t>(i);
        const bool controlFirst = i % 2 == 0;
        for (const Arm arm :
             {controlFirst ? Arm::Control : Arm::Distilled, controlFirst ? Arm::Distilled : Arm::Control})
            places.push_back({arm, seed, static_cast<int>(places.size()) + 1, 2 * options.seeds});
    }
    return places;
}

Result<ExperimentResult> runExperiment(Backend& backend, const ExperimentSubject& subject,
                                       const ExperimentOptions& options, const fs::path& folder,
                                       const ExperimentEvents& events, std::stop_token stop, const fs::path& answers)
{
    if (const auto possible = check(options).and_then([&] { return claim(folder, identityOf(subject, options)); });
        !possible)
        return tl::unexpected(possible.error());
    const fs::path answersFolder = answers.empty() ? folder / "teacher" : answers;
    std::error_code ignored;
    fs::create_directories(answersFolder, ignored); // where that fails, writing says so
    backend.setThreads(options.training.threads);
    const Result<TeacherTable> table =
        askTeacher(backend, questionOf(subject, options), answersFolder, events.preparing, stop);
    if (!table)
        return tl::unexpected(table.error());
    std::vector<ArmResult> control;
    std::vector<ArmResult> distilled;
    for (const ArmPlace& place : armsOf(options)) {
        Result<ArmResult> arm = armAt(place, subject, options, folder, *table, events, stop);
        if (!arm)
            return tl::unexpected(arm.error());
        if (events.armDone)
            events.armDone(place, *arm);
        (place.arm == Arm::Control ? control : distilled).push_back(*std::move(arm));
    }
    return evaluateTeacher(backend, subject.teacher, subject.dataset, stop, events.preparing)
        .and_then([&](const Evaluation& teacher) {
            return concluded(teacher, std::move(control), std::move(distilled), subject.dataset.classNames);
        })
        .and_then([&](ExperimentResult result) {
            return writeFileAtomically(folder / kResultFile, experimentJson(subject, options, result) + "\n").map([&] {
                return std::move(result);
            });
        });
}

Result<ExperimentResult> concluded(const Evaluation& teacher, std::vector<ArmResult> control,
                                   std::vector<ArmResult> distilled, const std::vector<std::string>& classNames)
{
    const Result<PairedDifference> whole = pairedDifference(accuraciesOf(control), accuraciesOf(distilled));
    if (!whole)
        return tl::unexpected(whole.error());
    ExperimentResult result{teacher, std::move(control), std::move(distilled), *whole, verdictOf(*whole), {}};
    for (std::size_t label = 0; label < classNames.size(); ++label) {
        const std::vector<double> without = accuraciesOf(result.control, label);
        const double mean = std::accumulate(without.begin(), without.end(), 0.0) / static_cast<double>(without.size());
        result.classes.push_back(
            {classNames[label], mean, *pairedDifference(without, accuraciesOf(result.distilled, label))});
    }
    return result;
}

} // namespace lathe

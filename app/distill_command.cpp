#include <filesystem>

#include <fmt/format.h>

#include "app/command.h"
#include "app/measuring.h"
#include "app/output.h"
#include "app/stop.h"
#include "app/training_options.h"
#include "core/analysis/significant.h"
#include "core/datasets/dataset_name.h"
#include "core/distillation/experiment_records.h"
#include "core/distillation/experiment_text.h"
#include "core/training/training_text.h"

namespace lathe::cli {

namespace {

struct Options {
    ExperimentNames names;
    std::string out;
    std::string answers;
    std::string save;
    TrainingChoices training;
    int seeds = 3;
    double temperature = Distillation{}.temperature;
    double alpha = Distillation{}.alpha;
    std::string loss = "soft-labels";
    int views = 0;
    std::string hint;
    std::string teacherLayer;
    std::string studentLayer;
    double hintWeight = Hint{}.weight;
    std::vector<double> teacherMean;
    std::vector<double> teacherDeviation;
    bool json = false;
};

Result<std::optional<Hint>> hintFrom(const Options& options)
{
    if (options.hint.empty() != options.teacherLayer.empty() || options.hint.empty() != options.studentLayer.empty())
        return fail(ErrorCode::InvalidArgument,
                    "A hint needs --hint, --teacher-layer and --student-layer, all three of them.");
    if (options.hint.empty())
        return std::nullopt;
    return hintFromName(options.hint).map([&](Hint::Kind kind) {
        return std::optional(Hint{kind, options.studentLayer, options.hintWeight});
    });
}

Result<Distillation> distillationFrom(const Options& options)
{
    const Result<Distillation::Loss> loss = teacherLossFromName(options.loss);
    if (!loss)
        return tl::unexpected(loss.error());
    return hintFrom(options).map([&](std::optional<Hint> hint) {
        return Distillation{*loss, options.temperature, options.alpha, std::move(hint)};
    });
}

Result<ExperimentOptions> experimentOptions(const Options& options, const Graph& student)
{
    return distillationFrom(options).and_then([&](const Distillation& distillation) {
        ExperimentChoices choices{options.training, distillation, {}, options.views, options.seeds};
        if (!options.teacherLayer.empty())
            choices.teacherNode = options.teacherLayer;
        return optionsFrom(choices, student);
    });
}

std::string armPrefix(const ArmPlace& place)
{
    return fmt::format("{}/{} {}, seed {}: ", place.number, place.count, name(place.arm), place.seed);
}

ExperimentEvents progressEvents(int epochs)
{
    ExperimentEvents events;
    events.preparing = [](const Progress& progress) { printStatus(progress.what); };
    if (stepLine())
        events.stepDone = [line = stepLine(), shown = 0](const ArmPlace& place,
                                                         const TrainingProgress& progress) mutable {
            if (std::exchange(shown, place.number) != place.number)
                line = stepLine(armPrefix(place));
            line(progress);
        };
    events.epochDone = [epochs](const ArmPlace& place, const EpochResult& epoch) {
        printEpoch(epoch, epochs, armPrefix(place));
    };
    events.armDone = [](const ArmPlace& place, const ArmResult& arm) {
        fmt::print(stderr, "{}{} of the test images in {}\n", armPrefix(place), percentText(arm.test.accuracy),
                   formatDuration(arm.seconds()));
    };
    return events;
}

std::string signedPoints(double fraction)
{
    return fmt::format("{:+.2f}", 100.0 * fraction);
}

void printSeeds(const ExperimentResult& result)
{
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < result.control.size(); ++i) {
        const double without = result.control[i].test.accuracy;
        const double with = result.distilled[i].test.accuracy;
        rows.push_back({fmt::format("{}", result.control[i].seed), percentText(without), percentText(with),
                        signedPoints(with - without)});
    }
    printTable({"seed", "control", "distilled", "points"}, rows);
}

void printClasses(const ExperimentResult& result)
{
    std::vector<std::vector<std::string>> rows;
    for (const ClassGain& gain : result.classes)
        rows.push_back({gain.name, percentText(gain.control), pointsText(gain.difference)});
    printTable({"class", "control", "gain"}, rows);
}

void print(const ExperimentOptions& used, const ExperimentResult& result, const std::string& folder)
{
    printSeeds(result);
    fmt::print("\n");
    printClasses(result);
    fmt::print("\n");
    for (const std::string& sentence : verdictSentences(result))
        fmt::print("{}\n", sentence);
    const std::vector<std::string> advice = adviceOn(result, used);
    if (!advice.empty())
        fmt::print("\nTo try next:\n");
    for (const std::string& sentence : advice)
        fmt::print("- {}\n", sentence);
    fmt::print("\nModels and figures: {}\n", folder);
}

Result<void> appendRecords(Backend& backend, const ExperimentSubject& subject, const ExperimentOptions& used,
                           const ExperimentResult& result, SessionAppender& session, const std::stop_token& stop)
{
    constexpr double kSecondsEach = 5.0;
    return recordsOf(backend, subject, result, used.training.threads, kSecondsEach, stop,
                     [](const Progress& progress) { printStatus(progress.what); })
        .and_then([&](const std::vector<Record>& records) {
            printStatus("");
            for (const Record& record : records)
                session.append(record);
            return session.save();
        });
}

Result<void> runOn(const Options& options, const ExperimentSubject& subject)
{
    const Result<ExperimentOptions> used = experimentOptions(options, subject.student.graph);
    if (!used)
        return tl::unexpected(used.error());
    if (answersToOtherImages(used->training))
        fmt::print(stderr, "The teacher answers to the unchanged images while the students see changed ones; --views "
                           "N has it answer to N changed versions of each.\n");
    const Result<Backend*> backend = loadBackend();
    if (!backend)
        return tl::unexpected(backend.error());
    std::optional<SessionAppender> session;
    if (!options.save.empty()) {
        Result<SessionAppender> opened = SessionAppender::open(options.save);
        if (!opened)
            return tl::unexpected(opened.error());
        session = *std::move(opened);
    }
    const StopOnInterrupt interrupt;
    const auto result = runExperiment(**backend, subject, *used, options.out, progressEvents(used->training.epochs),
                                      interrupt.token(), options.answers);
    printStatus("");
    if (!result)
        return tl::unexpected(result.error());
    if (session)
        if (const auto saved = appendRecords(**backend, subject, *used, *result, *session, interrupt.token()); !saved)
            return saved;
    if (options.json)
        fmt::print("{}\n", experimentJson(subject, *used, *result));
    else
        print(*used, *result, options.out);
    return {};
}

Result<void> distill(Options options)
{
    options.names.seed = options.training.seed;
    if (options.teacherMean.size() != options.teacherDeviation.size())
        return fail(ErrorCode::InvalidArgument,
                    "The teacher's --teacher-mean and --teacher-deviation need as many numbers, one for each channel.");
    if (!options.teacherMean.empty())
        options.names.teacherNormalisation = Normalisation{options.teacherMean, options.teacherDeviation};
    return loadExperiment(options.names).and_then([&](const ExperimentSubject& subject) {
        for (const LoadedModel* model : {&subject.teacher.model, &subject.student})
            for (const std::string& note : model->notes)
                fmt::print(stderr, "{}\n", forTerminal(note));
        return runOn(options, subject);
    });
}

void addTeacherOptions(CLI::App& command, Options& options)
{
    command.add_option("--temperature", options.temperature,
                       "That softens the teacher's and the student's answers (4)");
    command.add_option("--alpha", options.alpha, "Weight of the teacher's loss; the labels' is 1 less it (0.9)");
    command.add_option("--loss", options.loss, "soft-labels, logits or hard-labels")
        ->check(CLI::IsMember({"soft-labels", "logits", "hard-labels"}));
    command.add_option("--views", options.views,
                       "Changed versions of each image that the teacher answers to and epochs take in turns; without, "
                       "it answers to the images as they are");
    command.add_option("--hint", options.hint,
                       "What a layer of the student learns from one of the teacher: features, "
                       "attention");
    command.add_option("--teacher-layer", options.teacherLayer, "Of the hint, by name as lathe describe tells it");
    command.add_option("--student-layer", options.studentLayer, "The same");
    command.add_option("--hint-weight", options.hintWeight, "Of the hint's loss (100)");
    addListOption(command, "--teacher-mean", options.teacherMean,
                  "That the teacher's images are normalised by, one for each channel; its file's by default");
    addListOption(command, "--teacher-deviation", options.teacherDeviation, "The same");
    command.add_option("--answers", options.answers,
                       "Folder of the teacher's answers, to be shared among experiments; OUT/teacher by default");
}

} // namespace

void addDistill(CLI::App& app, Action& action)
{
    CLI::App* command = app.add_subcommand(
        "distill", "Train a student with and without a teacher, over several seeds, and tell whether it helped");
    const auto options = std::make_shared<Options>();
    command->add_option("--dataset", options->names.dataset, datasetKinds())->required();
    command->add_option("--teacher", options->names.teacher, "A model file, such as lathe train writes")->required();
    command
        ->add_option("--student", options->names.student,
                     "An architecture, such as lenet or convnet:8,16,32, or a model file to go on from")
        ->required();
    command->add_option("--out", options->out, "Folder of the experiment; one that was begun is gone on with")
        ->required();
    command->add_option("--seeds", options->seeds, "Runs of both arms (3)");
    command->add_option("--save", options->save,
                        "Session to append records of the teacher and the first seed's students to");
    addTeacherOptions(*command, *options);
    addTrainingOptions(*command, options->training);
    command->add_flag("--json", options->json, "One JSON document on standard output");
    command->callback([&action, options] { action = [options] { return distill(*options); }; });
}

} // namespace lathe::cli

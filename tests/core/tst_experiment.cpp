#include <QTemporaryDir>
#include <QTest>

#include <cstring>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "core/architectures/catalogue.h"
#include "core/base/files.h"
#include "core/distillation/experiment_text.h"
#include "core/distillation/image_answers.h"
#include "core/training/train_to_file.h"
#include "tests/support/datasets.h"

using namespace Qt::StringLiterals;
using namespace lathe;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kSize = 12;

bool sameWeights(const fs::path& a, const fs::path& b)
{
    const auto first = loadModel(a.string(), {});
    const auto second = loadModel(b.string(), {});
    if (!first || !second || first->weights.size() != second->weights.size())
        return false;
    for (std::size_t i = 0; i < first->weights.size(); ++i) {
        const HostTensor& x = first->weights[i].tensor;
        const HostTensor& y = second->weights[i].tensor;
        if (x.shape != y.shape || std::memcmp(x.data.get(), y.data.get(), static_cast<std::size_t>(x.byteCount())) != 0)
            return false;
    }
    return true;
}

ArmResult armWith(Arm arm, double accuracy, double trainingAccuracy = 0.9)
{
    ArmResult result;
    result.arm = arm;
    result.history.push_back({.epoch = 1,
                              .learningRate = 0.1,
                              .loss = 1.0,
                              .accuracy = trainingAccuracy,
                              .validationLoss = {},
                              .validationAccuracy = {},
                              .seconds = 2.0,
                              .dataSeconds = 0.1,
                              .images = 10});
    result.test.accuracy = accuracy;
    result.test.samples = 100;
    const auto right = static_cast<std::int64_t>(100.0 * accuracy + 0.5);
    result.test.confusion = {{right, 100 - right}, {0, 0}};
    return result;
}

ExperimentResult resultOf(const std::vector<double>& control, const std::vector<double>& distilled, double teacher,
                          double trainingAccuracy = 0.9)
{
    std::vector<ArmResult> without;
    std::vector<ArmResult> with;
    for (const double accuracy : control)
        without.push_back(armWith(Arm::Control, accuracy, trainingAccuracy));
    for (const double accuracy : distilled)
        with.push_back(armWith(Arm::Distilled, accuracy, trainingAccuracy));
    Evaluation of;
    of.accuracy = teacher;
    return *concluded(of, without, with, {"left", "right"});
}

bool anyBegins(const std::vector<std::string>& sentences, std::string_view with)
{
    return std::any_of(sentences.begin(), sentences.end(), [&](const std::string& s) { return s.starts_with(with); });
}

} // namespace

class TestExperiment : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void bothArmsAreTrainedAlikeAndPaired();
    void aStoppedExperimentComesToTheSameFigures();
    void whatIsDoneIsNotTrainedAgain();
    void anArmWhoseModelChangedIsTrainedAgain();
    void anotherExperimentsFolderIsRefused();
    void theArmThatGoesFirstChanges();
    void aTeacherOfAnotherSizeTeaches();
    void aTeacherKeepsItsPreprocessing();
    void teachersThatCannotBeAreRefused_data();
    void teachersThatCannotBeAreRefused();
    void classesGainByTheirOwnImages();
    void adviceFollowsWhatWasFound();
    void optionsThatCannotBeAreRefused();
    void augmentationIsChosenAndNotMet();
    void softLabelsAreThoseOfTheModels();

private:
    fs::path path(const QString& name) const { return m_folder->filePath(name).toStdString(); }
    ExperimentSubject subject() const;
    ExperimentOptions options() const;
    Result<ExperimentResult> run(const fs::path& folder, const ExperimentEvents& events = {}, std::stop_token stop = {})
    {
        return runExperiment(*m_backend, subject(), options(), folder, events, stop);
    }

    Backend* m_backend = nullptr;
    Dataset m_data = test::barDataset(120, 40, kSize);
    LoadedModel m_teacher;
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestExperiment::initTestCase()
{
    const auto backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    m_backend = *backend;
    auto built = buildModel("convnet:4,8", {m_data.imageShape(), m_data.classes()});
    QVERIFY2(built, built ? "" : built.error().message.c_str());
    m_teacher = *std::move(built);
    m_teacher.weights = *m_backend->initialise(m_teacher.graph, 5);
}

void TestExperiment::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
}

ExperimentSubject TestExperiment::subject() const
{
    const auto student = buildModel("convnet:2,4", {m_data.imageShape(), m_data.classes()});
    return {{"bars", "teacher.safetensors", "convnet:2,4", 0, {}}, m_data, {m_teacher, m_data.normalisation}, *student};
}

ExperimentOptions TestExperiment::options() const
{
    ExperimentOptions options;
    options.training.epochs = 3;
    options.training.batch = 20;
    options.training.learningRate = 0.05;
    options.training.validationShare = 0.2;
    options.training.distillation = Distillation{};
    options.training.seed = 7;
    options.seeds = 2;
    return options;
}

void TestExperiment::bothArmsAreTrainedAlikeAndPaired()
{
    const fs::path folder = path(u"a"_s);
    const auto result = run(folder);
    QVERIFY2(result, result ? "" : result.error().message.c_str());
    QCOMPARE(result->control.size(), std::size_t{2});
    QCOMPARE(result->distilled.size(), std::size_t{2});
    for (std::size_t i = 0; i < 2; ++i) {
        QCOMPARE(result->control[i].seed, 7 + i);
        QCOMPARE(result->distilled[i].seed, 7 + i);
        QCOMPARE(result->control[i].history.size(), std::size_t{3});
        QCOMPARE(result->control[i].test.samples, std::int64_t{40});
    }
    QCOMPARE(result->difference.mean, 0.5 * (result->distilled[0].test.accuracy - result->control[0].test.accuracy +
                                             result->distilled[1].test.accuracy - result->control[1].test.accuracy));
    QVERIFY(result->difference.interval.has_value());
    // The control is the training that anybody would do without a teacher.
    ExperimentOptions own = options();
    own.training.distillation.reset();
    const ExperimentSubject all = subject();
    const auto alone =
        trainToFile({all.student, all.dataset}, own.training, {path(u"alone.safetensors"_s)}, {}, {}, nullptr);
    QVERIFY2(alone, alone ? "" : alone.error().message.c_str());
    QVERIFY(sameWeights(path(u"alone.safetensors"_s), armModel(folder, Arm::Control, 7)));
    QVERIFY(!sameWeights(armModel(folder, Arm::Distilled, 7), armModel(folder, Arm::Control, 7)));
    QVERIFY(!sameWeights(armModel(folder, Arm::Control, 8), armModel(folder, Arm::Control, 7)));
    // Where a distilled student comes from stands in its file.
    const auto distilled = loadModel(armModel(folder, Arm::Distilled, 7).string(), {});
    QVERIFY(distilled);
    QCOMPARE(distilled->origin, std::string("teacher.safetensors"));
    QCOMPARE(distilled->scheme, std::string("distilled"));
    const auto control = loadModel(armModel(folder, Arm::Control, 7).string(), {});
    QVERIFY(control && control->origin.empty() && control->scheme.empty());
    const auto json = nlohmann::json::parse(*readFile(folder / "result.json"));
    QCOMPARE(json.at("control").size(), std::size_t{2});
    QCOMPARE(json.at("distilled").at(1).get<double>(), result->distilled[1].test.accuracy);
    QCOMPARE(json.at("difference").get<double>(), result->difference.mean);
    QCOMPARE(json.at("ci_low").get<double>(), result->difference.interval->low);
    QCOMPARE(json.at("verdict").get<std::string>(), std::string(name(result->verdict)));
}

/// On one thread, to the bit, wherever it was stopped.
void TestExperiment::aStoppedExperimentComesToTheSameFigures()
{
    const auto whole = run(path(u"whole"_s));
    QVERIFY2(whole, whole ? "" : whole.error().message.c_str());
    const fs::path folder = path(u"broken"_s);
    int stops = 0;
    Result<ExperimentResult> broken = fail(ErrorCode::Cancelled, "not begun");
    while (!broken && stops < 100) {
        std::stop_source source;
        int steps = 0;
        ExperimentEvents events;
        events.stepDone = [&](const ArmPlace&, const TrainingProgress&) {
            if (++steps == 7)
                source.request_stop();
        };
        broken = run(folder, events, source.get_token());
        QVERIFY2(broken || broken.error().code == ErrorCode::Cancelled, broken ? "" : broken.error().message.c_str());
        ++stops;
    }
    QVERIFY(broken);
    QCOMPARE(stops, 9); // 4 arms of 3 epochs of 5 steps: after 7 each
    QCOMPARE(broken->difference.mean, whole->difference.mean);
    for (const ArmPlace& place : armsOf(options()))
        QVERIFY(
            sameWeights(armModel(folder, place.arm, place.seed), armModel(path(u"whole"_s), place.arm, place.seed)));
    QVERIFY(!fs::exists(checkpointBeside(armModel(folder, Arm::Control, 7))));
}

void TestExperiment::whatIsDoneIsNotTrainedAgain()
{
    const auto first = run(path(u"a"_s));
    QVERIFY(first);
    int steps = 0;
    int epochs = 0;
    ExperimentEvents events;
    events.stepDone = [&](const ArmPlace&, const TrainingProgress&) { ++steps; };
    events.epochDone = [&](const ArmPlace&, const EpochResult&) { ++epochs; };
    const auto second = run(path(u"a"_s), events);
    QVERIFY(second);
    QCOMPARE(steps, 0);
    QCOMPARE(epochs, 12);
    QCOMPARE(second->difference.mean, first->difference.mean);
    QVERIFY(second->control[1].test.predictions == first->control[1].test.predictions);
}

void TestExperiment::anArmWhoseModelChangedIsTrainedAgain()
{
    QVERIFY(run(path(u"a"_s)));
    std::ofstream(armModel(path(u"a"_s), Arm::Distilled, 8), std::ios::app) << "x";
    std::vector<int> trained;
    ExperimentEvents events;
    events.stepDone = [&](const ArmPlace& place, const TrainingProgress&) {
        if (trained.empty() || trained.back() != place.number)
            trained.push_back(place.number);
    };
    QVERIFY(run(path(u"a"_s), events));
    QCOMPARE(trained, std::vector<int>{3});
}

void TestExperiment::anotherExperimentsFolderIsRefused()
{
    QVERIFY(run(path(u"a"_s)));
    ExperimentOptions other = options();
    other.training.distillation->temperature = 2.0;
    const auto refused = runExperiment(*m_backend, subject(), other, path(u"a"_s), {}, {});
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::InvalidArgument);
    QVERIFY2(refused.error().message.find("another experiment") != std::string::npos, refused.error().message.c_str());
    std::ofstream(path(u"a"_s) / "experiment.json") << "{";
    const auto damaged = run(path(u"a"_s));
    QVERIFY(!damaged);
    QCOMPARE(damaged.error().code, ErrorCode::BadFile);
    fs::create_directory(path(u"full"_s));
    std::ofstream(path(u"full"_s) / "letter.txt") << "x";
    const auto full = run(path(u"full"_s));
    QVERIFY(!full && full.error().code == ErrorCode::InvalidArgument);
    QVERIFY2(full.error().message.find("holds other files") != std::string::npos, full.error().message.c_str());
    std::ofstream(path(u"file"_s)) << "x";
    const auto noFolder = run(path(u"file"_s));
    QVERIFY(!noFolder);
    QCOMPARE(noFolder.error().code, ErrorCode::InputOutput);
}

void TestExperiment::theArmThatGoesFirstChanges()
{
    const auto places = armsOf(options());
    QCOMPARE(places.size(), std::size_t{4});
    QCOMPARE(places[0].arm, Arm::Control);
    QCOMPARE(places[1].arm, Arm::Distilled);
    QCOMPARE(places[2].arm, Arm::Distilled);
    QCOMPARE(places[3].arm, Arm::Control);
    QCOMPARE(places[3].seed, std::uint64_t{8});
    QCOMPARE(places[3].number, 4);
    QCOMPARE(places[3].count, 4);
}

/// Colours where the images are grey, and other height and width.
void TestExperiment::aTeacherOfAnotherSizeTeaches()
{
    auto large = buildModel("convnet:4,8", {{3, 20, 20}, 10});
    QVERIFY(large);
    large->weights = *m_backend->initialise(large->graph, 6);
    ExperimentSubject all = subject();
    all.teacher = {*large, {{0.5, 0.5, 0.5}, {0.25, 0.25, 0.25}}};
    ExperimentOptions one = options();
    one.seeds = 1;
    one.training.epochs = 1;
    const auto result = runExperiment(*m_backend, all, one, path(u"a"_s), {}, {});
    QVERIFY2(result, result ? "" : result.error().message.c_str());
    QCOMPARE(result->verdict, TeacherVerdict::Unknown);
    QCOMPARE(result->teacher.samples, std::int64_t{40});
}

void TestExperiment::aTeacherKeepsItsPreprocessing()
{
    const Normalisation own{{0.25}, {0.5}};
    LoadedModel model = m_teacher;
    model.preprocessing = Preprocessing{"other", own, m_data.classNames};
    QVERIFY(saveModel(path(u"own.safetensors"_s), model));
    QVERIFY(saveModel(path(u"plain.safetensors"_s), m_teacher));
    QVERIFY(loadTeacher(path(u"own.safetensors"_s), m_data)->normalisation == own);
    QVERIFY(loadTeacher(path(u"plain.safetensors"_s), m_data)->normalisation == m_data.normalisation);
    const Normalisation given{{0.1}, {0.2}};
    QVERIFY(loadTeacher(path(u"own.safetensors"_s), m_data, given)->normalisation == given);
    // As Hugging Face keeps it beside the weights.
    std::ofstream(path(u"preprocessor_config.json"_s)) << R"({"image_mean": [0.4], "image_std": [0.3], "size": 224})";
    QVERIFY(loadTeacher(path(u"plain.safetensors"_s), m_data)->normalisation == (Normalisation{{0.4}, {0.3}}));
    QVERIFY(loadTeacher(path(u"own.safetensors"_s), m_data)->normalisation == own);
}

void TestExperiment::teachersThatCannotBeAreRefused_data()
{
    QTest::addColumn<QString>("config");
    QTest::addColumn<QString>("message");
    QTest::newRow("other channels") << u"{\"image_mean\": [0.4, 0.4], \"image_std\": [0.3, 0.3]}"_s << u"1 channels"_s;
    QTest::newRow("no deviation") << u"{\"image_mean\": [0.4]}"_s << u"image_std"_s;
    QTest::newRow("no numbers") << u"{\"image_mean\": \"x\", \"image_std\": [1]}"_s << u"image_std"_s;
    QTest::newRow("no JSON") << u"{"_s << u"image_std"_s;
    QTest::newRow("zero") << u"{\"image_mean\": [0.4], \"image_std\": [0]}"_s << u"deviation of 0"_s;
}

void TestExperiment::teachersThatCannotBeAreRefused()
{
    QFETCH(const QString, config);
    QFETCH(const QString, message);
    QVERIFY(saveModel(path(u"plain.safetensors"_s), m_teacher));
    std::ofstream(path(u"preprocessor_config.json"_s)) << config.toStdString();
    const auto teacher = loadTeacher(path(u"plain.safetensors"_s), m_data);
    QVERIFY(!teacher);
    QVERIFY2(QString::fromStdString(teacher.error().message).contains(message), teacher.error().message.c_str());
    QVERIFY(!loadTeacher("lenet", m_data));
}

void TestExperiment::classesGainByTheirOwnImages()
{
    const ExperimentResult result = resultOf({0.80, 0.82}, {0.84, 0.86}, 0.9);
    QCOMPARE(result.classes.size(), std::size_t{2});
    QCOMPARE(result.classes[0].name, std::string("left"));
    QVERIFY(std::abs(result.classes[0].control - 0.81) < 1e-9);
    QVERIFY(std::abs(result.classes[0].difference.mean - 0.04) < 1e-9);
    QCOMPARE(result.classes[1].difference.mean, 0.0); // without images of it
    QCOMPARE(result.verdict, TeacherVerdict::Improved);
}

void TestExperiment::adviceFollowsWhatWasFound()
{
    const ExperimentOptions own = options();
    QVERIFY(adviceOn(resultOf({0.80, 0.82}, {0.84, 0.86}, 0.9), own).empty());
    QVERIFY(anyBegins(adviceOn(resultOf({0.80}, {0.84}, 0.9), own), "Train with at least 3 seeds"));
    // Differences of 1 and 3 points: with 5 seeds that spread so, the interval is 2 +- 1.76.
    const auto uncertain = adviceOn(resultOf({0.80, 0.80}, {0.81, 0.83}, 0.9), own);
    QVERIFY(uncertain.front().find("about 5 would show") != std::string::npos);
    QVERIFY(anyBegins(adviceOn(resultOf({0.80, 0.81}, {0.80, 0.82}, 0.805), own), "Take a stronger teacher"));
    QVERIFY(anyBegins(adviceOn(resultOf({0.80, 0.81}, {0.80, 0.82}, 0.9, 0.8), own), "Train for more epochs"));
    QVERIFY(anyBegins(adviceOn(resultOf({0.80, 0.81}, {0.80, 0.82}, 0.9, 0.99), own), "Change the training images"));
    QVERIFY(anyBegins(adviceOn(resultOf({0.84, 0.86}, {0.80, 0.82}, 0.9), own), "Give the teacher less weight"));
    const auto sentences = verdictSentences(resultOf({0.80, 0.80}, {0.81, 0.83}, 0.9));
    QCOMPARE(sentences[0], std::string("With the teacher 82.00 % of the test images are sorted right, without 80.00 % "
                                       "(means of 2 seeds): +2.00 points (95 % interval -10.71 to +14.71)."));
    QCOMPARE(sentences[2], std::string("The teacher has 90.00 %; the student alone is 10.00 points behind, with the "
                                       "teacher 8.00."));
}

void TestExperiment::optionsThatCannotBeAreRefused()
{
    ExperimentOptions none = options();
    none.seeds = 0;
    QVERIFY(!check(none));
    none = options();
    none.training.distillation->alpha = 1.5;
    QVERIFY(!check(none));
    none = options();
    none.training.distillation.reset();
    QVERIFY(!check(none));
}

void TestExperiment::augmentationIsChosenAndNotMet()
{
    const Graph graph = subject().student.graph; // normalises batches: usually with crops and flips
    ExperimentChoices choices;
    const auto plain = optionsFrom(choices, graph);
    QVERIFY(plain && plain->training.augmentation == Augmentation{} && !answersToOtherImages(plain->training));
    choices.views = 4;
    const auto views = optionsFrom(choices, graph);
    QVERIFY(views && views->training.augmentation.flip && !answersToOtherImages(views->training));
    QCOMPARE(views->training.views, 4);
    choices.views = 0;
    choices.training.augment = "crop";
    const auto chosen = optionsFrom(choices, graph);
    QVERIFY(chosen && answersToOtherImages(chosen->training));
    choices.training.optimizer = "none";
    QVERIFY(!optionsFrom(choices, graph));
}

void TestExperiment::softLabelsAreThoseOfTheModels()
{
    const float logits[] = {2.0F, 0.0F};
    const auto soft = softened(logits, 2, 2.0); // 1 / (1 + exp(-1))
    QVERIFY(std::abs(soft[0] - 0.7310586) < 1e-6 && std::abs(soft[0] + soft[1] - 1.0) < 1e-12);
    const ExperimentSubject all = subject();
    const auto result = run(path(u"a"_s));
    QVERIFY(result);
    const auto differing = differingImages(*result, 0);
    for (std::int64_t image = 0; image < 40; ++image) {
        const auto i = static_cast<std::size_t>(image);
        const bool differs = result->control[0].test.predictions[i] != result->distilled[0].test.predictions[i];
        QCOMPARE(std::count(differing.begin(), differing.end(), image), differs ? 1 : 0);
    }
    for (const std::int64_t image : {0, 7, 39}) {
        const auto answers = answersTo(*m_backend, all, *result, 1, image, 4.0);
        QVERIFY2(answers, answers ? "" : answers.error().message.c_str());
        QCOMPARE(answers->label, image % 10);
        const auto i = static_cast<std::size_t>(image);
        const auto top = [](const std::vector<double>& p) { return std::max_element(p.begin(), p.end()) - p.begin(); };
        QCOMPARE(top(answers->control), result->control[1].test.predictions[i]);
        QCOMPARE(top(answers->distilled), result->distilled[1].test.predictions[i]);
        QCOMPARE(top(answers->teacher), result->teacher.predictions[i]);
    }
    QVERIFY(!answersTo(*m_backend, all, *result, 1, 40, 4.0));
}

QTEST_GUILESS_MAIN(TestExperiment)
#include "tst_experiment.moc"

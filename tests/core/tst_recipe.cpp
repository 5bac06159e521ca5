#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "core/pruning/prune.h"
#include "core/recipe/recipe.h"
#include "core/recipe/recipe_text.h"
#include "core/recipe/run_recipe.h"
#include "tests/support/datasets.h"

using namespace Qt::StringLiterals;
using namespace lathe;
namespace fs = std::filesystem;

namespace {

constexpr const char* kSmall = R"({
  "name": "small", "model": "convnet:4,8", "dataset": "synthetic", "threads": 1,
  "measure": {"max_seconds": 0.2},
  "steps": [{"step": "train", "epochs": 1, "batch": 64}]
})";

Recipe smallRecipe(const std::vector<RecipeStep>& more = {})
{
    Recipe recipe = *recipeFromJson(kSmall);
    recipe.steps.insert(recipe.steps.end(), more.begin(), more.end());
    return recipe;
}

FineTuneStep tuning()
{
    FineTuneStep step;
    step.training.epochs = 1;
    step.training.batch = 64;
    return step;
}

QuantizeStep quantizing(const std::vector<std::string>& schemes = {"static"})
{
    QuantizeStep step;
    step.scheme = schemes;
    step.images = 32;
    return step;
}

PruneStep pruning(const std::vector<double>& amounts, const std::string& kind = "channels")
{
    PruneStep step;
    step.amount = amounts;
    step.kind = kind;
    return step;
}

std::string bytesOf(const fs::path& file)
{
    return readFile(file).value_or("");
}

std::vector<std::string> kindsOf(const RecipeResult& result)
{
    std::vector<std::string> kinds;
    for (const RecipeResultStep& step : result.steps)
        kinds.push_back(step.kind);
    return kinds;
}

} // namespace

class TestRecipe : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void isReadAsItWasWritten();
    void whatCannotBeIsRefused_data();
    void whatCannotBeIsRefused();
    void theExampleCanBeRun();
    void listsBecomeATree();
    void everyStepIsMeasuredAndKept();
    void twoTimingsAreTakenTogether();
    void aNetworkTimedOnceIsTimedAgain();
    void masksStayThroughFineTuning();
    void aStudentTakesTheTeachersPlace();
    void aTeacherHelpsTheNetworkSoFar();
    void aSweepHasAFront();
    void aSecondRunReadsWhatIsThere();
    void anEditedRecipeGoesOnFromWhatIsTheSame();
    void aStoppedRecipeComesToTheSameNetworks();
    void aDamagedNetworkIsMadeAgain();
    void aModelFileIsItsFirstNetwork();
    void foldersWithOtherFilesAreRefused();
    void aResultIsReadBack();
    void recipesAreCompared();

private:
    fs::path path(const QString& name) const { return m_folder.filePath(name).toStdString(); }
    Result<RecipeResult> run(const Recipe& recipe, const QString& folder, const RecipeEvents& events = {},
                             std::stop_token stop = {}) const
    {
        return loadRecipe(recipe).and_then(
            [&](const RecipeSubject& subject) { return runRecipe(subject, path(folder), events, std::move(stop)); });
    }

    QTemporaryDir m_folder;
};

void TestRecipe::isReadAsItWasWritten()
{
    DistilStep distil;
    distil.student = "lenet";
    distil.temperature = 2.5;
    distil.training.learningRate = 0.02;
    PruneStep prune = pruning({0.3, 0.5});
    prune.exclude = {"fc"};
    Recipe recipe = smallRecipe({distil, prune, tuning(), quantizing({"static", "dynamic"})});
    recipe.measure.batch = 8;
    recipe.seed = 7;
    const std::string text = recipeToJson(recipe);
    const auto read = recipeFromJson(text);
    QVERIFY2(read.has_value(), read ? "" : read.error().message.c_str());
    QCOMPARE(recipeToJson(*read), text);
    QCOMPARE(read->measure.batch, 8);
    QCOMPARE(read->seed, 7u);
    QCOMPARE(std::get<DistilStep>(read->steps[1]).temperature, 2.5);
    QCOMPARE(std::get<DistilStep>(read->steps[1]).training.learningRate, std::optional(0.02));
    QVERIFY(std::get<PruneStep>(read->steps[2]).amount == (std::vector<double>{0.3, 0.5}));
    QVERIFY(std::get<QuantizeStep>(read->steps[4]).scheme == (std::vector<std::string>{"static", "dynamic"}));
}

void TestRecipe::whatCannotBeIsRefused_data()
{
    QTest::addColumn<QString>("steps");
    QTest::addColumn<QString>("sentence");
    QTest::newRow("no JSON") << u"["_s << u"it is no JSON."_s;
    QTest::newRow("no list") << u"7"_s << u"a list of \"steps\""_s;
    QTest::newRow("empty") << u"[]"_s << u"at least one of the \"steps\""_s;
    QTest::newRow("no step") << u"[{}]"_s << u"step 1 does not say what it does"_s;
    QTest::newRow("unknown step") << uR"([{"step": "bake"}])"_s << u"There is no step \"bake\""_s;
    QTest::newRow("unknown setting") << uR"([{"step": "train", "epoch": 3}])"_s
                                     << u"in step 1 (train) there is no setting \"epoch\"; choose from epochs"_s;
    QTest::newRow("kind of value") << uR"([{"step": "train", "epochs": "many"}])"_s << u"\"epochs\" is not"_s;
    QTest::newRow("prune untrained") << uR"([{"step": "prune"}])"_s << u"Step 1 (prune) needs a trained network"_s;
    QTest::newRow("prune quantized") << uR"([{"step": "train"}, {"step": "quantize"}, {"step": "prune"}])"_s
                                     << u"Step 3 (prune) comes after quantizing"_s;
    QTest::newRow("tuned twice")
        << uR"([{"step": "train"}, {"step": "quantize"}, {"step": "fine-tune"}, {"step": "fine-tune"}])"_s
        << u"Step 4 (fine-tune) comes after a network that is quantized and tuned"_s;
    QTest::newRow("whole amount") << uR"([{"step": "train"}, {"step": "prune", "amount": 1.0}])"_s
                                  << u"Step 2 (prune) cannot prune 1"_s;
    QTest::newRow("criterion") << uR"([{"step": "train"}, {"step": "prune", "criterion": "luck"}])"_s << u"luck"_s;
    QTest::newRow("scheme") << uR"([{"step": "train"}, {"step": "quantize", "scheme": "int3"}])"_s << u"int3"_s;
    QTest::newRow("no student") << uR"([{"step": "train"}, {"step": "distil"}])"_s << u"either a \"student\""_s;
    QTest::newRow("missing teacher") << uR"([{"step": "distil", "teacher": "none.safetensors"}])"_s
                                     << u"Step 1 (distil): "_s;
    QTest::newRow("training") << uR"([{"step": "train", "learning_rate": -1}])"_s << u"Step 1 (train): "_s;
    QTest::newRow("too many")
        << uR"([{"step": "train"}, {"step": "prune", "amount": [0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9]},
                {"step": "prune", "amount": [0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9]},
                {"step": "prune", "amount": [0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9]}])"_s
        << u"more than 200 steps"_s;
}

void TestRecipe::whatCannotBeIsRefused()
{
    QFETCH(const QString, steps);
    QFETCH(const QString, sentence);
    const QString text = uR"({"model": "convnet:4,8", "dataset": "synthetic", "steps": )"_s + steps + u"}"_s;
    const auto subject = recipeFromJson(text.toStdString()).and_then(loadRecipe);
    QVERIFY(!subject);
    QVERIFY2(QString::fromStdString(subject.error().message).contains(sentence), subject.error().message.c_str());
    QVERIFY(!subject.error().message.ends_with("..") && subject.error().message.ends_with("."));
}

void TestRecipe::theExampleCanBeRun()
{
    QVERIFY(check(exampleRecipe()));
    QVERIFY(recipeFromJson(recipeToJson(exampleRecipe())));
}

void TestRecipe::listsBecomeATree()
{
    const Recipe recipe = smallRecipe({pruning({0.25, 0.5}), tuning(), quantizing({"static", "dynamic"})});
    const std::vector<PlannedStep> plan = planOf(recipe);
    std::vector<std::string> all;
    for (const PlannedStep& step : plan)
        all.push_back(std::to_string(step.parent) + " " + kindOf(step.step) + " " + step.variant);
    QVERIFY(all == (std::vector<std::string>{"-1 train ", "0 prune 25 %", "1 fine-tune 25 %", "2 quantize 25 %, static",
                                             "2 quantize 25 %, dynamic", "0 prune 50 %", "5 fine-tune 50 %",
                                             "6 quantize 50 %, static", "6 quantize 50 %, dynamic"}));
}

void TestRecipe::everyStepIsMeasuredAndKept()
{
    const Recipe recipe = smallRecipe({pruning({0.5}), tuning(), quantizing(), tuning()});
    std::vector<std::string> began;
    RecipeEvents events;
    events.began = [&](std::size_t index, std::size_t count, const std::string& title) {
        QCOMPARE(index, began.size());
        QCOMPARE(count, std::size_t{6}); // the last times all of them once more
        began.push_back(title);
    };
    const auto result = run(recipe, u"chain"_s, events);
    QVERIFY2(result.has_value(), result ? "" : result.error().message.c_str());
    QVERIFY(kindsOf(*result) == (std::vector<std::string>{"train", "prune", "fine-tune", "quantize", "fine-tune"}));
    QCOMPARE(began[1], std::string("prune 50 % of the channels"));
    for (std::size_t i = 0; i < result->steps.size(); ++i) {
        const RecipeResultStep& step = result->steps[i];
        QCOMPARE(step.parent, static_cast<int>(i) - 1);
        QVERIFY(step.milliseconds > 0.0);
        QVERIFY(step.test.samples > 0);
        QCOMPARE(step.record.top1, std::optional(step.test.accuracy));
        QCOMPARE(step.record.top1Dataset, std::string("synthetic"));
        QCOMPARE(step.isLast, i == 4);
        QCOMPARE(step.time.rounds, i == 0 ? 1 : 2);
        QVERIFY(step.time.low <= step.time.ratio && step.time.ratio <= step.time.high);
        QCOMPARE(step.fileBytes, static_cast<std::int64_t>(fs::file_size(step.model)));
        const auto model = loadModel(step.model.string(), {});
        QVERIFY2(model.has_value(), step.model.c_str());
        QCOMPARE(model->quantization.has_value(), i >= 3);
        if (i > 0) {
            QCOMPARE(step.record.origin, result->steps[0].model.string());
            QVERIFY(step.change.has_value());
            QCOMPARE(step.change->difference(), step.test.accuracy - result->steps[i - 1].test.accuracy);
        }
    }
    QVERIFY(result->steps[1].macs < result->steps[0].macs);
    QVERIFY(result->steps[3].fileBytes < result->steps[2].fileBytes);
    QCOMPARE(result->steps[3].record.configuration.mode, std::string("int8"));
    // Training under the rounding changed it, and nothing else did.
    QVERIFY(bytesOf(result->steps[4].model) != bytesOf(result->steps[3].model));
    QVERIFY(fs::exists(path(u"chain"_s) / "recipe.json"));
    QVERIFY(fs::exists(path(u"chain"_s) / "result.json"));
}

void TestRecipe::twoTimingsAreTakenTogether()
{
    const TimeShare both = together({0.42, 0.416, 0.42, 1}, {0.32, 0.31, 0.345, 1});
    QCOMPARE(both.ratio, std::sqrt(0.42 * 0.32));
    QCOMPARE(both.low, 0.31);
    QCOMPARE(both.high, 0.42);
    QCOMPARE(both.rounds, 2);
}

/// A folder of a version that timed once, or a recipe that was stopped before the end.
void TestRecipe::aNetworkTimedOnceIsTimedAgain()
{
    const Recipe recipe = smallRecipe({pruning({0.5})});
    const auto first = run(recipe, u"once"_s);
    QVERIFY(first);
    fs::path figures = first->steps[1].model;
    figures.replace_extension(".json");
    QFile file(QString::fromStdString(figures.string()));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QJsonObject json = QJsonDocument::fromJson(file.readAll()).object();
    file.close();
    QCOMPARE(json[u"time_rounds"_s].toInt(), 2);
    json.remove(u"time_rounds"_s);
    json[u"time_low"_s] = 0.001;
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QJsonDocument(json).toJson());
    file.close();
    const auto second = run(recipe, u"once"_s);
    QVERIFY(second);
    QCOMPARE(second->steps[1].time.rounds, 2);
    QCOMPARE(second->steps[1].time.low, 0.001);
    QCOMPARE(second->steps[1].milliseconds, second->steps[0].milliseconds * second->steps[1].time.ratio);
    const auto third = run(recipe, u"once"_s);
    QVERIFY(third);
    QCOMPARE(recipeResultJson(*third), recipeResultJson(*second));
}

void TestRecipe::masksStayThroughFineTuning()
{
    const auto result = run(smallRecipe({pruning({0.8}, "weights"), tuning()}), u"masks"_s);
    QVERIFY2(result.has_value(), result ? "" : result.error().message.c_str());
    const auto model = loadModel(result->steps[2].model.string(), {});
    QVERIFY(model && model->pruning);
    QVERIFY(result->steps[2].macs == result->steps[0].macs);
    QVERIFY(std::abs(wholeSparsity(layerSparsity(*model)).share() - 0.8) < 0.01);
}

void TestRecipe::aStudentTakesTheTeachersPlace()
{
    DistilStep distil;
    distil.student = "convnet:2,4";
    distil.training = tuning().training;
    const auto result = run(smallRecipe({distil}), u"student"_s);
    QVERIFY2(result.has_value(), result ? "" : result.error().message.c_str());
    QVERIFY(result->steps[1].parameters < result->steps[0].parameters);
    const auto model = loadModel(result->steps[1].model.string(), {});
    QCOMPARE(model->origin, result->steps[0].model.string());
    QCOMPARE(model->scheme, std::string("distilled"));
}

void TestRecipe::aTeacherHelpsTheNetworkSoFar()
{
    const auto taught = run(smallRecipe(), u"teachers"_s);
    QVERIFY(taught);
    DistilStep distil;
    distil.teacher = taught->steps[0].model.string();
    distil.training = tuning().training;
    Recipe recipe = smallRecipe();
    recipe.model = "convnet:2,4";
    recipe.steps = {distil};
    const auto result = run(recipe, u"taught"_s);
    QVERIFY2(result.has_value(), result ? "" : result.error().message.c_str());
    QCOMPARE(result->steps.size(), std::size_t{1});
    QCOMPARE(loadModel(result->steps[0].model.string(), {})->origin, distil.teacher);
}

void TestRecipe::aSweepHasAFront()
{
    const auto result = run(smallRecipe({pruning({0.25, 0.5, 0.75})}), u"sweep"_s);
    QVERIFY2(result.has_value(), result ? "" : result.error().message.c_str());
    QCOMPARE(result->steps.size(), std::size_t{4});
    QVERIFY(result->steps[1].macs > result->steps[2].macs && result->steps[2].macs > result->steps[3].macs);
    bool anyOnFront = false;
    for (const RecipeResultStep& step : result->steps) {
        anyOnFront |= step.isOnFront;
        for (const RecipeResultStep& other : result->steps)
            if (other.milliseconds < step.milliseconds && other.test.accuracy > step.test.accuracy)
                QVERIFY(!step.isOnFront);
    }
    QVERIFY(anyOnFront);
    QVERIFY(recipeSentences(*result).back().starts_with("All variants were measured on the same test images"));
}

void TestRecipe::aSecondRunReadsWhatIsThere()
{
    const Recipe recipe = smallRecipe({pruning({0.5})});
    const auto first = run(recipe, u"again"_s);
    QVERIFY(first);
    bool trained = false;
    RecipeEvents events;
    events.epochDone = [&](const EpochResult&) { trained = true; };
    const auto second = run(recipe, u"again"_s, events);
    QVERIFY(second);
    QVERIFY(!trained);
    QCOMPARE(recipeResultJson(*second), recipeResultJson(*first));
    // Other conditions: measured again, not trained again.
    Recipe other = recipe;
    other.measure.batch = 4;
    const auto third = run(other, u"again"_s, events);
    QVERIFY(third);
    QVERIFY(!trained);
    QCOMPARE(third->steps[0].record.configuration.batch, 4);
    QCOMPARE(third->steps[1].model, first->steps[1].model);
}

void TestRecipe::anEditedRecipeGoesOnFromWhatIsTheSame()
{
    const auto first = run(smallRecipe({pruning({0.5}), tuning()}), u"edited"_s);
    QVERIFY(first);
    int epochs = 0;
    RecipeEvents events;
    events.epochDone = [&](const EpochResult&) { ++epochs; };
    const auto second = run(smallRecipe({pruning({0.25}), tuning()}), u"edited"_s, events);
    QVERIFY(second);
    QCOMPARE(epochs, 1); // of fine-tuning; the first training is the same
    QCOMPARE(second->steps[0].model, first->steps[0].model);
    QVERIFY(second->steps[1].model != first->steps[1].model);
    QVERIFY(fs::exists(first->steps[2].model));
}

void TestRecipe::aStoppedRecipeComesToTheSameNetworks()
{
    Recipe recipe = smallRecipe({pruning({0.5}), tuning()});
    std::get<TrainStep>(recipe.steps[0]).training.epochs = 2;
    const auto whole = run(recipe, u"unbroken"_s);
    QVERIFY(whole);
    for (int epoch = 0; epoch < 10; ++epoch) { // stopped after each epoch
        std::stop_source source;
        int seen = 0;
        RecipeEvents events;
        events.epochDone = [&](const EpochResult&) {
            if (++seen > epoch)
                source.request_stop();
        };
        const auto result = run(recipe, u"broken"_s, events, source.get_token());
        if (!result) {
            QVERIFY(result.error().code == ErrorCode::Cancelled);
            continue;
        }
        for (std::size_t i = 0; i < whole->steps.size(); ++i)
            QCOMPARE(result->steps[i].test.predictions, whole->steps[i].test.predictions);
        QVERIFY(epoch > 0);
        return;
    }
    QFAIL("It never came to its end.");
}

void TestRecipe::aDamagedNetworkIsMadeAgain()
{
    const Recipe recipe = smallRecipe();
    const auto first = run(recipe, u"damaged"_s);
    QVERIFY(first);
    const fs::path model = first->steps[0].model;
    const std::string bytes = bytesOf(model);
    std::ofstream(model, std::ios::app) << "more";
    const auto second = run(recipe, u"damaged"_s);
    QVERIFY(second);
    QVERIFY(bytesOf(model) == bytes);
}

void TestRecipe::aModelFileIsItsFirstNetwork()
{
    const auto trained = run(smallRecipe(), u"file"_s);
    QVERIFY(trained);
    Recipe recipe = smallRecipe();
    recipe.model = trained->steps[0].model.string();
    recipe.steps = {pruning({0.5})};
    const auto result = run(recipe, u"from file"_s);
    QVERIFY2(result.has_value(), result ? "" : result.error().message.c_str());
    QVERIFY(kindsOf(*result) == (std::vector<std::string>{"start", "prune"}));
    QCOMPARE(result->steps[0].test.accuracy, trained->steps[0].test.accuracy);
    QCOMPARE(result->steps[0].time.ratio, 1.0);
}

void TestRecipe::foldersWithOtherFilesAreRefused()
{
    fs::create_directory(path(u"full"_s));
    std::ofstream(path(u"full"_s) / "a.txt") << "mine";
    const auto result = run(smallRecipe(), u"full"_s);
    QVERIFY(!result && result.error().code == ErrorCode::InvalidArgument);
    QCOMPARE(bytesOf(path(u"full"_s) / "a.txt"), std::string("mine"));
}

void TestRecipe::aResultIsReadBack()
{
    const auto result = run(smallRecipe({pruning({0.5})}), u"back"_s);
    QVERIFY(result);
    const auto read = readRecipeResult(path(u"back"_s));
    QVERIFY(read);
    QCOMPARE(read->steps.size(), result->steps.size());
    QCOMPARE(read->steps[1].milliseconds, result->steps[1].milliseconds);
    QCOMPARE(read->steps[1].isOnFront, result->steps[1].isOnFront);
    QVERIFY(!readRecipeResult(path(u"nowhere"_s)));
    std::ofstream(path(u"back"_s) / "result.json") << R"({"name": "x", "dataset": "y", "steps": [{"step": 1}]})";
    const auto damaged = readRecipeResult(path(u"back"_s));
    QVERIFY(!damaged && damaged.error().code == ErrorCode::BadFile);
}

void TestRecipe::recipesAreCompared()
{
    RecipeResultStep step;
    step.isLast = true;
    step.test.accuracy = 0.9;
    step.milliseconds = 2.0;
    step.fileBytes = 1000;
    RecipeResult a{"a", "fashion-mnist", {step}};
    step.test.accuracy = 0.88;
    step.milliseconds = 1.0;
    RecipeResult b{"b", "fashion-mnist", {step}};
    QCOMPARE(comparisonSentences({a, b}).front(),
             std::string("a ends at 90.00 % of the test images, 2 ms and 1 kB; b at 88.00 %, 1 ms and 1 kB."));
    b.dataset = "cifar10";
    QVERIFY(comparisonSentences({a, b}).front().ends_with("their accuracies cannot be compared."));
}

QTEST_GUILESS_MAIN(TestRecipe)
#include "tst_recipe.moc"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/architectures/catalogue.h"
#include "core/engine/hint.h"
#include "core/training/training.h"
#include "tests/support/datasets.h"
#include "tests/support/tensors.h"

using namespace Qt::StringLiterals;
using namespace lathe;
using test::floats;

namespace {

using Loss = Distillation::Loss;
using Values = std::vector<double>;

HostTensor labels(const std::vector<std::int64_t>& values)
{
    const WritableTensor made = makeTensor(DType::Int64, {static_cast<std::int64_t>(values.size())});
    std::memcpy(made.bytes, values.data(), values.size() * sizeof(std::int64_t));
    return made.tensor;
}

/// Two features to two classes.
Graph linear()
{
    GraphBuilder b("linear", {2});
    return *b.finish(b.linear("fc", b.input(), 2));
}

const StateDict kLinearWeights{{"fc.weight", floats({2, 2}, {0.5F, -0.25F, 0.125F, 1.0F})},
                               {"fc.bias", floats({2}, {0.1F, -0.2F})}};
const HostTensor kLinearInput = floats({3, 2}, {1.0F, 2.0F, -1.0F, 0.5F, 0.25F, -2.0F});
const HostTensor kTeacherLogits = floats({3, 2}, {2.0F, -1.0F, 0.5F, 0.25F, -1.0F, 3.0F});

/// 2 x 2 x 2, a convolution that mixes the channels of each place, and two classes.
Graph mixing()
{
    GraphBuilder b("mixing", {2, 2, 2});
    const op::Conv2d plain{.inChannels = 2, .outChannels = 2, .kernel = {1, 1}, .bias = false};
    const NodeId conv = b.conv2d("conv", b.input(), plain);
    return *b.finish(b.linear("fc", b.add("flatten", op::Flatten{}, {conv}), 2, false));
}

const StateDict kMixingWeights{{"conv.weight", floats({2, 2, 1, 1}, {1.0F, -0.5F, 0.25F, 2.0F})},
                               {"fc.weight", floats({2, 8}, {0.1F, 0.2F, -0.3F, 0.4F, 0.5F, -0.6F, 0.7F, -0.8F, //
                                                             0.8F, -0.7F, 0.6F, 0.5F, -0.4F, 0.3F, 0.2F, -0.1F})}};

HostTensor counted(const Shape& shape, float (*value)(float))
{
    std::vector<float> values(static_cast<std::size_t>(elementCount(shape)));
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = value(static_cast<float>(i));
    return floats(shape, values);
}

bool areNear(const HostTensor& found, const Values& expected)
{
    const std::vector<float> values = test::valuesOf(found);
    return std::equal(values.begin(), values.end(), expected.begin(), expected.end(),
                      [](double a, double b) { return std::abs(a - b) < 2e-6; });
}

TrainingOptions quickOptions()
{
    TrainingOptions options;
    options.epochs = 4;
    options.batch = 16;
    options.optimizer = {.kind = OptimizerOptions::Kind::AdamW};
    options.learningRate = 0.01;
    options.validationShare = 0.2;
    options.distillation = Distillation{};
    return options;
}

constexpr std::int64_t kSize = 12;

/// Sure of the label, and in the wrong of nothing.
TeacherTable knowing(const Dataset& data, std::int64_t views)
{
    const std::int64_t images = data.train.count();
    std::vector<float> logits;
    for (std::int64_t view = 0; view < views; ++view)
        for (const std::int64_t label : data.train.labels)
            for (std::int64_t c = 0; c < data.classes(); ++c)
                logits.push_back(c == label ? 6.0F : 0.0F);
    return {floats({views, images, data.classes()}, logits), {}, R"({"teacher":"knowing"})"};
}

QString messageOf(const Result<TrainingResult>& result)
{
    return result ? u"trained"_s : QString::fromStdString(result.error().message);
}

} // namespace

class TestDistillation : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void lossAndStepAreThoseOfPyTorch_data();
    void lossAndStepAreThoseOfPyTorch();
    void hintsAreThoseOfPyTorch_data();
    void hintsAreThoseOfPyTorch();
    void attentionMapsHaveLengthOne();
    void aHintNeedsItsNode();
    void answersThatDoNotFitAreRefused();
    void theTableGivesRowsOfItsView();
    void learnsFromTheTeacherAlone();
    void viewsAreTakenInTurns();
    void endsOutOfPatienceWithTheBestEpoch();
    void refusesOptionsThatCannotBe_data();
    void refusesOptionsThatCannotBe();

private:
    Result<TrainingResult> run(const TrainingOptions& options, const TeacherTable* teacher)
    {
        const Graph graph = *buildArchitecture("lenet", {{1, kSize, kSize}, 10});
        const StateDict weights = *m_backend->initialise(graph, options.seed);
        TrainingTask task{graph, weights, m_data, options, {}};
        task.teacher = teacher;
        return train(*m_backend, task, {}, {});
    }
    Backend* m_backend = nullptr;
    Dataset m_data = test::barDataset(100, 40, kSize);
};

void TestDistillation::initTestCase()
{
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    m_backend = *backend;
    m_backend->setThreads(1);
}

/// The same steps in Python: torch.nn.functional's kl_div (batchmean, times T^2), mse_loss and cross_entropy, and one
/// step of plain SGD at a learning rate of 1.
void TestDistillation::lossAndStepAreThoseOfPyTorch_data()
{
    QTest::addColumn<int>("loss");
    QTest::addColumn<double>("temperature");
    QTest::addColumn<double>("alpha");
    QTest::addColumn<double>("smoothing");
    QTest::addColumn<double>("value");
    QTest::addColumn<Values>("weights");
    const auto row = [](const char* name, Loss loss, double temperature, double alpha, double smoothing, double value,
                        const Values& weights) {
        QTest::newRow(name) << static_cast<int>(loss) << temperature << alpha << smoothing << value << weights;
    };
    row("soft", Loss::SoftLabels, 4, 0.9, 0, 2.685007095, {0.68899626, 1.57034516, -0.06399627, -0.82034516});
    row("soft alone", Loss::SoftLabels, 1, 1, 0, 1.537954688, {0.61699581, 0.95058703, 0.00800426, -0.20058703});
    row("soft and smooth", Loss::SoftLabels, 20, 0.5, 0.1, 2.343559742,
        {0.73432112, 1.29033542, -0.10932149, -0.54033542});
    row("logits", Loss::Logits, 4, 0.9, 0, 6.614531040, {0.66499472, 2.19379997, -0.41921353, -3.96004963});
    row("hard", Loss::HardLabels, 4, 0.9, 0, 1.985098243, {0.51869768, 1.05049896, 0.10630230, -0.30049896});
    row("labels alone", Loss::SoftLabels, 4, 0, 0, 1.775098324, {0.81869769, 0.90049911, -0.19369775, -0.15049911});
}

void TestDistillation::lossAndStepAreThoseOfPyTorch()
{
    QFETCH(const int, loss);
    QFETCH(const double, temperature);
    QFETCH(const double, alpha);
    QFETCH(const double, smoothing);
    QFETCH(const double, value);
    QFETCH(const Values, weights);
    TraineeOptions options;
    options.optimizer.momentum = 0.0;
    options.labelSmoothing = smoothing;
    options.distillation = Distillation{static_cast<Loss>(loss), temperature, alpha};
    const auto trainee = *m_backend->prepareTraining(linear(), kLinearWeights, options);
    const TeacherAnswers answers{kTeacherLogits, {}};
    const auto step = trainee->step(kLinearInput, labels({0, 1, 1}), 1.0, &answers);
    QVERIFY2(step, step ? "" : step.error().message.c_str());
    QVERIFY2(std::abs(step->loss - value) < 2e-6, qPrintable(QString::number(step->loss, 'g', 10)));
    QVERIFY(areNear(trainee->state()->weights.front().tensor, weights));
}

void TestDistillation::hintsAreThoseOfPyTorch_data()
{
    QTest::addColumn<bool>("attention");
    QTest::addColumn<double>("value");
    QTest::addColumn<Values>("weights");
    QTest::newRow("features") << false << 11.330248833 << Values{-3.26073170, -1.54951847, -2.32194972, -3.12339973};
    QTest::newRow("attention") << true << 2.311883211 << Values{1.32669544, -0.16595083, 0.01610497, 1.75616038};
}

void TestDistillation::hintsAreThoseOfPyTorch()
{
    QFETCH(const bool, attention);
    QFETCH(const double, value);
    QFETCH(const Values, weights);
    TraineeOptions options;
    options.optimizer.momentum = 0.0;
    options.distillation = Distillation{Loss::Logits, 4.0, 0.5,
                                        Hint{attention ? Hint::Kind::Attention : Hint::Kind::Features, "conv", 10.0}};
    const auto trainee = *m_backend->prepareTraining(mixing(), kMixingWeights, options);
    const HostTensor x = counted({2, 2, 2, 2}, [](float i) { return i / 8.0F - 0.9F; });
    const HostTensor hint = attention ? floats({2, 4}, {0.5F, 0.5F, 0.5F, 0.5F, 0.1F, 0.7F, 0.7F, 0.1F})
                                      : counted({2, 2, 2, 2}, [](float i) { return std::sin(i); });
    const TeacherAnswers answers{floats({2, 2}, {1.0F, -1.0F, 0.0F, 2.0F}), hint};
    const auto step = trainee->step(x, labels({1, 0}), 1.0, &answers);
    QVERIFY2(step, step ? "" : step.error().message.c_str());
    QVERIFY2(std::abs(step->loss - value) < 1e-5, qPrintable(QString::number(step->loss, 'g', 10)));
    QVERIFY(areNear(trainee->state()->weights.front().tensor, weights));
}

void TestDistillation::attentionMapsHaveLengthOne()
{
    const Values expected{0.737210, 0.589768, 0.147442, 0.294884}; // squares 5, 4, 1, 2 over the square root of 46
    const HostTensor images = floats({1, 2, 2, 2}, {1.0F, 2.0F, 0.0F, -1.0F, 2.0F, 0.0F, 1.0F, 1.0F});
    QVERIFY(areNear(attentionMaps(images), expected));
    const HostTensor tokens = floats({1, 4, 2}, {1.0F, 2.0F, 2.0F, 0.0F, 0.0F, 1.0F, -1.0F, 1.0F});
    QVERIFY(areNear(attentionMaps(tokens), expected));
    QVERIFY(areNear(attentionMaps(floats({1, 2, 1, 2}, 0.0F)), {0.0, 0.0}));
    QCOMPARE(placesOf({3, 4, 5}), std::int64_t{20});
    QCOMPARE(placesOf({7, 64}), std::int64_t{7});
    QCOMPARE(placesOf({10}), std::int64_t{0});
}

void TestDistillation::aHintNeedsItsNode()
{
    TraineeOptions options;
    options.distillation = Distillation{Loss::Logits, 4.0, 0.5, Hint{Hint::Kind::Attention, "nowhere", 1.0}};
    QCOMPARE(
        m_backend->prepareTraining(mixing(), kMixingWeights, options).error().message,
        std::string("mixing has no layer \"nowhere\"; `lathe describe mixing` names those that a hint can be given "
                    "to."));
    options.distillation->hint->node = "fc";
    QCOMPARE(m_backend->prepareTraining(mixing(), kMixingWeights, options).error().message,
             std::string("fc of mixing gives 2: there are no places in it to attend to. Choose a layer that gives "
                         "images or tokens."));
}

void TestDistillation::answersThatDoNotFitAreRefused()
{
    TraineeOptions options;
    const auto alone = *m_backend->prepareTraining(linear(), kLinearWeights, options);
    options.distillation = Distillation{};
    const auto taught = *m_backend->prepareTraining(linear(), kLinearWeights, options);
    const TeacherAnswers answers{kTeacherLogits, {}};
    const HostTensor truth = labels({0, 1, 1});
    const std::string both = "linear takes a teacher's answers where it is distilled, and only there.";
    QCOMPARE(alone->step(kLinearInput, truth, 1.0, &answers).error().message, both);
    QCOMPARE(taught->step(kLinearInput, truth, 1.0).error().message, both);
    const TeacherAnswers three{floats({3, 3}, 0.0F), {}};
    QCOMPARE(taught->step(kLinearInput, truth, 1.0, &three).error().message,
             std::string("The teacher's logits have to be float32 of 3x2 and were given as 3x3; choose a teacher and a "
                         "student whose shapes agree there."));
}

void TestDistillation::theTableGivesRowsOfItsView()
{
    const TeacherTable table(counted({2, 3, 2}, [](float i) { return i; }), {}, "{}");
    const std::vector<std::int64_t> images{2, 0};
    QCOMPARE(table.views(), std::int64_t{2});
    QVERIFY(areNear(table.answers(images, 0).logits, {4, 5, 0, 1}));
    QVERIFY(areNear(table.answers(images, 1).logits, {10, 11, 6, 7}));
    QVERIFY(!table.answers(images, 1).hint.data);
}

/// With alpha at 1 labels count for nothing: what is learnt comes from the teacher.
void TestDistillation::learnsFromTheTeacherAlone()
{
    TrainingOptions options = quickOptions();
    options.epochs = 25;
    options.distillation->alpha = 1.0;
    const TeacherTable teacher = knowing(m_data, 1);
    const auto result = run(options, &teacher);
    QVERIFY2(result, qPrintable(messageOf(result)));
    QVERIFY2(result->test.accuracy > 0.8, qPrintable(QString::number(result->test.accuracy)));
    QVERIFY(messageOf(run(options, nullptr)).startsWith(u"A distillation needs a teacher's answers"_s));
    options.augmentation = {1, false};
    options.views = 2;
    QCOMPARE(messageOf(run(options, &teacher)),
             u"The teacher's answers are 1x100x10 (views, images, classes) and this training needs 2x100x10; ask the "
             "teacher again."_s);
}

/// With weights that stay, the loss tells which images went by.
void TestDistillation::viewsAreTakenInTurns()
{
    TrainingOptions options = quickOptions();
    options.batch = 80;
    options.optimizer = {.kind = OptimizerOptions::Kind::Sgd, .momentum = 0.0};
    options.learningRate = 1e-12;
    options.augmentation = {2, true};
    options.views = 2;
    const TeacherTable teacher = knowing(m_data, 2);
    const auto losses = [&] {
        const auto result = run(options, &teacher);
        std::vector<double> all;
        for (const EpochResult& epoch : result->history)
            all.push_back(epoch.loss);
        return all;
    };
    const std::vector<double> two = losses();
    QVERIFY(std::abs(two[0] - two[1]) > 1e-4);
    QVERIFY(std::abs(two[0] - two[2]) < 1e-5);
    QVERIFY(std::abs(two[1] - two[3]) < 1e-5);
}

void TestDistillation::endsOutOfPatienceWithTheBestEpoch()
{
    TrainingOptions options = quickOptions();
    options.distillation.reset();
    options.epochs = 100;
    options.patience = 3;
    options.schedule = Schedule::Constant;
    const auto result = run(options, nullptr);
    QVERIFY2(result, qPrintable(messageOf(result)));
    QVERIFY(result->history.size() < 100);
    QCOMPARE(static_cast<int>(result->history.size()), result->keptEpoch + 3);
    const EpochResult& best = result->history[static_cast<std::size_t>(result->keptEpoch - 1)];
    for (const EpochResult& epoch : result->history)
        QVERIFY(*epoch.validationAccuracy <= *best.validationAccuracy);
}

void TestDistillation::refusesOptionsThatCannotBe_data()
{
    QTest::addColumn<TrainingOptions>("options");
    QTest::addColumn<QString>("answer");
    const auto row = [](const char* name, auto change, const char* answer) {
        TrainingOptions options = quickOptions();
        change(options);
        QTest::newRow(name) << options << QString::fromUtf8(answer);
    };
    row(
        "temperature", [](auto& o) { o.distillation->temperature = 0.0; },
        "A temperature of 0 cannot be; choose from 0.01 to 1000, such as 4.");
    row(
        "alpha", [](auto& o) { o.distillation->alpha = 1.5; },
        "An alpha of 1.5 cannot be; choose from 0 to 1, such as 0.9.");
    row(
        "hint",
        [](auto& o) {
            o.distillation->hint = Hint{Hint::Kind::Features, "conv1", -1.0};
        },
        "A hint's weight of -1 cannot be; choose from 0 to 1e9.");
    row(
        "patience", [](auto& o) { o.patience = -1; }, "A patience of -1 epochs cannot be; choose from 1 to 100000.");
    row(
        "patience for what",
        [](auto& o) {
            o.patience = 2;
            o.validationShare = 0.0;
        },
        "Patience looks at the validation; give a validation share above 0.");
    row(
        "views of nothing", [](auto& o) { o.views = 2; },
        "Views are changed images; choose an augmentation, such as crop.");
    row(
        "views",
        [](auto& o) {
            o.augmentation = {1, false};
            o.views = 2000;
        },
        "2000 views of an image cannot be; choose from 1 to 1000.");
}

void TestDistillation::refusesOptionsThatCannotBe()
{
    QFETCH(const TrainingOptions, options);
    QFETCH(const QString, answer);
    QCOMPARE(QString::fromStdString(check(options).error().message), answer);
}

QTEST_GUILESS_MAIN(TestDistillation)
#include "tst_distillation.moc"

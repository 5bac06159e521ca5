#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <cstring>
#include <limits>

#include "core/architectures/catalogue.h"
#include "core/training/training.h"
#include "tests/support/datasets.h"

using namespace Qt::StringLiterals;
using namespace lathe;

namespace {

constexpr std::int64_t kSize = 12;

bool sameBytes(const StateDict& a, const StateDict& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const NamedTensor& x, const NamedTensor& y) {
        return x.name == y.name && std::memcmp(x.tensor.data.get(), y.tensor.data.get(),
                                               static_cast<std::size_t>(x.tensor.byteCount())) == 0;
    });
}

TrainingOptions quickOptions()
{
    TrainingOptions options;
    options.epochs = 3;
    options.batch = 16;
    options.optimizer = {.kind = OptimizerOptions::Kind::AdamW, .weightDecay = 0.01};
    options.learningRate = 0.01;
    options.warmUpEpochs = 0.5;
    options.augmentation = {1, true};
    options.validationShare = 0.2;
    options.seed = 4;
    return options;
}

QString messageOf(const Result<TrainingResult>& result)
{
    return result ? u"trained"_s : QString::fromStdString(result.error().message);
}

} // namespace

class TestTraining : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void learnsWhatCanBeLearned();
    void tellsStepsAndEpochs();
    void augmentsAnewInEveryEpoch();
    void theSameSeedGivesTheSameBits();
    void aStoppedTrainingEndsAsAnUnbrokenOne_data();
    void aStoppedTrainingEndsAsAnUnbrokenOne();
    void aKilledTrainingLosesNoMoreThanItsEpoch();
    void keepsTheWeightsOfTheBestEpoch();
    void endsWhereTheLossIsNoNumber();
    void refusesACheckpointOfAnotherTraining();
    void refusesADamagedCheckpoint();
    void refusesDataThatDoNotFit();
    void leavesALastBatchOfOneOut();
    void theLearningRateFollowsItsSchedule();
    void refusesOptionsThatCannotBe_data();
    void refusesOptionsThatCannotBe();
    void everyNetworkHasUsualOptionsThatCanBe();
    void evaluatesWithConfusionAndLoss();
    void anEvaluationWithoutNumbersIsAnError();
    void anEvaluationCanBeStopped();

private:
    Result<TrainingResult> run(const Graph& graph, const TrainingOptions& options, const TrainingEvents& events = {},
                               bool resume = false, std::stop_token stop = {})
    {
        const StateDict weights = *m_backend->initialise(graph, options.seed);
        return train(*m_backend, {graph, weights, m_data, options, m_checkpoint, resume}, events, stop);
    }
    Graph lenet() const { return *buildArchitecture("lenet", {{1, kSize, kSize}, 10}); }

    Backend* m_backend = nullptr;
    Dataset m_data = test::barDataset(100, 40, kSize);
    std::unique_ptr<QTemporaryDir> m_folder;
    std::filesystem::path m_checkpoint;
};

void TestTraining::initTestCase()
{
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    m_backend = *backend;
}

void TestTraining::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_checkpoint = m_folder->filePath(u"w.safetensors.checkpoint"_s).toStdString();
}

void TestTraining::learnsWhatCanBeLearned()
{
    TrainingOptions options = quickOptions();
    options.epochs = 25;
    options.augmentation = {};
    const auto result = run(lenet(), options);
    QVERIFY2(result, qPrintable(messageOf(result)));
    QCOMPARE(result->test.samples, std::int64_t{40});
    QVERIFY2(result->test.accuracy > 0.8, qPrintable(QString::number(result->test.accuracy)));
    QVERIFY(result->test.interval.low < result->test.accuracy);
    QVERIFY(result->history.back().loss < 0.3 * result->history.front().loss);
    QVERIFY(result->history.back().validationAccuracy > 0.7);
}

void TestTraining::tellsStepsAndEpochs()
{
    std::vector<TrainingProgress> steps;
    std::vector<EpochResult> epochs;
    const TrainingEvents events{[&](const TrainingProgress& p) { steps.push_back(p); },
                                [&](const EpochResult& e) { epochs.push_back(e); }};
    const auto result = run(lenet(), quickOptions(), events);
    QVERIFY2(result, qPrintable(messageOf(result)));
    QCOMPARE(steps.size(), std::size_t{15}); // 80 of 100 images in batches of 16, three times
    QCOMPARE(steps[5].epoch, 2);
    QCOMPARE(steps[5].step, std::int64_t{1});
    QCOMPARE(steps[5].steps, std::int64_t{5});
    QVERIFY(steps[5].imagesPerSecond > 0.0 && steps[5].secondsLeft > 0.0);
    QCOMPARE(steps.back().secondsLeft, 0.0);
    QCOMPARE(epochs.size(), std::size_t{3});
    QCOMPARE(epochs[1].epoch, 2);
    QCOMPARE(epochs[1].images, std::int64_t{80});
    QCOMPARE(epochs[1].loss, steps[9].loss);
    QVERIFY(epochs[1].validationAccuracy.has_value() && epochs[1].dataSeconds < epochs[1].seconds);
    QCOMPARE(result->keptEpoch, 3);
    QVERIFY(std::filesystem::exists(m_checkpoint)); // the caller's to remove
}

/// With weights that stay, the loss over all images stays too, but for what happens to the images.
void TestTraining::augmentsAnewInEveryEpoch()
{
    TrainingOptions options = quickOptions();
    options.learningRate = 1e-15;
    options.optimizer.weightDecay = 0.0;
    const auto change = [&] {
        const auto result = run(lenet(), options);
        return std::abs(result->history[1].loss - result->history[0].loss);
    };
    QVERIFY(change() > 1e-5);
    options.augmentation = {};
    QVERIFY(change() < 1e-6);
}

void TestTraining::theSameSeedGivesTheSameBits()
{
    const auto first = run(lenet(), quickOptions());
    const auto again = run(lenet(), quickOptions());
    TrainingOptions other = quickOptions();
    ++other.seed;
    QVERIFY(first && again);
    QVERIFY(sameBytes(first->weights, again->weights));
    QVERIFY(!sameBytes(first->weights, run(lenet(), other)->weights));
}

void TestTraining::aStoppedTrainingEndsAsAnUnbrokenOne_data()
{
    QTest::addColumn<QByteArray>("network");
    QTest::addColumn<int>("after");
    QTest::addColumn<bool>("best");
    QTest::newRow("in the first epoch") << "lenet"_ba << 2 << false;
    QTest::newRow("in a later epoch") << "lenet"_ba << 8 << true;
    QTest::newRow("before an epoch's validation") << "lenet"_ba << 5 << false;
    QTest::newRow("before the last validation") << "lenet"_ba << 15 << true;
    QTest::newRow("with batch normalisation") << "resnet20"_ba << 7 << false;
}

void TestTraining::aStoppedTrainingEndsAsAnUnbrokenOne()
{
    QFETCH(const QByteArray, network);
    QFETCH(const int, after);
    QFETCH(const bool, best);
    const Graph graph = *buildArchitecture(network.toStdString(), {{1, kSize, kSize}, 10});
    TrainingOptions options = quickOptions();
    options.kept = best ? Kept::Best : Kept::Last;
    const auto unbroken = run(graph, options);
    QVERIFY(unbroken);
    QVERIFY(std::filesystem::remove(m_checkpoint));

    std::stop_source stop;
    int steps = 0;
    const TrainingEvents events{[&](const TrainingProgress&) {
                                    if (++steps == after)
                                        stop.request_stop();
                                },
                                {}};
    const auto stopped = run(graph, options, events, false, stop.get_token());
    QVERIFY(!stopped);
    QVERIFY(stopped.error().code == ErrorCode::Cancelled);
    QCOMPARE(messageOf(stopped),
             u"The training was stopped in epoch %1 of 3; it can be gone on with from %2."_s.arg((after - 1) / 5 + 1)
                 .arg(QString::fromStdString(m_checkpoint.string())));
    QCOMPARE(steps, after);

    const auto resumed = run(graph, options, {}, true);
    QVERIFY2(resumed, qPrintable(messageOf(resumed)));
    QVERIFY(sameBytes(resumed->weights, unbroken->weights));
    QCOMPARE(resumed->test.predictions, unbroken->test.predictions);
    QCOMPARE(resumed->test.loss, unbroken->test.loss);
    QCOMPARE(resumed->keptEpoch, unbroken->keptEpoch);
    for (std::size_t i = 0; i < 3; ++i) {
        QCOMPARE(resumed->history[i].loss, unbroken->history[i].loss);
        QCOMPARE(resumed->history[i].learningRate, unbroken->history[i].learningRate);
        QCOMPARE(*resumed->history[i].validationAccuracy, *unbroken->history[i].validationAccuracy);
    }
}

void TestTraining::aKilledTrainingLosesNoMoreThanItsEpoch()
{
    const std::filesystem::path kept = m_folder->filePath(u"kept"_s).toStdString();
    const TrainingEvents events{[&](const TrainingProgress& p) {
                                    if (p.epoch == 3 && p.step == 2)
                                        std::filesystem::copy_file(m_checkpoint, kept);
                                },
                                {}};
    const auto unbroken = run(lenet(), quickOptions(), events);
    QVERIFY(unbroken);
    std::filesystem::rename(kept, m_checkpoint); // as a kill in the third epoch leaves it
    int steps = 0;
    const auto resumed = run(lenet(), quickOptions(), {[&](const TrainingProgress&) { ++steps; }, {}}, true);
    QVERIFY2(resumed, qPrintable(messageOf(resumed)));
    QCOMPARE(steps, 5);
    QVERIFY(sameBytes(resumed->weights, unbroken->weights));
}

void TestTraining::keepsTheWeightsOfTheBestEpoch()
{
    TrainingOptions options = quickOptions();
    options.epochs = 6;
    options.learningRate = 0.05; // unsteady, so that the last epoch need not be the best
    options.schedule = Schedule::Constant;
    options.kept = Kept::Best;
    const auto best = run(lenet(), options);
    QVERIFY2(best, qPrintable(messageOf(best)));
    double highest = 0.0;
    int epoch = 0;
    for (const EpochResult& e : best->history)
        if (*e.validationAccuracy > highest) {
            highest = *e.validationAccuracy;
            epoch = e.epoch;
        }
    QCOMPARE(best->keptEpoch, epoch);
    TrainingOptions shorter = options; // at a constant rate the first epochs are the same
    shorter.epochs = epoch;
    shorter.kept = Kept::Last;
    QVERIFY(sameBytes(run(lenet(), shorter)->weights, best->weights));
}

void TestTraining::endsWhereTheLossIsNoNumber()
{
    TrainingOptions options = quickOptions();
    options.optimizer = {.kind = OptimizerOptions::Kind::Sgd};
    options.learningRate = 1e12;
    options.warmUpEpochs = 0.0;
    const auto result = run(lenet(), options);
    QVERIFY(!result);
    QVERIFY2(messageOf(result).startsWith(u"The training diverged in epoch 1, step "_s), qPrintable(messageOf(result)));
    QVERIFY(messageOf(result).endsWith(u": the loss is no longer a number. Choose a lower learning rate than "
                                       "1000000000000, or a longer warm-up."_s));
}

void TestTraining::refusesACheckpointOfAnotherTraining()
{
    QVERIFY(run(lenet(), quickOptions()));
    TrainingOptions other = quickOptions();
    other.batch = 8;
    other.learningRate = 0.02;
    QCOMPARE(messageOf(run(lenet(), other, {}, true)),
             QString::fromStdString(m_checkpoint.string()) +
                 u" was made by another training, with another batch (16 and not 8) and learning_rate (0.01 and not "
                 "0.02); train with the same options to go on, or delete it to start over."_s);
    m_data = test::barDataset(90, 40, kSize);
    QVERIFY(messageOf(run(lenet(), quickOptions(), {}, true)).contains(u"with another images ("_s));
    m_data = test::barDataset(100, 40, kSize);
    QVERIFY(run(lenet(), quickOptions(), {}, true));
}

void TestTraining::refusesADamagedCheckpoint()
{
    test::writeBytes(QString::fromStdString(m_checkpoint.string()), "no checkpoint");
    const auto junk = run(lenet(), quickOptions(), {}, true);
    QVERIFY(!junk);
    QVERIFY(junk.error().code == ErrorCode::BadFile);
    QVERIFY(std::filesystem::remove(m_checkpoint));
    QVERIFY(run(lenet(), quickOptions(), {}, true)); // none is no failure
    QFile file(QString::fromStdString(m_checkpoint.string()));
    QVERIFY(file.open(QIODevice::ReadWrite));
    QByteArray bytes = file.readAll();
    QVERIFY(bytes.contains("loss_sum"));
    bytes.replace("loss_sum", "loss_som");
    QVERIFY(file.seek(0) && file.write(bytes) == bytes.size());
    file.close();
    QVERIFY(messageOf(run(lenet(), quickOptions(), {}, true))
                .endsWith(u"is no checkpoint of a training that can be gone on with; delete it to start over."_s));
}

void TestTraining::refusesDataThatDoNotFit()
{
    QCOMPARE(messageOf(run(*buildArchitecture("lenet"), quickOptions())),
             u"lenet takes an input of 1x28x28 and the images of bars are 1x12x12; choose another dataset or model."_s);
    QCOMPARE(messageOf(run(*buildArchitecture("lenet", {{1, kSize, kSize}, 7}), quickOptions())),
             u"lenet gives 7 values and bars has 10 classes; choose a model with as many classes."_s);
    m_data = test::barDataset(1, 1, kSize);
    QCOMPARE(messageOf(run(lenet(), quickOptions())),
             u"One image is too few to train on; choose a dataset with more."_s);
    m_data = test::barDataset(100, 40, kSize);
}

void TestTraining::leavesALastBatchOfOneOut()
{
    TrainingOptions options = quickOptions();
    options.epochs = 1;
    options.validationShare = 0.19; // 81 images are left
    const auto result = run(lenet(), options);
    QVERIFY2(result, qPrintable(messageOf(result)));
    QCOMPARE(result->history.front().images, std::int64_t{80});
    options.validationShare = 0.18; // and now 82
    QCOMPARE(run(lenet(), options)->history.front().images, std::int64_t{82});
}

void TestTraining::theLearningRateFollowsItsSchedule()
{
    TrainingOptions options;
    options.learningRate = 0.4;
    options.warmUpEpochs = 1.0;
    const auto rate = [&](std::int64_t step) { return learningRateAt(options, step, 12, 4); };
    QCOMPARE(rate(0), 0.1);
    QCOMPARE(rate(3), 0.4);
    QCOMPARE(rate(4), 0.4);
    QVERIFY(std::abs(rate(8) - 0.2) < 1e-12);
    QVERIFY(std::abs(rate(11) - 0.2 * (1.0 + std::cos(std::acos(-1.0) * 7.0 / 8.0))) < 1e-12);
    options.schedule = Schedule::Constant;
    QCOMPARE(rate(1), 0.2);
    QCOMPARE(rate(11), 0.4);
    options.warmUpEpochs = 0.0;
    QCOMPARE(rate(0), 0.4);
}

void TestTraining::refusesOptionsThatCannotBe_data()
{
    QTest::addColumn<TrainingOptions>("options");
    QTest::addColumn<QString>("answer");
    const auto row = [](const char* name, auto change, const char* answer) {
        TrainingOptions options = quickOptions();
        change(options);
        QTest::newRow(name) << options << QString::fromUtf8(answer);
    };
    const double nan = std::numeric_limits<double>::quiet_NaN();
    row(
        "epochs", [](auto& o) { o.epochs = 0; }, "0 epochs cannot be trained for; choose from 1 to 100000.");
    row(
        "batch", [](auto& o) { o.batch = 1; }, "A batch of 1 cannot be; choose from 2 to 1000000.");
    row(
        "rate", [](auto& o) { o.learningRate = 0.0; },
        "A learning rate of 0 cannot be; choose one above 0, such as 0.01.");
    row(
        "no rate", [nan](auto& o) { o.learningRate = nan; },
        "A learning rate of nan cannot be; choose one above 0, such as 0.01.");
    row(
        "momentum", [](auto& o) { o.optimizer.momentum = 1.0; }, "A momentum of 1 cannot be; choose from 0 to 0.9999.");
    row(
        "nesterov", [](auto& o) { o.optimizer = {.momentum = 0.0, .nesterov = true}; },
        "Nesterov's method needs a momentum; give one above 0.");
    row(
        "decay", [](auto& o) { o.optimizer.weightDecay = -1.0; },
        "A weight decay of -1 cannot be; choose one from 0 on, such as 0.0005.");
    row(
        "smoothing", [](auto& o) { o.labelSmoothing = 1.0; },
        "A label smoothing of 1 cannot be; choose from 0 to 0.999.");
    row(
        "warm-up", [](auto& o) { o.warmUpEpochs = 3.5; },
        "A warm-up of 3.5 epochs does not fit into 3; choose a shorter one.");
    row(
        "validation", [](auto& o) { o.validationShare = 0.95; },
        "A validation share of 0.95 cannot be; choose from 0 to 0.9.");
    row(
        "best of none",
        [](auto& o) {
            o.validationShare = 0.0;
            o.kept = Kept::Best;
        },
        "The best epoch is told by validation; give a validation share above 0.");
}

void TestTraining::refusesOptionsThatCannotBe()
{
    QFETCH(const TrainingOptions, options);
    QFETCH(const QString, answer);
    QCOMPARE(messageOf(run(lenet(), options)), answer);
}

void TestTraining::everyNetworkHasUsualOptionsThatCanBe()
{
    for (const Architecture& architecture : catalogue())
        QVERIFY2(check(usualOptions(*architecture.build({}))), architecture.name.c_str());
    QCOMPARE(usualCropPadding({3, 32, 32}), std::int64_t{4});
    QCOMPARE(usualCropPadding({1, 4, 4}), std::int64_t{1});
}

void TestTraining::evaluatesWithConfusionAndLoss()
{
    const Dataset data = test::barDataset(4, 4, kSize); // labels 0, 1, 2, 3
    int batches = 0;
    const Forward forward = [&](const HostTensor& x) -> Result<HostTensor> { // says class 1 with log 2 more
        ++batches;
        const WritableTensor logits = makeTensor(DType::Float32, {x.shape.front(), 4});
        auto* out = reinterpret_cast<float*>(logits.bytes);
        for (std::int64_t i = 0; i < x.shape.front() * 4; ++i)
            out[i] = i % 4 == 1 ? std::log(2.0F) : 0.0F;
        return logits.tensor;
    };
    const auto evaluation =
        evaluate(forward, {data.test, data.normalisation, 4, 3}, std::vector<std::int64_t>{1, 0, 1, 3});
    QVERIFY(evaluation);
    QCOMPARE(batches, 2);
    QCOMPARE(evaluation->samples, std::int64_t{4});
    QCOMPARE(evaluation->correct, std::int64_t{2});
    QCOMPARE(evaluation->accuracy, 0.5);
    QCOMPARE(evaluation->predictions, (std::vector<std::int64_t>{1, 1, 1, 1}));
    QCOMPARE(evaluation->confusion[1][1], std::int64_t{2});
    QCOMPARE(evaluation->confusion[3][1], std::int64_t{1});
    QVERIFY(std::abs(evaluation->loss - (2.0 * std::log(2.5) + 2.0 * std::log(5.0)) / 4.0) < 1e-6);
    QVERIFY(std::abs(evaluation->interval.low - 0.1500389) < 1e-6); // Wilson's for 2 of 4
}

void TestTraining::anEvaluationWithoutNumbersIsAnError()
{
    const Forward forward = [](const HostTensor& x) -> Result<HostTensor> {
        const WritableTensor logits = makeTensor(DType::Float32, {x.shape.front(), 10});
        std::fill_n(reinterpret_cast<float*>(logits.bytes), elementCount(logits.tensor.shape),
                    std::numeric_limits<float>::quiet_NaN());
        return logits.tensor;
    };
    const auto evaluation = evaluate(forward, {m_data.test, m_data.normalisation, 10, 8}, allIndices(m_data.test));
    QVERIFY(!evaluation);
    QVERIFY(evaluation.error().message.starts_with("The network's outputs are no longer numbers"));
}

void TestTraining::anEvaluationCanBeStopped()
{
    std::stop_source stop;
    stop.request_stop();
    const Forward never = [](const HostTensor&) -> Result<HostTensor> { qFatal("it went on"); };
    const auto evaluation =
        evaluate(never, {m_data.test, m_data.normalisation, 10, 8}, allIndices(m_data.test), stop.get_token());
    QVERIFY(!evaluation);
    QVERIFY(evaluation.error().code == ErrorCode::Cancelled);
}

QTEST_GUILESS_MAIN(TestTraining)
#include "tst_training.moc"

#include <QTemporaryDir>
#include <QTest>

#include <cmath>

#include "core/architectures/catalogue.h"
#include "core/benchmark/as_run.h"
#include "core/datasets/batch_maker.h"
#include "core/datasets/synthetic.h"
#include "core/formats/model_file.h"
#include "core/graph/cost.h"
#include "core/pruning/channel_pruning.h"
#include "core/pruning/loss_changes.h"
#include "core/quantization/subject.h"
#include "core/training/evaluation.h"
#include "tests/support/closed_form.h"

using namespace lathe;

/// What a network without some of its channels is good for: files, modes, training, quantization, pruning again.
class TestPrunedNetworks : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void opensFromItsFileAsItWas_data();
    void opensFromItsFileAsItWas();
    void runsInEveryMode_data();
    void runsInEveryMode();
    void trains();
    void quantizes();
    void canBePrunedAgain();
    void averagesTheChangesOfBatches();
    void isJudgedByChangesOfTheLoss();
    void isTimedAtSeveralWidths();

private:
    HostTensor outputOf(const LoadedModel& model, Mode mode = Mode::Eager) const;
    Backend* m_backend = nullptr;
};

namespace {

LoadedModel modelOf(const std::string& name)
{
    LoadedModel model = *buildModel(name, {});
    model.weights = test::closedFormWeights(model.graph);
    return model;
}

ChannelPruningOutcome prunedOutcome(const LoadedModel& model, double ratio = 0.5)
{
    ChannelPruningOptions options;
    options.amount.ratio = ratio;
    options.choice = {.heads = true, .transformerStream = true, .excluded = {}};
    return *pruneChannels(model, options);
}

double largestDifference(const HostTensor& a, const HostTensor& b)
{
    double most = 0.0;
    for (std::int64_t i = 0; i < elementCount(a.shape); ++i) {
        const double difference = std::abs(static_cast<double>(a.floats()[i]) - b.floats()[i]);
        most = difference <= most ? most : difference;
    }
    return most;
}

double largest(const HostTensor& y)
{
    double most = 0.0;
    for (std::int64_t i = 0; i < elementCount(y.shape); ++i)
        most = std::max(most, std::abs(static_cast<double>(y.floats()[i])));
    return most;
}

Dataset syntheticFor(const LoadedModel& model)
{
    return synthesise({.image = model.graph.inputShape(), .trainImages = 60, .testImages = 20});
}

} // namespace

void TestPrunedNetworks::initTestCase()
{
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    m_backend = *backend;
    m_backend->setThreads(2);
}

HostTensor TestPrunedNetworks::outputOf(const LoadedModel& model, Mode mode) const
{
    Shape shape = model.graph.inputShape();
    shape.insert(shape.begin(), 2);
    const Quantization* quantization = model.quantization ? &*model.quantization : nullptr;
    return *(*m_backend->prepare(model.graph, model.weights, mode, "cpu", quantization))
                ->infer(test::closedFormInput(shape, model.graph.vocabulary()));
}

void TestPrunedNetworks::opensFromItsFileAsItWas_data()
{
    QTest::addColumn<QString>("name");
    for (const char* name : {"resnet20", "shufflenet_v2_x0_5", "deit_tiny_patch16_224", "mobilenet_v3_small"})
        QTest::newRow(name) << name;
}

void TestPrunedNetworks::opensFromItsFileAsItWas()
{
    QFETCH(QString, name);
    const ChannelPruningOutcome pruned = prunedOutcome(modelOf(name.toStdString()));
    const QTemporaryDir folder;
    const std::string path = folder.filePath("pruned.safetensors").toStdString();
    QVERIFY(saveModel(path, pruned.model));
    const auto opened = loadModel(path, {});
    QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
    QCOMPARE(opened->origin, name.toStdString());
    QCOMPARE(opened->scheme, std::string("l2 channels 0.5 local"));
    QCOMPARE(cost(opened->graph).parameters, pruned.after.parameters);
    QCOMPARE(largestDifference(outputOf(*opened), outputOf(pruned.model)), 0.0);
}

void TestPrunedNetworks::runsInEveryMode_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("mode");
    for (const char* name : {"resnet20", "shufflenet_v2_x0_5", "deit_tiny_patch16_224"})
        for (const Mode mode : allModes())
            QTest::addRow("%s %s", name, lathe::name(mode).data()) << name << QString::fromUtf8(lathe::name(mode));
}

void TestPrunedNetworks::runsInEveryMode()
{
    QFETCH(QString, name);
    QFETCH(QString, mode);
    const Mode wanted = *modeFromName(mode.toStdString());
    const LoadedModel model = prunedOutcome(modelOf(name.toStdString())).model;
    const auto ready = asRun(*m_backend, model, wanted, 1);
    QVERIFY2(ready, ready ? "" : ready.error().message.c_str());
    const HostTensor exact = outputOf(model);
    const HostTensor y = outputOf(*ready, wanted);
    QCOMPARE(y.shape, exact.shape);
    QVERIFY(std::isfinite(largest(y)) && largest(y) > 0.0);
    // What integers lose of closed-form weights says nothing.
    if (!ready->quantization)
        QVERIFY(largestDifference(y, exact) <= (wanted == Mode::BFloat16 ? 0.1 : 1e-3) * largest(exact));
}

void TestPrunedNetworks::trains()
{
    const LoadedModel model = prunedOutcome(modelOf("lenet")).model;
    const Dataset dataset = syntheticFor(model);
    auto trainee = m_backend->prepareTraining(model.graph, model.weights, {});
    QVERIFY2(trainee, trainee ? "" : trainee.error().message.c_str());
    const BatchMaker maker(dataset.train, dataset.normalisation);
    const std::vector<std::int64_t> all = allIndices(dataset.train);
    const double first = (*trainee)->step(maker.images(all), maker.labels(all), 0.01)->loss;
    double last = first;
    for (int i = 0; i < 10; ++i)
        last = (*trainee)->step(maker.images(all), maker.labels(all), 0.01)->loss;
    QVERIFY(last < first);
}

void TestPrunedNetworks::quantizes()
{
    CompressionSubject subject;
    subject.model = prunedOutcome(modelOf("resnet20")).model;
    const auto quantized = quantize(*m_backend, subject, {});
    QVERIFY2(quantized, quantized ? "" : quantized.error().message.c_str());
    QCOMPARE(quantized->model.graph.outputShape(), (Shape{10}));
    QVERIFY(quantized->errors.size() > 10);
}

void TestPrunedNetworks::canBePrunedAgain()
{
    const ChannelPruningOutcome once = prunedOutcome(modelOf("resnet20"));
    const ChannelPruningOutcome twice = prunedOutcome(once.model);
    QVERIFY(twice.after.parameters < once.after.parameters * 3 / 10);
    QCOMPARE(twice.model.origin, std::string("resnet20"));
    QCOMPARE(twice.model.scheme, std::string("l2 channels 0.5 local, l2 channels 0.5 local"));
}

void TestPrunedNetworks::averagesTheChangesOfBatches()
{
    const LoadedModel model = modelOf("lenet");
    Dataset dataset = syntheticFor(model);
    const ChannelClassesOfGraph classes = channelClasses(model.graph);
    const auto averaged = lossChanges(*m_backend, model, dataset, {.samples = 50, .batch = 30});
    QVERIFY2(averaged, averaged ? "" : averaged.error().message.c_str());
    const std::vector<std::int64_t> drawn = *drawSamples(60, 50, LossChangeOptions{}.seed);
    const auto changesOn = [&](std::size_t first, std::size_t count) {
        const std::span<const std::int64_t> images(drawn.data() + first, count);
        const BatchMaker maker(dataset.train, dataset.normalisation);
        auto trainee = m_backend->prepareTraining(model.graph, model.weights, {});
        const auto gradients = (*trainee)->gradients(maker.images(images), maker.labels(images));
        return *firstOrderChanges(model.graph, classes, model.weights, *gradients);
    };
    const std::vector<double> first = changesOn(0, 30);
    const std::vector<double> second = changesOn(30, 20);
    QCOMPARE(averaged->size(), static_cast<std::size_t>(classes.count()));
    for (std::size_t i = 0; i < averaged->size(); ++i)
        QVERIFY(std::abs((*averaged)[i] - (0.6 * first[i] + 0.4 * second[i])) <= 1e-6 * (first[i] + second[i]));
}

void TestPrunedNetworks::isJudgedByChangesOfTheLoss()
{
    const LoadedModel model = modelOf("lenet");
    const auto changes = lossChanges(*m_backend, model, syntheticFor(model), {});
    QVERIFY2(changes, changes ? "" : changes.error().message.c_str());
    ChannelPruningOptions options;
    options.measure = {.criterion = ChannelCriterion::Taylor, .seed = 1, .lossChanges = &*changes};
    const auto pruned = pruneChannels(model, options);
    QVERIFY2(pruned, pruned ? "" : pruned.error().message.c_str());
    QCOMPARE(pruned->after.parameters, prunedOutcome(model).after.parameters);
    QCOMPARE(pruned->scheme, std::string("taylor channels 0.5 local"));
    const auto again = pruneChannels(pruned->model, options); // of the network as it was
    QVERIFY(!again);
    QCOMPARE(again.error().code, ErrorCode::InvalidArgument);
}

void TestPrunedNetworks::isTimedAtSeveralWidths()
{
    const LoadedModel model = modelOf("lenet");
    const Probe probe = systemProbe();
    ChannelPruningOptions options;
    options.amount.ratio = 0.4;
    options.timer = engineTimer(*m_backend, {.threads = 1, .precisionTarget = 1.0, .secondsPerLayer = 0.05}, probe);
    const auto pruned = pruneChannels(model, options);
    QVERIFY2(pruned, pruned ? "" : pruned.error().message.c_str());
    for (const WidthChoice& width : pruned->widths)
        for (const MeasuredWidth& tried : width.tried) {
            QVERIFY(tried.seconds > 0.0);
            QVERIFY(tried.kept >= width.tried.front().kept);
        }
    options.timer = {};
    QVERIFY(pruned->after.parameters >= pruneChannels(model, options)->after.parameters);
}

QTEST_GUILESS_MAIN(TestPrunedNetworks)
#include "tst_pruned_networks.moc"

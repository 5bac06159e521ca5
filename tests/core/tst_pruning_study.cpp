#include <QTest>

#include <algorithm>

#include "core/architectures/catalogue.h"
#include "core/graph/cost.h"
#include "core/pruning/gradual.h"
#include "core/pruning/pruned_variants.h"
#include "core/pruning/sensitivity.h"
#include "tests/support/closed_form.h"
#include "tests/support/datasets.h"

using namespace lathe;

/// What pruning costs and brings, measured: sensitivity, sweeps over amounts, steps with training between them.
class TestPruningStudy : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void anAmountIsTakenOfWeightsOrChannels();
    void everyLayerHasACurve_data();
    void everyLayerHasACurve();
    void moreAmountCostsMore();
    void trainedNetworksHaveAccuracies();
    void amountsThatCannotBeAreRefused();
    void aSweepHoldsEachAmountAgainstTheOriginal();
    void masksAreSaidToChangeNothing();
    void channelsAreHeldAgainstTheirPromise();
    void tooFewPairsTellNothing();
    void stepsEndAtTheSparsityAskedFor();
    void stepsOfChannelsEndAtTheMacsAskedFor();
    void oneStepIsTheCutThatTheWaySays();
    void stepsToAnAmountTakeChannelsByIt();
    void keptOriginalsAreToldOfTheFile();
    void trainingBetweenStepsKeepsWhatIsPruned();
    void targetsThatCannotBeAreRefused_data();
    void targetsThatCannotBeAreRefused();

private:
    CompressionSubject subject(bool isTrained = false) const;
    Backend* m_backend = nullptr;
};

namespace {

PruningWay masks(bool isGlobal = false)
{
    PruningPlan plan;
    plan.rules = {{"*", {}}};
    plan.isGlobal = isGlobal;
    return plan;
}

PruningWay channels()
{
    return ChannelPruningOptions{};
}

PrunedVariant variant(std::int64_t parameters, std::int64_t macs, double sparsity, bool hasMasks)
{
    PrunedVariant made;
    made.parameters = parameters;
    made.macs = macs;
    made.sparsity = sparsity;
    made.hasMasks = hasMasks;
    made.size = {4 * parameters, 3 * parameters};
    return made;
}

Comparison comparison(double ratio, double low, double high, Verdict verdict)
{
    Comparison made;
    made.ratio = ratio;
    made.ciLow = low;
    made.ciHigh = high;
    made.verdict = verdict;
    made.aMilliseconds = made.bMilliseconds = std::vector<double>(8, 1.0);
    return made;
}

GradualOptions toSparsity(double value, int steps)
{
    GradualOptions options;
    options.target = {PruningTarget::Kind::Sparsity, value};
    options.steps = steps;
    return options;
}

} // namespace

void TestPruningStudy::initTestCase()
{
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    m_backend = *backend;
    m_backend->setThreads(1);
}

CompressionSubject TestPruningStudy::subject(bool isTrained) const
{
    CompressionSubject made{*loadModel("lenet", {}), isTrained, {}, {}};
    made.model.weights = test::closedFormWeights(made.model.graph);
    made.dataset = std::make_shared<const Dataset>(test::barDataset(120, 40));
    made.calibration = *CalibrationSet::make(made.model, made.dataset, {"bars", "", 20}, 10, 1);
    return made;
}

void TestPruningStudy::anAmountIsTakenOfWeightsOrChannels()
{
    const CompressionSubject lenet = subject();
    const auto masked = prunedBy(*m_backend, lenet, lenet.model, masks(), 0.3);
    QVERIFY(masked);
    QVERIFY(std::abs(sparsityOf(lenet.model, *masked, masks()) - 0.3) < 1e-3);
    QCOMPARE(cost(masked->graph).macs, cost(lenet.model.graph).macs);
    const auto cut = prunedBy(*m_backend, lenet, lenet.model, channels(), 0.5);
    QVERIFY(cut);
    QVERIFY(cost(cut->graph).macs < cost(lenet.model.graph).macs / 2);
    QVERIFY(sparsityOf(lenet.model, *cut, channels()) > 0.5);
}

void TestPruningStudy::everyLayerHasACurve_data()
{
    QTest::addColumn<bool>("takesChannels");
    QTest::addColumn<QStringList>("layers");
    QTest::newRow("masks") << false << QStringList{"", "conv1", "conv2", "fc1", "fc2", "fc3"};
    QTest::newRow("channels") << true << QStringList{"", "conv1", "conv2", "fc1", "fc2"}; // fc3 gives the classes
}

void TestPruningStudy::everyLayerHasACurve()
{
    QFETCH(bool, takesChannels);
    QFETCH(QStringList, layers);
    SensitivityOptions options;
    options.amounts = {0.2, 0.5};
    const auto curves = pruningSensitivity(*m_backend, subject(), takesChannels ? channels() : masks(), options);
    QVERIFY2(curves, curves ? "" : curves.error().message.c_str());
    QStringList found;
    for (const SensitivityCurve& curve : *curves) {
        found += QString::fromStdString(curve.layer);
        QCOMPARE(curve.points.size(), std::size_t{2});
        QVERIFY(curve.points[0].sparsity < curve.points[1].sparsity);
        QCOMPARE(curve.points[0].error.samples, 20);
        QVERIFY(!curve.points[0].accuracy); // its weights were not trained
    }
    QCOMPARE(found, layers);
    QVERIFY(curves->front().points[0].sparsity > curves->at(1).points[0].sparsity);
    QVERIFY(!sensitivitySentences(*curves).empty());
}

void TestPruningStudy::moreAmountCostsMore()
{
    SensitivityOptions options;
    options.amounts = {0.1, 0.9};
    options.eachLayer = false;
    const auto curves = pruningSensitivity(*m_backend, subject(), masks(), options);
    QVERIFY(curves);
    QCOMPARE(curves->size(), std::size_t{1});
    QVERIFY(curves->front().points[0].error.sqnrDb() > curves->front().points[1].error.sqnrDb() + 5.0);
}

void TestPruningStudy::trainedNetworksHaveAccuracies()
{
    SensitivityOptions options;
    options.amounts = {0.5};
    options.eachLayer = false;
    const auto curves = pruningSensitivity(*m_backend, subject(true), masks(), options);
    QVERIFY(curves);
    const SensitivityPoint& point = curves->front().points.front();
    QCOMPARE(*point.accuracy, static_cast<double>(point.error.correct) / 20.0);
    QVERIFY(point.interval->low <= *point.accuracy && *point.accuracy <= point.interval->high);
}

void TestPruningStudy::amountsThatCannotBeAreRefused()
{
    for (const std::vector<double>& amounts :
         {std::vector<double>{}, std::vector<double>{0.5, 0.2}, std::vector<double>{0.5, 1.0}}) {
        SensitivityOptions options;
        options.amounts = amounts;
        const auto curves = pruningSensitivity(*m_backend, subject(), masks(), options);
        QVERIFY(!curves);
        QCOMPARE(curves.error().message,
                 std::string("Amounts are rising shares from 0 to less than 1, such as 0.3, 0.5 and 0.7."));
    }
}

void TestPruningStudy::aSweepHoldsEachAmountAgainstTheOriginal()
{
    VariantWish wish;
    wish.amounts = {0.3, 0.6};
    wish.secondsEach = 0.3;
    wish.pairs = 10;
    const auto variants = sweepAmounts(*m_backend, subject(true), channels(), wish);
    QVERIFY2(variants, variants ? "" : variants.error().message.c_str());
    QCOMPARE(variants->size(), std::size_t{3});
    const PrunedVariant& original = variants->front();
    QVERIFY(!original.speed && original.milliseconds > 0.0);
    QCOMPARE(original.fileShare(original), 1.0);
    for (std::size_t i = 1; i < 3; ++i) {
        const PrunedVariant& pruned = (*variants)[i];
        QCOMPARE(pruned.amount, wish.amounts[i - 1]);
        QVERIFY(pruned.macs < (*variants)[i - 1].macs && pruned.size.bytes < (*variants)[i - 1].size.bytes);
        QVERIFY(!pruned.hasMasks && pruned.speed && pruned.accuracy);
        QCOMPARE(pruned.accuracy->pairs.samples(), 40);
    }
}

void TestPruningStudy::masksAreSaidToChangeNothing()
{
    PrunedVariant masked = variant(1000, 5000, 0.5, true);
    masked.speed = comparison(1.0, 0.98, 1.02, Verdict::NoDifferenceShown);
    const auto sentences = promiseSentences(variant(1000, 5000, 0.0, true), masked);
    QCOMPARE(sentences[0], std::string("50 % of its weights are zeros, and its multiply-accumulates and parameters are "
                                       "as many as before: masks alone change neither."));
    QCOMPARE(sentences[1], std::string("No difference in speed is shown: dense kernels multiply zeros as fast as "
                                       "anything else."));
    QCOMPARE(sentences[2], std::string("Its file is 100 % of the original's, 100 % once both are compressed by gzip."));
}

void TestPruningStudy::channelsAreHeldAgainstTheirPromise()
{
    PrunedVariant cut = variant(250, 1250, 0.75, false);
    cut.speed = comparison(0.5, 0.4, 0.625, Verdict::SecondFaster);
    const auto sentences = promiseSentences(variant(1000, 5000, 0.0, true), cut);
    QCOMPARE(sentences[0],
             std::string("4 times as few multiply-accumulates promise 4 times the speed; it is 2 times as fast (99 % "
                         "interval 1.60 to 2.50). Calls, moved data and layers that lost nothing take as long as "
                         "before; measure both with the time of each layer, and Why says which."));
    QCOMPARE(sentences[1], std::string("75 % of its parameters are gone; its file is 25 % of the original's, 25 % once "
                                       "both are compressed by gzip."));
}

void TestPruningStudy::tooFewPairsTellNothing()
{
    PrunedVariant cut = variant(250, 1250, 0.75, false);
    cut.speed = comparison(0.5, 0.4, 0.625, Verdict::NoDifferenceShown);
    cut.speed->aMilliseconds.pop_back();
    QCOMPARE(
        promiseSentences(variant(1000, 5000, 0.0, true), cut).front(),
        std::string("4 times as few multiply-accumulates promise 4 times the speed; too few inferences fitted into "
                    "the time to tell what it is."));
}

void TestPruningStudy::stepsEndAtTheSparsityAskedFor()
{
    std::vector<double> told;
    const auto outcome = pruneGradually(*m_backend, subject(), masks(true), toSparsity(0.784, 3),
                                        [&](const GradualStep& step) { told.push_back(step.sparsity); });
    QVERIFY2(outcome, outcome ? "" : outcome.error().message.c_str());
    QVERIFY(outcome->meetsTarget);
    QCOMPARE(outcome->steps.size(), std::size_t{3});
    QCOMPARE(told.size(), std::size_t{3});
    // 1 - 0.6^k: each step takes 40 % of what is left.
    QVERIFY(std::abs(told[0] - 0.4) < 1e-3);
    QVERIFY(std::abs(told[1] - 0.64) < 1e-3);
    QVERIFY(std::abs(told[2] - 0.784) < 1e-3);
}

void TestPruningStudy::stepsOfChannelsEndAtTheMacsAskedFor()
{
    GradualOptions options;
    options.target = {PruningTarget::Kind::Macs, 0.5};
    options.steps = 2;
    const auto outcome = pruneGradually(*m_backend, subject(), channels(), options);
    QVERIFY2(outcome, outcome ? "" : outcome.error().message.c_str());
    QVERIFY(outcome->meetsTarget);
    QVERIFY(outcome->steps.back().macsShare <= 0.5);
    QVERIFY(outcome->steps.front().macsShare > 0.5);
}

void TestPruningStudy::oneStepIsTheCutThatTheWaySays()
{
    const CompressionSubject lenet = subject();
    GradualOptions options;
    options.target = {PruningTarget::Kind::AsGiven, 0.0};
    options.steps = 1;
    ChannelPruningOptions way;
    way.amount.ratio = 0.5;
    const auto cut = pruneGradually(*m_backend, lenet, way, options);
    QVERIFY2(cut, cut ? "" : cut.error().message.c_str());
    QVERIFY(cut->meetsTarget);
    const auto atOnce = withoutChannels(*m_backend, lenet, lenet.model, way);
    QCOMPARE(cost(cut->model.graph).parameters, cost(atOnce->model.graph).parameters);
    PruningPlan plan;
    PruningStep ten;
    ten.amount = std::int64_t{10};
    plan.rules = {{"conv", ten}};
    const auto masked = pruneGradually(*m_backend, lenet, plan, options);
    QVERIFY2(masked, masked ? "" : masked.error().message.c_str());
    QCOMPARE(wholeSparsity(layerSparsity(masked->model)).pruned, std::int64_t{20});
}

/// Two steps of 1 - sqrt(0.5) of each layer's channels, rounded down in each: 6 -> 4 -> 2, 16 -> 11 -> 7.
void TestPruningStudy::stepsToAnAmountTakeChannelsByIt()
{
    GradualOptions options;
    options.target = {PruningTarget::Kind::Share, 0.5};
    options.steps = 2;
    const auto outcome = pruneGradually(*m_backend, subject(), channels(), options);
    QVERIFY2(outcome, outcome ? "" : outcome.error().message.c_str());
    QVERIFY(outcome->meetsTarget);
    const auto conv = [&](const char* name) { return outcome->model.weights[name[4] == '1' ? 0 : 2].tensor.shape[0]; };
    QCOMPARE(conv("conv1"), std::int64_t{2});
    QCOMPARE(conv("conv2"), std::int64_t{7});
}

void TestPruningStudy::keptOriginalsAreToldOfTheFile()
{
    PrunedVariant masked = variant(1000, 5000, 0.5, true);
    masked.speed = comparison(1.0, 0.98, 1.02, Verdict::NoDifferenceShown);
    masked.speed->bMode = "sparse";
    masked.model.pruning = Pruning{};
    const auto sentences = promiseSentences(variant(1000, 5000, 0.0, true), masked);
    QVERIFY(sentences[1].starts_with("No difference in speed is shown in the mode sparse either"));
    QVERIFY(sentences[2].ends_with("make them permanent for a file that compresses."));
}

void TestPruningStudy::trainingBetweenStepsKeepsWhatIsPruned()
{
    GradualOptions options = toSparsity(0.5, 2);
    options.training = usualFineTuning(1, 0.01, 1, 1);
    const CompressionSubject lenet = subject(true);
    const auto outcome = pruneGradually(*m_backend, lenet, masks(), options);
    QVERIFY2(outcome, outcome ? "" : outcome.error().message.c_str());
    QVERIFY(outcome->meetsTarget);
    QVERIFY(outcome->steps.back().validationAccuracy.has_value());
    const auto& weight = outcome->model.weights.front().tensor; // conv1
    const auto& before = lenet.model.weights.front().tensor;
    const auto& keep = outcome->model.pruning->masks.front().keep;
    int changed = 0;
    for (std::int64_t i = 0; i < elementCount(weight.shape); ++i) {
        const bool isKept = reinterpret_cast<const std::uint8_t*>(keep.data.get())[i] != 0;
        QVERIFY(isKept || weight.floats()[i] == 0.0F);
        changed += isKept && weight.floats()[i] != before.floats()[i] ? 1 : 0;
    }
    QVERIFY(changed > 0);
}

void TestPruningStudy::targetsThatCannotBeAreRefused_data()
{
    using Kind = PruningTarget::Kind;
    QTest::addColumn<int>("kind");
    QTest::addColumn<double>("value");
    QTest::addColumn<int>("steps");
    QTest::addColumn<QString>("message");
    QTest::newRow("all") << static_cast<int>(Kind::Sparsity) << 1.0 << 1
                         << "A target is a share between 0 and 1, and 1 is none.";
    QTest::newRow("no number") << static_cast<int>(Kind::Sparsity) << std::nan("") << 1
                               << "A target is a share between 0 and 1, and nan is none.";
    QTest::newRow("no step") << static_cast<int>(Kind::Sparsity) << 0.5 << 0 << "Pruning takes one step at least.";
    QTest::newRow("steps to no amount") << static_cast<int>(Kind::AsGiven) << 0.0 << 2
                                        << "Several steps lead to one amount; give a single share that goes.";
    QTest::newRow("MACs of masks") << static_cast<int>(Kind::Macs) << 0.5 << 1
                                   << "Masks change neither multiply-accumulates nor latency; prune channels "
                                      "(--structured), or aim at a sparsity.";
}

void TestPruningStudy::targetsThatCannotBeAreRefused()
{
    QFETCH(int, kind);
    QFETCH(double, value);
    QFETCH(int, steps);
    QFETCH(QString, message);
    GradualOptions options;
    options.target = {static_cast<PruningTarget::Kind>(kind), value};
    options.steps = steps;
    const auto outcome = pruneGradually(*m_backend, subject(), masks(), options);
    QVERIFY(!outcome);
    QCOMPARE(QString::fromStdString(outcome.error().message), message);
}

QTEST_APPLESS_MAIN(TestPruningStudy)
#include "tst_pruning_study.moc"

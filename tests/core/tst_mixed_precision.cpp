#include <QTest>

#include <cmath>
#include <cstring>

#include "core/architectures/catalogue.h"
#include "core/quantization/mixed_precision.h"
#include "tests/support/closed_form.h"

using namespace lathe;

/// Which layers are worth quantizing.
class TestMixedPrecision : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void aRestrictedNetworkIsQuantizedWhereItIsToldTo();
    void withoutAnyLayerNothingIsRounded();
    void eachLayerAloneHasLessNoiseThanAll();
    void noSuggestionIsNeededForALowBudget();
    void aHighBudgetLeavesEverythingInFloat();
    void layersThatSaveNothingGoFirst();
    void aLayerMayBeInBFloat16OrHaveItsWeightAloneInIntegers();
    void aBudgetIsOfNoiseAndOfClasses();
    void savingsAreSumsOverSteps();

private:
    NodeId node(const char* name) const;
    Savings savings(double first) const;

    Backend* m_backend = nullptr;
    CompressionSubject m_subject;
    QuantizationOutcome m_outcome;
};

void TestMixedPrecision::initTestCase()
{
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    m_backend = *backend;
    m_subject = loadCompressionSubject(*m_backend, {"lenet", {}, "synthetic:16", 8, 1}).value();
    m_outcome = quantize(*m_backend, m_subject, {}).value();
}

NodeId TestMixedPrecision::node(const char* name) const
{
    for (const NodeId id : quantizedLayers(m_outcome))
        if (m_outcome.model.graph.node(id).name == name)
            return id;
    return -1;
}

void TestMixedPrecision::aRestrictedNetworkIsQuantizedWhereItIsToldTo()
{
    const NodeId kept = node("conv2");
    const QuantizationOutcome some = restrictedTo(m_outcome, {kept});
    QCOMPARE(quantizedLayers(some), std::vector<NodeId>{kept});
    QCOMPARE(schemeText(*some.model.quantization), std::string("int8 mixed"));
    QCOMPARE(schemeText(*m_outcome.model.quantization), std::string("int8"));
    std::size_t grids = 0;
    for (const auto& grid : some.model.quantization->values)
        grids += grid ? 1 : 0;
    QVERIFY(grids >= 1);
    const ParameterId weight = some.model.graph.node(node("fc1")).parameters.front();
    const HostTensor& exact = m_outcome.exact[static_cast<std::size_t>(weight)].tensor;
    const HostTensor& now = some.model.weights[static_cast<std::size_t>(weight)].tensor;
    QVERIFY(std::memcmp(exact.data.get(), now.data.get(), static_cast<std::size_t>(exact.byteCount())) == 0);
    QVERIFY(storedBytes(some.model) > storedBytes(m_outcome.model));
}

void TestMixedPrecision::withoutAnyLayerNothingIsRounded()
{
    const auto error = outputError(*m_backend, restrictedTo(m_outcome, {}), m_subject.data()());
    QVERIFY(error);
    QCOMPARE(error->noise, 0.0);
    QVERIFY(std::isinf(error->sqnrDb()));
    QCOMPARE(error->agreement(), 1.0);
    QCOMPARE(error->samples, std::int64_t{16});
}

void TestMixedPrecision::eachLayerAloneHasLessNoiseThanAll()
{
    const auto all = outputError(*m_backend, m_outcome, m_subject.data()());
    const auto alone = sensitivities(*m_backend, m_outcome, m_subject.data());
    QVERIFY(all && alone);
    QCOMPARE(alone->size(), std::size_t{5});
    double sum = 0.0;
    for (const LayerSensitivity& layer : *alone) {
        QVERIFY(layer.error.noise > 0.0);
        sum += layer.error.noise;
    }
    // Independent errors add up in power.
    QVERIFY2(sum > 0.3 * all->noise && sum < 3.0 * all->noise, qPrintable(QString::number(sum / all->noise)));
}

/// Where the first layer saves so much time and all others 1 ms.
Savings TestMixedPrecision::savings(double first) const
{
    Savings savings;
    for (const NodeId id : quantizedLayers(m_outcome))
        savings.layers.push_back({id, 2.0, savings.layers.empty() ? 2.0 - first : 1.0});
    return savings;
}

void TestMixedPrecision::noSuggestionIsNeededForALowBudget()
{
    const auto alone = sensitivities(*m_backend, m_outcome, m_subject.data());
    const auto none = suggest(*m_backend, m_outcome, m_subject.data(), *alone, savings(1.0), {3.0, 100.0});
    QVERIFY(none && none->meetsBudget);
    QVERIFY(none->inFloat.empty());
    QCOMPARE(none->lostMs, 0.0);
}

void TestMixedPrecision::aHighBudgetLeavesEverythingInFloat()
{
    const auto alone = sensitivities(*m_backend, m_outcome, m_subject.data());
    const auto all = suggest(*m_backend, m_outcome, m_subject.data(), *alone, savings(1.0), {200.0, 100.0});
    QVERIFY(all && all->meetsBudget);
    QCOMPARE(all->inFloat.size(), std::size_t{5});
    QCOMPARE(all->lostMs, 5.0);
}

void TestMixedPrecision::layersThatSaveNothingGoFirst()
{
    const auto alone = sensitivities(*m_backend, m_outcome, m_subject.data());
    const auto whole = outputError(*m_backend, m_outcome, m_subject.data()());
    const auto some =
        suggest(*m_backend, m_outcome, m_subject.data(), *alone, savings(-1.0), {whole->sqnrDb() + 0.01, 100.0});
    QVERIFY(some && some->meetsBudget);
    QVERIFY(!some->inFloat.empty());
    QCOMPARE(some->inFloat.front(), quantizedLayers(m_outcome).front());
}

void TestMixedPrecision::aLayerMayBeInBFloat16OrHaveItsWeightAloneInIntegers()
{
    QVERIFY((choicesFor(Precision::Int8) ==
             std::vector<Precision>{Precision::Int8, Precision::Int8Weights, Precision::BFloat16, Precision::Float32}));
    QVERIFY(choicesFor(Precision::Float32).empty());
    const QuantizationOutcome mixed =
        withPrecisions(m_outcome, {{node("conv1"), Precision::BFloat16}, {node("fc1"), Precision::Int8Weights}});
    const Quantization& quantization = *mixed.model.quantization;
    QVERIFY(quantization.layer(node("conv1")).precision == Precision::BFloat16);
    QVERIFY(!quantization.layer(node("conv1")).weight);
    QVERIFY(quantization.layer(node("fc1")).weight.has_value());
    QVERIFY(!quantization.quantizes(0)); // nobody reads the input as integers
    const ParameterId weight = mixed.model.graph.node(node("conv1")).parameters.front();
    const float rounded = mixed.model.weights[static_cast<std::size_t>(weight)].tensor.floats()[0];
    const float exact = m_outcome.exact[static_cast<std::size_t>(weight)].tensor.floats()[0];
    QVERIFY(rounded != exact);
    QVERIFY(std::abs(rounded - exact) <= std::abs(exact) / 256.0F);
    // Less is rounded than with all layers in int8.
    const auto some = outputError(*m_backend, mixed, m_subject.data()());
    const auto all = outputError(*m_backend, m_outcome, m_subject.data()());
    QVERIFY(some->noise > 0.0 && some->noise < all->noise);
}

void TestMixedPrecision::aBudgetIsOfNoiseAndOfClasses()
{
    const OutputError error{100.0, 1.0, 200, 199}; // 20 dB, 0.5 % of the classes
    QVERIFY((ErrorBudget{20.0, 0.5}.isKeptBy(error)));
    QVERIFY((!ErrorBudget{20.1, 0.5}.isKeptBy(error)));
    QVERIFY((!ErrorBudget{20.0, 0.4}.isKeptBy(error)));
}

void TestMixedPrecision::savingsAreSumsOverSteps()
{
    const NodeId conv = node("conv1");
    const std::vector<TimedStep> floats{{conv, "conv", {}, {}, 0.002}, {0, "copy", {}, {}, 0.001}};
    const std::vector<TimedStep> integers{{conv, "quantize", {}, {}, 0.00025}, {conv, "conv", {}, {}, 0.0005}};
    const Savings savings = savingsOf(m_outcome, 1, floats, integers);
    QCOMPARE(savings.layers.front().node, conv);
    QCOMPARE(savings.layers.front().floatMs, 2.0);
    QCOMPARE(savings.layers.front().quantizedMs, 0.75);
    QCOMPARE(savings.floatMs, 3.0);
    QCOMPARE(savings.quantizedMs, 0.75);
}

QTEST_GUILESS_MAIN(TestMixedPrecision)
#include "tst_mixed_precision.moc"

#include <QTest>

#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "core/engine/backend.h"
#include "core/pruning/prune.h"
#include "core/pruning/reparametrization.h"
#include "tests/support/closed_form.h"
#include "tests/support/tensors.h"

using namespace lathe;

namespace {

Prunable prunable(const Shape& shape, const std::vector<float>& values)
{
    return {"w", test::floats(shape, values), wholeMask(shape)};
}

std::vector<int> bits(const HostTensor& mask)
{
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(mask.data.get());
    return {bytes, bytes + elementCount(mask.shape)};
}

std::vector<int> l1(const std::vector<Prunable>& tensors, const Amount& amount, std::size_t which = 0)
{
    return bits((*l1Masks(tensors, amount))[which]);
}

LoadedModel leNet()
{
    LoadedModel model = *loadModel("lenet", {});
    model.weights = test::closedFormWeights(model.graph);
    return model;
}

PruningPlan plan(const std::string& rule, bool isGlobal = false)
{
    PruningPlan plan;
    plan.rules = {*ruleFromText(rule)};
    plan.isGlobal = isGlobal;
    return plan;
}

/// What each case of the reference asks for.
LoadedModel pruned(const std::string& name)
{
    const LoadedModel model = leNet();
    if (name == "l1_weight_0.2_every_layer")
        return *prune(model, plan("*=l1:0.2"));
    if (name == "l1_bias_3_conv1")
        return *prune(model, plan("conv1.bias=l1:3"));
    if (name == "global_l1_weight_0.2")
        return *prune(model, plan("*=l1:0.2", true));
    if (name == "global_l1_weight_0.9")
        return *prune(model, plan("*=l1:0.9", true));
    if (name == "ln_structured_n2_dim0_0.5_conv2")
        return *prune(model, plan("conv2=ln:0.5"));
    if (name == "l1_0.2_then_l1_0.5_every_layer")
        return *prune(*prune(model, plan("*=l1:0.2")), plan("*=l1:0.5"));
    if (name == "conv_l1_0.2_only")
        return *prune(model, plan("conv=l1:0.2"));
    return model;
}

double absoluteSum(const HostTensor& tensor)
{
    return std::accumulate(tensor.floats(), tensor.floats() + elementCount(tensor.shape), 0.0,
                           [](double sum, float value) { return sum + std::abs(static_cast<double>(value)); });
}

const HostTensor& weightOf(const LoadedModel& model, const std::string& name)
{
    return std::find_if(model.weights.begin(), model.weights.end(), [&](const auto& w) { return w.name == name; })
        ->tensor;
}

nlohmann::json reference()
{
    return nlohmann::json::parse(*readFile(std::string(LATHE_TEST_DATA) + "/lenet_pruning.json"));
}

void addCases()
{
    QTest::addColumn<QString>("name");
    const nlohmann::json cases = reference();
    for (const auto& [name, value] : cases.items())
        if (value.is_object() && value.contains("output"))
            QTest::newRow(name.c_str()) << QString::fromStdString(name);
}

} // namespace

class TestMasks : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsAmountsAsPythonDoes_data();
    void readsAmountsAsPythonDoes();
    void refusesAmountsThatCannotBe();
    void halvesGoToTheEvenNumber();
    void theSmallestMagnitudesGo();
    void ofEqualMagnitudesTheEarlierGo();
    void whatIsNotANumberGoesLast();
    void severalTensorsLoseTheAmountTogether();
    void aSecondPruningActsOnWhatIsLeft();
    void refusesMoreEntriesThanAreLeft();
    void randomMasksHaveTheCountAndFollowTheirSeed();
    void aCustomMaskOnlyTakesAway();
    void refusesMasksOfAnotherShapeOrValue();
    void readsMasksOfEveryType_data();
    void readsMasksOfEveryType();
    void twoOfFourAlongTheInputs();
    void patternsRunAlongInputChannelsAtEachPlaceOfAKernel();
    void patternsStayWithinMasksThatAreThere();
    void refusesPatternsThatAreNone();
    void channelsGoByTheirNorm();
    void aSecondPruningOfChannelsCountsThoseLeft();
    void refusesChannelsOfABias();
    void isPyTorchsLeNet_data();
    void isPyTorchsLeNet();
    void itsOutputsArePyTorchs_data();
    void itsOutputsArePyTorchs();
};

void TestMasks::readsAmountsAsPythonDoes_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<qint64>("ofAHundred");
    QTest::newRow("a share") << "0.3" << qint64{30};
    QTest::newRow("all") << "1.0" << qint64{100};
    QTest::newRow("one") << "1" << qint64{1};
    QTest::newRow("an exponent") << "1e-1" << qint64{10};
    QTest::newRow("nothing") << "0" << qint64{0};
}

void TestMasks::readsAmountsAsPythonDoes()
{
    QFETCH(QString, text);
    QFETCH(qint64, ofAHundred);
    QCOMPARE(qint64{*entriesToPrune(*amountFromText(text.toStdString()), 100, "w")}, ofAHundred);
}

void TestMasks::refusesAmountsThatCannotBe()
{
    for (const char* text : {"1.5", "-0.1", "-3", "nan", "inf", "much", "", "0.3x"}) {
        const auto amount = amountFromText(text);
        QVERIFY2(!amount && amount.error().code == ErrorCode::InvalidArgument, text);
    }
}

void TestMasks::halvesGoToTheEvenNumber()
{
    QCOMPARE(*entriesToPrune(0.5, 5, "w"), std::int64_t{2});
    QCOMPARE(*entriesToPrune(0.5, 7, "w"), std::int64_t{4});
    QCOMPARE(*entriesToPrune(0.2, 54, "w"), std::int64_t{11});
}

void TestMasks::theSmallestMagnitudesGo()
{
    QCOMPARE(l1({prunable({2, 3}, {-3, 0.5F, 2, -0.1F, 1, -1.5F})}, std::int64_t{3}),
             (std::vector<int>{1, 0, 1, 0, 0, 1}));
    QCOMPARE(l1({prunable({3}, {1, 2, 3})}, 1.0), (std::vector<int>{0, 0, 0}));
    QCOMPARE(l1({prunable({3}, {1, 2, 3})}, 0.0), (std::vector<int>{1, 1, 1}));
}

void TestMasks::ofEqualMagnitudesTheEarlierGo()
{
    QCOMPARE(l1({prunable({4}, {1, -1, 1, 0})}, std::int64_t{3}), (std::vector<int>{0, 0, 1, 0}));
}

void TestMasks::whatIsNotANumberGoesLast()
{
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const float infinity = std::numeric_limits<float>::infinity();
    QCOMPARE(l1({prunable({4}, {nan, -infinity, 1, 1e-42F})}, std::int64_t{3}), (std::vector<int>{1, 0, 0, 0}));
}

void TestMasks::severalTensorsLoseTheAmountTogether()
{
    const std::vector<Prunable> both{prunable({2}, {0.1F, 5}), prunable({4}, {0.2F, 0.3F, 6, 0.4F})};
    QCOMPARE(l1(both, 0.5, 0), (std::vector<int>{0, 1}));
    QCOMPARE(l1(both, 0.5, 1), (std::vector<int>{0, 0, 1, 1}));
}

/// PyTorch's PruningContainer: half of the four that are left, not of all six.
void TestMasks::aSecondPruningActsOnWhatIsLeft()
{
    Prunable tensor = prunable({6}, {1, 2, 3, 4, 5, 6});
    tensor.keep = (*l1Masks({tensor}, std::int64_t{2})).front();
    tensor.values = masked(tensor.values, tensor.keep);
    QCOMPARE(l1({tensor}, 0.5), (std::vector<int>{0, 0, 0, 0, 1, 1}));
}

void TestMasks::refusesMoreEntriesThanAreLeft()
{
    Prunable tensor = prunable({3}, {1, 2, 3});
    tensor.keep = (*l1Masks({tensor}, std::int64_t{1})).front();
    const auto masks = l1Masks({tensor}, std::int64_t{3});
    QVERIFY(!masks);
    QCOMPARE(masks.error().message, std::string("w cannot lose 3 entries: 2 are left of it; choose a smaller number."));
}

void TestMasks::randomMasksHaveTheCountAndFollowTheirSeed()
{
    const Prunable tensor = prunable({100, 100}, std::vector<float>(10000, 1.0F));
    const auto mask = [&](std::uint64_t seed, std::uint64_t stream) {
        return randomMasks({tensor}, 0.4, seed, stream)->front();
    };
    QCOMPARE(prunedEntries(mask(1, 0)), std::int64_t{4000});
    QVERIFY(bits(mask(1, 0)) == bits(mask(1, 0)));
    QVERIFY(bits(mask(1, 0)) != bits(mask(2, 0)));
    QVERIFY(bits(mask(1, 0)) != bits(mask(1, 1)));
    const std::vector<int> drawn = bits(mask(1, 0)); // anywhere alike: 5 standard deviations are 123
    QVERIFY(std::abs(std::count(drawn.begin(), drawn.begin() + 5000, 0) - 2000) < 123);
}

void TestMasks::aCustomMaskOnlyTakesAway()
{
    Prunable tensor = prunable({4}, {1, 2, 3, 4});
    tensor.keep = *customMask(tensor, test::floats({4}, {0, 1, 1, 1}));
    QCOMPARE(bits(*customMask(tensor, test::floats({4}, {1, 1, 0, 1}))), (std::vector<int>{0, 1, 0, 1}));
}

void TestMasks::refusesMasksOfAnotherShapeOrValue()
{
    const Prunable tensor = prunable({4}, {1, 2, 3, 4});
    QCOMPARE(customMask(tensor, test::floats({2, 2}, {1, 1, 1, 1})).error().message,
             std::string("The mask of w should be 4 and is 2x2."));
    QVERIFY(QString::fromStdString(customMask(tensor, test::floats({4}, {1, 0.5F, 1, 1})).error().message)
                .contains("values other than 0 and 1"));
}

void TestMasks::readsMasksOfEveryType_data()
{
    QTest::addColumn<int>("dtype");
    QTest::addColumn<QByteArray>("one");
    QTest::newRow("float64") << static_cast<int>(DType::Float64) << QByteArray("\0\0\0\0\0\0\xf0\x3f", 8);
    QTest::newRow("float16") << static_cast<int>(DType::Float16) << QByteArray("\0\x3c", 2);
    QTest::newRow("bfloat16") << static_cast<int>(DType::BFloat16) << QByteArray("\x80\x3f", 2);
    QTest::newRow("int64") << static_cast<int>(DType::Int64) << QByteArray("\1\0\0\0\0\0\0\0", 8);
    QTest::newRow("bool") << static_cast<int>(DType::Bool) << QByteArray("\1", 1);
}

void TestMasks::readsMasksOfEveryType()
{
    QFETCH(int, dtype);
    QFETCH(QByteArray, one);
    const WritableTensor mask = makeTensor(static_cast<DType>(dtype), {2});
    std::memset(mask.bytes, 0, static_cast<std::size_t>(mask.tensor.byteCount()));
    std::memcpy(mask.bytes + one.size(), one.constData(), static_cast<std::size_t>(one.size()));
    QCOMPARE(bits(*asMask(mask.tensor, "w")), (std::vector<int>{0, 1}));
}

void TestMasks::twoOfFourAlongTheInputs()
{
    const Prunable tensor = prunable({2, 6}, {1, -4, 3, 2, 0.1F, 0.2F, 5, 5, 5, 5, 0, 0});
    QCOMPARE(bits(*nOfMMask(tensor, {2, 4})), (std::vector<int>{0, 1, 1, 0, 1, 1, 1, 1, 0, 0, 1, 1}));
}

void TestMasks::patternsRunAlongInputChannelsAtEachPlaceOfAKernel()
{
    // One output, two inputs, a kernel of 1 x 3: each place has the two inputs' entries.
    const Prunable tensor = prunable({1, 2, 1, 3}, {1, 5, 3, 2, 4, 6});
    QCOMPARE(bits(*nOfMMask(tensor, {1, 2})), (std::vector<int>{0, 1, 0, 1, 0, 1}));
}

void TestMasks::patternsStayWithinMasksThatAreThere()
{
    Prunable tensor = prunable({1, 4}, {0, 0, 0, 0});
    tensor.keep = *customMask(tensor, test::floats({1, 4}, {0, 1, 0, 1}));
    QCOMPARE(bits(*nOfMMask(tensor, {1, 4})), (std::vector<int>{0, 1, 0, 0}));
}

void TestMasks::refusesPatternsThatAreNone()
{
    for (const char* text : {"", "2", "4:2", "0:4", "2:", ":4", "2:4:8", "2:1000", "a:b", "2:99999999999"})
        QVERIFY2(!nOfMFromText(text), text);
    QCOMPARE(nOfMFromText("8:16")->of, 16);
    QVERIFY(!nOfMMask(prunable({4}, {1, 2, 3, 4}), {2, 4}));
}

void TestMasks::channelsGoByTheirNorm()
{
    const Prunable tensor = prunable({2, 3}, {1, 9, 2, 1, 0, 2});
    QCOMPARE(bits(*channelMask(tensor, std::int64_t{1}, {2.0, 0})), (std::vector<int>{1, 1, 1, 0, 0, 0}));
    QCOMPARE(bits(*channelMask(tensor, std::int64_t{1}, {2.0, -1})), (std::vector<int>{0, 1, 1, 0, 1, 1}));
    // By the sum of magnitudes the first row is smaller, by the largest the second.
    const Prunable other = prunable({2, 2}, {3, 0, 2, 2});
    QCOMPARE(bits(*channelMask(other, 0.5, {1.0, 0})), (std::vector<int>{0, 0, 1, 1}));
    QCOMPARE(bits(*channelMask(other, 0.5, {std::numeric_limits<double>::infinity(), 0})),
             (std::vector<int>{1, 1, 0, 0}));
}

void TestMasks::aSecondPruningOfChannelsCountsThoseLeft()
{
    Prunable tensor = prunable({4, 1}, {1, 2, 3, 4});
    tensor.keep = *channelMask(tensor, 0.5, {});
    tensor.values = masked(tensor.values, tensor.keep);
    QCOMPARE(bits(*channelMask(tensor, 0.5, {})), (std::vector<int>{0, 0, 0, 1}));
    QVERIFY(!channelMask(tensor, std::int64_t{3}, {}));
}

void TestMasks::refusesChannelsOfABias()
{
    QVERIFY(!channelMask(prunable({4}, {1, 2, 3, 4}), 0.5, {}));
    QVERIFY(!channelMask(prunable({2, 2}, {1, 2, 3, 4}), 0.5, {2.0, 2}));
}

void TestMasks::isPyTorchsLeNet_data()
{
    addCases();
}

void TestMasks::isPyTorchsLeNet()
{
    QFETCH(QString, name);
    const LoadedModel model = pruned(name.toStdString());
    const nlohmann::json expected = reference()[name.toStdString()];
    const std::vector<LayerSparsity> layers = layerSparsity(model);
    QCOMPARE(layers.size(), std::size_t{5});
    for (const LayerSparsity& layer : layers) {
        const nlohmann::json& of = expected[layer.layer];
        QCOMPARE(layer.pruned, of["pruned"].get<std::int64_t>());
        QCOMPARE(layer.numel, of["numel"].get<std::int64_t>());
        QCOMPARE(layer.biasPruned, of["bias_pruned"].get<std::int64_t>());
        const double sum = of["kept_abs_sum"];
        QVERIFY(std::abs(absoluteSum(weightOf(model, layer.layer + ".weight")) - sum) <= 1e-6 * sum);
    }
}

void TestMasks::itsOutputsArePyTorchs_data()
{
    addCases();
}

void TestMasks::itsOutputsArePyTorchs()
{
    QFETCH(QString, name);
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    const LoadedModel model = pruned(name.toStdString());
    const auto network = (*backend)->prepare(model.graph, model.weights, Mode::Eager);
    const auto y = (*network)->infer(test::closedFormInput({2, 1, 28, 28}));
    QVERIFY(y);
    const std::vector<double> expected = reference()[name.toStdString()]["output"];
    QCOMPARE(static_cast<std::size_t>(elementCount(y->shape)), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i)
        QVERIFY(std::abs(static_cast<double>(y->floats()[i]) - expected[i]) < 1e-5);
}

QTEST_APPLESS_MAIN(TestMasks)
#include "tst_masks.moc"

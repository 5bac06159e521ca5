#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

#include "core/benchmark/count_check.h"
#include "core/engine/backend.h"
#include "core/formats/torchscript.h"
#include "core/graph/cost.h"
#include "tests/support/closed_form.h"
#include "tests/support/sample_record.h"

using namespace lathe;

/// The files are those of tests/interop/make_torchscript.py.
class TestTorchscript : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void becomesAGraph_data();
    void becomesAGraph();
    void keepsTheStateDictsNamesAndOrder();
    void namesNodesAfterTheirModules();
    void tracedAndScriptedGiveTheSame();
    void findsTheAttentionInManyOperations();
    void sealsWhatIsNotInItsGraphs_data();
    void sealsWhatIsNotInItsGraphs();
    void runsASealedProgramLikeAnyNetwork();
    void saysWhatASealedModelCannotDo();
    void refusesASealedProgramInAnotherMemoryOrder();
    void refusesAProgramThatTouchesFiles();
    void survivesAProgramThatCrashesLibTorch();
    void namesTheFlagWhereTheInputDoesNotFit();
    void refusesADamagedFile_data();
    void refusesADamagedFile();
};

namespace {

const Shape kInput{3, 16, 16};

std::string file(const QString& name)
{
    return LATHE_TEST_DATA "/torchscript/" + name.toStdString();
}

Result<LoadedModel> load(const QString& name)
{
    return loadModel(file(name), kInput);
}

HostTensor output(const LoadedModel& model, std::int64_t batch)
{
    const auto network = (*loadBackend())->prepare(model.graph, model.weights, Mode::Eager).value();
    return network->infer(test::closedFormTensor(0, {batch, 3, 16, 16}, 1.0, 0.0)).value();
}

double largestDifference(const HostTensor& a, const HostTensor& b)
{
    double largest = a.shape == b.shape ? 0.0 : 1e9;
    for (std::int64_t i = 0; i < elementCount(a.shape) && a.shape == b.shape; ++i)
        largest = std::max(largest, std::abs(static_cast<double>(a.floats()[i]) - b.floats()[i]));
    return largest;
}

bool isOneSentence(const std::string& text)
{
    return text.find('\n') == std::string::npos && text.ends_with(".");
}

} // namespace

void TestTorchscript::becomesAGraph_data()
{
    QTest::addColumn<int>("params");
    QTest::addColumn<int>("macs");
    QTest::newRow("small_traced.pt") << 1002 << 36736;
    QTest::newRow("small_scripted.pt") << 1002 << 36736;
    QTest::newRow("small_frozen.pt") << 994 << 36736; // the normalisation is folded into the convolution
    QTest::newRow("attention_traced.pt") << 2277 << 39024;
    QTest::newRow("attention_fused_traced.pt") << 2277 << 39024;
}

/// The engine takes a graph only if it gave the program's own output, so that arriving unsealed is the proof.
void TestTorchscript::becomesAGraph()
{
    QFETCH(int, params);
    QFETCH(int, macs);
    const Result<LoadedModel> model = load(QTest::currentDataTag());
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    QVERIFY2(!model->graph.isSealed(), model->notes.empty() ? "" : model->notes.front().c_str());
    QVERIFY(model->notes.empty());
    const GraphCost total = cost(model->graph);
    QCOMPARE(total.parameters, std::int64_t{params});
    QCOMPARE(total.macs, std::int64_t{macs});
    QCOMPARE(model->family, std::string("TorchScript"));
}

void TestTorchscript::keepsTheStateDictsNamesAndOrder()
{
    const LoadedModel model = *load("small_traced.pt");
    const std::vector<std::string> expected{"stem.0.weight",
                                            "stem.0.bias",
                                            "block.conv1.weight",
                                            "block.bn1.weight",
                                            "block.bn1.bias",
                                            "block.bn1.running_mean",
                                            "block.bn1.running_var",
                                            "block.bn1.num_batches_tracked",
                                            "block.conv2.weight",
                                            "block.conv2.bias",
                                            "gate.weight",
                                            "gate.bias",
                                            "fc.weight",
                                            "fc.bias"};
    std::vector<std::string> names;
    for (const Parameter& parameter : model.graph.parameters())
        names.push_back(parameter.name);
    QCOMPARE(names, expected);
    QVERIFY(!model.graph.parameters()[5].trainable);
    QVERIFY(model.graph.parameters()[8].trainable);
}

void TestTorchscript::namesNodesAfterTheirModules()
{
    const LoadedModel model = *load("small_traced.pt");
    std::vector<std::string> names;
    for (const Node& node : model.graph.nodes())
        names.push_back(node.name);
    const std::vector<std::string> start{"input",      "stem.0",      "stem.1",    "block.conv1",  "block.bn1",
                                         "block.relu", "block.conv2", "block.add", "block.relu_2", "pool"};
    QCOMPARE(std::vector<std::string>(names.begin(), names.begin() + 10), start);
    QCOMPARE(names.back(), std::string("fc"));
}

void TestTorchscript::tracedAndScriptedGiveTheSame()
{
    const HostTensor traced = output(*load("small_traced.pt"), 2);
    QCOMPARE(traced.shape, (Shape{2, 10}));
    QVERIFY(largestDifference(traced, output(*load("small_scripted.pt"), 2)) < 1e-6);
    QVERIFY(largestDifference(traced, output(*load("small_frozen.pt"), 2)) < 1e-5);
}

void TestTorchscript::findsTheAttentionInManyOperations()
{
    for (const char* name : {"attention_traced.pt", "attention_fused_traced.pt"}) {
        const LoadedModel model = *load(name);
        int found = 0;
        for (const Node& node : model.graph.nodes())
            if (const auto* attention = std::get_if<op::Attention>(&node.operation)) {
                ++found;
                QCOMPARE(attention->heads, std::int64_t{4});
                QVERIFY(!attention->separate);
            }
        QCOMPARE(found, 1);
        QCOMPARE(model.type, std::string("vit"));
    }
}

void TestTorchscript::sealsWhatIsNotInItsGraphs_data()
{
    QTest::addColumn<QString>("why");
    QTest::newRow("softmax_traced.pt") << "aten::softmax is not an operation of Lathe's graphs";
    QTest::newRow("softmax_frozen.pt") << "aten::softmax is not an operation of Lathe's graphs";
    QTest::newRow("mixing_traced.pt") << "a mean over these axes is not an operation of Lathe's graphs";
    QTest::newRow("deciding_scripted.pt") << "aten::sum is not an operation of Lathe's graphs";
}

void TestTorchscript::sealsWhatIsNotInItsGraphs()
{
    QFETCH(QString, why);
    const Result<LoadedModel> model = load(QTest::currentDataTag());
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    QVERIFY(model->graph.isSealed());
    QVERIFY2(model->notes.front().find(why.toStdString()) != std::string::npos, model->notes.front().c_str());
    QVERIFY(std::all_of(model->notes.begin(), model->notes.end(), isOneSentence));
}

void TestTorchscript::runsASealedProgramLikeAnyNetwork()
{
    const LoadedModel model = *load("softmax_traced.pt");
    const GraphCost total = cost(model.graph);
    QCOMPARE(total.parameters, std::int64_t{4 * 27 + 4 + 12 + 3});
    QCOMPARE(total.macs, std::int64_t{14 * 14 * 4 * 27 + 12}); // from the operations that ran
    QCOMPARE(total.parameterBytes, total.parameters * 4);
    const HostTensor y = output(model, 5);
    QCOMPARE(y.shape, (Shape{5, 3}));
    QCOMPARE(cost(load("softmax_frozen.pt")->graph).parameters, total.parameters);
    const auto network = (*loadBackend())->prepare(model.graph, model.weights, Mode::Eager).value();
    QVERIFY(network->setBatch(2));
    QVERIFY(network->run());
    QCOMPARE(network->runTimed()->size(), std::size_t{2});
    QCOMPARE(network->countOperations()->macs, total.macs);
}

void TestTorchscript::saysWhatASealedModelCannotDo()
{
    const LoadedModel sealed = *load("softmax_traced.pt");
    const Result<void> refused = refuseSealed(sealed.graph, "an export of its weights");
    QVERIFY(!refused);
    QCOMPARE(refused.error().message,
             std::string("softmax_traced.pt is a sealed TorchScript program; an export of its weights needs a model "
                         "whose layers are known."));
    QVERIFY(refuseSealed(load("small_traced.pt")->graph, "an export of its weights"));
    const CountCheck check = checkCounts(sealed.graph, *countOperations(**loadBackend(), sealed));
    QVERIFY(check.agrees);
    QVERIFY(check.sentence.find("sealed") != std::string::npos);
}

void TestTorchscript::refusesASealedProgramInAnotherMemoryOrder()
{
    const LoadedModel model = *load("softmax_traced.pt");
    const auto network = (*loadBackend())->prepare(model.graph, model.weights, Mode::ChannelsLast);
    QVERIFY(!network);
    QCOMPARE(network.error().code, ErrorCode::Unsupported);
    QVERIFY(isOneSentence(network.error().message));
}

void TestTorchscript::refusesAProgramThatTouchesFiles()
{
    for (const char* program : {"reads_file_scripted.pt", "reads_file_spaced.pt", "reads_file_upper_case.pt"}) {
        const Result<LoadedModel> model = load(program);
        QVERIFY2(!model, program);
        QVERIFY2(model.error().message.find("\"from_file\"") != std::string::npos, model.error().message.c_str());
        QVERIFY(isOneSentence(model.error().message));
    }
}

void TestTorchscript::survivesAProgramThatCrashesLibTorch()
{
    const Result<LoadedModel> model = load("hostile/nested_deeply.pt");
    QVERIFY(!model);
    QVERIFY2(model.error().message.find("makes LibTorch crash") != std::string::npos, model.error().message.c_str());
}

void TestTorchscript::namesTheFlagWhereTheInputDoesNotFit()
{
    const Result<LoadedModel> model = loadModel(file("small_traced.pt"), {1, 16, 16});
    QVERIFY(!model);
    QVERIFY2(model.error().message.find("--input") != std::string::npos, model.error().message.c_str());
    QVERIFY2(isOneSentence(model.error().message), model.error().message.c_str());
}

void TestTorchscript::refusesADamagedFile_data()
{
    QTest::addColumn<int>("kept");
    QTest::newRow("the first bytes") << 10;
    QTest::newRow("a tenth") << 2500;
    QTest::newRow("all but the end") << 25000;
}

void TestTorchscript::refusesADamagedFile()
{
    QFETCH(int, kept);
    const std::string whole = test::testData("torchscript/small_traced.pt");
    const QTemporaryDir folder;
    QFile damaged(folder.filePath("damaged.pt"));
    QVERIFY(damaged.open(QIODevice::WriteOnly));
    damaged.write(whole.data(), kept);
    damaged.close();
    const Result<LoadedModel> model = loadModel(damaged.fileName().toStdString(), kInput);
    QVERIFY(!model);
    QVERIFY2(isOneSentence(model.error().message), model.error().message.c_str());
}

QTEST_GUILESS_MAIN(TestTorchscript)
#include "tst_torchscript.moc"

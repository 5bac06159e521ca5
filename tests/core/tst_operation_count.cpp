#include <QTest>

#include "core/architectures/catalogue.h"
#include "core/benchmark/count_check.h"
#include "core/graph/cost.h"
#include "tests/support/closed_form.h"

using namespace lathe;

/// What LibTorch ran, counted from its operations, against the Graph and against literal figures.
class TestOperationCount : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void agreesWithTheGraph_data();
    void agreesWithTheGraph();
    void countsWhatFlopCounterModeCounts();
    void countsNestedOperationsOnce();
    void countsBothProductsOfFusedAttention();
    void dividesTheBatchOut();
    void givesEachNodeItsOwn();

private:
    OperationCount countOf(const std::string& name);
    OperationCount countOf(const Graph& graph, std::int64_t batch);
    Backend* m_backend = nullptr;
};

namespace {

constexpr std::int64_t kQuickParameters = 12'000'000;

const OperationCall* find(const std::vector<OperationCall>& calls, const std::string& name)
{
    const auto found = std::find_if(calls.begin(), calls.end(), [&](const auto& call) { return call.name == name; });
    return found == calls.end() ? nullptr : &*found;
}

QString namesOf(const std::vector<OperationCall>& calls)
{
    QStringList names;
    for (const OperationCall& call : calls)
        names << QString::fromStdString(call.name);
    return names.join(", ");
}

} // namespace

void TestOperationCount::initTestCase()
{
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    m_backend = *backend;
}

OperationCount TestOperationCount::countOf(const std::string& name)
{
    return countOperations(*m_backend, *loadModel(name, {})).value();
}

OperationCount TestOperationCount::countOf(const Graph& graph, std::int64_t batch)
{
    const auto network = *m_backend->prepare(graph, test::closedFormWeights(graph), Mode::Eager);
    if (!network->setBatch(batch))
        return {};
    return network->countOperations().value();
}

void TestOperationCount::agreesWithTheGraph_data()
{
    QTest::addColumn<QString>("name");
    const QStringList wanted{"resnet50", "efficientnet_b5", "swin_v2_t", "vit_b_16"};
    for (const Architecture& architecture : catalogue()) {
        const QString name = QString::fromStdString(architecture.name);
        if (wanted.contains(name) || cost(*architecture.build({})).parameters <= kQuickParameters)
            QTest::newRow(architecture.name.c_str()) << name;
    }
}

void TestOperationCount::agreesWithTheGraph()
{
    QFETCH(QString, name);
    const LoadedModel model = *loadModel(name.toStdString(), {});
    const Result<OperationCount> count = countOperations(*m_backend, model);
    QVERIFY2(count, count ? "" : count.error().message.c_str());
    const CountCheck check = checkCounts(model.graph, *count);
    QVERIFY2(check.agrees, check.sentence.c_str());
    QVERIFY2(count->unknown.empty(), qPrintable(namesOf(count->unknown)));
    QVERIFY(check.ranMacs > 0);
}

/// Half the FLOPs that torch.utils.flop_counter.FlopCounterMode gives for torchvision's (PyTorch 2.13).
void TestOperationCount::countsWhatFlopCounterModeCounts()
{
    const OperationCount resnet = countOf("resnet50");
    QCOMPARE(resnet.macs, 8178368512 / 2);
    QCOMPARE(find(resnet.operations, "aten::convolution")->macs, 8174272512 / 2);
    QCOMPARE(find(resnet.operations, "aten::addmm")->macs, 4096000 / 2);
}

void TestOperationCount::countsNestedOperationsOnce()
{
    GraphBuilder b("nested", {3, 8, 8});
    const NodeId convolution = b.conv2d(
        "conv", b.input(), {.inChannels = 3, .outChannels = 6, .kernel = {3, 3}, .padding = {1, 1}, .groups = 3});
    const NodeId flat = b.add("flatten", op::Flatten{}, {convolution});
    const OperationCount count = countOf(*b.finish(b.linear("fc", flat, 10)), 1);
    // 6 x 8 x 8 elements of 3 x 3 x 1 products, then 384 inputs by 10 outputs.
    QCOMPARE(count.macs, 6 * 64 * 9 + 3840);
    QCOMPARE(find(count.operations, "aten::convolution")->calls, 1);
    QVERIFY(find(count.operations, "aten::conv2d") == nullptr);
    QVERIFY(find(count.operations, "aten::mkldnn_convolution") == nullptr);
}

void TestOperationCount::countsBothProductsOfFusedAttention()
{
    GraphBuilder b("attention", {5, 24});
    const OperationCount count = countOf(*b.finish(b.add("attend", op::Attention{.heads = 2}, {b.input()})), 1);
    // Two products of 5 x 5 pairs over 8 channels in all.
    QCOMPARE(count.macs, 2 * 5 * 5 * 8);
    QVERIFY(count.unknown.empty());
}

void TestOperationCount::dividesTheBatchOut()
{
    const Graph graph = *buildArchitecture("lenet");
    const OperationCount one = countOf(graph, 1);
    const OperationCount three = countOf(graph, 3);
    QCOMPARE(three.macs, one.macs);
    QCOMPARE(three.nodes, one.nodes);
    QCOMPARE(find(three.operations, "aten::convolution")->macs, find(one.operations, "aten::convolution")->macs);
}

void TestOperationCount::givesEachNodeItsOwn()
{
    const Graph graph = *buildArchitecture("lenet");
    const GraphCost costs = cost(graph);
    const OperationCount count = countOf(graph, 1);
    QCOMPARE(count.nodes.size(), graph.nodes().size());
    for (std::size_t i = 0; i < count.nodes.size(); ++i)
        QCOMPARE(count.nodes[i], costs.nodes[i].macs);
}

QTEST_GUILESS_MAIN(TestOperationCount)
#include "tst_operation_count.moc"

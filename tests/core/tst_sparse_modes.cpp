#include <QTest>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "core/architectures/catalogue.h"
#include "core/engine/backend.h"
#include "tests/support/closed_form.h"
#include "tests/support/tensors.h"

using namespace lathe;

Q_DECLARE_METATYPE(lathe::Graph)

/// The modes that multiply sparse weights give what dense products give.
class TestSparseModes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void givesTheDenseOutput_data();
    void givesTheDenseOutput();
    void forcedFormatsRunWhereTheyCan();
    void blocksNeedExtentsThatTheyDivide();
    void weightsWithoutZerosStayDense();
    void sparseTakesOnlyWhatIsFaster();

private:
    std::set<std::string> kernelsOf(const Graph& graph, const StateDict& weights, Mode mode) const;
    Backend* m_backend = nullptr;
};

namespace {

constexpr std::size_t kKept = 10; ///< one in so many weights

StateDict pruned(const Graph& graph)
{
    StateDict weights = test::closedFormWeights(graph);
    for (NamedTensor& entry : weights) {
        if (entry.tensor.shape.size() < 2)
            continue;
        std::vector<float> values = test::valuesOf(entry.tensor);
        for (std::size_t i = 0; i < values.size(); ++i)
            if ((i * 2654435761U >> 7U) % kKept != 0)
                values[i] = 0.0F;
        entry.tensor = test::floats(entry.tensor.shape, values);
    }
    return weights;
}

HostTensor inputOf(const Graph& graph)
{
    Shape shape = graph.inputShape();
    shape.insert(shape.begin(), 2);
    return test::closedFormInput(shape, graph.vocabulary());
}

/// Pointwise, strided, padded, dilated and grouped convolutions, with batch norm, activation and addition behind them.
Graph convolutions()
{
    GraphBuilder b("convolutions", {3, 12, 12});
    const auto block = [&](const std::string& name, NodeId x, op::Conv2d conv) {
        conv.bias = false;
        return b.batchNorm2d(name + ".bn", b.conv2d(name, x, conv));
    };
    const auto relu = [&](const std::string& name, NodeId x) {
        return b.activation(name, x, op::Activation::Kind::ReLU);
    };
    NodeId x =
        relu("r0", block("stem", b.input(),
                         {.inChannels = 3, .outChannels = 16, .kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}));
    const NodeId first = relu("r1", block("pointwise", x, {.inChannels = 16, .outChannels = 16}));
    x = relu("r2", b.addition("add", block("back", first, {.inChannels = 16, .outChannels = 16}), x));
    x = block("dilated", x,
              {.inChannels = 16, .outChannels = 16, .kernel = {3, 3}, .padding = {2, 2}, .dilation = {2, 2}});
    x = b.addition("add2", x, first);
    x = block("grouped", x, {.inChannels = 16, .outChannels = 16, .kernel = {3, 3}, .padding = {1, 1}, .groups = 4});
    return *b.finish(b.linear("fc", b.add("flatten", op::Flatten{}, {x}), 8));
}

Graph oneLayer(std::int64_t in, std::int64_t out)
{
    GraphBuilder b("layer", {in});
    return *b.finish(b.linear("fc", b.input(), out));
}

} // namespace

void TestSparseModes::initTestCase()
{
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    m_backend = *backend;
    m_backend->setThreads(2);
}

void TestSparseModes::givesTheDenseOutput_data()
{
    QTest::addColumn<Graph>("graph");
    QTest::addColumn<QString>("mode");
    for (const char* mode : {"sparse", "csr", "bsr"}) {
        QTest::addRow("every kind of convolution, %s", mode) << convolutions() << mode;
        for (const char* name : {"lenet", "resnet18", "vit_b_32", "shufflenet_v2_x0_5"})
            QTest::addRow("%s, %s", name, mode) << *buildArchitecture(name) << mode;
    }
}

void TestSparseModes::givesTheDenseOutput()
{
    QFETCH(Graph, graph);
    QFETCH(QString, mode);
    const StateDict weights = pruned(graph);
    const HostTensor x = inputOf(graph);
    const auto dense = test::valuesOf(*(*m_backend->prepare(graph, weights, Mode::Eager))->infer(x));
    const auto network = m_backend->prepare(graph, weights, modeFromName(mode.toStdString()).value());
    QVERIFY2(network, network ? "" : network.error().message.c_str());
    const auto sparse = test::valuesOf(*(*network)->infer(x));
    QCOMPARE(sparse.size(), dense.size());
    const float largest = std::abs(
        *std::max_element(dense.begin(), dense.end(), [](float a, float b) { return std::abs(a) < std::abs(b); }));
    for (std::size_t i = 0; i < dense.size(); ++i)
        QVERIFY2(std::abs(sparse[i] - dense[i]) <= 1e-4F * largest,
                 qPrintable(QString("%1 instead of %2").arg(sparse[i]).arg(dense[i])));
}

std::set<std::string> TestSparseModes::kernelsOf(const Graph& graph, const StateDict& weights, Mode mode) const
{
    const auto network = *m_backend->prepare(graph, weights, mode);
    if (!network->setBatch(4))
        return {};
    std::set<std::string> kernels;
    const auto steps = network->runSteps();
    for (const TimedStep& step : *steps)
        kernels.insert(step.kernel);
    return kernels;
}

void TestSparseModes::forcedFormatsRunWhereTheyCan()
{
    const Graph graph = convolutions();
    const auto csr = kernelsOf(graph, pruned(graph), Mode::Csr);
    QVERIFY(csr.contains("aten::addmm csr"));
    QVERIFY(csr.contains("im2col, aten::addmm csr"));
    QVERIFY(kernelsOf(graph, pruned(graph), Mode::Bsr).contains("aten::addmm bsr"));
    QVERIFY(!kernelsOf(graph, pruned(graph), Mode::Fused).contains("aten::addmm csr"));
}

void TestSparseModes::blocksNeedExtentsThatTheyDivide()
{
    const Graph odd = oneLayer(16, 9);
    QVERIFY(!kernelsOf(odd, pruned(odd), Mode::Bsr).contains("aten::addmm bsr"));
    QVERIFY(kernelsOf(odd, pruned(odd), Mode::Csr).contains("aten::addmm csr"));
}

void TestSparseModes::weightsWithoutZerosStayDense()
{
    const Graph graph = oneLayer(16, 16);
    QVERIFY(!kernelsOf(graph, test::closedFormWeights(graph), Mode::Csr).contains("aten::addmm csr"));
}

/// A layer with a single weight left is faster without its zeros on any machine; one with most of them never tries.
void TestSparseModes::sparseTakesOnlyWhatIsFaster()
{
    const Graph graph = oneLayer(2048, 2048);
    StateDict weights = test::closedFormWeights(graph);
    std::vector<float> values(2048 * 2048, 0.0F);
    values[5] = 1.0F;
    weights[0].tensor = test::floats({2048, 2048}, values);
    const auto kernels = kernelsOf(graph, weights, Mode::Sparse);
    QVERIFY(kernels.contains("aten::addmm csr") || kernels.contains("aten::addmm bsr"));
    QVERIFY(!kernelsOf(graph, test::closedFormWeights(graph), Mode::Sparse).contains("aten::addmm csr"));
}

QTEST_APPLESS_MAIN(TestSparseModes)
#include "tst_sparse_modes.moc"

#include <QTest>

#include <algorithm>
#include <cmath>

#include "core/architectures/catalogue.h"
#include "core/engine/weights.h"
#include "tests/support/closed_form.h"

using namespace lathe;

namespace {

std::string messageFor(const Graph& graph, const StateDict& file)
{
    const auto matched = matchWeights(graph, file);
    return matched ? std::string() : matched.error().message;
}

void drop(StateDict& weights, const std::string& ending)
{
    std::erase_if(weights, [&](const NamedTensor& t) { return t.name.ends_with(ending); });
}

} // namespace

class TestWeights : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void putsAFilesTensorsInTheGraphsOrder();
    void makesWhatOlderFilesLack();
    void namesAMissingTensor();
    void namesAnUnexpectedTensor();
    void leavesOutWhatOnlyTrainingUses();
    void namesATensorOfAnotherShape();
    void namesATensorOfAnotherKindOfNumber();
    void indexesRelativePositionsAsSwinDoes();
    void spacesRelativeCoordinatesAsSwinV2Does();
};

void TestWeights::putsAFilesTensorsInTheGraphsOrder()
{
    const Graph graph = *buildArchitecture("lenet");
    StateDict file = test::closedFormWeights(graph);
    std::reverse(file.begin(), file.end());
    const auto matched = matchWeights(graph, file);
    QVERIFY(matched);
    for (std::size_t i = 0; i < matched->size(); ++i)
        QCOMPARE((*matched)[i].name, graph.parameters()[i].name);
}

void TestWeights::makesWhatOlderFilesLack()
{
    const Graph resnet = *buildArchitecture("resnet18");
    StateDict file = test::closedFormWeights(resnet);
    drop(file, "num_batches_tracked");
    QCOMPARE(matchWeights(resnet, file)->size(), resnet.parameters().size());

    const Graph swin = *buildArchitecture("swin_v2_t");
    file = test::closedFormWeights(swin);
    drop(file, "relative_position_index");
    drop(file, "relative_coords_table");
    QCOMPARE(matchWeights(swin, file)->size(), swin.parameters().size());
}

void TestWeights::namesAMissingTensor()
{
    const Graph graph = *buildArchitecture("lenet");
    StateDict file = test::closedFormWeights(graph);
    drop(file, "fc2.bias");
    QCOMPARE(messageFor(graph, file), std::string("Tensor \"fc2.bias\" of lenet is missing from the file."));
}

void TestWeights::namesAnUnexpectedTensor()
{
    const Graph graph = *buildArchitecture("lenet");
    StateDict file = test::closedFormWeights(graph);
    file.push_back({"fc4.bias", file.back().tensor});
    QCOMPARE(messageFor(graph, file), std::string("The file's tensor \"fc4.bias\" is not one of lenet's."));
}

void TestWeights::leavesOutWhatOnlyTrainingUses()
{
    const Graph graph = *buildArchitecture("googlenet");
    StateDict file = test::closedFormWeights(graph);
    file.push_back({"aux1.fc2.bias", file.back().tensor});
    file.push_back({"aux2.conv.bn.weight", file.back().tensor});
    QCOMPARE(matchWeights(graph, file)->size(), graph.parameters().size());
    file.push_back({"aux3.fc2.bias", file.back().tensor});
    QCOMPARE(messageFor(graph, file), std::string("The file's tensor \"aux3.fc2.bias\" is not one of googlenet's."));
}

void TestWeights::namesATensorOfAnotherShape()
{
    const Graph graph = *buildArchitecture("lenet");
    StateDict file = test::closedFormWeights(graph);
    file[0].tensor.shape = {3, 2, 3, 3};
    QCOMPARE(messageFor(graph, file),
             std::string("Tensor \"conv1.weight\" should be 6x1x3x3 and the file has 3x2x3x3."));
}

void TestWeights::namesATensorOfAnotherKindOfNumber()
{
    const Graph graph = *buildArchitecture("lenet");
    StateDict file = test::closedFormWeights(graph);
    file[0].tensor = makeTensor(DType::Int32, {6, 1, 3, 3}).tensor;
    QCOMPARE(messageFor(graph, file), std::string("Tensor \"conv1.weight\" should be float32 and the file has int32."));
}

void TestWeights::indexesRelativePositionsAsSwinDoes()
{
    const Parameter parameter{"i", {16}, DType::Int64, false, {Initialisation::Kind::RelativePositionIndex, 2, 2}};
    const HostTensor index = derivedValue(parameter);
    const auto* values = reinterpret_cast<const std::int64_t*>(index.data.get());
    // The example of the Swin repository: a 2 x 2 window.
    const std::vector<std::int64_t> expected{4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4};
    QCOMPARE(std::vector<std::int64_t>(values, values + 16), expected);
}

void TestWeights::spacesRelativeCoordinatesAsSwinV2Does()
{
    const Parameter parameter{
        "t", {1, 3, 3, 2}, DType::Float32, false, {Initialisation::Kind::RelativeCoordsTable, 2, 2}};
    const HostTensor table = derivedValue(parameter);
    const float end = static_cast<float>(std::log2(9.0) / 3.0);
    QCOMPARE(table.floats()[0], -end);
    QCOMPARE(table.floats()[1], -end);
    QCOMPARE(table.floats()[8], 0.0F);
    QCOMPARE(table.floats()[16], end);
}

QTEST_APPLESS_MAIN(TestWeights)
#include "tst_weights.moc"

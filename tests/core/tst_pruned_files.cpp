#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <nlohmann/json.hpp>

#include "core/base/files.h"
#include "core/benchmark/measure.h"
#include "core/formats/graph_json.h"
#include "core/formats/pruned_file.h"
#include "core/formats/safetensors.h"
#include "core/formats/weight_file.h"
#include "core/pruning/prune.h"
#include "core/pruning/reparametrization.h"
#include "tests/support/closed_form.h"
#include "tests/support/fake_backend.h"
#include "tests/support/tensors.h"

using namespace lathe;

namespace {

LoadedModel leNet()
{
    LoadedModel model = *loadModel("lenet", {});
    model.weights = test::closedFormWeights(model.graph);
    return model;
}

LoadedModel pruned(const LoadedModel& model, const std::string& rule)
{
    PruningPlan plan;
    plan.rules = {*ruleFromText(rule)};
    return *prune(model, plan);
}

std::vector<std::string> namesOf(const StateDict& tensors)
{
    std::vector<std::string> names;
    for (const NamedTensor& tensor : tensors)
        names.push_back(tensor.name);
    return names;
}

bool same(const HostTensor& a, const HostTensor& b)
{
    return a.dtype == b.dtype && a.shape == b.shape &&
           std::equal(a.data.get(), a.data.get() + a.byteCount(), b.data.get());
}

bool same(const StateDict& a, const StateDict& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const NamedTensor& x, const NamedTensor& y) {
        return x.name == y.name && same(x.tensor, y.tensor);
    });
}

bool sameMasks(const Pruning& a, const Pruning& b)
{
    return std::equal(a.masks.begin(), a.masks.end(), b.masks.begin(), b.masks.end(),
                      [](const Mask& x, const Mask& y) { return x.parameter == y.parameter && same(x.keep, y.keep); });
}

bool isFlagged(const Record& record)
{
    return std::any_of(record.flags.begin(), record.flags.end(),
                       [](const Flag& flag) { return flag.code == "masks_only"; });
}

} // namespace

class TestPrunedFiles : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesArePyTorchs();
    void withoutMasksNamesAreTheGraphs();
    void comesBackWithItsMasks_data();
    void comesBackWithItsMasks();
    void prunesOnFromAFile();
    void permanentZerosAreInAnOrdinaryFile();
    void pyTorchsFileHasItsMasks();
    void architecturesTakeThePrunedWeightsOfAFile();
    void namesThatOnlyLookPrunedStay();
    void refusesDamagedMasks_data();
    void refusesDamagedMasks();
    void masksComeFromAFileOfMasks();
    void aTorchFileHoldsNoGraphOfOnesOwn();
    void trainedWeightsStayMasked();
    void recordsSayHowANetworkWasPruned();

private:
    std::string path(const char* name) { return m_folder.filePath(name).toStdString(); }
    LoadedModel through(const LoadedModel& model, const std::string& file)
    {
        const auto saved = saveModel(file, model);
        if (!saved)
            qWarning("%s", saved.error().message.c_str());
        return loadModel(file, {}).value_or(LoadedModel{});
    }
    QTemporaryDir m_folder;
};

void TestPrunedFiles::namesArePyTorchs()
{
    const auto reference =
        nlohmann::json::parse(*readFile(LATHE_TEST_DATA "/lenet_pruning.json"))["names_after_l1_0.3_conv1"];
    const LoadedModel model = pruned(leNet(), "conv1=l1:0.3");
    const ModuleNames names = moduleNames(model.graph, &*model.pruning);
    QCOMPARE(names.parameters, reference["parameters"].get<std::vector<std::string>>());
    QCOMPARE(names.buffers, reference["buffers"].get<std::vector<std::string>>());
}

void TestPrunedFiles::withoutMasksNamesAreTheGraphs()
{
    const LoadedModel model = *loadModel("resnet18", {});
    const ModuleNames names = moduleNames(model.graph);
    QCOMPARE(names.parameters[0], std::string("conv1.weight"));
    QCOMPARE(names.parameters[1], std::string("bn1.weight"));
    QCOMPARE(names.parameters.size(), std::size_t{62});
    QCOMPARE(names.buffers.size(), std::size_t{60});
}

void TestPrunedFiles::comesBackWithItsMasks_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("scheme");
    QTest::addColumn<QString>("origin");
    QTest::newRow("safetensors") << "pruned.safetensors"
                                 << "l1 layer 0.3 (masks)"
                                 << "lenet";
    QTest::newRow("PyTorch's") << "pruned.pt"
                               << "pruned elsewhere (masks)"
                               << "";
}

void TestPrunedFiles::comesBackWithItsMasks()
{
    QFETCH(QString, file);
    QFETCH(QString, scheme);
    QFETCH(QString, origin);
    const LoadedModel model = pruned(leNet(), "*=l1:0.3");
    const LoadedModel opened = through(model, path(file.toUtf8().constData()));
    QVERIFY(opened.pruning);
    QCOMPARE(opened.graph.name(), std::string("lenet"));
    QVERIFY(same(opened.weights, model.weights));
    QVERIFY(same(opened.pruning->originals, model.pruning->originals));
    QVERIFY(sameMasks(*opened.pruning, *model.pruning));
    QCOMPARE(QString::fromStdString(pruningText(opened)), scheme);
    QCOMPARE(QString::fromStdString(opened.origin), origin);
    const auto inFile = readWeightFile(path(file.toUtf8().constData()));
    QCOMPARE(inFile->tensors.size(), std::size_t{15});
    QCOMPARE(namesOf(StateDict(inFile->tensors.begin(), inFile->tensors.begin() + 4)),
             (std::vector<std::string>{"conv1.bias", "conv1.weight_orig", "conv1.weight_mask", "conv2.bias"}));
}

/// As PyTorch's container does with both prunings in one go.
void TestPrunedFiles::prunesOnFromAFile()
{
    const LoadedModel once = pruned(leNet(), "*=l1:0.2");
    const LoadedModel opened = through(once, path("once.safetensors"));
    QVERIFY(sameMasks(*pruned(opened, "*=l1:0.5").pruning, *pruned(once, "*=l1:0.5").pruning));
}

void TestPrunedFiles::permanentZerosAreInAnOrdinaryFile()
{
    LoadedModel model = pruned(leNet(), "*=l1:0.3");
    makePermanent(model);
    const LoadedModel opened = through(model, path("permanent.safetensors"));
    QVERIFY(!opened.pruning);
    QVERIFY(same(opened.weights, model.weights));
    QCOMPARE(opened.scheme, std::string("l1 layer 0.3"));
    QCOMPARE(opened.origin, std::string("lenet"));
    QCOMPARE(wholeSparsity(layerSparsity(opened)).pruned, std::int64_t{17951});
    QCOMPARE(namesOf(readWeightFile(path("permanent.safetensors"))->tensors), namesOf(leNet().weights));
}

/// make.py prunes 54 of 108 weights, then 10 of those left, and three biases; weights count from 1.
void TestPrunedFiles::pyTorchsFileHasItsMasks()
{
    const std::string graph = path("small.json");
    QVERIFY(writeFileAtomically(graph, graphToJson({test::smallGraph(), "Test", ArchitectureType::Cnn})));
    const auto model = loadModel(graph, {}, LATHE_TEST_DATA "/torch/pruned.pth");
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    QVERIFY(model->pruning);
    const auto layers = layerSparsity(*model);
    QCOMPARE(layers[0].pruned, std::int64_t{64});
    QCOMPARE(layers[0].biasPruned, std::int64_t{0});
    QCOMPARE(layers[1].biasPruned, std::int64_t{3});
    const auto weight = test::valuesOf(model->weights[0].tensor);
    QCOMPARE(std::accumulate(weight.begin(), weight.end(), 0.0F), 65.0F * 44 + 43 * 44 / 2.0F);
    const auto original = test::valuesOf(model->pruning->originals[0].tensor);
    QCOMPARE(original.front(), 1.0F);
}

void TestPrunedFiles::architecturesTakeThePrunedWeightsOfAFile()
{
    const LoadedModel model = pruned(leNet(), "fc1=random:0.5");
    QVERIFY(saveModel(path("named.pt"), model));
    const auto opened = loadModel("lenet", {}, path("named.pt"));
    QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
    QVERIFY(sameMasks(*opened->pruning, *model.pruning));
}

void TestPrunedFiles::namesThatOnlyLookPrunedStay()
{
    StateDict tensors{{"a_orig", test::floats({1}, 1)}, {"b_mask", test::floats({1}, 1)}};
    QVERIFY(!*takeMasks(tensors, "it"));
    QCOMPARE(namesOf(tensors), (std::vector<std::string>{"a_orig", "b_mask"}));
}

void TestPrunedFiles::refusesDamagedMasks_data()
{
    QTest::addColumn<int>("extent");
    QTest::addColumn<float>("value");
    QTest::addColumn<QString>("said");
    QTest::newRow("another shape") << 3 << 1.0F << "f.pt: the mask of \"w\" is 3 and what it is for 2.";
    QTest::newRow("other values")
        << 2 << 0.5F
        << "f.pt: The mask of w has values other than 0 and 1; a mask says of each entry whether it stays.";
}

void TestPrunedFiles::refusesDamagedMasks()
{
    QFETCH(int, extent);
    QFETCH(float, value);
    QFETCH(QString, said);
    StateDict tensors{{"w_orig", test::floats({2}, 1)}, {"w_mask", test::floats({extent}, value)}};
    const auto taken = takeMasks(tensors, "f.pt");
    QVERIFY(!taken);
    QCOMPARE(taken.error().code, ErrorCode::BadFile);
    QCOMPARE(QString::fromStdString(taken.error().message), said);
}

void TestPrunedFiles::masksComeFromAFileOfMasks()
{
    const LoadedModel model = pruned(leNet(), "conv1=l1:0.5");
    QVERIFY(saveModel(path("masks.pt"), model));
    const auto ofPruned = readMasks(path("masks.pt"));
    QCOMPARE(namesOf(*ofPruned), std::vector<std::string>{"conv1.weight"});
    QVERIFY(sameMasks(*pruneByMasks(leNet(), *ofPruned, {}, "masks.pt")->pruning, *model.pruning));
    QVERIFY(writeSafetensors(path("plain.safetensors"), {{"conv1.bias", test::floats({6}, 1)}}));
    QCOMPARE(namesOf(*readMasks(path("plain.safetensors"))), std::vector<std::string>{"conv1.bias"});
    QVERIFY(writeSafetensors(path("empty.safetensors"), {}));
    QVERIFY(!readMasks(path("empty.safetensors")));
    QVERIFY(!readMasks(path("missing.safetensors")));
}

void TestPrunedFiles::aTorchFileHoldsNoGraphOfOnesOwn()
{
    LoadedModel model = leNet();
    model.userDefined = true;
    const auto saved = saveModel(path("own.pt"), model);
    QVERIFY(!saved);
    QCOMPARE(saved.error().code, ErrorCode::Unsupported);
    QVERIFY(!std::filesystem::exists(path("own.pt")));
}

/// What the mask prunes keeps its value, as in PyTorch, where its gradient is zero.
void TestPrunedFiles::trainedWeightsStayMasked()
{
    LoadedModel model = leNet();
    model.weights[1].tensor = test::floats({6}, {1, 2, 3, 4, 5, 6});
    model = pruned(model, "conv1.bias=l1:3");
    StateDict trained = model.weights;
    trained[1].tensor = test::floats({6}, 9.0F);
    replaceWeights(model, trained);
    QCOMPARE(test::valuesOf(model.weights[1].tensor), (std::vector<float>{0, 0, 0, 9, 9, 9}));
    QCOMPARE(test::valuesOf(model.pruning->originals[0].tensor), (std::vector<float>{1, 2, 3, 9, 9, 9}));
}

void TestPrunedFiles::recordsSayHowANetworkWasPruned()
{
    LoadedModel model = pruned(leNet(), "*=l1:0.3");
    test::FakeBackend backend;
    const auto recordOf = [&] {
        Configuration configuration;
        configuration.model = "pruned.safetensors";
        return measureModel(backend, model, configuration, {}, backend.behaviour.machine->probe(), {}, {});
    };
    auto record = recordOf();
    QVERIFY2(record, record ? "" : record.error().message.c_str());
    QCOMPARE(record->scheme, std::string("l1 layer 0.3 (masks)"));
    QCOMPARE(record->origin, std::string("lenet"));
    QVERIFY(isFlagged(*record));
    makePermanent(model);
    QCOMPARE(recordOf()->scheme, std::string("l1 layer 0.3"));
    model = leNet();
    QCOMPARE(recordOf()->scheme, std::string());
    QVERIFY(!isFlagged(*recordOf()));
    QCOMPARE(recordOf()->origin, std::string());
}

QTEST_APPLESS_MAIN(TestPrunedFiles)
#include "tst_pruned_files.moc"

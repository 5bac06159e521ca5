#include <QTemporaryDir>
#include <QTest>

#include "core/architectures/catalogue.h"
#include "core/base/files.h"
#include "core/formats/graph_json.h"
#include "core/formats/model_file.h"
#include "core/formats/safetensors.h"
#include "core/formats/weight_file.h"
#include "tests/support/closed_form.h"

using namespace lathe;

class TestModelFile : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void loadsAnArchitectureByName();
    void publishesAccuracyAtThePublishedCropOnly();
    void recognisesAnArchitectureByItsTensors_data();
    void recognisesAnArchitectureByItsTensors();
    void recognisesAnArchitectureBesideItsAuxiliaryClassifiers();
    void adaptsToAnotherNumberOfClasses();
    void adaptsEveryFamilyToAnotherNumberOfClasses_data();
    void adaptsEveryFamilyToAnotherNumberOfClasses();
    void findsTheInputThatPositionsWereTrainedFor();
    void saysWhatTorchvisionsOwnWeightsExpect();
    void refusesAFileThatFitsNothing();
    void saysWhichTensorDoesNotFit();
    void readsAGraphWithAndWithoutWeights();
    void refusesOtherWeightsForAFileThatHasItsOwn_data();
    void refusesOtherWeightsForAFileThatHasItsOwn();
    void saysThatAFileIsNotThere();
    void aFileWithItsGraphIsAWholeModel();
    void buildsAnArchitectureForOtherClasses();

private:
    /// A file with the tensors of that architecture and nothing that names it.
    std::string save(const std::string& architecture, std::int64_t classes = 0)
    {
        const Graph graph = *buildArchitecture(architecture, {{}, classes});
        const std::string path = m_folder.filePath("model.safetensors").toStdString();
        static_cast<void>(writeSafetensors(path, test::closedFormWeights(graph)));
        return path;
    }
    QTemporaryDir m_folder;
};

void TestModelFile::loadsAnArchitectureByName()
{
    const auto model = loadModel("resnet18", {3, 64, 64});
    QVERIFY(model);
    QCOMPARE(model->graph.inputShape(), (Shape{3, 64, 64}));
    QCOMPARE(model->type, std::string("cnn"));
    QVERIFY(model->weights.empty());
}

void TestModelFile::publishesAccuracyAtThePublishedCropOnly()
{
    QCOMPARE(*loadModel("resnet50", {})->top1, 0.80858);
    QVERIFY(!loadModel("resnet50", {3, 256, 256})->top1);
    QVERIFY(!loadModel("lenet", {})->top1);
}

void TestModelFile::recognisesAnArchitectureByItsTensors_data()
{
    QTest::addColumn<QString>("name");
    for (const char* name : {"lenet", "resnet34", "mobilenet_v2", "swin_v2_t", "squeezenet1_1", "regnet_x_400mf"})
        QTest::newRow(name) << name;
}

void TestModelFile::recognisesAnArchitectureByItsTensors()
{
    QFETCH(QString, name);
    const std::string path = save(name.toStdString());
    const auto model = loadModel(path, {});
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    QCOMPARE(model->graph.name(), name.toStdString());
    QCOMPARE(model->name, path);
    QCOMPARE(model->weights.size(), model->graph.parameters().size());
    QVERIFY(*model->fileBytes > 0);
}

void TestModelFile::recognisesAnArchitectureBesideItsAuxiliaryClassifiers()
{
    const Graph graph = *buildArchitecture("googlenet");
    StateDict tensors = test::closedFormWeights(graph);
    tensors.insert(tensors.begin(), {"aux1.fc2.bias", tensors.back().tensor});
    const std::string path = m_folder.filePath("auxiliary.safetensors").toStdString();
    QVERIFY(writeSafetensors(path, tensors));
    const auto model = loadModel(path, {});
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    QCOMPARE(model->graph.name(), std::string("googlenet"));
    QCOMPARE(model->weights.size(), graph.parameters().size());
}

void TestModelFile::adaptsToAnotherNumberOfClasses()
{
    const auto model = loadModel(save("resnet18", 10), {});
    QVERIFY(model);
    QCOMPARE(model->graph.outputShape(), Shape{10});
    QVERIFY(!model->top1);
}

/// One architecture a family: the classifier is a convolution in SqueezeNet, and has auxiliary ones beside it in
/// GoogLeNet and Inception.
void TestModelFile::adaptsEveryFamilyToAnotherNumberOfClasses_data()
{
    QTest::addColumn<QString>("name");
    std::string family;
    for (const Architecture& architecture : catalogue())
        if (architecture.family != family && architecture.defaultClasses > 0) {
            family = architecture.family;
            QTest::newRow(architecture.name.c_str()) << QString::fromStdString(architecture.name);
        }
}

void TestModelFile::adaptsEveryFamilyToAnotherNumberOfClasses()
{
    QFETCH(QString, name);
    const Graph graph = *buildArchitecture(name.toStdString(), {{}, 7});
    StateDict zeros;
    for (const Parameter& p : graph.parameters())
        if (!p.derived()) {
            zeros.push_back({p.name, makeTensor(p.dtype, p.shape).tensor});
            std::fill_n(const_cast<std::byte*>(zeros.back().tensor.data.get()), zeros.back().tensor.byteCount(),
                        std::byte{0});
        }
    const std::string path = m_folder.filePath("seven.safetensors").toStdString();
    QVERIFY(writeSafetensors(path, zeros));
    const auto model = loadModel(path, {});
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    QCOMPARE(model->graph.name(), name.toStdString());
    QCOMPARE(model->graph.outputShape(), Shape{7});
    QVERIFY(loadModel(name.toStdString(), {}, path));
}

/// 384 pixels: those of torchvision's IMAGENET1K_SWAG_E2E_V1.
void TestModelFile::findsTheInputThatPositionsWereTrainedFor()
{
    const Graph graph = *buildArchitecture("vit_b_16", {{3, 384, 384}, 0});
    const std::string path = m_folder.filePath("large.safetensors").toStdString();
    StateDict tensors;
    for (const Parameter& p : graph.parameters())
        tensors.push_back({p.name, makeTensor(p.dtype, p.shape).tensor});
    QVERIFY(writeSafetensors(path, tensors));
    const auto model = loadModel(path, {});
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    QCOMPARE(model->graph.inputShape(), (Shape{3, 384, 384}));
    QCOMPARE(loadModel("vit_b_16", {}, path)->graph.inputShape(), (Shape{3, 384, 384}));
}

void TestModelFile::saysWhatTorchvisionsOwnWeightsExpect()
{
    const auto model = loadModel(save("googlenet"), {});
    QVERIFY(model);
    QCOMPARE(model->notes.size(), std::size_t{1});
    QVERIFY(model->notes.front().find("transform_input=False") != std::string::npos);
    QVERIFY(loadModel(save("resnet18"), {})->notes.empty());
}

void TestModelFile::refusesAFileThatFitsNothing()
{
    const std::string path = m_folder.filePath("odd.safetensors").toStdString();
    QVERIFY(writeSafetensors(path, {{"w", test::closedFormInput({2, 2})}}));
    const auto model = loadModel(path, {});
    QVERIFY(!model);
    QVERIFY(model.error().message.find("fits none of the known architectures") != std::string::npos);
}

void TestModelFile::saysWhichTensorDoesNotFit()
{
    const auto model = loadModel("resnet34", {}, save("resnet18"));
    QVERIFY(!model);
    QVERIFY2(model.error().message.find("\"layer1.2.conv1.weight\" of resnet34 is missing") != std::string::npos,
             model.error().message.c_str());
}

void TestModelFile::readsAGraphWithAndWithoutWeights()
{
    const Architecture& lenet = **findArchitecture("lenet");
    const Graph graph = *lenet.build({});
    const std::string path = m_folder.filePath("mine.json").toStdString();
    QVERIFY(writeFileAtomically(path, graphToJson({graph, "my own", ArchitectureType::Mlp})));
    const auto model = loadModel(path, {});
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    QCOMPARE(model->name, path);
    QCOMPARE(model->family, std::string("my own"));
    QCOMPARE(model->type, std::string("mlp"));
    QVERIFY(model->userDefined);
    QVERIFY(model->weights.empty());

    const auto weighted = loadModel(path, {}, save("lenet"));
    QVERIFY2(weighted, weighted ? "" : weighted.error().message.c_str());
    QCOMPARE(weighted->weights.size(), graph.parameters().size());
    const auto other = loadModel(path, {}, save("squeezenet1_1"));
    QVERIFY(!other);
    QVERIFY(other.error().message.find("conv1.weight") != std::string::npos);
}

void TestModelFile::refusesOtherWeightsForAFileThatHasItsOwn_data()
{
    QTest::addColumn<QString>("file");
    QTest::newRow("safetensors") << QString::fromStdString(save("lenet"));
    QTest::newRow("torch.save") << QStringLiteral(LATHE_TEST_DATA "/torch/state_dict.pth");
    QTest::newRow("TorchScript") << QStringLiteral(LATHE_TEST_DATA "/torch/script.pt");
    QTest::newRow("before PyTorch 1.6") << QStringLiteral(LATHE_TEST_DATA "/torch/legacy.pth");
}

void TestModelFile::refusesOtherWeightsForAFileThatHasItsOwn()
{
    QFETCH(QString, file);
    const auto kind = fileKind(file.toStdString());
    if (!kind && kind.error().code == ErrorCode::EngineFailure)
        QSKIP(kind.error().message.c_str());
    const auto model = loadModel(file.toStdString(), {}, save("lenet"));
    QVERIFY(!model);
    QCOMPARE(model.error().code, ErrorCode::InvalidArgument);
    QCOMPARE(model.error().message,
             file.toStdString() + " has weights of its own; leave --weights out, or name an architecture.");
}

void TestModelFile::saysThatAFileIsNotThere()
{
    const std::string missing = m_folder.filePath("missing").toStdString();
    for (const char* ending : {".pth", ".safetensors", ".pt", ".json"}) {
        const std::string path = missing + ending;
        for (const auto& model :
             {loadModel(path, {}), loadModel(path, {}, save("lenet")), loadModel("lenet", {}, path)}) {
            QVERIFY(!model);
            QCOMPARE(model.error().code, ErrorCode::NotFound);
            QCOMPARE(model.error().message, path + " could not be read: there is no such file.");
        }
    }
}

void TestModelFile::aFileWithItsGraphIsAWholeModel()
{
    const Graph graph = *buildArchitecture("lenet", {{1, 32, 32}, 7});
    const std::string path = m_folder.filePath("whole.safetensors").toStdString();
    const std::string text = graphToJson({graph, "my own", ArchitectureType::Cnn});
    QVERIFY(writeSafetensors(path, test::closedFormWeights(graph), {{kGraphMetadata, text}}));
    const auto model = loadModel(path, {});
    QVERIFY2(model, model ? "" : model.error().message.c_str());
    QCOMPARE(model->family, std::string("my own"));
    QVERIFY(model->userDefined);
    QCOMPARE(model->graph.inputShape(), (Shape{1, 32, 32}));
    QCOMPARE(model->graph.outputShape(), (Shape{7}));
    QCOMPARE(model->weights.size(), graph.parameters().size());
    QVERIFY(model->fileBytes.value_or(0) > 0);
}

void TestModelFile::buildsAnArchitectureForOtherClasses()
{
    const auto model = buildModel("resnet18", {{}, 10});
    QCOMPARE(model->graph.outputShape(), (Shape{10}));
    QVERIFY(!model->top1); // published for 1,000
    QVERIFY(!model->userDefined);
    QVERIFY(buildModel("resnet18", {{}, 1000})->top1);
    QVERIFY(buildModel("mine.json", {{}, 10}).error().message.find("classes of its own") != std::string::npos);
}

QTEST_APPLESS_MAIN(TestModelFile)
#include "tst_model_file.moc"

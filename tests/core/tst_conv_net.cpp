#include <QTemporaryDir>
#include <QTest>

#include "core/architectures/catalogue.h"
#include "core/engine/backend.h"
#include "core/formats/model_file.h"
#include "core/graph/cost.h"

using namespace Qt::StringLiterals;
using namespace lathe;

class TestConvNet : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void hasAStageForEachWidth();
    void isFoundAsTheSameOne();
    void opensFromItsFile();
    void refusesWidthsThatAreNone_data();
    void refusesWidthsThatAreNone();
};

/// 3x3 kernels without bias, two parameters a channel of batch norm, one fully connected layer.
void TestConvNet::hasAStageForEachWidth()
{
    const auto graph = buildArchitecture("convnet:8,16,32", {{1, 28, 28}, 10});
    QVERIFY2(graph, graph ? "" : graph.error().message.c_str());
    QCOMPARE(graph->outputShape(), Shape{10});
    std::int64_t parameters = 0;
    for (const Parameter& parameter : graph->parameters())
        parameters += parameter.trainable ? elementCount(parameter.shape) : 0;
    QCOMPARE(parameters, std::int64_t{9 * 8 + 16 + 9 * 8 * 16 + 32 + 9 * 16 * 32 + 64 + 32 * 10 + 10});
    QCOMPARE(buildArchitecture("convnet:4", {{3, 5, 7}, 2})->outputShape(), Shape{2});
}

void TestConvNet::isFoundAsTheSameOne()
{
    const auto first = findArchitecture("convnet:8,16");
    QVERIFY(first);
    QVERIFY(findArchitecture("convnet:8,32"));
    QCOMPARE(*findArchitecture("convnet:8,16"), *first);
    QCOMPARE((*first)->name, std::string("convnet:8,16"));
    for (const Architecture& listed : catalogue())
        QVERIFY(!listed.name.starts_with("convnet"));
}

void TestConvNet::opensFromItsFile()
{
    const Result<Backend*> backend = loadBackend();
    QVERIFY2(backend, backend ? "" : backend.error().message.c_str());
    const QTemporaryDir folder;
    const std::string file = folder.filePath(u"c.safetensors"_s).toStdString();
    LoadedModel model = *buildModel("convnet:4,8", {{3, 16, 12}, 7});
    model.weights = *(*backend)->initialise(model.graph, 1);
    QVERIFY(saveModel(file, model));
    const auto opened = loadModel(file, {});
    QVERIFY2(opened, opened ? "" : opened.error().message.c_str());
    QCOMPARE(opened->graph.inputShape(), (Shape{3, 16, 12}));
    QCOMPARE(opened->graph.outputShape(), Shape{7});
    QCOMPARE(opened->graph.name(), std::string("convnet:4,8"));
}

void TestConvNet::refusesWidthsThatAreNone_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("nothing") << u"convnet:"_s;
    QTest::newRow("words") << u"convnet:small"_s;
    QTest::newRow("zero") << u"convnet:8,0"_s;
    QTest::newRow("negative") << u"convnet:-8"_s;
    QTest::newRow("open end") << u"convnet:8,"_s;
    QTest::newRow("gap") << u"convnet:8,,16"_s;
    QTest::newRow("fraction") << u"convnet:8.5"_s;
    QTest::newRow("too many") << u"convnet:1,1,1,1,1,1,1,1,1"_s;
    QTest::newRow("too wide") << u"convnet:5000"_s;
}

void TestConvNet::refusesWidthsThatAreNone()
{
    QFETCH(const QString, name);
    const auto found = findArchitecture(name.toStdString());
    QVERIFY(!found);
    QVERIFY2(found.error().message.find("such as convnet:8,16,32.") != std::string::npos,
             found.error().message.c_str());
}

QTEST_GUILESS_MAIN(TestConvNet)
#include "tst_conv_net.moc"

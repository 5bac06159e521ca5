#include <QtTest>

#include <cmath>
#include <fstream>
#include <limits>

#include <nlohmann/json.hpp>

#include "core/architectures/catalogue.h"
#include "core/graph/cost.h"

namespace {

using Json = nlohmann::json;

Json readJson(const QString& path)
{
    std::ifstream file(path.toStdString());
    if (!file)
        qFatal("%s is missing", qPrintable(path));
    return Json::parse(file);
}

QString referenceFolder()
{
    return QStringLiteral(LATHE_TEST_DATA "/architectures");
}

Json published()
{
    return readJson(QStringLiteral(LATHE_TEST_DATA "/../../resources/published.json"));
}

lathe::Graph build(const std::string& name, const char* input = "", std::int64_t classes = 0)
{
    auto graph = lathe::buildArchitecture(name, {lathe::shapeFromString(input).value_or(lathe::Shape{}), classes});
    if (!graph)
        qFatal("%s", graph.error().message.c_str());
    return *std::move(graph);
}

QString refusal(const char* name, const lathe::BuildOptions& options)
{
    const auto graph = lathe::buildArchitecture(name, options);
    return graph ? QStringLiteral("built") : QString::fromStdString(graph.error().message);
}

/// Trainable entries of modules that are in the published weights and that only training runs.
qint64 trainingOnlyParameters(const std::string& name)
{
    if (name != "inception_v3")
        return 0;
    // AuxLogits: a 1x1 and a 5x5 convolution with batch norm, and a layer of 1000 classes.
    return 768 * 128 + 2 * 128 + 128 * 768 * 25 + 2 * 768 + 768 * 1000 + 1000;
}

std::string line(const std::string& name, const lathe::Shape& shape, std::string_view dtype)
{
    return name + " " + lathe::toString(shape) + " " + std::string(dtype);
}

const lathe::Parameter& parameter(const lathe::Graph& graph, const std::string& name)
{
    for (const lathe::Parameter& p : graph.parameters())
        if (p.name == name)
            return p;
    qFatal("no parameter %s", name.c_str());
}

} // namespace

class ArchitecturesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void theStateDictIsTorchvisions_data()
    {
        QTest::addColumn<QString>("path");
        const QDir folder(referenceFolder());
        for (const QString& file : folder.entryList({QStringLiteral("*.json")}, QDir::Files))
            QTest::newRow(qPrintable(QFileInfo(file).baseName())) << folder.filePath(file);
    }
    void theStateDictIsTorchvisions()
    {
        QFETCH(const QString, path);
        const Json reference = readJson(path);
        const auto image = reference.at("input_shape").get<lathe::Shape>();
        const auto graph = lathe::buildArchitecture(QFileInfo(path).baseName().toStdString(),
                                                    {lathe::Shape(image.begin() + 1, image.end()), 0});
        QVERIFY2(graph.has_value(), graph ? "" : graph.error().message.c_str());

        const Json& entries = reference.at("state_dict");
        for (std::size_t i = 0; i < std::min(entries.size(), graph->parameters().size()); ++i) {
            const lathe::Parameter& own = graph->parameters()[i];
            QCOMPARE(line(own.name, own.shape, lathe::name(own.dtype)),
                     line(entries[i][0], entries[i][1], entries[i][2].get<std::string>()));
        }
        QCOMPARE(graph->parameters().size(), entries.size());
        QCOMPARE(lathe::cost(*graph).parameters, reference.at("params").get<std::int64_t>());
    }

    void parametersAndMacsArePublishedOnes_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<qint64>("crop");
        QTest::addColumn<qint64>("parameters");
        QTest::addColumn<double>("gmacs");
        const Json figures = published();
        for (const lathe::Architecture& architecture : lathe::catalogue()) {
            if (!figures.contains(architecture.name))
                continue;
            for (const Json& weights : figures[architecture.name].value("weights", Json::array())) {
                const std::string row = architecture.name + " " + weights.at("name").get<std::string>();
                QTest::newRow(row.c_str())
                    << QString::fromStdString(architecture.name) << weights.at("crop").get<qint64>()
                    << weights.at("params").get<qint64>() - trainingOnlyParameters(architecture.name)
                    << weights.at("gmacs").get<double>();
            }
        }
    }
    void parametersAndMacsArePublishedOnes()
    {
        QFETCH(const QString, name);
        QFETCH(const qint64, crop);
        QFETCH(const qint64, parameters);
        QFETCH(const double, gmacs);
        const auto graph = lathe::buildArchitecture(name.toStdString(), {{3, crop, crop}, 0});
        QVERIFY2(graph.has_value(), graph ? "" : graph.error().message.c_str());
        const lathe::GraphCost cost = lathe::cost(*graph);
        QCOMPARE(qint64{cost.parameters}, parameters);
        const double ours = static_cast<double>(cost.macs) / 1e9;
        // Published with three decimals, which is less than 0.5 % of the smallest networks.
        const double tolerance = std::max(0.005 * gmacs, 0.0005);
        QVERIFY2(std::abs(ours - gmacs) <= tolerance, qPrintable(QString::number(ours)));
    }

    void macsAreHalfOfWhatPyTorchsFlopCounterSays_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<qint64>("flops");
        QTest::newRow("shufflenet_v2_x0_5") << QByteArray("shufflenet_v2_x0_5") << qint64{80'952'896};
        QTest::newRow("mobilenet_v3_small") << QByteArray("mobilenet_v3_small") << qint64{113'020'800};
        QTest::newRow("squeezenet1_1") << QByteArray("squeezenet1_1") << qint64{698'303'872};
        QTest::newRow("densenet121") << QByteArray("densenet121") << qint64{5'668'323'328};
        QTest::newRow("inception_v3") << QByteArray("inception_v3") << qint64{11'426'432'192};
        QTest::newRow("regnet_y_3_2gf") << QByteArray("regnet_y_3_2gf") << qint64{6'352'965'504};
    }
    void macsAreHalfOfWhatPyTorchsFlopCounterSays()
    {
        QFETCH(const QByteArray, name);
        QFETCH(const qint64, flops);
        QCOMPARE(qint64{lathe::cost(build(name.toStdString())).macs}, flops / 2);
    }

    void parametersAreThoseOfThePythonPackages()
    {
        const Json figures = published();
        for (const auto& [name, entry] : figures.items())
            QCOMPARE(lathe::cost(build(name)).parameters, entry.at("params").get<std::int64_t>());
    }

    /// Of networks for which torchvision publishes no figure; a MAC is two FLOPs.
    void macsAreThoseOfPyTorchsCounterWhereItKnowsEveryOperation()
    {
        const QDir folder(referenceFolder());
        for (const QString& file : folder.entryList({QStringLiteral("*.json")}, QDir::Files)) {
            const Json reference = readJson(folder.filePath(file));
            const std::string name = QFileInfo(file).baseName().toStdString();
            // On the CPU it misses the fused attention of DeiT.
            if (!reference.contains("flop_counter_flops") || name.starts_with("deit"))
                continue;
            QCOMPARE(2 * lathe::cost(build(name)).macs, reference["flop_counter_flops"].get<std::int64_t>());
        }
    }

    void allButTheNetworksForSmallImagesHavePublishedFigures()
    {
        const Json figures = published();
        for (const lathe::Architecture& architecture : lathe::catalogue())
            QCOMPARE(figures.contains(architecture.name),
                     architecture.name != "lenet" && architecture.name != "resnet20");
    }

    void resNet20IsThePapersWithProjections()
    {
        const lathe::Graph graph = build("resnet20");
        QCOMPARE(graph.inputShape(), (lathe::Shape{1, 28, 28}));
        QCOMPARE(graph.outputShape(), lathe::Shape{10});
        const lathe::GraphCost cost = lathe::cost(graph);
        // 144 + 32 of the stem, 14016, 51648 and 205696 of the stages, 650 of the classifier
        QCOMPARE(cost.parameters, std::int64_t{272'186});
        // 28² (144 + 6 · 2304) + 14² (4608 + 5 · 9216 + 512) + 7² (18432 + 5 · 36864 + 2048) + 640
        QCOMPARE(cost.macs, std::int64_t{31'021'952});
        QCOMPARE(parameter(graph, "layer2.0.downsample.0.weight").shape, (lathe::Shape{32, 16, 1, 1}));
        // With CIFAR-10's images the paper has 0.27 M parameters (its table 6).
        QCOMPARE(lathe::cost(build("resnet20", "3x32x32")).parameters, std::int64_t{272'474});
    }

    void leNetIsTheTutorials()
    {
        const lathe::Graph graph = build("lenet");
        std::vector<std::string> lines;
        for (const lathe::Parameter& p : graph.parameters())
            lines.push_back(line(p.name, p.shape, lathe::name(p.dtype)));
        const std::vector<std::string> expected{"conv1.weight 6x1x3x3 float32",  "conv1.bias 6 float32",
                                                "conv2.weight 16x6x3x3 float32", "conv2.bias 16 float32",
                                                "fc1.weight 120x400 float32",    "fc1.bias 120 float32",
                                                "fc2.weight 84x120 float32",     "fc2.bias 84 float32",
                                                "fc3.weight 10x84 float32",      "fc3.bias 10 float32"};
        QCOMPARE(lines, expected);
        const lathe::GraphCost cost = lathe::cost(graph);
        QCOMPARE(cost.parameters, std::int64_t{60'074});
        // 26² · 6 · 9 + 11² · 16 · 54 + 400 · 120 + 120 · 84 + 84 · 10
        QCOMPARE(cost.macs, std::int64_t{199'968});
    }

    void otherSizesAndClassCountsBuild_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("input");
        QTest::addColumn<qint64>("classes");
        const auto row = [](const char* name, const char* input, qint64 classes) {
            QTest::addRow("%s %s", name, input) << QByteArray(name) << QByteArray(input) << classes;
        };
        row("lenet", "3x32x32", 100);
        row("resnet18", "3x1x1", 2);
        row("resnet20", "3x32x32", 100);
        row("resnet20", "1x1x5", 2);
        row("resnet50", "3x97x65", 7);
        row("resnext50_32x4d", "1x64x64", 10);
        row("mobilenet_v2", "3x32x32", 10);
        row("efficientnet_b0", "3x33x31", 10);
        row("efficientnet_b5", "3x256x256", 1000);
        row("convnext_tiny", "3x33x40", 10);
        row("alexnet", "3x63x63", 10);
        row("vgg16_bn", "1x32x70", 10);
        row("squeezenet1_0", "3x21x21", 10);
        row("squeezenet1_1", "3x17x40", 10);
        row("densenet121", "3x29x33", 10);
        row("googlenet", "3x15x15", 10);
        row("inception_v3", "3x75x75", 10);
        row("mobilenet_v3_large", "1x1x1", 10);
        row("mnasnet0_75", "3x1x1", 10);
        row("shufflenet_v2_x1_5", "3x31x1", 10);
        row("efficientnet_v2_m", "3x33x33", 10);
        row("regnet_y_1_6gf", "3x1x1", 10);
        row("vit_b_16", "3x16x16", 1);
        row("vit_b_32", "3x64x96", 10);
        row("vit_h_14", "3x70x70", 10);
        row("swin_t", "3x4x4", 10);
        row("swin_t", "3x250x190", 10);
        row("swin_v2_t", "3x30x100", 10);
        row("swin_v2_b", "1x256x256", 21841);
        row("deit_tiny_patch16_224", "3x32x64", 10);
        row("maxvit_t", "3x448x224", 10);
        row("mixer_s32_224", "3x64x96", 10);
        row("resmlp_12_224", "1x48x32", 10);
        row("gmlp_s16_224", "3x32x32", 10);
    }
    void otherSizesAndClassCountsBuild()
    {
        QFETCH(const QByteArray, name);
        QFETCH(const QByteArray, input);
        QFETCH(const qint64, classes);
        const lathe::Graph graph = build(name.toStdString(), input.constData(), classes);
        QCOMPARE(lathe::toString(graph.inputShape()), input.toStdString());
        QCOMPARE(graph.outputShape(), lathe::Shape{classes});
        QCOMPARE(graph.node(graph.output()).output.batched, true);
    }

    void impossibleInputsAreRefusedWithTheNodesName_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<lathe::BuildOptions>("options");
        QTest::addColumn<QString>("beginning");
        const auto row = [](const char* name, lathe::Shape input, std::int64_t classes, const char* beginning) {
            QTest::addRow("%s %s %d", name, lathe::toString(input).c_str(), static_cast<int>(classes))
                << QByteArray(name) << lathe::BuildOptions{std::move(input), classes} << QString::fromUtf8(beginning);
        };
        row("lenet", {1, 5, 5}, 0, "lenet: node conv2 (Conv2d) ");
        row("lenet", {1, 9, 9}, 0, "lenet: node pool2 (MaxPool2d) ");
        row("vit_b_16", {3, 225, 224}, 0,
            "vit_b_16: node conv_proj (Conv2d) needs a height and a width that are multiples of its patch of 16 x 16 "
            "pixels and gets 3x225x224.");
        row("vit_h_14", {3, 224, 256}, 0, "vit_h_14: node conv_proj (Conv2d) ");
        row("deit_tiny_patch16_224", {3, 224, 200}, 0,
            "deit_tiny_patch16_224: node patch_embed.proj (Conv2d) needs a height and a width that are multiples of "
            "its "
            "patch of 16 x 16 pixels and gets 3x224x200.");
        row("maxvit_t", {3, 256, 256}, 0,
            "maxvit_t: node blocks.0.layers.0.layers.window_attention.partition_op (WindowPartition) cannot cut "
            "64x64x64 "
            "into partitions of 7x7: use a height and a width that are multiples of 224 pixels.");
        row("mixer_b32_224", {3, 240, 240}, 0, "mixer_b32_224: node stem.proj (Conv2d) ");
        row("convnext_tiny", {3, 31, 31}, 0, "convnext_tiny: node features.6.1 (Conv2d) ");
        row("bert_base_uncased", {3, 224, 224}, 0,
            "bert_base_uncased: node input takes a number of tokens, such as 128, and not 3x224x224.");
        row("distilbert_base_uncased", {513}, 0,
            "distilbert_base_uncased: node embeddings.position_embeddings knows 512 positions and gets 513 tokens: use "
            "at "
            "most 512.");
        row("bert_base_uncased", {100'000}, 0,
            "bert_base_uncased: node embeddings.position_embeddings knows 512 positions and gets 100000 tokens: use at "
            "most 512.");
        row("distilbert_base_uncased", {std::numeric_limits<std::int64_t>::max()}, 0,
            "distilbert_base_uncased: node embeddings.position_embeddings knows 512 positions and gets ");
        row("bert_base_uncased", {0}, 0, "bert_base_uncased: node input takes a number of tokens");
        row("bert_base_uncased", {}, 10,
            "bert_base_uncased: node input leads to no classifier: leave the number of classes out.");
        row("swin_t", {3, 3, 224}, 0, "swin_t: node features.0.0 (Conv2d) ");
        row("alexnet", {3, 62, 62}, 0, "alexnet: node features.12 (MaxPool2d) ");
        row("vgg11", {3, 31, 31}, 0, "vgg11: node features.20 (MaxPool2d) ");
        row("squeezenet1_1", {3, 16, 16}, 0, "squeezenet1_1: node features.8 (MaxPool2d) ");
        row("densenet201", {3, 28, 28}, 0, "densenet201: node features.transition3.pool (AvgPool2d) ");
        row("googlenet", {3, 14, 14}, 0, "googlenet: node maxpool3 (MaxPool2d) ");
        row("inception_v3", {3, 74, 74}, 0, "inception_v3: node Mixed_7a.branch3x3_2.conv (Conv2d) ");
        row("resnet50", {224, 224}, 0,
            "resnet50: node input takes channels, height and width from 1 to 16384, such as 3x224x224, and not "
            "224x224.");
        row("resnet50", {3, 0, 224}, 0, "resnet50: node input takes ");
        row("resnet50", {3, -1, 224}, 0, "resnet50: node input takes ");
        row("vit_b_16", {3, 1'048'576, 1'048'576}, 0, "vit_b_16: node input takes ");
        row("efficientnet_b0", {}, -5,
            "efficientnet_b0: node input cannot be sorted into -5 classes: choose from 1 to 1000000.");
        row("swin_t", {}, 1'000'001, "swin_t: node input cannot be sorted into 1000001 classes");
    }
    void impossibleInputsAreRefusedWithTheNodesName()
    {
        QFETCH(const QByteArray, name);
        QFETCH(const lathe::BuildOptions, options);
        QFETCH(const QString, beginning);
        const QString sentence = refusal(name.constData(), options);
        QVERIFY2(sentence.startsWith(beginning), qPrintable(sentence));
        QVERIFY(sentence.endsWith(QLatin1Char('.')));
    }

    void encodersTurnTokensIntoFeatures()
    {
        const lathe::Graph bert = build("bert_base_uncased", "512");
        QCOMPARE(bert.inputShape(), lathe::Shape{512});
        QCOMPARE(bert.vocabulary(), std::int64_t{30522});
        QCOMPARE(bert.outputShape(), (lathe::Shape{512, 768}));
        QCOMPARE(lathe::cost(build("bert_base_uncased", "1")).parameters, lathe::cost(bert).parameters);
    }

    void theInputSizeChangesNoParameterButViTsPositions()
    {
        QCOMPARE(lathe::cost(build("swin_t", "3x100x300")).parameters, std::int64_t{28'288'354});
        QCOMPARE(lathe::cost(build("efficientnet_b5", "3x256x256")).parameters, std::int64_t{30'389'784});
        const lathe::Graph vit = build("vit_b_16", "3x32x48");
        QCOMPARE(parameter(vit, "encoder.pos_embedding").shape, (lathe::Shape{1, 7, 768}));
    }
};

QTEST_APPLESS_MAIN(ArchitecturesTest)
#include "tst_architectures.moc"

#include <QFile>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QtTest>

#include <fmt/format.h>

#include "core/architectures/catalogue.h"
#include "core/base/files.h"
#include "core/formats/graph_json.h"
#include "core/graph/cost.h"

using namespace lathe;
using namespace Qt::StringLiterals;

namespace {

/// A text around nodes, and around what else stands at the top.
std::string document(const std::string& nodes, const std::string& head = R"("input": [1, 28, 28])")
{
    return fmt::format(R"({{"format": "lathe-graph", "version": 1, "name": "tiny", {}, "nodes": [{}]}})", head, nodes);
}

QString refusal(const std::string& text, const Shape& input = {})
{
    const auto read = graphFromJson(text, "tiny.json", input);
    return read ? u"read"_s : QString::fromStdString(read.error().message);
}

QString nodesRefusal(const std::string& nodes)
{
    return refusal(document(nodes));
}

Graph graphOf(const std::string& text, const Shape& input = {})
{
    auto read = graphFromJson(text, "tiny.json", input);
    if (!read)
        qFatal("%s", read.error().message.c_str());
    return std::move(read->graph);
}

/// Empty where both are the same network.
std::string difference(const Graph& a, const Graph& b)
{
    if (a.name() != b.name() || a.vocabulary() != b.vocabulary() || a.output() != b.output())
        return "name, vocabulary or output";
    if (a.nodes().size() != b.nodes().size() || a.parameters().size() != b.parameters().size())
        return "number of nodes or parameters";
    for (std::size_t i = 0; i < a.nodes().size(); ++i) {
        const Node& x = a.nodes()[i];
        const Node& y = b.nodes()[i];
        if (x.name != y.name || x.operation.index() != y.operation.index() || x.inputs != y.inputs ||
            x.parameters != y.parameters || x.output.shape != y.output.shape || x.output.batched != y.output.batched ||
            x.output.dtype != y.output.dtype || operationName(x.operation) != operationName(y.operation))
            return "node " + x.name;
    }
    for (std::size_t i = 0; i < a.parameters().size(); ++i) {
        const Parameter& x = a.parameters()[i];
        const Parameter& y = b.parameters()[i];
        if (x.name != y.name || x.shape != y.shape || x.dtype != y.dtype || x.trainable != y.trainable ||
            x.initialisation.kind != y.initialisation.kind || x.initialisation.a != y.initialisation.a ||
            x.initialisation.b != y.initialisation.b)
            return "parameter " + x.name;
    }
    return a.trainingOnly() == b.trainingOnly() ? "" : "modules of training";
}

bool sameCost(const Graph& a, const Graph& b)
{
    const GraphCost x = cost(a);
    const GraphCost y = cost(b);
    return x.parameters == y.parameters && x.macs == y.macs && x.elementwise == y.elementwise &&
           x.parameterBytes == y.parameterBytes && x.activationBytes == y.activationBytes &&
           x.peakActivationBytes == y.peakActivationBytes && x.eagerPeakActivationBytes == y.eagerPeakActivationBytes;
}

std::string saved(const Architecture& architecture, const Graph& graph)
{
    return graphToJson({graph, architecture.family, architecture.type});
}

} // namespace

class TestGraphJson : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aBuiltInSavedAndReadBackIsTheSameNetwork();
    void aBuiltInOfAnotherSizeAndOtherClassesIsTheSameNetwork();
    void anotherInputSizeIsInferredAgainOrTheNodeIsNamed();
    void aNodeWrittenByHandInfersWhatItLeavesOut();
    void declaredParametersStandInTheirOrder();
    void everyAttributeComesBack_data();
    void everyAttributeComesBack();
    void theExampleOfTheHelpBuilds();
    void theHelpListsEveryOperation();
    void refusesBrokenJsonAtItsLineAndColumn();
    void refusesOtherFormatsAndNewerVersions();
    void namesTheNodeThatIsWrong_data();
    void namesTheNodeThatIsWrong();
    void refusesParametersThatCannotBe_data();
    void refusesParametersThatCannotBe();
    void refusesSizesThatWouldOverflow_data();
    void refusesSizesThatWouldOverflow();
    void refusesInPlaceWorkThatWouldDestroyAValue();
    void survivesDeepNesting();
    void readsAFile();
    void everyOperationWrittenByHandReads();
};

void TestGraphJson::aBuiltInSavedAndReadBackIsTheSameNetwork()
{
    for (const Architecture& architecture : catalogue()) {
        const Graph graph = *architecture.build({});
        const std::string text = saved(architecture, graph);
        const auto read = graphFromJson(text, architecture.name);
        QVERIFY2(read, read ? "" : read.error().message.c_str());
        QCOMPARE(difference(graph, read->graph), std::string());
        QVERIFY2(sameCost(graph, read->graph), architecture.name.c_str());
        QCOMPARE(read->family, architecture.family);
        QVERIFY(read->type == architecture.type);
        QVERIFY(graphToJson(*read) == text);
    }
}

void TestGraphJson::aBuiltInOfAnotherSizeAndOtherClassesIsTheSameNetwork()
{
    const std::pair<const char*, BuildOptions> cases[] = {{"swin_t", {{3, 256, 320}, 10}},
                                                          {"resnet18", {{1, 64, 64}, 10}},
                                                          {"maxvit_t", {{3, 448, 448}, 5}},
                                                          {"bert_base_uncased", {{77}, 0}}};
    for (const auto& [name, options] : cases) {
        const Architecture& architecture = **findArchitecture(name);
        const auto graph = architecture.build(options);
        QVERIFY2(graph, graph ? "" : graph.error().message.c_str());
        const auto read = graphFromJson(saved(architecture, *graph), name);
        QVERIFY2(read, read ? "" : read.error().message.c_str());
        QCOMPARE(difference(*graph, read->graph), std::string());
        QVERIFY(sameCost(*graph, read->graph));
    }
}

void TestGraphJson::anotherInputSizeIsInferredAgainOrTheNodeIsNamed()
{
    const Architecture& resnet = **findArchitecture("resnet18");
    const std::string text = saved(resnet, *resnet.build({}));
    QCOMPARE(difference(graphOf(text, {3, 97, 65}), *resnet.build({{3, 97, 65}, 0})), std::string());
    QVERIFY(sameCost(graphOf(text, {3, 97, 65}), *resnet.build({{3, 97, 65}, 0})));

    const Architecture& swin = **findArchitecture("swin_t"); // its masks and paddings hold for one size
    const QString sentence = refusal(saved(swin, *swin.build({})), {3, 448, 448});
    QCOMPARE(sentence, u"tiny.json: node features.1.0.attn.window_reverse (WindowReverse) cannot join windows "
                       "256x49x96 into 56x56."_s);
    QCOMPARE(refusal(text, {128}),
             u"tiny.json: \"input\" should be [channels, height, width], each from 1 to 16384, and is [128]."_s);
}

void TestGraphJson::aNodeWrittenByHandInfersWhatItLeavesOut()
{
    const Graph graph = graphOf(document(
        R"({"name": "conv1", "op": "Conv2d", "inputs": ["input"], "out_channels": 6, "kernel_size": 5, "padding": 2},
           {"name": "bn1", "op": "BatchNorm2d"},
           {"name": "relu", "op": "ReLU", "inplace": true},
           {"name": "pool", "op": "MaxPool2d", "kernel_size": [2, 4]},
           {"name": "flatten", "op": "Flatten"},
           {"name": "fc", "op": "Linear", "out_features": 10})"));
    QCOMPARE(graph.outputShape(), (Shape{10}));
    const auto& conv = std::get<op::Conv2d>(graph.node(1).operation);
    QCOMPARE(conv.inChannels, std::int64_t{1});
    QCOMPARE(conv.kernel, (op::Size2{5, 5}));
    const auto& pool = std::get<op::MaxPool2d>(graph.node(4).operation);
    QCOMPARE(pool.stride, (op::Size2{2, 4})); // the kernel's, as in PyTorch
    QCOMPARE(std::get<op::Linear>(graph.node(6).operation).inFeatures, std::int64_t{6 * 14 * 7});
    std::vector<std::string> names;
    for (const Parameter& p : graph.parameters())
        names.push_back(p.name);
    QCOMPARE(names,
             (std::vector<std::string>{"conv1.weight", "conv1.bias", "bn1.weight", "bn1.bias", "bn1.running_mean",
                                       "bn1.running_var", "bn1.num_batches_tracked", "fc.weight", "fc.bias"}));
    QCOMPARE(graph.parameter(0).initialisation.a, 1.0 / 5.0); // 1 / sqrt(fan in)
    QVERIFY(graph.parameter(0).initialisation.kind == Initialisation::Kind::Uniform);
    QVERIFY(!graph.parameter(4).trainable);
    QVERIFY(graph.parameter(6).dtype == DType::Int64);
}

void TestGraphJson::declaredParametersStandInTheirOrder()
{
    const Graph graph = graphOf(document(
        R"({"name": "patches", "op": "Conv2d", "out_channels": 8, "kernel_size": 7, "stride": 7, "bias": false},
           {"name": "row", "op": "Reshape", "shape": [8, 16]},
           {"name": "tokens", "op": "Permute", "order": [1, 0]},
           {"name": "class_token", "op": "Parameter"},
           {"name": "one", "op": "Expand"},
           {"name": "joined", "op": "Concat", "inputs": ["one", "tokens"]})",
        R"("input": [1, 28, 28], "parameters": [
             {"name": "class_token", "shape": [1, 1, 8], "init": {"normal": 0.02}},
             {"name": "patches.weight", "init": {"constant": 0.5}, "trainable": false}])"));
    QCOMPARE(graph.outputShape(), (Shape{17, 8}));
    QCOMPARE(graph.parameter(0).name, std::string("class_token"));
    QVERIFY(graph.parameter(0).initialisation.kind == Initialisation::Kind::Normal);
    QCOMPARE(graph.parameter(1).shape, (Shape{8, 1, 7, 7}));
    QCOMPARE(graph.parameter(1).initialisation.a, 0.5);
    QVERIFY(!graph.parameter(1).trainable);
}

void TestGraphJson::everyAttributeComesBack_data()
{
    QTest::addColumn<QString>("input");
    QTest::addColumn<QString>("node");
    const auto row = [](const char* name, const char* input, const char* attributes) {
        QTest::newRow(name) << u"\"input\": "_s + QLatin1String(input)
                            << uR"({"name": "n", "op": "%1"%2})"_s.arg(QLatin1String(name), QLatin1String(attributes));
    };
    row("Embedding", R"([9], "vocabulary": 50)", R"(, "num_embeddings": 50, "embedding_dim": 4)");
    row("Conv2d", "[4, 30, 30]",
        R"(, "out_channels": 6, "kernel_size": [3, 5], "stride": 2, "padding": [1, 2], "dilation": [2, 1], "groups": 2, "bias": false)");
    row("BatchNorm2d", "[4, 3, 3]", R"(, "eps": 0.001, "momentum": 0.01)");
    row("Linear", "[4, 3, 3]", R"(, "out_features": 6, "key_bias_is_zero": true)");
    row("LayerNorm", "[4, 3, 3]", R"(, "eps": 1e-06)");
    row("Affine", "[4, 3, 3]", "");
    row("MaxPool2d", "[4, 30, 30]",
        R"(, "kernel_size": 3, "stride": 2, "padding": 1, "dilation": 2, "ceil_mode": true)");
    row("AvgPool2d", "[4, 30, 30]",
        R"(, "kernel_size": [3, 2], "stride": 1, "padding": 1, "ceil_mode": true, "count_include_pad": false)");
    row("AdaptiveAvgPool2d", "[4, 30, 30]", R"(, "output_size": [2, 3])");
    row("Hardsigmoid", "[4, 30, 30]", "");
    row("Flatten", "[4, 30, 30]", R"(, "start_axis": 1)");
    row("Reshape", "[4, 30, 30]", R"(, "shape": [4, -1])");
    row("Permute", "[4, 30, 20]", R"(, "order": [2, 0, 1])");
    row("Slice", "[4, 30, 20]", R"(, "axis": 1, "begin": 3, "end": 4, "step": 2, "squeeze": true)");
    row("Pad", "[4, 30, 20]", R"(, "bottom": 2, "right": 1)");
    row("Roll", "[4, 30, 20]", R"(, "shifts": [-3, 2])");
    row("Mean", "[4, 30, 20]", R"(, "axis": 2)");
    row("WindowPartition", "[4, 6, 8]", R"(, "window_size": [3, 4], "channels_first": true)");
    row("WindowReverse", "[4, 12, 5]", R"(, "window_size": [3, 4], "height": 6, "width": 8, "channels_first": true)");
    row("Attention", "[2, 9, 24]", R"(, "num_heads": 2, "scale": 0.25)");
}

void TestGraphJson::everyAttributeComesBack()
{
    QFETCH(QString, input);
    QFETCH(QString, node);
    const auto read = graphFromJson(document(node.toStdString(), input.toStdString()), "tiny.json");
    QVERIFY2(read, read ? "" : read.error().message.c_str());
    const QString written = QString::fromStdString(graphToJson(*read));
    QVERIFY2(written.contains(node), qPrintable(written));
}

void TestGraphJson::theExampleOfTheHelpBuilds()
{
    const auto help = readFile(std::filesystem::path(LATHE_TEST_DATA) / "../../resources/help/graph-format.md");
    QVERIFY(help);
    static const QRegularExpression kBlock(u"```json\n(.*?)```"_s, QRegularExpression::DotMatchesEverythingOption);
    auto blocks = kBlock.globalMatch(QString::fromStdString(*help));
    QVERIFY(blocks.hasNext());
    const Graph graph = graphOf(blocks.next().captured(1).toStdString());
    QCOMPARE(graph.name(), std::string("tiny_resnet"));
    QCOMPARE(graph.outputShape(), (Shape{10}));
    QCOMPARE(cost(graph).parameters, std::int64_t{(16 * 9) + 32 + 2 * (16 * 16 * 9) + 2 * 32 + 170});
    while (blocks.hasNext()) {
        const QString text = blocks.next().captured(1);
        const auto read = graphFromJson(text.toStdString(), "help");
        QVERIFY2(read, read ? "" : read.error().message.c_str());
    }
}

void TestGraphJson::theHelpListsEveryOperation()
{
    const auto help = readFile(std::filesystem::path(LATHE_TEST_DATA) / "../../resources/help/graph-format.md");
    for (const Architecture& architecture : catalogue()) {
        const Graph graph = *architecture.build({});
        for (const Node& node : graph.nodes()) {
            const std::string name(operationName(node.operation));
            QVERIFY2(name == "Input" || help->find("`" + name + "`") != std::string::npos, name.c_str());
        }
    }
}

void TestGraphJson::refusesBrokenJsonAtItsLineAndColumn()
{
    const QString sentence = refusal("{\n  \"format\": \"lathe-graph\",\n  \"nodes\": [1 2]\n}");
    QVERIFY2(sentence.startsWith(u"tiny.json: line 3, column 15 is no JSON: "_s), qPrintable(sentence));
    QVERIFY(refusal("").contains(u"is no JSON"_s));
    QVERIFY(refusal(std::string("\x80\xff\0{", 4)).contains(u"is no JSON"_s));
    QVERIFY(refusal(R"({"a": 1e999})").contains(u"is no JSON"_s));
}

void TestGraphJson::refusesOtherFormatsAndNewerVersions()
{
    QCOMPARE(refusal("[]"),
             u"tiny.json: it is no graph of Lathe's: it does not begin with \"format\": \"lathe-graph\"."_s);
    QCOMPARE(refusal(R"({"format": "lathe-graph", "version": 2})"),
             u"tiny.json: it was written by a newer Lathe (version 2 of the format; this one reads up to 1)."_s);
    QCOMPARE(refusal(R"({"format": "lathe-graph"})"), u"tiny.json: \"version\" should be 1, and is null."_s);
    QCOMPARE(refusal(R"({"format": "lathe-graph", "version": 1, "node": []})"),
             u"tiny.json: it cannot have \"node\"; did you mean \"nodes\"?"_s);
    QCOMPARE(refusal(document(R"({"name": "a", "op": "ReLU"})", R"("type": "rnn", "input": [1, 2, 3])")),
             u"tiny.json: \"type\" should be \"cnn\", \"vit\", \"mlp\", \"hybrid\" or \"transformer\", and is "
             "\"rnn\"."_s);
    QCOMPARE(refusal(document("")), u"tiny.json: \"nodes\" should be a list with at least one node."_s);
    QCOMPARE(refusal(document(R"({"name": "a", "op": "ReLU"})", R"("output": "b", "input": [1, 2, 3])")),
             u"tiny.json: \"output\" should name a node, and is \"b\"."_s);
    QCOMPARE(refusal(document(R"({"name": "a", "op": "ReLU"})", R"("input": [1, 2])")),
             u"tiny.json: \"input\" should be [channels, height, width], each from 1 to 16384, and is [1,2]."_s);
}

void TestGraphJson::namesTheNodeThatIsWrong_data()
{
    QTest::addColumn<QString>("nodes");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, const char* nodes, const char* sentence) {
        QTest::newRow(name) << QString::fromUtf8(nodes) << u"tiny.json: "_s + QString::fromUtf8(sentence);
    };
    row("no object", "7", "entry 1 of \"nodes\" should be an object, and is 7.");
    row("no name", R"({"op": "ReLU"})",
        "the \"name\" of entry 1 of \"nodes\" should be a text of 1 to 200 characters on one line, and is null.");
    row("name of the input", R"({"name": "input", "op": "ReLU"})",
        "entry 1 of \"nodes\" cannot be named input: that is the network's input.");
    row("no operation", R"({"name": "a"})", "node a needs an \"op\", the name of its operation, such as \"Conv2d\".");
    row("unknown operation", R"({"name": "a", "op": "conv2D"})",
        "node a has the unknown operation \"conv2D\"; did you mean \"Conv2d\"?");
    row("unlike any operation", R"({"name": "a", "op": "Xyzzyplugh"})",
        "node a has the unknown operation \"Xyzzyplugh\"; the help lists all operations.");
    row("unknown attribute", R"({"name": "a", "op": "Conv2d", "out_channels": 4, "kernel": 3})",
        "node a (Conv2d) has no attribute \"kernel\"; did you mean \"kernel_size\"?");
    row("missing attribute", R"({"name": "a", "op": "Conv2d", "kernel_size": 3})",
        "node a (Conv2d) needs the attribute \"out_channels\".");
    row("wrong type", R"({"name": "a", "op": "Conv2d", "out_channels": "6", "kernel_size": 3})",
        "node a (Conv2d) has \"out_channels\": \"6\", which should be a whole number from 1 to 2147483647.");
    row("wrong pair", R"({"name": "a", "op": "MaxPool2d", "kernel_size": [3, 0]})",
        "node a (MaxPool2d) has \"kernel_size\": [3,0], which should be a whole number from 1 to 16384, or a list of "
        "two (height and width).");
    row("wrong flag", R"({"name": "a", "op": "ReLU", "inplace": 1})",
        "node a (ReLU) has \"inplace\": 1, which should be true or false.");
    row("wrong choice", R"({"name": "a", "op": "Attention", "num_heads": 1, "kind": "flash"})",
        "node a (Attention) has \"kind\": \"flash\", which should be \"scaled_dot_product\" or \"cosine\".");
    row("twice", R"({"name": "a", "op": "ReLU"}, {"name": "a", "op": "ReLU"})",
        "node a has the same name as another node.");
    row("unknown input", R"({"name": "relu1", "op": "ReLU"}, {"name": "b", "op": "ReLU", "inputs": ["relu"]})",
        "node b (ReLU) reads \"relu\", and there is no such node; did you mean \"relu1\"?");
    row("forward", R"({"name": "a", "op": "ReLU", "inputs": ["b"]}, {"name": "b", "op": "ReLU"})",
        "node a (ReLU) reads \"b\", which is not there yet: nodes stand in the order they run, and a network has no "
        "loops.");
    row("itself", R"({"name": "a", "op": "Add", "inputs": ["input", "a"]})",
        "node a (Add) reads \"a\", which is not there yet: nodes stand in the order they run, and a network has no "
        "loops.");
    row("inputs are no list", R"({"name": "a", "op": "ReLU", "inputs": "input"})",
        "node a (ReLU) has \"inputs\": \"input\", which should be a list of nodes' names.");
    row("padding of a pool", R"({"name": "a", "op": "AvgPool2d", "kernel_size": 3, "padding": [1, 2]})",
        "node a (AvgPool2d) pads by 2, more than half of its kernel.");
    row("order", R"({"name": "a", "op": "Permute", "order": [9, 1, 0]})",
        "node a (Permute) has an order that does not fit 1x28x28.");
    row("empty order", R"({"name": "a", "op": "Permute", "order": []})",
        "node a (Permute) has an order that does not fit 1x28x28.");
    row("batch against an axis",
        R"({"name": "a", "op": "AdaptiveAvgPool2d"}, {"name": "b", "op": "Flatten"},
           {"name": "c", "op": "Multiply", "inputs": ["a", "b"]})",
        "node c (Multiply) mixes the batch with another dimension.");
    row("number of inputs", R"({"name": "a", "op": "Add"})", "node a (Add) needs 2 input(s) and has 1.");
    row("shapes",
        R"({"name": "a", "op": "Flatten"}, {"name": "b", "op": "Conv2d", "out_channels": 3, "kernel_size": 3})",
        "node b (Conv2d) needs an input of 3 dimensions and gets 784.");
    row("groups", R"({"name": "a", "op": "Conv2d", "out_channels": 3, "kernel_size": 3, "groups": 2})",
        "node a (Conv2d) cannot split 1 input and 3 output channels into 2 groups.");
    row("two open extents", R"({"name": "a", "op": "Reshape", "shape": [-1, -1]})",
        "node a (Reshape) cannot see 1x28x28 as -1x-1.");
    row("unused", R"({"name": "a", "op": "ReLU"}, {"name": "b", "op": "Sigmoid", "inputs": ["input"]})",
        "node a (ReLU) does not lead to the output, node b.");
    row("constant output",
        R"({"name": "a", "op": "ShiftedWindowMask", "height": 4, "width": 4, "window_size": 2, "shift_size": 1})",
        "node a (ShiftedWindowMask) is the output and does not depend on the input.");
}

void TestGraphJson::namesTheNodeThatIsWrong()
{
    QFETCH(QString, nodes);
    QFETCH(QString, sentence);
    QCOMPARE(nodesRefusal(nodes.toStdString()), sentence);
}

void TestGraphJson::refusesParametersThatCannotBe_data()
{
    QTest::addColumn<QString>("parameters");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, const char* parameters, const char* sentence) {
        QTest::newRow(name) << QString::fromUtf8(parameters) << u"tiny.json: "_s + QString::fromUtf8(sentence);
    };
    row("no list", "{}", "\"parameters\" should be a list, and is {}.");
    row("no name", "[{}]", "a parameter's name should be a text of 1 to 200 characters on one line, and is {}.");
    row("twice", R"(["w", "fc.bias", "w"])", "parameter w is declared twice.");
    row("unused", R"([{"name": "w", "shape": [1, 28]}, "v"])", "parameter v is used by no node.");
    row("not declared", "[]", "parameter w of node w is not declared under \"parameters\".");
    row("no shape", R"(["w"])", "parameter w of node w needs a \"shape\".");
    row("another shape", R"([{"name": "w", "shape": [1, 28]}, {"name": "fc.weight", "shape": [5, 27]}])",
        "node fc (Linear) parameter 0 should be 5x28 and is 5x27.");
    row("unknown key", R"([{"name": "w", "shapes": [1, 28]}])",
        "parameter w cannot have \"shapes\"; did you mean \"shape\"?");
    row("wrong dtype", R"([{"name": "w", "shape": [1, 28], "dtype": "int64"}])",
        "parameter w has to be float32 for node w.");
    row("unknown dtype", R"([{"name": "w", "shape": [1, 28], "dtype": "float16"}])",
        "\"dtype\" of parameter w should be \"float32\" or \"int64\", and is \"float16\".");
    row("negative deviation", R"([{"name": "w", "shape": [1, 28], "init": {"normal": -1}}])",
        "\"init\" of parameter w should be {\"normal\": a number from 0 on}, and is {\"normal\":-1}.");
    row("derived shape", R"([{"name": "w", "shape": [1, 28], "init": {"relative_coords_table": [7, 7]}}])",
        "parameter w is float32 of 1x28, and what \"init\" says makes float32 of 1x13x13x2.");
    row("too many", R"([{"name": "w", "shape": [2000000000, 2000000000, 2000000000]}])",
        "\"shape\" of parameter w should be of at most 68719476736 elements in all, and is "
        "[2000000000,2000000000,2000000000].");
}

void TestGraphJson::refusesParametersThatCannotBe()
{
    QFETCH(QString, parameters);
    QFETCH(QString, sentence);
    QCOMPARE(refusal(document(R"({"name": "w", "op": "Parameter"},
                                 {"name": "sum", "op": "Add", "inputs": ["input", "w"]},
                                 {"name": "fc", "op": "Linear", "out_features": 5})",
                              R"("input": [1, 28, 28], "parameters": )" + parameters.toStdString())),
             sentence);
}

void TestGraphJson::refusesSizesThatWouldOverflow_data()
{
    QTest::addColumn<QString>("nodes");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, const char* nodes, const char* sentence) {
        QTest::newRow(name) << QString::fromUtf8(nodes) << u"tiny.json: "_s + QString::fromUtf8(sentence);
    };
    row("attribute", R"({"name": "a", "op": "Linear", "out_features": 99999999999999999999})",
        "node a (Linear) has \"out_features\": 1e+20, which should be a whole number from 1 to "
        "2147483647.");
    row("parameters",
        R"({"name": "a", "op": "Conv2d", "out_channels": 2147483647, "kernel_size": 16384, "padding": 16384})",
        "node a (Conv2d) has too many parameters: a network may have 68719476736 in all.");
    row("reshape", R"({"name": "a", "op": "Reshape", "shape": [2147483647, 2147483647, 2147483647, -1]})",
        "node a (Reshape) has \"shape\": [2147483647,2147483647,2147483647,-1], which should be of at most "
        "68719476736 elements in all.");
    row("pad", R"({"name": "a", "op": "Pad", "bottom": 2147483647, "right": 2147483647})",
        "node a (Pad) makes 2147483648x2147483675x28, which is more than any machine could hold.");
    row("mask",
        R"({"name": "a", "op": "ShiftedWindowMask", "height": 2147483647, "width": 2147483647, "window_size": 1, "shift_size": 0})",
        "node a (ShiftedWindowMask) makes 4611686014132420609x1x1, which is more than any machine could hold.");
    row("bias",
        R"({"name": "a", "op": "RelativePositionBias", "num_heads": 2147483647, "positions": 2147483647, "parameters": []})",
        "node a (RelativePositionBias) needs 1 parameter(s) and has 0.");
    row("work",
        R"({"name": "p", "op": "AdaptiveAvgPool2d", "output_size": 8192},
           {"name": "a", "op": "Conv2d", "out_channels": 64, "kernel_size": 1},
           {"name": "b", "op": "Conv2d", "out_channels": 1000, "kernel_size": 31, "padding": 15})",
        "node b (Conv2d) brings the work for one sample beyond 70 trillion steps.");
}

void TestGraphJson::refusesSizesThatWouldOverflow()
{
    QFETCH(QString, nodes);
    QFETCH(QString, sentence);
    QCOMPARE(nodesRefusal(nodes.toStdString()), sentence);
}

void TestGraphJson::refusesInPlaceWorkThatWouldDestroyAValue()
{
    QCOMPARE(nodesRefusal(R"({"name": "a", "op": "ReLU", "inplace": true})"),
             u"tiny.json: node a (ReLU) works in place and would overwrite node input (Input)."_s);
    QCOMPARE(nodesRefusal(R"({"name": "conv", "op": "Conv2d", "out_channels": 2, "kernel_size": 1},
                             {"name": "relu", "op": "ReLU", "inplace": true},
                             {"name": "sum", "op": "Add", "inputs": ["relu", "conv"]})"),
             u"tiny.json: node relu (ReLU) works in place and overwrites node conv (Conv2d), which node sum reads "
             "later."_s);
    QCOMPARE(nodesRefusal(R"({"name": "row", "op": "AdaptiveAvgPool2d"},
                             {"name": "sum", "op": "Add", "inputs": ["row", "input"], "inplace": true})"),
             u"tiny.json: node sum (Add) cannot put 1x28x28 in place of its first input, 1x1x1."_s);
}

void TestGraphJson::survivesDeepNesting()
{
    QCOMPARE(refusal(std::string(1'000'000, '[')),
             u"tiny.json: its lists and objects are nested more deeply than a graph's."_s);
    QVERIFY(refusal("\"" + std::string(1'000'000, '[') + "\"").contains(u"no graph of Lathe's"_s));
}

void TestGraphJson::readsAFile()
{
    QTemporaryDir folder;
    const std::string path = folder.filePath("tiny.json").toStdString();
    QCOMPARE(QString::fromStdString(readGraphFile(path).error().message),
             QString::fromStdString(readFile(path).error().message));
    const Architecture& lenet = **findArchitecture("lenet");
    QVERIFY(writeFileAtomically(path, saved(lenet, *lenet.build({}))));
    QCOMPARE(difference(*lenet.build({}), readGraphFile(path)->graph), std::string());
}

void TestGraphJson::everyOperationWrittenByHandReads()
{
    const std::filesystem::path folder = std::filesystem::path(LATHE_TEST_DATA) / "graphs";
    const auto all = readGraphFile(folder / "every_operation.json");
    QVERIFY2(all, all ? "" : all.error().message.c_str());
    QCOMPARE(all->graph.outputShape(), (Shape{12}));
    const auto tokens = readGraphFile(folder / "tokens.json");
    QVERIFY2(tokens, tokens ? "" : tokens.error().message.c_str());
    QCOMPARE(tokens->graph.vocabulary(), std::int64_t{100});
    QCOMPARE(tokens->graph.outputShape(), (Shape{16, 8}));
    QVERIFY(tokens->graph.isTrainingOnly("aux.fc.weight"));
}

QTEST_APPLESS_MAIN(TestGraphJson)
#include "tst_graph_json.moc"

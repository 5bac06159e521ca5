#include <QTest>

#include <algorithm>

#include "core/architectures/catalogue.h"
#include "core/pruning/prune.h"
#include "core/pruning/reparametrization.h"
#include "tests/support/closed_form.h"
#include "tests/support/tensors.h"

using namespace lathe;

namespace {

PruningPlan plan(const std::vector<std::string>& rules, const std::vector<std::string>& excluded = {})
{
    PruningPlan plan;
    for (const std::string& rule : rules)
        plan.rules.push_back(*ruleFromText(rule));
    plan.excluded = excluded;
    return plan;
}

/// "conv1.weight l1 0.2; conv2.weight l1 0.2".
std::string selected(const Graph& graph, const PruningPlan& plan)
{
    const auto groups = selectParameters(graph, plan);
    if (!groups)
        return groups.error().message;
    std::string text;
    for (const PruningGroup& group : *groups) {
        text += text.empty() ? "" : "; ";
        for (const ParameterId id : group.parameters)
            text += graph.parameter(id).name + " ";
        text += toString(group.step);
    }
    return text;
}

LoadedModel leNet()
{
    LoadedModel model = *loadModel("lenet", {});
    model.weights = test::closedFormWeights(model.graph);
    return model;
}

std::string messageOf(const Result<LoadedModel>& model)
{
    return model ? std::string() : model.error().message;
}

} // namespace

class TestPruningRules : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void selects_data();
    void selects();
    void globalRulesTakeAllTheyMeanTogether();
    void biasesComeAlongWhenAskedFor();
    void everythingMeansConvolutionsAndLinearLayers();
    void aParametersWholeNameMeansIt();
    void refusesWhatIsNoRule_data();
    void refusesWhatIsNoRule();
    void aPlanSaysWhatItDoes();
    void refusesAnAmountThatLeavesNothingOfALayer();
    void aGlobalAmountMayLeaveNothingOfALayer();
    void theSharesOfAGlobalAmountDiffer();
    void masksFromAFileAreForParametersByName();
    void keepsWhereAModelCameFrom();
    void refusesQuantizedNetworks();
    void prunesEveryKindOfNetwork_data();
    void prunesEveryKindOfNetwork();
};

void TestPruningRules::selects_data()
{
    QTest::addColumn<QStringList>("rules");
    QTest::addColumn<QStringList>("excluded");
    QTest::addColumn<QString>("expected");
    QTest::newRow("by type") << QStringList{"conv=l1:0.2", "linear=random:40"} << QStringList{"fc2"}
                             << "conv1.weight l1 0.2; conv2.weight l1 0.2; fc1.weight random 40; fc3.weight random 40";
    QTest::newRow("by name") << QStringList{"fc3=2:4"} << QStringList{} << "fc3.weight 2:4";
    QTest::newRow("by pattern") << QStringList{"conv?=ln:0.5"} << QStringList{}
                                << "conv1.weight ln2 0.5 (axis 0); conv2.weight ln2 0.5 (axis 0)";
    QTest::newRow("the last rule holds") << QStringList{"conv=l1:0.2", "conv2=l1:0.5"} << QStringList{}
                                         << "conv1.weight l1 0.2; conv2.weight l1 0.5";
    QTest::newRow("a pattern excludes") << QStringList{"*=l1:0.2"} << QStringList{"fc*"}
                                        << "conv1.weight l1 0.2; conv2.weight l1 0.2";
    QTest::newRow("biases by pattern") << QStringList{"fc?.bias=l1:0.2"} << QStringList{"fc2", "fc3.bias"}
                                       << "fc1.bias l1 0.2";
    QTest::newRow("a bias by name") << QStringList{"conv1.bias=l1:3"} << QStringList{} << "conv1.bias l1 3";
    QTest::newRow("no such layer") << QStringList{"conv3=l1:0.2"} << QStringList{}
                                   << "lenet has no layer \"conv3\" with weights to prune; lathe describe --layers "
                                      "names them.";
    QTest::newRow("no such exclusion") << QStringList{"*=l1:0.2"} << QStringList{"conv3"}
                                       << "lenet has no layer \"conv3\" that could be excluded; lathe describe "
                                          "--layers names them.";
    QTest::newRow("nothing left") << QStringList{"conv=l1:0.2"} << QStringList{"conv*"}
                                  << "Everything that the rules mean is excluded, so nothing would be pruned; exclude "
                                     "less.";
}

void TestPruningRules::selects()
{
    QFETCH(QStringList, rules);
    QFETCH(QStringList, excluded);
    QFETCH(QString, expected);
    const auto texts = [](const QStringList& list) {
        std::vector<std::string> all;
        for (const QString& text : list)
            all.push_back(text.toStdString());
        return all;
    };
    QCOMPARE(selected(*buildArchitecture("lenet", {}), plan(texts(rules), texts(excluded))), expected.toStdString());
}

void TestPruningRules::globalRulesTakeAllTheyMeanTogether()
{
    PruningPlan global = plan({"conv=l1:0.2", "linear=random:0.4"});
    global.isGlobal = true;
    const Graph graph = *buildArchitecture("lenet", {});
    QCOMPARE(selected(graph, global), std::string("conv1.weight conv2.weight l1 0.2; fc1.weight fc2.weight fc3.weight "
                                                  "random 0.4"));
    global.rules = {*ruleFromText("*=2:4")};
    QCOMPARE(selected(graph, global),
             std::string("2:4 is made layer by layer; leave the global scope to l1 and random."));
}

void TestPruningRules::biasesComeAlongWhenAskedFor()
{
    PruningPlan both = plan({"conv1=l1:0.5"});
    both.biases = true;
    QCOMPARE(selected(*buildArchitecture("lenet", {}), both), std::string("conv1.weight l1 0.5; conv1.bias l1 0.5"));
}

void TestPruningRules::everythingMeansConvolutionsAndLinearLayers()
{
    const Graph graph = *buildArchitecture("resnet18", {});
    QCOMPARE(selectParameters(graph, plan({"*=l1:0.2"}))->size(), std::size_t{21}); // 20 convolutions and fc
    QCOMPARE(selectParameters(graph, plan({"layer1.*=l1:0.2"}))->size(), std::size_t{4});
    QCOMPARE(selectParameters(graph, plan({"norm=l1:0.2"}))->size(), std::size_t{20});
    QCOMPARE(selected(graph, plan({"layer1.0.bn1=l1:0.2"})), std::string("layer1.0.bn1.weight l1 0.2"));
}

void TestPruningRules::aParametersWholeNameMeansIt()
{
    const Graph graph = *buildArchitecture("vit_b_16", {});
    QCOMPARE(selected(graph, plan({"class_token=l1:5"})), std::string("class_token l1 5"));
    const std::string projection = "encoder.layers.encoder_layer_0.self_attention.in_proj_weight";
    QCOMPARE(selected(graph, plan({projection + "=2:4"})), projection + " 2:4");
}

void TestPruningRules::refusesWhatIsNoRule_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("said");
    QTest::newRow("no equals sign") << "conv"
                                    << "is no rule";
    QTest::newRow("no layers") << "=l1:0.2"
                               << "is no rule";
    QTest::newRow("no amount") << "conv=l1"
                               << "does not say how much";
    QTest::newRow("another method") << "conv=l7:0.2"
                                    << "no method \"l7\"";
    QTest::newRow("too much") << "conv=l1:1.2"
                              << "no share from 0.0 to 1.0";
    QTest::newRow("no pattern") << "conv=4:2"
                                << "is no pattern";
}

void TestPruningRules::refusesWhatIsNoRule()
{
    QFETCH(QString, text);
    QFETCH(QString, said);
    const auto rule = ruleFromText(text.toStdString());
    QVERIFY(!rule);
    QCOMPARE(rule.error().code, ErrorCode::InvalidArgument);
    QVERIFY2(QString::fromStdString(rule.error().message).contains(said), rule.error().message.c_str());
}

void TestPruningRules::aPlanSaysWhatItDoes()
{
    PruningPlan one = plan({"*=l1:0.3"});
    QCOMPARE(toString(one), std::string("l1 layer 0.3"));
    one.isGlobal = true;
    QCOMPARE(toString(one), std::string("l1 global 0.3"));
    QCOMPARE(toString(plan({"conv=l1:0.2", "linear=random:40", "fc=2:4"})),
             std::string("conv=l1:0.2, linear=random:40, fc=2:4"));
    QCOMPARE(toString(plan({"*=2:4"})), std::string("2:4"));
}

void TestPruningRules::refusesAnAmountThatLeavesNothingOfALayer()
{
    QCOMPARE(messageOf(prune(leNet(), plan({"conv1=l1:1.0"}))),
             std::string("Nothing would be left of conv1.weight; choose a smaller amount, or exclude that layer."));
    QVERIFY(prune(leNet(), plan({"conv1.bias=l1:1.0"})));
    QVERIFY(
        messageOf(prune(leNet(), plan({"conv1=l1:55"}))).starts_with("conv1.weight cannot lose 55 entries: 54 are"));
}

/// PyTorch allows it, and with weights as they come at first it happens early.
void TestPruningRules::aGlobalAmountMayLeaveNothingOfALayer()
{
    PruningPlan global = plan({"*=l1:1.0"});
    global.isGlobal = true;
    const auto model = prune(leNet(), global);
    QVERIFY(model);
    QCOMPARE(wholeSparsity(layerSparsity(*model)).share(), 1.0);
}

void TestPruningRules::theSharesOfAGlobalAmountDiffer()
{
    PruningPlan global = plan({"*=l1:0.2"});
    global.isGlobal = true;
    const auto layers = layerSparsity(*prune(leNet(), global));
    QCOMPARE(wholeSparsity(layers).pruned, std::int64_t{11968}); // of 59,838
    QCOMPARE(layers.front().share(), 0.0);
    QVERIFY(layers[2].share() > 0.22);
}

void TestPruningRules::masksFromAFileAreForParametersByName()
{
    const StateDict masks{{"conv1.bias", test::floats({6}, {1, 0, 1, 0, 1, 0})}};
    const auto model = pruneByMasks(leNet(), masks, {}, "masks.pt");
    QVERIFY(model);
    QCOMPARE(layerSparsity(*model).front().biasPruned, std::int64_t{3});
    QCOMPARE(model->pruning->scheme, std::string("custom masks"));
    QCOMPARE(messageOf(pruneByMasks(leNet(), {{"conv9.bias", masks.front().tensor}}, {}, "masks.pt")),
             std::string("masks.pt has a mask of \"conv9.bias\", which is no parameter of lenet."));
    QCOMPARE(messageOf(pruneByMasks(leNet(), {{"conv2.bias", masks.front().tensor}}, {}, "masks.pt")),
             std::string("masks.pt: The mask of conv2.bias should be 16 and is 6."));
    QVERIFY(messageOf(pruneByMasks(leNet(), masks, {"conv1"}, "masks.pt")).ends_with("is excluded; exclude less."));
}

void TestPruningRules::keepsWhereAModelCameFrom()
{
    LoadedModel twice = *prune(leNet(), plan({"*=l1:0.2"}));
    twice.name = "pruned.safetensors";
    twice = *prune(twice, plan({"*=l1:0.5"}));
    QCOMPARE(twice.origin, std::string("lenet"));
    QCOMPARE(pruningText(twice), std::string("l1 layer 0.2, then l1 layer 0.5 (masks)"));
    makePermanent(twice);
    QCOMPARE(pruningText(twice), std::string("l1 layer 0.2, then l1 layer 0.5"));
    QVERIFY(!twice.pruning);
}

void TestPruningRules::refusesQuantizedNetworks()
{
    LoadedModel model = leNet();
    model.quantization = Quantization{};
    QCOMPARE(prune(model, plan({"*=l1:0.2"})).error().code, ErrorCode::Unsupported);
}

void TestPruningRules::prunesEveryKindOfNetwork_data()
{
    QTest::addColumn<QString>("name");
    for (const char* name : {"mobilenet_v3_small", "shufflenet_v2_x0_5", "squeezenet1_1", "vit_b_16", "swin_t",
                             "convnext_tiny", "resmlp_12_224"})
        if (findArchitecture(name))
            QTest::newRow(name) << name;
}

void TestPruningRules::prunesEveryKindOfNetwork()
{
    QFETCH(QString, name);
    LoadedModel model = *loadModel(name.toStdString(), {});
    model.weights = test::closedFormWeights(model.graph);
    PruningPlan global = plan({"*=l1:0.3"});
    global.isGlobal = true;
    const auto pruned = prune(model, global);
    QVERIFY2(pruned, messageOf(pruned).c_str());
    const LayerSparsity whole = wholeSparsity(layerSparsity(*pruned));
    QCOMPARE(whole.pruned, *entriesToPrune(0.3, whole.numel, "it"));
}

QTEST_APPLESS_MAIN(TestPruningRules)
#include "tst_pruning_rules.moc"

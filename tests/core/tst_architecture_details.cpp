#include <QtTest>

#include <cmath>
#include <optional>

#include "core/architectures/catalogue.h"

// What torchvision's modules are set to, where neither the state dict nor the cost shows it.

namespace {

using Kind = lathe::Initialisation::Kind;

lathe::Graph build(const std::string& name, const char* input = "", std::int64_t classes = 0)
{
    auto graph = lathe::buildArchitecture(name, {lathe::shapeFromString(input).value_or(lathe::Shape{}), classes});
    if (!graph)
        qFatal("%s", graph.error().message.c_str());
    return *std::move(graph);
}

const lathe::Node* findNode(const lathe::Graph& graph, const std::string& name)
{
    for (const lathe::Node& node : graph.nodes())
        if (node.name == name)
            return &node;
    return nullptr;
}

/// The node's operation if it is there and of this kind.
template <class Op> std::optional<Op> operation(const lathe::Graph& graph, const std::string& name)
{
    const lathe::Node* node = findNode(graph, name);
    const Op* found = node != nullptr ? std::get_if<Op>(&node->operation) : nullptr;
    return found != nullptr ? std::optional(*found) : std::nullopt;
}

const lathe::Parameter& parameter(const lathe::Graph& graph, const std::string& name)
{
    for (const lathe::Parameter& p : graph.parameters())
        if (p.name == name)
            return p;
    qFatal("no parameter %s", name.c_str());
}

bool isInitialised(const lathe::Graph& graph, const std::string& name, Kind kind, double a)
{
    const lathe::Initialisation& init = parameter(graph, name).initialisation;
    return init.kind == kind && std::abs(init.a - a) <= 1e-12;
}

template <class Op> bool inPlace(const lathe::Graph& graph, const std::string& name)
{
    const auto found = operation<Op>(graph, name);
    if (!found)
        qFatal("no node %s", name.c_str());
    return found->inPlace;
}

} // namespace

class ArchitectureDetailsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void inPlaceIsWhereTorchvisionsModulesAre()
    {
        using lathe::op::Activation;
        using lathe::op::Add;
        const lathe::Graph resnet = build("resnet50");
        QVERIFY(inPlace<Activation>(resnet, "layer1.0.relu_2"));
        QVERIFY(inPlace<Add>(resnet, "layer1.0.add"));
        const lathe::Graph mobile = build("mobilenet_v2");
        QVERIFY(inPlace<Activation>(mobile, "features.3.conv.1.2"));
        QVERIFY(!inPlace<Add>(mobile, "features.3.add"));
        const lathe::Graph efficient = build("efficientnet_b0");
        QVERIFY(inPlace<Activation>(efficient, "features.2.1.block.2.activation"));
        QVERIFY(!inPlace<Activation>(efficient, "features.2.1.block.2.scale_activation"));
        QVERIFY(inPlace<Add>(efficient, "features.2.1.add"));
        const lathe::Graph swin = build("swin_v2_t");
        QVERIFY(inPlace<Activation>(swin, "features.1.0.attn.cpb_mlp.1"));
        QVERIFY(!inPlace<Activation>(swin, "features.1.0.mlp.1"));
        QVERIFY(!inPlace<Add>(swin, "features.1.0.add"));
        QVERIFY(!inPlace<Activation>(build("lenet"), "relu1"));
        QVERIFY(inPlace<Activation>(build("alexnet"), "classifier.5"));
        QVERIFY(inPlace<Activation>(build("vgg11_bn"), "features.2"));
        QVERIFY(inPlace<Activation>(build("squeezenet1_0"), "features.3.squeeze_activation"));
        QVERIFY(inPlace<Activation>(build("densenet121"), "features.denseblock1.denselayer1.relu1"));
        QVERIFY(inPlace<Activation>(build("googlenet"), "inception3a.branch1.relu"));
        QVERIFY(inPlace<Activation>(build("shufflenet_v2_x0_5"), "stage2.0.branch2.2"));
        QVERIFY(!inPlace<Add>(build("mnasnet0_5"), "layers.8.1.add"));
        const lathe::Graph mobile3 = build("mobilenet_v3_large");
        QVERIFY(inPlace<Activation>(mobile3, "classifier.1"));
        QVERIFY(!inPlace<Activation>(mobile3, "features.4.block.2.activation"));
        QVERIFY(inPlace<Add>(mobile3, "features.5.add"));
        const lathe::Graph regnet = build("regnet_y_400mf");
        QVERIFY(!inPlace<Activation>(regnet, "trunk_output.block1.block1-0.f.se.activation"));
        QVERIFY(!inPlace<Add>(regnet, "trunk_output.block1.block1-0.add"));
        QVERIFY(inPlace<Activation>(regnet, "trunk_output.block1.block1-0.activation"));
        QVERIFY(inPlace<Add>(build("efficientnet_v2_s"), "features.1.0.add"));
    }

    void normalisationHasTorchvisionsConstants_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<double>("eps");
        QTest::addColumn<double>("momentum");
        const auto row = [](const char* name, double eps, double momentum) {
            QTest::newRow(name) << QByteArray(name) << eps << momentum;
        };
        row("vgg11_bn", 1e-5, 0.1);
        row("densenet121", 1e-5, 0.1);
        row("googlenet", 1e-3, 0.1);
        row("inception_v3", 1e-3, 0.1);
        row("mobilenet_v3_small", 1e-3, 0.01);
        row("mnasnet1_3", 1e-5, 1.0 - 0.9997);
        row("shufflenet_v2_x1_0", 1e-5, 0.1);
        row("efficientnet_b4", 1e-5, 0.1);
        row("efficientnet_b5", 1e-3, 0.01);
        row("efficientnet_b6", 1e-3, 0.01);
        row("efficientnet_b7", 1e-3, 0.01);
        row("efficientnet_v2_s", 1e-3, 0.1);
        row("regnet_y_400mf", 1e-5, 0.1);
    }
    void normalisationHasTorchvisionsConstants()
    {
        QFETCH(const QByteArray, name);
        QFETCH(const double, eps);
        QFETCH(const double, momentum);
        const lathe::Graph graph = build(name.toStdString());
        for (const lathe::Node& node : graph.nodes())
            if (const auto* norm = std::get_if<lathe::op::BatchNorm2d>(&node.operation)) {
                QCOMPARE(norm->eps, eps);
                QCOMPARE(norm->momentum, momentum);
            }
    }

    void layerNormsHaveTorchvisionsConstants()
    {
        QCOMPARE(operation<lathe::op::LayerNorm>(build("vit_b_32"), "encoder.ln")->eps, 1e-6);
        QCOMPARE(operation<lathe::op::LayerNorm>(build("swin_t"), "norm")->eps, 1e-5);
    }

    void convolutionsStartAsTorchvisions()
    {
        const lathe::Graph resnext = build("resnext50_32x4d");
        QVERIFY(isInitialised(resnext, "conv1.weight", Kind::Normal, std::sqrt(2.0 / (64 * 49))));
        QVERIFY(isInitialised(resnext, "layer1.0.conv2.weight", Kind::Normal, std::sqrt(2.0 / (128 * 9))));
        QVERIFY(isInitialised(resnext, "layer1.0.bn3.weight", Kind::Constant, 1.0));
        QVERIFY(isInitialised(resnext, "fc.weight", Kind::Uniform, 1.0 / std::sqrt(2048.0)));
        QVERIFY(isInitialised(build("mobilenet_v2"), "classifier.1.weight", Kind::Normal, 0.01));
        const lathe::Graph efficient = build("efficientnet_b0", "", 100);
        QVERIFY(isInitialised(efficient, "classifier.1.weight", Kind::Uniform, 0.1));
        QVERIFY(isInitialised(efficient, "classifier.1.bias", Kind::Constant, 0.0));
        QVERIFY(isInitialised(efficient, "features.1.0.block.1.fc1.bias", Kind::Constant, 0.0));
        QVERIFY(isInitialised(build("lenet"), "conv1.weight", Kind::Uniform, 1.0 / 3.0));
    }

    void earlierNetworksStartAsTorchvisions()
    {
        const lathe::Graph alex = build("alexnet");
        QVERIFY(isInitialised(alex, "features.0.bias", Kind::Uniform, 1.0 / std::sqrt(363.0)));
        QVERIFY(isInitialised(alex, "classifier.6.weight", Kind::Uniform, 1.0 / 64));
        const lathe::Graph vgg = build("vgg11");
        QVERIFY(isInitialised(vgg, "features.3.weight", Kind::Normal, std::sqrt(2.0 / (128 * 9))));
        QVERIFY(isInitialised(vgg, "features.3.bias", Kind::Constant, 0.0));
        QVERIFY(isInitialised(vgg, "classifier.0.weight", Kind::Normal, 0.01));
        const lathe::Graph squeeze = build("squeezenet1_0");
        QVERIFY(isInitialised(squeeze, "features.3.expand3x3.weight", Kind::Uniform, std::sqrt(6.0 / (16 * 9))));
        QVERIFY(isInitialised(squeeze, "features.3.expand3x3.bias", Kind::Constant, 0.0));
        QVERIFY(isInitialised(squeeze, "classifier.1.weight", Kind::Normal, 0.01));
        const lathe::Graph google = build("googlenet");
        QVERIFY(isInitialised(google, "conv1.conv.weight", Kind::TruncatedNormal, 0.01));
        QVERIFY(isInitialised(google, "fc.bias", Kind::Uniform, 1.0 / 32));
        QVERIFY(isInitialised(build("inception_v3"), "fc.weight", Kind::TruncatedNormal, 0.1));
    }

    void laterNetworksStartAsTorchvisions()
    {
        const lathe::Graph dense = build("densenet121");
        QVERIFY(isInitialised(dense, "features.conv0.weight", Kind::Normal, std::sqrt(2.0 / (3 * 49))));
        QVERIFY(isInitialised(dense, "classifier.weight", Kind::Uniform, 1.0 / 32));
        QVERIFY(isInitialised(dense, "classifier.bias", Kind::Constant, 0.0));
        const lathe::Graph mobile = build("mobilenet_v3_small");
        QVERIFY(isInitialised(mobile, "features.1.block.1.fc1.weight", Kind::Normal, std::sqrt(2.0 / 8)));
        QVERIFY(isInitialised(mobile, "features.1.block.1.fc1.bias", Kind::Constant, 0.0));
        QVERIFY(isInitialised(mobile, "classifier.0.weight", Kind::Normal, 0.01));
        const lathe::Graph mnas = build("mnasnet1_0");
        QVERIFY(isInitialised(mnas, "layers.0.weight", Kind::Normal, std::sqrt(2.0 / (32 * 9))));
        QVERIFY(isInitialised(mnas, "classifier.1.weight", Kind::Uniform, std::sqrt(3.0 / 1000)));
        const lathe::Graph shuffle = build("shufflenet_v2_x1_0");
        QVERIFY(isInitialised(shuffle, "stage2.0.branch1.0.weight", Kind::Uniform, 1.0 / 3));
        QVERIFY(isInitialised(shuffle, "fc.bias", Kind::Uniform, 1.0 / 32));
        const lathe::Graph regnet = build("regnet_y_400mf"); // 32 channels squeezed to 8
        const std::string first = "trunk_output.block1.block1-0.f.se";
        QVERIFY(isInitialised(regnet, first + ".fc1.weight", Kind::Normal, std::sqrt(2.0 / 8)));
        QVERIFY(isInitialised(regnet, first + ".fc2.bias", Kind::Uniform, 1.0 / std::sqrt(8.0)));
        QVERIFY(isInitialised(regnet, "fc.weight", Kind::Normal, 0.01));
    }

    void transformersStartAsTorchvisions()
    {
        const lathe::Graph vit = build("vit_b_16");
        const std::string attention = "encoder.layers.encoder_layer_0.self_attention";
        QVERIFY(isInitialised(vit, "class_token", Kind::Constant, 0.0));
        QVERIFY(isInitialised(vit, "conv_proj.weight", Kind::TruncatedNormal, std::sqrt(1.0 / 768)));
        QVERIFY(isInitialised(vit, "encoder.pos_embedding", Kind::Normal, 0.02));
        QVERIFY(isInitialised(vit, attention + ".in_proj_weight", Kind::Uniform, std::sqrt(6.0 / (4 * 768))));
        QVERIFY(isInitialised(vit, attention + ".out_proj.weight", Kind::Uniform, std::sqrt(1.0 / 768)));
        QVERIFY(isInitialised(vit, attention + ".out_proj.bias", Kind::Constant, 0.0));
        QVERIFY(isInitialised(vit, "encoder.layers.encoder_layer_0.mlp.3.weight", Kind::Uniform,
                              std::sqrt(6.0 / (768 + 3072))));
        QVERIFY(isInitialised(vit, "encoder.layers.encoder_layer_0.mlp.0.bias", Kind::Normal, 1e-6));
        QVERIFY(isInitialised(vit, "heads.head.weight", Kind::Constant, 0.0));
        const lathe::Graph swin = build("swin_v2_t");
        QVERIFY(isInitialised(swin, "features.0.0.weight", Kind::Uniform, 1.0 / std::sqrt(48.0)));
        QVERIFY(isInitialised(swin, "features.1.0.attn.logit_scale", Kind::Constant, std::log(10.0)));
        QVERIFY(isInitialised(swin, "features.1.0.attn.cpb_mlp.0.weight", Kind::TruncatedNormal, 0.02));
        QVERIFY(isInitialised(swin, "features.1.0.attn.relative_position_index", Kind::RelativePositionIndex, 8.0));
        QVERIFY(parameter(swin, "features.1.0.attn.relative_coords_table").derived());
        QVERIFY(!parameter(swin, "features.1.0.attn.relative_coords_table").trainable);
    }

    void convNextStartsAsTorchvisions()
    {
        const lathe::Graph graph = build("convnext_tiny");
        QVERIFY(isInitialised(graph, "features.1.0.layer_scale", Kind::Constant, 1e-6));
        QVERIFY(isInitialised(graph, "features.1.0.block.0.weight", Kind::TruncatedNormal, 0.02));
        QVERIFY(isInitialised(graph, "classifier.2.bias", Kind::Constant, 0.0));
        QCOMPARE(operation<lathe::op::LayerNorm>(graph, "features.1.0.block.2")->eps, 1e-6);
        QVERIFY(inPlace<lathe::op::Add>(graph, "features.1.0.add"));
    }

    void deiTStartsAsTimms()
    {
        const lathe::Graph graph = build("deit_tiny_patch16_224");
        QVERIFY(isInitialised(graph, "cls_token", Kind::Normal, 1e-6));
        QVERIFY(isInitialised(graph, "pos_embed", Kind::TruncatedNormal, 0.02));
        QVERIFY(isInitialised(graph, "patch_embed.proj.weight", Kind::Uniform, 1.0 / std::sqrt(768.0)));
        QVERIFY(isInitialised(graph, "patch_embed.proj.bias", Kind::Uniform, 1.0 / std::sqrt(768.0)));
        QVERIFY(isInitialised(graph, "blocks.0.attn.qkv.weight", Kind::TruncatedNormal, 0.02));
        QVERIFY(isInitialised(graph, "head.weight", Kind::TruncatedNormal, 0.02));
        QCOMPARE(operation<lathe::op::LayerNorm>(graph, "blocks.0.norm1")->eps, 1e-6);
    }

    void maxViTIsSetUpAsTorchvisions()
    {
        const lathe::Graph graph = build("maxvit_t");
        const std::string first = "blocks.0.layers.0.layers.";
        QVERIFY(isInitialised(graph, "stem.1.0.weight", Kind::Normal, 0.02));
        QVERIFY(isInitialised(graph, first + "grid_attention.attn_layer.1.relative_position_bias_table",
                              Kind::TruncatedNormal, 0.02));
        const auto norm = operation<lathe::op::BatchNorm2d>(graph, first + "MBconv.layers.pre_norm");
        QCOMPARE(norm->eps, 1e-3);
        QCOMPARE(norm->momentum, 0.01);
        // The keys are scaled by the root of all 64 features, though a head has 32.
        QCOMPARE(operation<lathe::op::Attention>(graph, first + "window_attention.attn_layer.1.attention")->scale,
                 0.125);
        QVERIFY(!inPlace<lathe::op::Activation>(graph, first + "MBconv.layers.conv_a.2"));
    }

    void maxViTsGridHasAPartitionOfPositionsFarApart()
    {
        const lathe::Graph graph = build("maxvit_t"); // the first map: 56 x 56
        const std::string grid = "blocks.0.layers.0.layers.grid_attention.";
        QCOMPARE(operation<lathe::op::WindowPartition>(graph, grid + "partition_op")->size, (lathe::op::Size2{8, 8}));
        QCOMPARE(findNode(graph, grid + "partition_op")->output.shape, (lathe::Shape{49, 64, 64}));
        QCOMPARE(findNode(graph, grid + "partition_swap")->output.shape, (lathe::Shape{64, 49, 64}));
        QCOMPARE(findNode(graph, grid + "departition_op")->output.shape, (lathe::Shape{64, 56, 56}));
    }

    void encodersAreSetUpAsTransformers()
    {
        for (const char* name : {"bert_base_uncased", "distilbert_base_uncased"}) {
            const lathe::Graph graph = build(name);
            QVERIFY(isInitialised(graph, "embeddings.word_embeddings.weight", Kind::Normal, 0.02));
            QCOMPARE(operation<lathe::op::LayerNorm>(graph, "embeddings.LayerNorm")->eps, 1e-12);
        }
        const lathe::Graph bert = build("bert_base_uncased");
        QVERIFY(isInitialised(bert, "encoder.layer.11.attention.self.key.weight", Kind::Normal, 0.02));
        QVERIFY(isInitialised(bert, "encoder.layer.11.output.dense.bias", Kind::Constant, 0.0));
        QVERIFY(operation<lathe::op::Attention>(bert, "encoder.layer.0.attention.self.attention")->separate);
    }

    void mlpsStartAsTimms()
    {
        const lathe::Graph mixer = build("mixer_s16_224");
        const double uncut = 0.87962566103423978;
        QVERIFY(
            isInitialised(mixer, "stem.proj.weight", Kind::NormalWithinTwoDeviations, std::sqrt(1.0 / 768) / uncut));
        QVERIFY(isInitialised(mixer, "blocks.0.mlp_tokens.fc1.weight", Kind::Uniform, std::sqrt(6.0 / (196 + 256))));
        QVERIFY(isInitialised(mixer, "blocks.0.mlp_tokens.fc2.bias", Kind::Normal, 1e-6));
        QVERIFY(isInitialised(mixer, "head.weight", Kind::Constant, 0.0));
        const lathe::Graph resMlp = build("resmlp_24_224");
        QVERIFY(isInitialised(resMlp, "blocks.0.ls1", Kind::Constant, 1e-5));
        QVERIFY(isInitialised(resMlp, "blocks.0.norm1.alpha", Kind::Constant, 1.0));
        QVERIFY(isInitialised(resMlp, "blocks.0.linear_tokens.bias", Kind::Constant, 0.0));
        const lathe::Graph gMlp = build("gmlp_s16_224");
        QVERIFY(isInitialised(gMlp, "blocks.0.mlp_channels.gate.proj.weight", Kind::Normal, 1e-6));
        QVERIFY(isInitialised(gMlp, "blocks.0.mlp_channels.gate.proj.bias", Kind::Constant, 1.0));
        QVERIFY(isInitialised(gMlp, "blocks.0.mlp_channels.fc2.weight", Kind::Uniform, std::sqrt(6.0 / (768 + 256))));
        QCOMPARE(operation<lathe::op::LayerNorm>(gMlp, "blocks.0.mlp_channels.gate.norm")->eps, 1e-5);
        QCOMPARE(operation<lathe::op::LayerNorm>(gMlp, "blocks.0.norm")->eps, 1e-6);
    }

    void swinShiftsEverySecondLayerUnlessOneWindowCoversTheMap()
    {
        const lathe::Graph graph = build("swin_t"); // maps of 56, 28, 14 and 7
        QVERIFY(findNode(graph, "features.1.0.attn.roll") == nullptr);
        QCOMPARE(operation<lathe::op::Roll>(graph, "features.1.1.attn.roll")->shift, (lathe::op::Size2{-3, -3}));
        QCOMPARE(operation<lathe::op::Roll>(graph, "features.1.1.attn.roll_back")->shift, (lathe::op::Size2{3, 3}));
        QVERIFY(operation<lathe::op::Attention>(graph, "features.1.1.attn.attention")->hasMask);
        QVERIFY(findNode(graph, "features.7.1.attn.roll") == nullptr);
        QVERIFY(!operation<lathe::op::Attention>(graph, "features.7.1.attn.attention")->hasMask);
    }

    void swinShiftsAlongOneAxisWhereOneWindowCoversTheOther()
    {
        const lathe::Graph graph = build("swin_t", "3x224x28"); // the first map: 56 x 7
        const auto mask = operation<lathe::op::ShiftedWindowMask>(graph, "features.1.1.attn.attn_mask");
        QVERIFY(mask.has_value());
        QCOMPARE(mask->shift, (lathe::op::Size2{3, 0}));
    }

    void swinPadsToWholeWindowsAndCutsThePaddingOff()
    {
        const lathe::Graph graph = build("swin_t", "3x256x232"); // the first map: 64 x 58
        const auto pad = operation<lathe::op::PadBottomRight>(graph, "features.1.0.attn.pad");
        QVERIFY(pad.has_value());
        QCOMPARE(pad->bottom, std::int64_t{6});
        QCOMPARE(pad->right, std::int64_t{5});
        QCOMPARE(findNode(graph, "features.1.0.attn.unpad_right")->output.shape, (lathe::Shape{64, 58, 96}));
        // 29 columns after the first merging, one more to halve them.
        QCOMPARE(findNode(graph, "features.4.cat")->output.shape, (lathe::Shape{16, 15, 768}));
        QVERIFY(findNode(build("swin_t"), "features.1.0.attn.pad") == nullptr);
    }

    void swinV2IgnoresItsKeysBias()
    {
        QVERIFY(operation<lathe::op::Linear>(build("swin_v2_t"), "features.1.0.attn.qkv")->keyBiasIsZero);
        QVERIFY(!operation<lathe::op::Linear>(build("swin_t"), "features.1.0.attn.qkv")->keyBiasIsZero);
    }
};

QTEST_APPLESS_MAIN(ArchitectureDetailsTest)
#include "tst_architecture_details.moc"

#include <QtTest>

#include <set>

#include "core/architectures/catalogue.h"
#include "core/architectures/names.h"
#include "core/graph/cost.h"

using namespace Qt::StringLiterals;

namespace {

const lathe::Architecture& architecture(const char* name)
{
    const auto found = lathe::findArchitecture(name);
    if (!found)
        qFatal("%s", found.error().message.c_str());
    return **found;
}

QString refusal(const char* name)
{
    const auto found = lathe::findArchitecture(name);
    return found ? u"found"_s : QString::fromStdString(found.error().message);
}

} // namespace

class CatalogueTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void holdsEveryFamilyInTheOrderShown()
    {
        std::vector<std::string> families;
        for (const lathe::Architecture& a : lathe::catalogue())
            if (families.empty() || families.back() != a.family)
                families.push_back(a.family);
        const std::vector<std::string> expected{
            "LeNet",     "AlexNet",      "VGG",          "GoogLeNet",      "Inception v3", "ResNet",
            "ResNeXt",   "Wide ResNet",  "SqueezeNet",   "DenseNet",       "MobileNetV2",  "MobileNetV3",
            "MNASNet",   "ShuffleNetV2", "EfficientNet", "EfficientNetV2", "RegNet X",     "RegNet Y",
            "ConvNeXt",  "ViT",          "Swin",         "Swin V2",        "DeiT",         "MaxViT",
            "MLP-Mixer", "ResMLP",       "gMLP",         "BERT",           "DistilBERT"};
        QCOMPARE(families, expected);
    }

    void namesAreUnique()
    {
        std::set<std::string> names;
        for (const lathe::Architecture& a : lathe::catalogue())
            QVERIFY2(names.insert(a.name).second, a.name.c_str());
        QCOMPARE(names.size(), std::size_t{93 + 2}); // and LeNet and ResNet-20
    }

    void everyArchitectureBuildsAtItsDefaults()
    {
        for (const lathe::Architecture& a : lathe::catalogue()) {
            const auto graph = a.build({});
            QVERIFY2(graph.has_value(), graph ? "" : graph.error().message.c_str());
            QCOMPARE(graph->name(), a.name);
            QCOMPARE(graph->inputShape(), a.defaultInput);
            QCOMPARE(graph->vocabulary(), a.vocabulary);
            if (a.defaultClasses > 0)
                QCOMPARE(graph->outputShape(), lathe::Shape{a.defaultClasses});
            QVERIFY(lathe::cost(*graph).macs > 0);
        }
    }

    void theDefaultInputIsTheCropOfTheDefaultWeights_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("input");
        QTest::newRow("lenet") << "lenet"_ba
                               << "1x28x28"_ba;
        QTest::newRow("resnet50") << "resnet50"_ba
                                  << "3x224x224"_ba;
        QTest::newRow("efficientnet_b1") << "efficientnet_b1"_ba
                                         << "3x240x240"_ba;
        QTest::newRow("efficientnet_b7") << "efficientnet_b7"_ba
                                         << "3x600x600"_ba;
        QTest::newRow("vit_l_16") << "vit_l_16"_ba
                                  << "3x224x224"_ba;
        QTest::newRow("vit_h_14") << "vit_h_14"_ba
                                  << "3x224x224"_ba;
        QTest::newRow("bert_base_uncased") << "bert_base_uncased"_ba
                                           << "128"_ba;
        QTest::newRow("swin_v2_t") << "swin_v2_t"_ba
                                   << "3x256x256"_ba;
    }
    void theDefaultInputIsTheCropOfTheDefaultWeights()
    {
        QFETCH(const QByteArray, name);
        QFETCH(const QByteArray, input);
        QCOMPARE(lathe::toString(architecture(name.constData()).defaultInput), input.toStdString());
    }

    void theDefaultWeightsAreTheNewestOfImageNetAlone()
    {
        const lathe::PublishedWeights* resnet = architecture("resnet50").defaultWeights();
        QVERIFY(resnet != nullptr);
        QCOMPARE(resnet->name, std::string("IMAGENET1K_V2"));
        QCOMPARE(architecture("vit_b_16").defaultWeights()->name, std::string("IMAGENET1K_V1"));
        QCOMPARE(architecture("vit_h_14").published.size(), std::size_t{2});
        QVERIFY(architecture("vit_h_14").defaultWeights() == nullptr);
        QVERIFY(architecture("lenet").defaultWeights() == nullptr);
    }

    void publishedAccuraciesAreFractions()
    {
        const lathe::PublishedWeights* weights = architecture("resnet50").defaultWeights();
        QCOMPARE(weights->top1, 0.80858);
        QCOMPARE(weights->top5, 0.95434);
        QCOMPARE(weights->gmacs, 4.089);
        QCOMPARE(weights->fileMegabytes, 97.79);
        QCOMPARE(weights->crop, std::int64_t{224});
    }

    void familyTypeAndYearAreThePapers()
    {
        const lathe::Architecture& swin = architecture("swin_v2_t");
        QCOMPARE(swin.family, std::string("Swin V2"));
        QVERIFY(swin.type == lathe::ArchitectureType::Vit);
        QCOMPARE(swin.year, 2021);
        QCOMPARE(architecture("resnext101_64x4d").family, std::string("ResNeXt"));
        QVERIFY(architecture("efficientnet_b0").type == lathe::ArchitectureType::Cnn);
        QCOMPARE(architecture("mobilenet_v2").year, 2018);
    }

    void anInputIsWrittenAsImagesOrTokens()
    {
        const lathe::Architecture& bert = architecture("bert_base_uncased");
        QCOMPARE(lathe::inputText(bert.defaultInput, bert.vocabulary), std::string("128 tokens"));
        const lathe::Architecture& resnet = architecture("resnet50");
        QCOMPARE(lathe::inputText(resnet.defaultInput, resnet.vocabulary), std::string("3x224x224"));
    }

    void typesAreReadAsTheyAreWritten()
    {
        for (const char* name : {"cnn", "vit", "mlp", "hybrid", "transformer"}) {
            const auto type = lathe::architectureTypeFromName(name);
            QVERIFY2(type.has_value(), name);
            QCOMPARE(QByteArray(lathe::name(*type).data()), QByteArray(name));
        }
        QVERIFY(!lathe::architectureTypeFromName("rnn").has_value());
    }

    void anUnknownNameSuggestsNearOnes()
    {
        QCOMPARE(refusal("resnet51"),
                 u"There is no architecture named \"resnet51\"; did you mean resnet50, resnet20 or resnet18?"_s);
        QVERIFY(refusal("ResNet-50").contains(u"did you mean resnet50"_s));
        QVERIFY(refusal("mobilnet_v2").endsWith(u"did you mean mobilenet_v2?"_s));
        QVERIFY(refusal("swinv2t").contains(u"did you mean swin_v2_t"_s));
        QVERIFY(refusal("b5").endsWith(u"did you mean efficientnet_b5?"_s));
        QVERIFY(refusal("vit").contains(u"did you mean vit_b_16, vit_b_32 or vit_l_16?"_s));
    }

    void aNameNearNothingIsStillRefused()
    {
        const QString expected = u"There is no architecture named \"%1\"; the catalogue lists all %2."_s;
        const std::size_t count = lathe::catalogue().size();
        QCOMPARE(refusal("transmogrifier"), expected.arg(u"transmogrifier"_s).arg(count));
        QCOMPARE(refusal(""), expected.arg(QString()).arg(count));
        const auto built = lathe::buildArchitecture("transmogrifier");
        QVERIFY(!built.has_value());
        QVERIFY(built.error().code == lathe::ErrorCode::NotFound);
    }

    void editDistanceCountsInsertionsDeletionsAndReplacements()
    {
        QCOMPARE(lathe::editDistance("", "abc"), std::size_t{3});
        QCOMPARE(lathe::editDistance("kitten", "sitting"), std::size_t{3});
        QCOMPARE(lathe::editDistance("swin_t", "swin_t"), std::size_t{0});
        QCOMPARE(lathe::editDistance("resnet50", "resnet5"), std::size_t{1});
    }
};

QTEST_APPLESS_MAIN(CatalogueTest)
#include "tst_catalogue.moc"

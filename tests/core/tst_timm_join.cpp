#include <QTest>

#include <cmath>
#include <filesystem>
#include <set>

#include "core/analysis/timm_join.h"
#include "core/architectures/catalogue.h"
#include "core/graph/cost.h"

using namespace lathe;

namespace {

Record record(const std::string& model, std::int64_t params, double throughput, std::int64_t side = 224)
{
    Record r;
    r.configuration = {model, "eager", 1, 2, {3, side, side}, "cpu"};
    r.params = params;
    r.throughput = throughput;
    r.latency.median = 1000.0 / throughput;
    return r;
}

TimmRow row(const std::string& model, double params, double throughput, double side = 224)
{
    TimmRow r;
    r.model = model;
    r.imageSize = side;
    r.paramsMillions = params;
    r.throughput = throughput;
    return r;
}

/// Every network of the catalogue that takes images, as if it had been measured at its default input.
std::vector<Record> wholeCatalogue()
{
    std::vector<Record> records;
    for (const Architecture& architecture : catalogue()) {
        const auto graph = architecture.build({});
        if (!graph || architecture.vocabulary > 0)
            continue;
        Record r = record(architecture.name, cost(*graph).parameters, 1.0 + static_cast<double>(records.size()));
        r.configuration.input = architecture.defaultInput;
        records.push_back(r);
    }
    return records;
}

std::vector<std::size_t> all(const std::vector<Record>& records)
{
    std::vector<std::size_t> indices(records.size());
    for (std::size_t i = 0; i < indices.size(); ++i)
        indices[i] = i;
    return indices;
}

} // namespace

class TestTimmJoin : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void anArchitectureIsKnownByTimmsName()
    {
        using Names = std::vector<std::string>;
        QVERIFY(timmNames("resnet50") == Names{"resnet50"});
        QVERIFY(timmNames("vit_b_16") == Names{"vit_base_patch16_224"});
        QVERIFY(timmNames("swin_v2_t") == Names{"swinv2_tiny_window8_256"});
        QVERIFY(timmNames("regnet_y_800mf") == (Names{"regnety_008_tv", "regnety_008"}));
        QVERIFY(timmNames("efficientnet_b0") == (Names{"efficientnet_b0", "tf_efficientnet_b0"}));
        QVERIFY(timmNames("efficientnet_v2_s") == (Names{"efficientnetv2_s", "tf_efficientnetv2_s"}));
        QVERIFY(timmNames("mixer_b16_224") == Names{"mixer_b16_224"});
    }

    void aRowIsItsNetworkWhereNameSizeAndParametersAgree()
    {
        const TimmTable table{"t",
                              {row("resnet50", 25.56, 90, 160), row("resnet50d", 25.58, 80),
                               row("resnet50.a1_in1k", 25.56, 70), row("resnet50.tv_in1k", 25.56, 60),
                               row("vit_base_patch16_224.augreg", 86.57, 30), row("mobilenetv2_100", 3.9, 500)},
                              0};
        const std::vector<Record> records{record("resnet50", 25557032, 20), record("vit_b_16", 86567656, 5),
                                          record("mobilenet_v2", 3504872, 200), record("lenet", 61706, 9000)};
        const auto pairs = joinTimm(table, records, all(records), Quantity::Throughput);
        QCOMPARE(pairs.size(), std::size_t(2));
        QCOMPARE(pairs[0].row, std::size_t(2)); // of several weights the first
        QCOMPARE(pairs[0].here, 20.0);
        QCOMPARE(pairs[0].there, 70.0);
        QCOMPARE(pairs[1].record, std::size_t(1));
        QVERIFY(joinTimm(table, records, {2, 3}, Quantity::Throughput).empty());    // 3.9 M is another network
        QVERIFY(joinTimm(table, records, all(records), Quantity::Latency).empty()); // not in this table
        QCOMPARE(joinTimm(table, {record("resnet50", 25557032, 20, 160)}, {0}, Quantity::Throughput).at(0).there, 90.0);
    }

    void aRowThatLacksItsSizeOrParametersIsNobodys()
    {
        TimmTable table{"t", {row("resnet50", 25.56, 90)}, 0};
        table.rows[0].imageSize.reset();
        const std::vector<Record> records{record("resnet50", 25557032, 20)};
        QVERIFY(joinTimm(table, records, {0}, Quantity::Throughput).empty());
        table.rows[0] = row("resnet50", 25.56, 90);
        table.rows[0].paramsMillions.reset();
        QVERIFY(joinTimm(table, records, {0}, Quantity::Throughput).empty());
    }

    void aRowOfAnImpossibleSizeIsNobodys()
    {
        const std::vector<Record> records{record("resnet50", 25557032, 20)};
        for (const double side : {std::nan(""), 1e300, -1e300, HUGE_VAL, 224.5, 0.0})
            QVERIFY(joinTimm({"t", {row("resnet50", 25.56, 90, side)}, 0}, records, {0}, Quantity::Throughput).empty());
        QCOMPARE(joinTimm({"t", {row("resnet50", 25.56, 90)}, 0}, records, {0}, Quantity::Throughput).size(),
                 std::size_t(1));
    }

    void theOrderOfTwoMachinesIsCompared()
    {
        std::vector<TimmPair> pairs;
        const double here[] = {10, 20, 30, 40, 50, 60, 70}, there[] = {12, 9, 33, 31, 55, 48, 80};
        for (std::size_t i = 0; i < 7; ++i)
            pairs.push_back({i, i, here[i], there[i]});
        const TimmTable table{"benchmark-infer-amp-nhwc-rtx4090", {}, 0};
        QCOMPARE(orderSentence(table, pairs, Quantity::Throughput),
                 std::string("The order of 7 networks by throughput on amp-nhwc-rtx4090 and here: Spearman's rank "
                             "correlation 0.89 (0.27 to 0.99)."));
        pairs.resize(4);
        QCOMPARE(
            orderSentence(table, pairs, Quantity::Throughput),
            std::string("4 of the networks measured here are in the table amp-nhwc-rtx4090 at the same input size; "
                        "five are needed to compare the order."));
        QVERIFY(!orderAgreement({}));
        QCOMPARE(shortTableName("benchmark-infer-x"), std::string("x"));
        QCOMPARE(shortTableName("mine"), std::string("mine"));
    }

    void theCatalogueIsFoundInTimmsOwnTables()
    {
        const std::filesystem::path path =
            LATHE_SHARED_DATA "/data/timm/benchmark-infer-fp32-nchw-pt240-cpu-i9_10940x-dynamo.csv";
        if (!std::filesystem::exists(path))
            QSKIP("timm's tables are not there (shared/data/timm).");
        const auto table = readTimmTable(path);
        QVERIFY(table.has_value());
        const std::vector<Record> records = wholeCatalogue();
        const auto pairs = joinTimm(*table, records, all(records), Quantity::Throughput);
        std::set<std::size_t> found;
        for (const TimmPair& pair : pairs)
            found.insert(pair.record);
        QStringList missing;
        for (std::size_t i = 0; i < records.size(); ++i)
            if (!found.contains(i))
                missing << QString::fromStdString(records[i].configuration.model);
        qInfo("%zu of %zu found; not: %s", found.size(), records.size(), qPrintable(missing.join(", ")));
        QVERIFY(found.size() >= 80);
        for (const char* own : {"alexnet", "googlenet", "lenet", "squeezenet1_0", "shufflenet_v2_x1_0", "mnasnet1_3"})
            QVERIFY2(missing.contains(QLatin1String(own)), own);
    }
};

QTEST_APPLESS_MAIN(TestTimmJoin)
#include "tst_timm_join.moc"

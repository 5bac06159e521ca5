#include <QFileInfo>
#include <QTest>

#include <map>
#include <set>

#include "core/analysis/timm_table.h"

using lathe::ArchitectureType;
using lathe::TimmRow;
using lathe::TimmTable;

namespace {

TimmTable read(const char* name)
{
    auto table = lathe::readTimmTable(std::filesystem::path(LATHE_TEST_DATA "/timm_like") / name);
    return table ? *table : TimmTable{table.error().message, {}, -1};
}

QString errorOf(const char* name)
{
    const auto table = lathe::readTimmTable(std::filesystem::path(LATHE_TEST_DATA "/timm_like") / name);
    return table ? QString("none") : QString::fromStdString(table.error().message);
}

std::filesystem::path realTable(const QString& name)
{
    const QString path = QStringLiteral(LATHE_SHARED_DATA "/data/timm/") + name;
    return QFileInfo::exists(path) ? std::filesystem::path(path.toStdString()) : std::filesystem::path();
}

/// Words that a vision transformer's name may hold; RepViT calls itself a CNN, and so it is.
bool soundsLikeATransformer(const std::string& model)
{
    for (const char* word : {"vit", "swin", "deit", "beit", "eva0", "eva_", "cait", "hiera", "pvt", "twins", "volo"})
        if (model.find(word) != std::string::npos && !model.starts_with("repvit"))
            return true;
    return false;
}

} // namespace

class TestTimmTable : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void columnsAreFoundByNameInAnyOrder()
    {
        const TimmTable table = read("shuffled.csv");
        QCOMPARE(table.name, std::string("shuffled"));
        QCOMPARE(table.rows.size(), std::size_t(3));
        const TimmRow& row = table.rows[0];
        QCOMPARE(row.model, std::string("resnet50"));
        QVERIFY(row.type == ArchitectureType::Cnn);
        QCOMPARE(*row.throughput, 2500.5);
        QCOMPARE(*row.imageSize, 224.0);
        QCOMPARE(*row.stepMs, 102.4);
        QCOMPARE(*row.batch, 256.0);
        QCOMPARE(*row.paramsMillions, 25.56);
        QCOMPARE(*row.gmacs, 4.09);
        QCOMPARE(*row.activationsMillions, 11.11);
        QVERIFY(!row.top1);
    }

    void rowsWithoutModelOrThroughputAreSkippedAndCounted() { QCOMPARE(read("shuffled.csv").skipped, 3); }

    void whatIsNoNumberIsEmpty()
    {
        const TimmRow& row = read("shuffled.csv").rows[2];
        QCOMPARE(row.model, std::string("coatnet_0_rw_224"));
        QVERIFY(!row.batch && !row.stepMs && !row.activationsMillions);
        QCOMPARE(*row.gmacs, 15.4);
    }

    // A byte order mark, quotes, CR LF, blank lines and blanks, short and long rows, a quote that is never closed.
    void anUntidyTableOfOlderNamesIsRead()
    {
        const TimmTable table = read("untidy.csv");
        QCOMPARE(table.rows.size(), std::size_t(3));
        QCOMPARE(table.skipped, 2); // "1,5" is no number; levit_128 has none
        QCOMPARE(table.rows[0].model, std::string("swin \"tiny\", x"));
        QCOMPARE(*table.rows[0].throughput, 12.5);
        QCOMPARE(*table.rows[0].imageSize, 256.0);
        QCOMPARE(table.rows[1].model, std::string("resmlp_12_224"));
        QCOMPARE(*table.rows[1].throughput, 700.0);
        QCOMPARE(*table.rows[2].imageSize, 256.0);
        QVERIFY(!table.rows[2].gmacs && !table.rows[2].paramsMillions);
    }

    void aMissingColumnIsNamed()
    {
        QCOMPARE(errorOf("no_model.csv"),
                 QString("'no_model.csv' has no column 'model'; open one of timm's benchmark-infer-*.csv."));
        QCOMPARE(errorOf("no_throughput.csv"), QString("'no_throughput.csv' has no column 'infer_samples_per_sec'; "
                                                       "open one of timm's benchmark-infer-*.csv."));
        QVERIFY(errorOf("accuracy.csv").contains("'infer_samples_per_sec'"));
    }

    void aTrainingTableIsToldAsOne()
    {
        QCOMPARE(errorOf("training.csv"),
                 QString("'training.csv' is a table of training benchmarks ('train_samples_per_sec') and has no column "
                         "'infer_samples_per_sec'; open one of timm's benchmark-infer-*.csv."));
    }

    void aMissingFileIsToldAsOne() { QVERIFY(errorOf("not_there.csv").contains("there is no such file")); }

    void theBestAccuracyAtTheTimedSizeIsJoined()
    {
        TimmTable table = read("shuffled.csv");
        const auto matched = lathe::joinTimmAccuracy(table, LATHE_TEST_DATA "/timm_like/accuracy.csv");
        QVERIFY(matched.has_value());
        QCOMPARE(*matched, 2);
        QCOMPARE(*table.rows[0].top1, 0.80228); // not the 81.214 at 288 pixels
        QCOMPARE(*table.rows[1].top1, 0.84534); // by its full name, not another tag's 99
        QVERIFY(!table.rows[2].top1);           // no figure in the table
    }

    void anAccuracyTableWithoutItsColumnsIsRefused()
    {
        TimmTable table = read("shuffled.csv");
        const auto matched = lathe::joinTimmAccuracy(table, LATHE_TEST_DATA "/timm_like/no_throughput.csv");
        QVERIFY(!matched);
        QVERIFY(matched.error().message.find("'top1'") != std::string::npos);
        QVERIFY(!lathe::joinTimmAccuracy(table, LATHE_TEST_DATA "/timm_like/no_model.csv"));
        QVERIFY(!lathe::joinTimmAccuracy(table, LATHE_TEST_DATA "/timm_like/not_there.csv"));
    }

    void theTypeIsToldFromTheName_data()
    {
        QTest::addColumn<QString>("type");
        const auto rows = [](const char* type, std::initializer_list<const char*> models) {
            for (const char* model : models)
                QTest::newRow(model) << type;
        };
        rows("vit", {"vit_base_patch16_224.augreg",
                     "vit_so400m_patch14_siglip_224",
                     "flexivit_small",
                     "deit3_base",
                     "deit_tiny_distilled_patch16_224",
                     "beitv2_large_patch16_224",
                     "eva02_tiny_patch14_224",
                     "eva_giant_patch14_clip_224",
                     "cait_m36_384",
                     "xcit_nano_12_p16_224",
                     "swin_tiny_patch4_window7_224",
                     "swinv2_cr_tiny_224",
                     "swin_s3_base_224",
                     "pvt_v2_b0",
                     "twins_pcpvt_base",
                     "twins_svt_small",
                     "crossvit_9_240",
                     "tiny_vit_5m_224",
                     "volo_d1_224",
                     "tnt_s_patch16_224",
                     "nest_base_jx",
                     "pit_b_224",
                     "mvitv2_tiny",
                     "hiera_base_224",
                     "hieradet_small",
                     "sam2_hiera_tiny",
                     "samvit_base_patch16",
                     "convit_base",
                     "davit_tiny",
                     "gcvit_tiny",
                     "test_vit.r160_in1k",
                     "VIT_base_patch16_224"});
        rows("hybrid", {"levit_128",
                        "levit_conv_256d",
                        "coat_lite_tiny",
                        "coatnet_0_rw_224",
                        "coatnext_nano_rw_224",
                        "maxvit_tiny_tf_224",
                        "maxxvitv2_nano_rw_256",
                        "mobilevit_s",
                        "mobilevitv2_050",
                        "edgenext_base",
                        "efficientformer_l1",
                        "efficientformerv2_s0",
                        "efficientvit_b0",
                        "efficientvit_m0",
                        "fastvit_t8",
                        "nextvit_small",
                        "visformer_small",
                        "caformer_s18",
                        "vitamin_small_224",
                        "botnet26t_256",
                        "halonet26t",
                        "lambda_resnet26t",
                        "eca_botnext26ts_256",
                        "sehalonet33ts",
                        "haloregnetz_b",
                        "bat_resnext26ts",
                        "mobilenetv4_hybrid_medium",
                        "vit_base_r50_s16_224",
                        "vit_small_resnet26d_224",
                        "vit_tiny_r_s16_p8_224"});
        rows("mlp",
             {"mixer_b16_224", "gmixer_24_224", "gmlp_s16_224", "resmlp_12_224", "poolformer_s12", "sequencer2d_s"});
        rows("cnn", {"resnet50",           "convnext_tiny",         "convnextv2_atto",
                     "convmixer_768_32",   "convformer_s18",        "repvit_m1",
                     "tf_efficientnet_b0", "efficientnetv2_s",      "mobilenetv4_conv_small",
                     "mixnet_l",           "eca_nfnet_l0",          "inception_next_tiny",
                     "focalnet_tiny_srf",  "regnety_004",           "vgg16",
                     "densenet121",        "resnext50_32x4d",       "gc_efficientnetv2_rw_t",
                     "test_efficientnet",  "nothing_anybody_knows", ""});
    }
    void theTypeIsToldFromTheName()
    {
        QFETCH(QString, type);
        const ArchitectureType told = lathe::typeFromTimmName(QTest::currentDataTag());
        QCOMPARE(QString::fromUtf8(lathe::name(told).data()), type);
    }

    void timmsOwnTablesAreReadWhole_data()
    {
        QTest::addColumn<int>("rows");
        QTest::newRow("benchmark-infer-amp-nhwc-pt240-cu124-rtx4090.csv") << 1441;
        QTest::newRow("benchmark-infer-fp32-nchw-pt240-cpu-i9_10940x-dynamo.csv") << 1435;
        QTest::newRow("benchmark-infer-fp32-nchw-pt240-cpu-i7_12700h-dynamo.csv") << 1440;
    }
    void timmsOwnTablesAreReadWhole()
    {
        const std::filesystem::path path = realTable(QTest::currentDataTag());
        if (path.empty())
            QSKIP("timm's benchmark tables are not beside the project (../shared/data/timm).");
        const auto table = lathe::readTimmTable(path);
        QVERIFY(table.has_value());
        QFETCH(int, rows);
        QCOMPARE(static_cast<int>(table->rows.size()), rows);
        QCOMPARE(table->skipped, 0);

        std::map<ArchitectureType, int> counts;
        for (const TimmRow& row : table->rows) {
            ++counts[row.type];
            QVERIFY2(row.type != ArchitectureType::Cnn || !soundsLikeATransformer(row.model), row.model.c_str());
            QVERIFY(row.paramsMillions && row.imageSize && row.stepMs && row.batch);
        }
        qInfo("cnn %d, vit %d, hybrid %d, mlp %d", counts[ArchitectureType::Cnn], counts[ArchitectureType::Vit],
              counts[ArchitectureType::Hybrid], counts[ArchitectureType::Mlp]);
        for (const auto type :
             {ArchitectureType::Cnn, ArchitectureType::Vit, ArchitectureType::Hybrid, ArchitectureType::Mlp})
            QVERIFY(counts[type] >= 20);
    }

    void timmsAccuraciesAreJoined()
    {
        const std::filesystem::path path = realTable("benchmark-infer-amp-nhwc-pt240-cu124-rtx4090.csv");
        const std::filesystem::path accuracy = realTable("results-imagenet.csv");
        if (path.empty() || accuracy.empty())
            QSKIP("timm's benchmark tables are not beside the project (../shared/data/timm).");
        auto table = lathe::readTimmTable(path);
        QVERIFY(table.has_value());
        QCOMPARE(*lathe::joinTimmAccuracy(*table, accuracy), 1090); // counted with Python's csv module
        for (const TimmRow& row : table->rows)
            if (row.model == "vit_base_patch16_224")
                QCOMPARE(*row.top1, 0.85108);
    }
};

QTEST_APPLESS_MAIN(TestTimmTable)
#include "tst_timm_table.moc"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>

#include "core/formats/packed_pattern.h"
#include "core/pruning/prune.h"
#include "core/pruning/reparametrization.h"
#include "core/pruning/sizes.h"
#include "tests/support/closed_form.h"
#include "tests/support/tensors.h"

using namespace lathe;

namespace {

LoadedModel leNet()
{
    LoadedModel model = *loadModel("lenet", {});
    model.weights = test::closedFormWeights(model.graph);
    return model;
}

LoadedModel pruned(const std::string& rule)
{
    PruningPlan plan;
    plan.rules = {*ruleFromText(rule)};
    return *prune(leNet(), plan);
}

std::vector<std::string> namesOf(const SizeTable& table)
{
    std::vector<std::string> names;
    for (const FormatSize& size : table.formats)
        names.push_back(size.format);
    return names;
}

FormatSize sizeOf(const LoadedModel& model, const std::string& format)
{
    const SizeTable table = *measureSizes(model, {}, {}, {});
    return *std::find_if(table.formats.begin(), table.formats.end(),
                         [&](const FormatSize& size) { return size.format == format; });
}

} // namespace

class TestSizes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void hasARowForEveryFormat();
    void expectsTheBytesOfTheFormulas_data();
    void expectsTheBytesOfTheFormulas();
    void filesTakeALittleMoreThanTheirNumbers();
    void formatsBreakEvenWhereTheyTakeAsManyBytes_data();
    void formatsBreakEvenWhereTheyTakeAsManyBytes();
    void zerosCompressWell();
    void masksMakeAFileLarger();
    void blocksDivideTheMatrix();
    void aPatternIsSeenAndPacked();
    void packedWeightsComeBack_data();
    void packedWeightsComeBack();
    void filesCanBeKept();
    void largeFilesAreNotWritten();
    void refusesQuantizedNetworks();
};

void TestSizes::hasARowForEveryFormat()
{
    QCOMPARE(namesOf(*measureSizes(leNet(), {}, {}, {})),
             (std::vector<std::string>{"dense .pt", "dense .safetensors", "COO .pt", "CSR .pt", "BSR .pt"}));
    QCOMPARE(namesOf(*measureSizes(pruned("*=2:4"), {}, {}, {})),
             (std::vector<std::string>{"dense .pt", "dense .safetensors", "originals and masks .pt",
                                       "originals and masks .safetensors", "COO .pt", "CSR .pt", "BSR .pt",
                                       "2:4 packed .safetensors"}));
}

/// LeNet has 59,838 weights (54 + 864 in convolutions), 236 biases, and l1 0.9 leaves 5,983.
void TestSizes::expectsTheBytesOfTheFormulas_data()
{
    QTest::addColumn<QString>("format");
    QTest::addColumn<qint64>("bytes");
    const qint64 biases = 236 * 4;
    QTest::newRow("dense") << "dense .pt" << qint64{4 * 59838 + biases};
    QTest::newRow("masks") << "originals and masks .pt" << qint64{8 * 59838 + biases};
    QTest::newRow("masks of a byte") << "originals and masks .safetensors" << qint64{5 * 59838 + biases};
    // Of 5 + 86 in convolutions and 4,800 + 1,008 + 84 in linear layers.
    QTest::newRow("coordinates") << "COO .pt" << qint64{91 * 36 + 5892 * 20 + biases};
    QTest::newRow("rows") << "CSR .pt" << qint64{5983 * 12 + (6 + 16 + 120 + 84 + 10 + 5) * 8 + biases};
}

void TestSizes::expectsTheBytesOfTheFormulas()
{
    QFETCH(QString, format);
    QFETCH(qint64, bytes);
    QCOMPARE(qint64{sizeOf(pruned("*=l1:0.9"), format.toStdString()).expectedBytes}, bytes);
}

void TestSizes::filesTakeALittleMoreThanTheirNumbers()
{
    const SizeTable table = *measureSizes(pruned("*=2:4"), {}, {}, {});
    for (const FormatSize& size : table.formats) {
        QVERIFY2(size.bytes && *size.bytes > size.expectedBytes, size.format.c_str());
        QVERIFY2(*size.bytes < size.expectedBytes + 8192, size.format.c_str());
        QVERIFY2(*size.gzipBytes < *size.bytes, size.format.c_str());
    }
}

void TestSizes::formatsBreakEvenWhereTheyTakeAsManyBytes_data()
{
    QTest::addColumn<QString>("format");
    QTest::newRow("coordinates") << "COO .pt";
    QTest::newRow("rows") << "CSR .pt";
}

/// Just above that share the format takes less than dense numbers, just below more.
void TestSizes::formatsBreakEvenWhereTheyTakeAsManyBytes()
{
    QFETCH(QString, format);
    const double share = *sizeOf(leNet(), format.toStdString()).breakEven;
    const auto expected = [&](double amount) {
        return sizeOf(pruned("*=l1:" + std::to_string(amount)), format.toStdString()).expectedBytes;
    };
    const std::int64_t dense = sizeOf(leNet(), "dense .pt").expectedBytes;
    QVERIFY(expected(share - 0.01) > dense);
    QVERIFY(expected(share + 0.01) < dense);
}

void TestSizes::zerosCompressWell()
{
    const FormatSize size = sizeOf(pruned("*=l1:0.9"), "dense .pt");
    QVERIFY(*size.gzipBytes < *size.bytes / 4);
    QVERIFY(!size.breakEven);
}

void TestSizes::masksMakeAFileLarger()
{
    const LoadedModel model = pruned("*=l1:0.9");
    QVERIFY(*sizeOf(model, "originals and masks .pt").bytes > *sizeOf(model, "dense .pt").bytes);
    QVERIFY(!sizeOf(model, "originals and masks .pt").breakEven);
}

void TestSizes::blocksDivideTheMatrix()
{
    QCOMPARE(blockEdge(64), std::int64_t{8});
    QCOMPARE(blockEdge(54), std::int64_t{6});
    QCOMPARE(blockEdge(10), std::int64_t{5});
    QCOMPARE(blockEdge(11), std::int64_t{1});
    // 6 x 9 in blocks of 6 x 3, 16 x 54 of 8 x 6, 120 x 400 of 8 x 8, 84 x 120 of 7 x 8, 10 x 84 of 5 x 7: all are
    // left.
    const std::int64_t blocks =
        3 * (4 * 18 + 8) + 18 * (4 * 48 + 8) + 750 * (4 * 64 + 8) + 180 * (4 * 56 + 8) + 24 * (4 * 35 + 8);
    const std::int64_t begins = 8 * (2 + 3 + 16 + 13 + 3);
    QCOMPARE(sizeOf(leNet(), "BSR .pt").expectedBytes, blocks + begins + 236 * 4);
}

void TestSizes::aPatternIsSeenAndPacked()
{
    const LoadedModel model = pruned("linear=2:4");
    for (const NamedTensor& weight : model.weights)
        if (weight.name == "fc1.weight") {
            const auto pattern = patternOf(weight.tensor);
            QVERIFY(pattern && *pattern == (NOfM{2, 4}));
        }
    // 58,920 weights of linear layers: half of the values, and two bits for each of them.
    QCOMPARE(sizeOf(model, "2:4 packed .safetensors").expectedBytes,
             std::int64_t{29460 * 4 + 29460 / 4 + 918 * 4 + 236 * 4});
    QCOMPARE(*sizeOf(model, "2:4 packed .safetensors").breakEven, 2.0 / 34.0);
    QVERIFY(!patternOf(test::floats({2, 8}, 1.0F)));
    std::vector<float> byChance(32);
    byChance[0] = byChance[1] = byChance[4] = 1.0F;
    QVERIFY(!patternOf(test::floats({2, 16}, byChance)));
    QVERIFY(!patternOf(test::floats({2, 1}, 0.0F)));
}

void TestSizes::packedWeightsComeBack_data()
{
    QTest::addColumn<int>("kept");
    QTest::addColumn<int>("of");
    QTest::newRow("2:4") << 2 << 4;
    QTest::newRow("1:2") << 1 << 2;
    QTest::newRow("5:16") << 5 << 16;
}

/// Seven inputs of a kernel of two places leave some behind the last whole group.
void TestSizes::packedWeightsComeBack()
{
    QFETCH(int, kept);
    QFETCH(int, of);
    const HostTensor dense = test::closedFormTensor(3, {5, 35, 1, 2}, 1.0, 0.0);
    const HostTensor keep = *nOfMMask({"w", dense, wholeMask(dense.shape)}, {kept, of});
    const HostTensor weights = masked(dense, keep);
    const PackedPattern made = packed(weights, {kept, of});
    QCOMPARE(made.values.byteCount() + made.places.byteCount() + made.rest.byteCount(),
             packedBytes(weights.shape, {kept, of}));
    QCOMPARE(test::valuesOf(unpacked(made)), test::valuesOf(weights));
}

void TestSizes::filesCanBeKept()
{
    const QTemporaryDir folder;
    const SizeOptions options{.keepIn = folder.path().toStdString()};
    const SizeTable table = *measureSizes(pruned("*=2:4"), options, {}, {});
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files),
             (QStringList{"bsr.pt", "coo.pt", "csr.pt", "dense.pt", "dense.safetensors", "masks.pt",
                          "masks.safetensors", "packed.safetensors"}));
    QCOMPARE(qint64{*table.formats[0].bytes}, QFileInfo(folder.filePath("dense.pt")).size());
    const auto opened = loadModel(folder.filePath("masks.pt").toStdString(), {});
    QVERIFY(opened && opened->pruning);
    QVERIFY(!measureSizes(leNet(), {.keepIn = "/nowhere"}, {}, {}));
}

void TestSizes::largeFilesAreNotWritten()
{
    const SizeTable table = *measureSizes(leNet(), {.mostBytes = 300000}, {}, {});
    QVERIFY(table.formats[0].bytes);
    QVERIFY(!table.formats[2].bytes && table.formats[2].expectedBytes > 1000000);
}

void TestSizes::refusesQuantizedNetworks()
{
    LoadedModel model = leNet();
    model.quantization = Quantization{};
    QCOMPARE(measureSizes(model, {}, {}, {}).error().code, ErrorCode::Unsupported);
}

QTEST_APPLESS_MAIN(TestSizes)
#include "tst_sizes.moc"

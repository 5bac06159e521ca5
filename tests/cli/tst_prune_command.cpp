#include <QFile>
#include <QJsonArray>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "core/architectures/catalogue.h"
#include "core/formats/safetensors.h"
#include "core/formats/weight_file.h"
#include "tests/support/closed_form.h"
#include "tests/support/program.h"
#include "tests/support/tensors.h"

using namespace lathe;

class TestPruneCommand : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void prunesGloballyAndSaysSo();
    void prunesByRules();
    void leavesAPatternInEachGroup();
    void prunesFurther();
    void makesPermanent();
    void makesMasksOfAFilePermanent();
    void takesMasksOfAFile();
    void showsNamesSideBySide();
    void prunedFilesRunAsTheZerosDo();
    void recordsSayHowItWasPruned();
    void trainingLeavesWhatIsPruned();
    void quantizingKeepsTheZeros();
    void listsSizes();
    void refuses_data();
    void refuses();

private:
    test::Run run(const QStringList& arguments) { return test::runLathe(arguments, m_folder.path()); }
    QJsonObject json(const QStringList& arguments)
    {
        const test::Run done = run(arguments + QStringList{"--json"});
        if (done.code != 0)
            qWarning("%s", done.error.constData());
        return done.json();
    }
    std::string path(const char* name) const { return m_folder.filePath(name).toStdString(); }

    QTemporaryDir m_folder;
};

namespace {

QJsonObject layerOf(const QJsonObject& document, const QString& name)
{
    const QJsonArray layers = document["layers"].toArray();
    for (const QJsonValue& layer : layers)
        if (layer.toObject()["name"] == name)
            return layer.toObject();
    return {};
}

} // namespace

void TestPruneCommand::initTestCase()
{
    const Graph graph = *buildArchitecture("lenet", {});
    QVERIFY(writeSafetensors(path("lenet.safetensors"), test::closedFormWeights(graph)));
    QVERIFY(writeSafetensors(path("x.safetensors"), {{"x", test::closedFormInput({2, 1, 28, 28})}}));
}

void TestPruneCommand::prunesGloballyAndSaysSo()
{
    const QJsonObject found =
        json({"prune", "lenet.safetensors", "--unstructured", "--amount", "0.2", "--scope", "global"});
    QCOMPARE(found["params_before"].toInt(), 60074);
    QCOMPARE(found["params"].toInt(), 60074);
    QCOMPARE(found["macs"].toInt(), found["macs_before"].toInt());
    QCOMPARE(found["scheme"].toString(), QString("l1 global 0.2 (masks)"));
    QCOMPARE(found["pruned"].toInt(), 11968);
    QVERIFY(std::abs(found["sparsity"].toDouble() - 0.2) < 1e-5);
    QCOMPARE(found["layers"].toArray().size(), 5);
    QCOMPARE(layerOf(found, "fc1")["pruned"].toInt(), 10590);
    QCOMPARE(layerOf(found, "fc1")["numel"].toInt(), 48000);
    QVERIFY(found["notes"].toArray().last().toString().startsWith("Masks change neither parameters nor MACs"));
}

void TestPruneCommand::prunesByRules()
{
    const QJsonObject found = json({"prune", "lenet.safetensors", "--rule", "conv=l1:0.2", "--rule",
                                    "linear=random:0.4", "--rule", "conv1.bias=l1:3", "--exclude", "fc3"});
    QCOMPARE(layerOf(found, "conv2")["pruned"].toInt(), 173);
    QCOMPARE(layerOf(found, "fc1")["pruned"].toInt(), 19200);
    QCOMPARE(layerOf(found, "fc3")["pruned"].toInt(), 0);
    QCOMPARE(layerOf(found, "conv1")["bias_pruned"].toInt(), 3);
}

void TestPruneCommand::leavesAPatternInEachGroup()
{
    const QJsonObject found = json({"prune", "lenet.safetensors", "--nm", "2:4"});
    QCOMPARE(layerOf(found, "fc1")["pruned"].toInt(), 24000);
    QCOMPARE(layerOf(found, "conv2")["pruned"].toInt(), 16 * 2 * 9); // two of six inputs are behind the last group
    QCOMPARE(found["notes"].toArray().first().toString(),
             QString("Inputs behind the last whole group stay dense in conv1.weight and conv2.weight."));
}

void TestPruneCommand::prunesFurther()
{
    QCOMPARE(run({"prune", "lenet.safetensors", "--amount", "0.2", "--out", "once.pt"}).code, 0);
    const QJsonObject twice = json({"prune", "once.pt", "--amount", "0.5", "--out", "twice.safetensors"});
    QCOMPARE(layerOf(twice, "conv1")["pruned"].toInt(), 33);
    QCOMPARE(layerOf(twice, "fc3")["pruned"].toInt(), 504);
    QVERIFY(QFile::exists(m_folder.filePath("twice.safetensors")));
}

void TestPruneCommand::makesPermanent()
{
    const QJsonObject found =
        json({"prune", "lenet.safetensors", "--amount", "0.5", "--permanent", "--out", "zeros.pt"});
    QCOMPARE(found["scheme"].toString(), QString("l1 layer 0.5"));
    QCOMPARE(found["after"], found["before"]);
    QCOMPARE(layerOf(found, "fc1")["pruned"].toInt(), 24000);
    const auto file = readWeightFile(path("zeros.pt"));
    QCOMPARE(file->tensors.front().name, std::string("conv1.weight"));
    QCOMPARE(file->tensors.size(), std::size_t{10});
}

void TestPruneCommand::makesMasksOfAFilePermanent()
{
    QCOMPARE(run({"prune", "lenet.safetensors", "--amount", "0.5", "--out", "masked.safetensors"}).code, 0);
    const QJsonObject found = json({"prune", "masked.safetensors", "--permanent", "--out", "forgood.safetensors"});
    QCOMPARE(layerOf(found, "fc1")["pruned"].toInt(), 24000);
    QCOMPARE(readWeightFile(path("forgood.safetensors"))->tensors.size(), std::size_t{10});
    const QJsonObject again = json({"prune", "forgood.safetensors", "--amount", "0.5"});
    QVERIFY(again["notes"].toArray().first().toString().startsWith("No further weight became 0"));
}

void TestPruneCommand::takesMasksOfAFile()
{
    QVERIFY(writeSafetensors(path("masks.safetensors"), {{"conv1.bias_mask", test::floats({6}, {1, 0, 1, 0, 1, 0})}}));
    const QJsonObject found =
        json({"prune", "lenet.safetensors", "--method", "custom", "--mask-file", "masks.safetensors"});
    QCOMPARE(layerOf(found, "conv1")["bias_pruned"].toInt(), 3);
    QCOMPARE(found["scheme"].toString(), QString("custom masks (masks)"));
}

void TestPruneCommand::showsNamesSideBySide()
{
    const test::Run done = run({"prune", "lenet.safetensors", "--rule", "conv1=l1:0.3", "--names"});
    QCOMPARE(done.code, 0);
    QVERIFY(QString::fromUtf8(done.out).contains(QRegularExpression("conv1.weight +conv1.bias +parameter")));
    QVERIFY(QString::fromUtf8(done.out).contains(QRegularExpression("\n +conv1.weight_mask +buffer")));
}

/// A file with masks, one with the zeros and PyTorch's form of the masks give one output; fused kernels are chosen
/// anew each time, and sum in unlike orders.
void TestPruneCommand::prunedFilesRunAsTheZerosDo()
{
    const auto output = [&](const QStringList& saved, const QString& mode) {
        run(QStringList{"prune", "lenet.safetensors", "--amount", "0.5"} + saved);
        run({"infer", saved.last(), "--tensor", "x.safetensors", "--out", "y.safetensors", "--mode", mode});
        return test::valuesOf(readSafetensors(path("y.safetensors"))->tensors.front().tensor);
    };
    for (const QString mode : {"eager", "fused"}) {
        const auto masked = output({"--out", "m.safetensors"}, mode);
        QCOMPARE(masked.size(), std::size_t{20});
        const auto isSame = [&](const std::vector<float>& other) {
            return std::equal(other.begin(), other.end(), masked.begin(), masked.end(),
                              [](float a, float b) { return std::abs(a - b) < 1e-5F; });
        };
        QVERIFY(isSame(output({"--out", "m.pt"}, mode)));
        QVERIFY(isSame(output({"--permanent", "--out", "zeros.safetensors"}, mode)));
    }
}

void TestPruneCommand::recordsSayHowItWasPruned()
{
    QCOMPARE(run({"prune", "lenet.safetensors", "--amount", "0.5", "--out", "r.safetensors"}).code, 0);
    const QJsonObject record =
        json({"bench", "r.safetensors", "--max-seconds", "0.2"})["records"].toArray().first().toObject();
    QCOMPARE(record["scheme"].toString(), QString("l1 layer 0.5 (masks)"));
    QCOMPARE(record["origin"].toString(), QString("lenet.safetensors"));
}

void TestPruneCommand::trainingLeavesWhatIsPruned()
{
    QCOMPARE(run({"prune", "lenet.safetensors", "--amount", "0.5", "--out", "before.safetensors"}).code, 0);
    const test::Run trained = run({"train", "before.safetensors", "--dataset", "synthetic", "--epochs", "1",
                                   "--threads", "1", "--out", "after.safetensors"});
    QVERIFY2(trained.code == 0, trained.error.constData());
    const auto before = readSafetensors(path("before.safetensors")), after = readSafetensors(path("after.safetensors"));
    const auto values = [](const SafetensorsFile& file, const std::string& name) {
        return test::valuesOf(std::find_if(file.tensors.begin(), file.tensors.end(), [&](const NamedTensor& t) {
                                  return t.name == name;
                              })->tensor);
    };
    const auto old = values(*before, "fc2.weight_orig"), now = values(*after, "fc2.weight_orig");
    const auto unchanged = std::inner_product(old.begin(), old.end(), now.begin(), 0, std::plus<>(), std::equal_to<>());
    QVERIFY2(unchanged >= 5040 && unchanged < 5300,
             qPrintable(QString::number(unchanged))); // half, and a few by chance
    const QJsonObject found = json({"prune", "after.safetensors", "--rule", "conv1.bias=l1:0"});
    QCOMPARE(layerOf(found, "fc2")["pruned"].toInt(), 5040);
}

void TestPruneCommand::quantizingKeepsTheZeros()
{
    QCOMPARE(run({"prune", "lenet.safetensors", "--amount", "0.5", "--out", "half.safetensors"}).code, 0);
    const test::Run done = run({"quantize", "half.safetensors", "--out", "half_int8.safetensors"});
    QVERIFY2(done.code == 0, done.error.constData());
    const QJsonObject record =
        json({"bench", "half_int8.safetensors", "--max-seconds", "0.2"})["records"].toArray().first().toObject();
    QCOMPARE(record["scheme"].toString(), QString("l1 layer 0.5, int8"));
    const test::Run again = run({"prune", "half_int8.safetensors", "--amount", "0.5"});
    QVERIFY(again.error.contains("is quantized; prune the file it was made from"));
}

void TestPruneCommand::listsSizes()
{
    QCOMPARE(run({"prune", "lenet.safetensors", "--amount", "0.9", "--out", "s.safetensors"}).code, 0);
    const QJsonObject found = json({"sizes", "s.safetensors"});
    QCOMPARE(found["zeros"].toInt(), 53855);
    const QJsonArray formats = found["formats"].toArray();
    QCOMPARE(formats.size(), 7);
    QCOMPARE(formats.first().toObject()["expected_bytes"].toInt(), 4 * 60074);
    QVERIFY(formats.first().toObject()["bytes"].toInt() > 4 * 60074);
    QVERIFY(formats.first().toObject()["break_even"].isNull());
    const test::Run text = run({"sizes", "s.safetensors"});
    QVERIFY(QString::fromUtf8(text.out).contains("breaks even at"));
}

void TestPruneCommand::refuses_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("said");
    QTest::newRow("no amount") << QStringList{} << "How much should go?";
    QTest::newRow("too much") << QStringList{"--amount", "1.5"} << "no share from 0.0 to 1.0";
    QTest::newRow("more than there are") << QStringList{"--rule", "conv1=l1:55"} << "cannot lose 55 entries: 54 are";
    QTest::newRow("no such layer") << QStringList{"--rule", "conv9=l1:0.5"} << "has no layer \"conv9\"";
    QTest::newRow("everything excluded") << QStringList{"--amount", "0.5", "--exclude", "*"} << "is excluded";
    QTest::newRow("a whole layer") << QStringList{"--rule", "fc2=l1:1.0"} << "Nothing would be left of fc2.weight";
    QTest::newRow("a method for channels") << QStringList{"--method", "taylor", "--amount", "0.5"} << "--structured";
    QTest::newRow("a pattern and an amount") << QStringList{"--nm", "2:4", "--amount", "0.5"} << "leave --method";
    QTest::newRow("no masks") << QStringList{"--method", "custom"} << "Name their file with --mask-file";
    QTest::newRow("no kind of file") << QStringList{"--amount", "0.5", "--out", "x.xyz"}
                                     << "end its name in .safetensors";
    QTest::newRow("onto itself") << QStringList{"--amount", "0.5", "--out", "lenet.safetensors"}
                                 << "is the file that is pruned";
    QTest::newRow("no such mask file") << QStringList{"--mask-file", "no.pt"} << "no.pt";
    QTest::newRow("no norm") << QStringList{"--method", "ln", "--amount", "0.5", "--norm", "two"} << "is no norm";
    QTest::newRow("no axis") << QStringList{"--method", "ln", "--amount", "0.5", "--axis", "7"} << "has no axis 7";
}

void TestPruneCommand::refuses()
{
    QFETCH(QStringList, arguments);
    QFETCH(QString, said);
    const QStringList out = arguments.contains("--out") ? QStringList{} : QStringList{"--out", "never.safetensors"};
    const test::Run done = run(QStringList{"prune", "lenet.safetensors"} + out + arguments);
    QCOMPARE(done.code, 2);
    QVERIFY2(QString::fromUtf8(done.error).contains(said), done.error.constData());
    QCOMPARE(done.error.count('\n'), 1);
    QVERIFY(!QFile::exists(m_folder.filePath("never.safetensors")));
}

QTEST_GUILESS_MAIN(TestPruneCommand)
#include "tst_prune_command.moc"

#include <QJsonArray>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

#include "tests/support/program.h"

/// TorchScript files and the second count, through the program.
class TestTorchscriptFiles : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void countsAModelTwice();
    void leavesTheSecondCountOutUnlessAsked();
    void describesAProgramThatBecameAGraph();
    void saysWhatASealedProgramCannotDo();
    void measuresASealedProgram();
    void comparesASealedProgramWithAGraph();
    void refusesToExportASealedProgram();
    void exportsAProgramThatBecameAGraph();

private:
    using Run = lathe::test::Run;
    static Run lathe(const QStringList& arguments) { return lathe::test::runLathe(arguments); }
};

namespace {

const QString kSize = "3x16x16";

QString script(const char* name)
{
    return QStringLiteral(LATHE_TEST_DATA "/torchscript/") + QString::fromLatin1(name);
}

} // namespace

void TestTorchscriptFiles::countsAModelTwice()
{
    const Run run = lathe({"describe", "mobilenet_v2", "--count", "--json"});
    QVERIFY2(run.code == 0, run.error.constData());
    const QJsonObject counted = run.json()["counted"].toObject();
    QCOMPARE(run.json()["macs"].toInteger(), 300774272);
    QCOMPARE(counted["macs"].toInteger(), 300774272);
    QCOMPARE(counted["agrees"].toBool(), true);
    QCOMPARE(counted["difference"].toDouble(), 0.0);
    QCOMPARE(counted["unknown"].toArray(), QJsonArray());
    QCOMPARE(counted["differences"].toArray(), QJsonArray());
    const QJsonArray operations = counted["operations"].toArray();
    const auto convolution = std::find_if(operations.begin(), operations.end(), [](const QJsonValue& operation) {
        return operation["name"] == "aten::convolution";
    });
    QVERIFY(convolution != operations.end());
    QCOMPARE(convolution->toObject()["calls"].toInt(), 52);
    QVERIFY(lathe({"describe", "lenet", "--count"}).out.contains("The two counts agree within 0.5 %."));
}

void TestTorchscriptFiles::leavesTheSecondCountOutUnlessAsked()
{
    QVERIFY(!lathe({"describe", "lenet", "--json"}).json().contains("counted"));
}

void TestTorchscriptFiles::describesAProgramThatBecameAGraph()
{
    const Run run = lathe({"describe", script("small_traced.pt"), "--input", kSize, "--layers", "--json"});
    QVERIFY2(run.code == 0, run.error.constData());
    QVERIFY(run.error.isEmpty());
    QCOMPARE(run.json()["params"].toInt(), 1002);
    QCOMPARE(run.json()["layers"].toArray().size(), 26);
    QVERIFY(!run.json().contains("notes"));
}

void TestTorchscriptFiles::saysWhatASealedProgramCannotDo()
{
    const Run run = lathe({"describe", script("softmax_traced.pt"), "--input", kSize, "--json"});
    QVERIFY2(run.code == 0, run.error.constData());
    QCOMPARE(run.json()["notes"].toArray().size(), 4);
    QVERIFY(run.json()["notes"].toArray()[0].toString().contains("aten::softmax"));
}

void TestTorchscriptFiles::measuresASealedProgram()
{
    const Run run = lathe({"bench", script("softmax_traced.pt"), "--input", kSize, "--batch", "2", "--threads", "1",
                           "--max-seconds", "0.5", "--json"});
    QVERIFY2(run.code == 0, run.error.constData());
    const QJsonObject record = run.json()["records"].toArray()[0].toObject();
    QCOMPARE(record["params"].toInt(), 127);
    QCOMPARE(record["macs"].toInt(), 21180);
}

void TestTorchscriptFiles::comparesASealedProgramWithAGraph()
{
    const Run run = lathe({"compare", script("softmax_traced.pt"), script("small_traced.pt"), "--input", kSize,
                           "--max-seconds", "0.5", "--json"});
    QVERIFY2(run.code == 0, run.error.constData());
    QVERIFY(!run.json()["sentence"].toString().isEmpty());
}

void TestTorchscriptFiles::refusesToExportASealedProgram()
{
    const QTemporaryDir folder;
    const Run run =
        lathe({"export", script("softmax_traced.pt"), "--input", kSize, "--out", folder.filePath("out.safetensors")});
    QCOMPARE(run.code, 1);
    QVERIFY2(run.error.contains("sealed"), run.error.constData());
    QCOMPARE(run.error.count('\n'), 1);
}

void TestTorchscriptFiles::exportsAProgramThatBecameAGraph()
{
    const QTemporaryDir folder;
    const Run run = lathe(
        {"export", script("small_traced.pt"), "--input", kSize, "--out", folder.filePath("out.safetensors"), "--json"});
    QVERIFY2(run.code == 0, run.error.constData());
    QCOMPARE(run.json()["tensors"].toInt(), 14);
}

QTEST_GUILESS_MAIN(TestTorchscriptFiles)
#include "tst_torchscript_files.moc"

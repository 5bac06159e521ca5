#include <QTemporaryDir>
#include <QTest>

#include <cstring>

#include "core/base/files.h"
#include "core/formats/safetensors.h"

using namespace lathe;

namespace {

std::string fileOf(const std::string& header, const std::string& data = {})
{
    std::string length(8, '\0');
    for (unsigned i = 0; i < 8; ++i)
        length[i] = static_cast<char>(header.size() >> (8 * i) & 0xFF);
    return length + header + data;
}

HostTensor tensorOf(DType dtype, Shape shape, const std::string& bytes)
{
    WritableTensor made = makeTensor(dtype, std::move(shape));
    std::memcpy(made.bytes, bytes.data(), bytes.size());
    return made.tensor;
}

std::string bytesOf(const HostTensor& tensor)
{
    return {reinterpret_cast<const char*>(tensor.data.get()), static_cast<std::size_t>(tensor.byteCount())};
}

} // namespace

class TestSafetensors : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsWhatItWrote();
    void readsAFileWrittenByHand();
    void keepsEveryDtype_data();
    void keepsEveryDtype();
    void refusesDamage_data();
    void refusesDamage();
    void survivesACutAtEveryByte();
    void keepsTheOldFileWhereItCannotWrite();

private:
    std::filesystem::path path(const char* name) const { return m_folder.filePath(name).toStdString(); }
    QTemporaryDir m_folder;
};

void TestSafetensors::readsWhatItWrote()
{
    const StateDict written{{"b", tensorOf(DType::Float32, {2, 1}, std::string(8, 'x'))},
                            {"a", tensorOf(DType::Int64, {}, "12345678")},
                            {"empty", tensorOf(DType::Float16, {0, 3}, "")}};
    QVERIFY(writeSafetensors(path("round"), written, {{"architecture", "lenet"}}));
    const auto file = readSafetensors(path("round"));
    QVERIFY2(file, file ? "" : file.error().message.c_str());
    QCOMPARE(file->metadata.at("architecture"), std::string("lenet"));
    QCOMPARE(file->tensors.size(), std::size_t{3});
    QCOMPARE(file->tensors[0].name, std::string("b"));
    QCOMPARE(file->tensors[0].tensor.shape, (Shape{2, 1}));
    QCOMPARE(bytesOf(file->tensors[1].tensor), std::string("12345678"));
    QCOMPARE(file->tensors[2].tensor.shape, (Shape{0, 3}));
}

void TestSafetensors::readsAFileWrittenByHand()
{
    const std::string header = R"({"x":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}})";
    const float values[] = {1.5F, -2.0F};
    QVERIFY(writeFileAtomically(path("hand"), fileOf(header, {reinterpret_cast<const char*>(values), 8})));
    const auto file = readSafetensors(path("hand"));
    QVERIFY(file);
    QCOMPARE(file->tensors[0].tensor.floats()[1], -2.0F);
}

void TestSafetensors::keepsEveryDtype_data()
{
    QTest::addColumn<QString>("dtype");
    for (const char* dtype :
         {"float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"})
        QTest::newRow(dtype) << dtype;
}

void TestSafetensors::keepsEveryDtype()
{
    QFETCH(QString, dtype);
    const DType type = *dtypeFromName(dtype.toStdString());
    const std::string bytes(static_cast<std::size_t>(3 * byteSize(type)), '\1');
    QVERIFY(writeSafetensors(path("dtype"), {{"t", tensorOf(type, {3}, bytes)}}));
    const auto file = readSafetensors(path("dtype"));
    QVERIFY(file);
    QCOMPARE(file->tensors[0].tensor.dtype, type);
    QCOMPARE(bytesOf(file->tensors[0].tensor), bytes);
}

void TestSafetensors::refusesDamage_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, const std::string& bytes, const char* sentence) {
        QTest::newRow(name) << QByteArray::fromStdString(bytes) << sentence;
    };
    const std::string eight(8, 'x');
    row("empty", "", "ends before its header");
    row("header longer than the file", fileOf("{}").substr(0, 9), "header should take 2 bytes and 1 are left");
    row("header length of nonsense", std::string(16, '\xFF'), "header should take");
    row("no JSON", fileOf("{not json"), "header is not JSON");
    row("JSON of another kind", fileOf("[1]"), "header is not JSON");
    row("deep nesting", fileOf(std::string(100000, '[')), "header is not JSON");
    row("no dtype", fileOf(R"({"t":{"shape":[1],"data_offsets":[0,4]}})", "xxxx"), "tensor \"t\" lacks its dtype");
    row("unknown dtype", fileOf(R"({"t":{"dtype":"F3","shape":[1],"data_offsets":[0,4]}})", "xxxx"),
        "has a dtype that is not supported (\"F3\")");
    row("offsets behind the end", fileOf(R"({"t":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}})", eight),
        "lies outside the file (bytes 0 to 12 of 8)");
    row("offsets backwards", fileOf(R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[8,4]}})", eight),
        "lies outside the file");
    row("negative offset", fileOf(R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}})", eight),
        "no whole numbers");
    row("wrong size", fileOf(R"({"t":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}})", eight),
        "has 8 bytes, which is not what 1 of float32 takes");
    row("shape that overflows",
        fileOf(R"({"t":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}})", eight),
        "which is not what");
    row("overlap",
        fileOf(
            R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
            eight),
        "tensors \"a\" and \"b\" overlap");
    const std::string longName(1025, 'n');
    row("a name of 1,025 characters",
        fileOf("{\"" + longName + R"(":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", "xxxx"),
        "has a name of 1025 characters, and at most 1024 are read");
    row("twice the same name",
        fileOf(
            R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
            eight),
        "tensor \"a\" is there twice");
}

void TestSafetensors::refusesDamage()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, sentence);
    QVERIFY(writeFileAtomically(path("bad"), bytes.toStdString()));
    const auto file = readSafetensors(path("bad"));
    QVERIFY(!file);
    QCOMPARE(file.error().code, ErrorCode::BadFile);
    QVERIFY2(QString::fromStdString(file.error().message).contains(sentence), file.error().message.c_str());
    QVERIFY(file.error().message.size() < 600);
}

void TestSafetensors::survivesACutAtEveryByte()
{
    QVERIFY(writeSafetensors(path("whole"), {{"t", tensorOf(DType::Float32, {2}, std::string(8, 'x'))}}));
    const std::string whole = *readFile(path("whole"));
    for (std::size_t length = 0; length < whole.size(); ++length) {
        QVERIFY(writeFileAtomically(path("cut"), whole.substr(0, length)));
        QVERIFY(!readSafetensors(path("cut")));
    }
}

void TestSafetensors::keepsTheOldFileWhereItCannotWrite()
{
    const auto written = writeSafetensors(path("no such folder/file"), {});
    QVERIFY(!written);
    QVERIFY(written.error().message.find("no such folder") != std::string::npos);
}

QTEST_APPLESS_MAIN(TestSafetensors)
#include "tst_safetensors.moc"

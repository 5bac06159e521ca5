#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <cstring>

#include "core/engine/backend.h"
#include "core/formats/weight_file.h"

using namespace lathe;

namespace {

/// Written by tests/data/torch/make.py.
std::string path(const std::string& name)
{
    return LATHE_TEST_DATA "/torch/" + name;
}

template <class T> std::vector<T> numbers(const WeightFile& file, const std::string& name)
{
    for (const NamedTensor& entry : file.tensors)
        if (entry.name == name) {
            std::vector<T> values(static_cast<std::size_t>(elementCount(entry.tensor.shape)));
            std::memcpy(values.data(), entry.tensor.data.get(), values.size() * sizeof(T));
            return values;
        }
    return {};
}

std::vector<float> floats(const WeightFile& file, const std::string& name)
{
    return numbers<float>(file, name);
}

std::vector<std::string> namesIn(const WeightFile& file)
{
    std::vector<std::string> names;
    for (const NamedTensor& entry : file.tensors)
        names.push_back(entry.name);
    return names;
}

std::string messageFor(const std::string& name)
{
    const auto file = readWeightFile(name);
    return file ? std::string() : file.error().message;
}

/// Bytes that this process ever had mapped at once; 0 where the system does not say.
std::int64_t mostAddressSpace()
{
    QFile status("/proc/self/status");
    if (!status.open(QIODevice::ReadOnly))
        return 0;
    const QByteArray text = status.readAll();
    const qsizetype at = text.indexOf("VmPeak:");
    return at < 0 ? 0 : text.mid(at + 7, text.indexOf(" kB", at) - at - 7).trimmed().toLongLong() * 1024;
}

const std::vector<std::string> kNames{
    "conv.weight", "conv.bias", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var", "bn.num_batches_tracked"};

} // namespace

class TestWeightFile : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void readsAStateDict_data();
    void readsAStateDict();
    void looksAtNumbersWhereTheyLie();
    void readsEveryDType();
    void makesViewsRowMajor();
    void writesSparseTensorsOut();
    void refusesATensorFarLargerThanTheFile();
    void tellsFilesApart_data();
    void tellsFilesApart();
    void saysWhatToDoWithOtherFiles_data();
    void saysWhatToDoWithOtherFiles();
    void saysWhatToDoWithDownloadsThatFailed_data();
    void saysWhatToDoWithDownloadsThatFailed();
    void refusesADirectoryThatClaimsMoreThanTheFile();

private:
    std::string save(const QByteArray& bytes)
    {
        const QString name = m_folder.filePath("file");
        QFile file(name);
        static_cast<void>(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        return name.toStdString();
    }
    QTemporaryDir m_folder;
};

void TestWeightFile::initTestCase()
{
    if (const auto backend = loadBackend(); !backend)
        QSKIP(backend.error().message.c_str());
}

void TestWeightFile::readsAStateDict_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("tensors");
    QTest::newRow("of a module") << "state_dict.pth" << 7;
    QTest::newRow("of parameters") << "parameters.pth" << 4;
    QTest::newRow("in a training checkpoint of DataParallel") << "checkpoint.pth" << 7;
    QTest::newRow("with pickle protocol 4") << "protocol4.pth" << 7;
    QTest::newRow("with pickle protocol 5") << "protocol5.pth" << 7;
}

void TestWeightFile::readsAStateDict()
{
    QFETCH(QString, file);
    QFETCH(int, tensors);
    const auto read = readWeightFile(path(file.toStdString()));
    QVERIFY2(read, read ? "" : read.error().message.c_str());
    QCOMPARE(namesIn(*read), std::vector<std::string>(kNames.begin(), kNames.begin() + tensors));
    QCOMPARE(read->tensors.front().tensor.shape, (Shape{2, 1, 2, 2}));
    QCOMPARE(floats(*read, "conv.weight"), (std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7}));
    QCOMPARE(floats(*read, "bn.bias"), (std::vector<float>{30, 31}));
}

void TestWeightFile::looksAtNumbersWhereTheyLie()
{
    const auto read = readWeightFile(path("views.pth"));
    QVERIFY(read);
    const auto at = [&](const char* name) {
        const auto found = std::find_if(read->tensors.begin(), read->tensors.end(),
                                        [&](const NamedTensor& t) { return t.name == name; });
        return found->tensor.data.get();
    };
    QCOMPARE(at("offset") - at("whole"), std::ptrdiff_t{6 * sizeof(float)});
}

void TestWeightFile::readsEveryDType()
{
    const auto read = readWeightFile(path("dtypes.pth"));
    QVERIFY(read);
    for (const NamedTensor& entry : read->tensors)
        QCOMPARE(name(entry.tensor.dtype), std::string_view(entry.name));
    QCOMPARE(read->tensors.size(), std::size_t{10});
    QCOMPARE(numbers<double>(*read, "float64"), (std::vector<double>{-1, 0, 1, 2}));
    QCOMPARE(numbers<std::int16_t>(*read, "int16"), (std::vector<std::int16_t>{-1, 0, 1, 2}));
    QCOMPARE(numbers<std::uint16_t>(*read, "float16"), (std::vector<std::uint16_t>{0xBC00, 0, 0x3C00, 0x4000}));
    QCOMPARE(numbers<std::uint16_t>(*read, "bfloat16"), (std::vector<std::uint16_t>{0xBF80, 0, 0x3F80, 0x4000}));
}

void TestWeightFile::makesViewsRowMajor()
{
    const auto read = readWeightFile(path("views.pth"));
    QVERIFY(read);
    QCOMPARE(floats(*read, "transposed"), (std::vector<float>{0, 6, 12, 18, 1, 7,  13, 19, 2, 8,  14, 20,
                                                              3, 9, 15, 21, 4, 10, 16, 22, 5, 11, 17, 23}));
    QCOMPARE(floats(*read, "strided"), (std::vector<float>{0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22}));
    QCOMPARE(floats(*read, "expanded"), (std::vector<float>{5, 5, 5, 5, 5, 5}));
    QCOMPARE(floats(*read, "scalar"), std::vector<float>{7});
    QCOMPARE(read->tensors.back().tensor.shape, (Shape{0, 3}));
}

void TestWeightFile::writesSparseTensorsOut()
{
    const auto read = readWeightFile(path("sparse.pth"));
    QVERIFY2(read, read ? "" : read.error().message.c_str());
    QCOMPARE(floats(*read, "coo"), (std::vector<float>{0, 4, 0, 0, 2, 0})); // 1 + 3 at the same place
    QCOMPARE(floats(*read, "csr"), (std::vector<float>{0, 5, 0, 6, 0, 7}));
    QCOMPARE(floats(*read, "hybrid"), (std::vector<float>{0, 0, 4, 6}));
    QCOMPARE(floats(*read, "half"), (std::vector<float>{0, 1.5F, 0}));
}

void TestWeightFile::refusesATensorFarLargerThanTheFile()
{
    const std::string said = messageFor(path("expanded_bomb.pth"));
    QVERIFY2(said.find("Tensor \"w\" cannot be read: it would take more than 64 times the file's size") !=
                 std::string::npos,
             said.c_str());
}

void TestWeightFile::tellsFilesApart_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<FileKind>("kind");
    QTest::newRow("torch.save") << "state_dict.pth" << FileKind::TorchZip;
    QTest::newRow("a pickled module") << "module.pth" << FileKind::TorchZip;
    QTest::newRow("torch.jit.save") << "script.pt" << FileKind::TorchScript;
    QTest::newRow("before PyTorch 1.6") << "legacy.pth" << FileKind::LegacyTorch;
    QTest::newRow("a program") << "make.py" << FileKind::Other;
}

void TestWeightFile::tellsFilesApart()
{
    QFETCH(QString, file);
    QFETCH(FileKind, kind);
    const auto found = fileKind(path(file.toStdString()));
    QVERIFY2(found, found ? "" : found.error().message.c_str());
    QCOMPARE(*found, kind);
}

void TestWeightFile::saysWhatToDoWithOtherFiles_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("said");
    QTest::newRow("legacy") << "legacy.pth"
                            << "from before PyTorch 1.6; load it in Python and save it again";
    QTest::newRow("module") << "module.pth"
                            << "It is a whole pickled torch.nn.modules.linear.Linear";
    QTest::newRow("script") << "script.pt"
                            << "is a TorchScript archive";
    QTest::newRow("namespace") << "namespace.pth"
                               << "It holds a argparse.Namespace, which is neither a tensor";
    QTest::newRow("no weights") << "no_weights.pth"
                                << "It holds no network's weights (it has \"epoch\", \"loss\")";
    QTest::newRow("compressed") << "compressed.pth"
                                << "is a compressed zip archive";
    QTest::newRow("zip") << "plain.zip"
                         << "zip archive, or not one of PyTorch's";
    QTest::newRow("missing") << "missing.pth"
                             << "could not be read: there is no such file";
}

void TestWeightFile::saysWhatToDoWithOtherFiles()
{
    QFETCH(QString, file);
    QFETCH(QString, said);
    const std::string message = messageFor(path(file.toStdString()));
    QVERIFY2(message.find(said.toStdString()) != std::string::npos, message.c_str());
    QVERIFY(message.find(file.toStdString()) != std::string::npos);
}

void TestWeightFile::saysWhatToDoWithDownloadsThatFailed_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("said");
    QTest::newRow("empty") << QByteArray() << "is empty";
    QTest::newRow("LFS") << QByteArray("version https://git-lfs.github.com/spec/v1\n") << "git lfs pull";
    QTest::newRow("HTML") << QByteArray("<!DOCTYPE html>") << "is a web page";
    QTest::newRow("gzip") << QByteArray("\x1f\x8b\x08") << "unpack it first";
    QTest::newRow("tar") << QByteArray(257, 'x') + "ustar"
                         << "is a tar archive";
    QTest::newRow("pickle") << QByteArray("\x80\x04]\x94.") << "is a plain Python pickle";
    QTest::newRow("JSON") << QByteArray("{\"a\": 1}") << "is a JSON document";
    QTest::newRow("zip cut short") << QByteArray("PK\3\4abc") << "damaged zip archive";
    QTest::newRow("anything") << QByteArray("hello") << "is of no kind that is read here";
}

void TestWeightFile::saysWhatToDoWithDownloadsThatFailed()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, said);
    const std::string message = messageFor(save(bytes));
    QVERIFY2(message.find(said.toStdString()) != std::string::npos, message.c_str());
}

/// LibTorch's reader takes the memory first and looks later, where the entry says that it is compressed: two GiB here.
void TestWeightFile::refusesADirectoryThatClaimsMoreThanTheFile()
{
    QFile original(QString::fromStdString(path("state_dict.pth")));
    QVERIFY(original.open(QIODevice::ReadOnly));
    QByteArray bytes = original.readAll();
    const qsizetype entry = bytes.lastIndexOf("PK\1\2", bytes.lastIndexOf("/version"));
    QVERIFY(entry > 0);
    bytes[entry + 10] = 8; // deflated
    bytes.replace(entry + 24, 4, QByteArray("\xff\xff\xff\x7f"));
    const std::int64_t before = mostAddressSpace();
    const std::string message = messageFor(save(bytes));
    QVERIFY2(message.find("damaged zip archive") != std::string::npos, message.c_str());
    QVERIFY(mostAddressSpace() - before < std::int64_t{1} << 30);
}

QTEST_APPLESS_MAIN(TestWeightFile)
#include "tst_weight_file.moc"

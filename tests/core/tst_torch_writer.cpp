#include <QTemporaryDir>
#include <QTest>

#include <cstring>

#include "core/engine/backend.h"
#include "core/formats/torch_file.h"
#include "core/formats/torch_writer.h"
#include "core/formats/weight_file.h"
#include "tests/support/tensors.h"

using namespace lathe;
using namespace std::string_literals;

namespace {

/// What is written, read again without an archive around it.
Result<StateDict> throughPickle(const std::vector<TorchEntry>& entries)
{
    const TorchRecords records = torchRecords(entries);
    auto text = std::make_shared<std::string>(records.pickle);
    TorchArchive archive{{text, reinterpret_cast<const std::byte*>(text->data())}, 1 << 20, {{"data.pkl", *text}}};
    for (std::size_t i = 0; i < records.storages.size(); ++i)
        archive.records.emplace("data/" + std::to_string(i),
                                std::string_view(reinterpret_cast<const char*>(records.storages[i].data.get()),
                                                 static_cast<std::size_t>(records.storages[i].byteCount())));
    Result<StateDict> read = readTorchArchive(archive);
    for (std::size_t i = 0; read && i < read->size(); ++i) { // away from what goes with this function
        HostTensor& tensor = (*read)[i].tensor;
        const WritableTensor copy = makeTensor(tensor.dtype, tensor.shape);
        std::memcpy(copy.bytes, tensor.data.get(), static_cast<std::size_t>(tensor.byteCount()));
        tensor = copy.tensor;
    }
    return read;
}

const HostTensor kMatrix =
    test::floats({4, 6}, {0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 0, 0});

std::vector<std::int64_t> integers(const HostTensor& tensor)
{
    const auto* values = reinterpret_cast<const std::int64_t*>(tensor.data.get());
    return {values, values + elementCount(tensor.shape)};
}

} // namespace

class TestTorchWriter : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void anEmptyStateDictIsAnOrderedDict();
    void aTensorIsRebuiltFromItsStorage();
    void everyDTypeComesBack_data();
    void everyDTypeComesBack();
    void shapesOfEverySizeComeBack();
    void coordinatesArePyTorchs();
    void compressedRowsArePyTorchs();
    void blocksArePyTorchs();
    void sparseTensorsComeBackDense_data();
    void sparseTensorsComeBackDense();
    void nothingButZerosHasNoEntries();
    void refusesBlocksThatDoNotFit();
    void readsBlocksThatPythonWrote();
    void aFileOpensAgain();
    void saysWhereNoFileCanBe();
};

void TestTorchWriter::anEmptyStateDictIsAnOrderedDict()
{
    const TorchRecords records = torchRecords({});
    QCOMPARE(records.pickle, "\x80\x02"
                             "ccollections\nOrderedDict\n)R(u."s);
    QVERIFY(records.storages.empty());
}

void TestTorchWriter::aTensorIsRebuiltFromItsStorage()
{
    const TorchRecords records = torchRecords({{"w", test::floats({1, 2}, {1, 2})}});
    QCOMPARE(records.pickle, "\x80\x02"
                             "ccollections\nOrderedDict\n)R("
                             "X\1\0\0\0w"
                             "ctorch._utils\n_rebuild_tensor_v2\n("
                             "(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0"
                             "0X\3\0\0\0cpuK\2tQ"
                             "K\0(K\1K\2t(K\2K\1t\x89"
                             "ccollections\nOrderedDict\n)RtRu."s);
    QCOMPARE(records.storages.size(), std::size_t{1});
}

void TestTorchWriter::everyDTypeComesBack_data()
{
    QTest::addColumn<int>("dtype");
    for (const DType dtype : {DType::Float64, DType::Float32, DType::Float16, DType::BFloat16, DType::Int64,
                              DType::Int32, DType::Int16, DType::Int8, DType::UInt8, DType::Bool})
        QTest::newRow(std::string(name(dtype)).c_str()) << static_cast<int>(dtype);
}

void TestTorchWriter::everyDTypeComesBack()
{
    QFETCH(int, dtype);
    const WritableTensor made = makeTensor(static_cast<DType>(dtype), {3});
    for (int i = 0; i < static_cast<int>(made.tensor.byteCount()); ++i)
        made.bytes[i] = static_cast<std::byte>(i % 2);
    const auto read = throughPickle({{"w", made.tensor}});
    QVERIFY2(read, read ? "" : read.error().message.c_str());
    QCOMPARE(read->front().tensor.dtype, made.tensor.dtype);
    QVERIFY(std::memcmp(read->front().tensor.data.get(), made.bytes,
                        static_cast<std::size_t>(made.tensor.byteCount())) == 0);
}

/// Numbers of one, two and four bytes, none at all, and a scalar.
void TestTorchWriter::shapesOfEverySizeComeBack()
{
    for (const Shape& shape : {Shape{}, Shape{0, 3}, Shape{255}, Shape{256, 2}, Shape{2, 40000}}) {
        const auto read = throughPickle({{"w", test::floats(shape, 1.0F)}});
        QVERIFY2(read, read ? "" : read.error().message.c_str());
        QCOMPARE(read->front().tensor.shape, shape);
    }
}

void TestTorchWriter::coordinatesArePyTorchs()
{
    const sparse::Tensor coo = sparse::toCoo(kMatrix);
    QCOMPARE(coo.rows.shape, (Shape{2, 3}));
    QCOMPARE(integers(coo.rows), (std::vector<std::int64_t>{0, 3, 3, 3, 0, 2}));
    QCOMPARE(test::valuesOf(coo.values), (std::vector<float>{1, 2, 3}));
}

void TestTorchWriter::compressedRowsArePyTorchs()
{
    const sparse::Tensor csr = sparse::toCsr(kMatrix);
    QCOMPARE(integers(csr.rows), (std::vector<std::int64_t>{0, 1, 1, 1, 3}));
    QCOMPARE(integers(csr.columns), (std::vector<std::int64_t>{3, 0, 2}));
    QCOMPARE(csr.values.shape, Shape{3});
}

void TestTorchWriter::blocksArePyTorchs()
{
    const sparse::Tensor bsr = sparse::toBsr(kMatrix, 2, 3);
    QCOMPARE(integers(bsr.rows), (std::vector<std::int64_t>{0, 1, 2}));
    QCOMPARE(integers(bsr.columns), (std::vector<std::int64_t>{1, 0}));
    QCOMPARE(bsr.values.shape, (Shape{2, 2, 3}));
    QCOMPARE(test::valuesOf(bsr.values), (std::vector<float>{1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 3}));
}

void TestTorchWriter::sparseTensorsComeBackDense_data()
{
    QTest::addColumn<int>("layout");
    QTest::newRow("COO") << 0;
    QTest::newRow("CSR") << 1;
    QTest::newRow("BSR") << 2;
}

void TestTorchWriter::sparseTensorsComeBackDense()
{
    QFETCH(int, layout);
    const sparse::Tensor tensors[] = {sparse::toCoo(kMatrix), sparse::toCsr(kMatrix), sparse::toBsr(kMatrix, 2, 3)};
    const auto read = throughPickle({{"w", tensors[layout]}});
    QVERIFY2(read, read ? "" : read.error().message.c_str());
    QCOMPARE(read->front().tensor.shape, kMatrix.shape);
    QCOMPARE(test::valuesOf(read->front().tensor), test::valuesOf(kMatrix));
}

void TestTorchWriter::nothingButZerosHasNoEntries()
{
    const HostTensor zeros = test::floats({2, 2}, 0.0F);
    for (const sparse::Tensor& tensor : {sparse::toCoo(zeros), sparse::toCsr(zeros), sparse::toBsr(zeros, 2, 2)}) {
        QCOMPARE(tensor.values.byteCount(), std::int64_t{0});
        const auto read = throughPickle({{"w", tensor}});
        QVERIFY2(read, read ? "" : read.error().message.c_str());
        QCOMPARE(test::valuesOf(read->front().tensor), std::vector<float>(4));
    }
}

void TestTorchWriter::refusesBlocksThatDoNotFit()
{
    sparse::Tensor other = sparse::toBsr(kMatrix, 2, 3);
    other.shape = {4, 7};
    QVERIFY(!throughPickle({{"w", other}}));
    other = sparse::toBsr(kMatrix, 2, 3);
    other.columns = sparse::toBsr(kMatrix, 1, 1).columns; // a column 3, and an entry more
    QVERIFY(!throughPickle({{"w", other}}));
    other = sparse::toBsr(kMatrix, 2, 3);
    other.values.shape = {2, 6};
    QVERIFY(!throughPickle({{"w", other}}));
    other = sparse::toBsr(kMatrix, 4, 6);
    other.values.shape = {1, 0, 6};
    QVERIFY(!throughPickle({{"w", other}}));
}

void TestTorchWriter::readsBlocksThatPythonWrote()
{
    const auto file = readWeightFile(LATHE_TEST_DATA "/torch/blocks.pth");
    QVERIFY2(file, file ? "" : file.error().message.c_str());
    QCOMPARE(test::valuesOf(file->tensors[0].tensor), test::valuesOf(file->tensors[1].tensor));
    QCOMPARE(test::valuesOf(file->tensors[0].tensor), test::valuesOf(kMatrix));
}

void TestTorchWriter::aFileOpensAgain()
{
    const QTemporaryDir folder;
    const std::string path = folder.filePath("made.pt").toStdString();
    const auto written = writeTorchFile(
        path, {{"a.weight", kMatrix}, {"b.weight", sparse::toCsr(kMatrix)}, {"c", test::floats({0}, 1)}});
    QVERIFY2(written, written ? "" : written.error().message.c_str());
    const auto file = readWeightFile(path);
    QVERIFY2(file, file ? "" : file.error().message.c_str());
    QCOMPARE(file->tensors.size(), std::size_t{3});
    QCOMPARE(file->tensors[1].name, std::string("b.weight"));
    QCOMPARE(test::valuesOf(file->tensors[1].tensor), test::valuesOf(kMatrix));
}

void TestTorchWriter::saysWhereNoFileCanBe()
{
    const auto written = writeTorchFile("/nowhere/made.pt", StateDict{{"w", kMatrix}});
    QVERIFY(!written);
    QVERIFY2(QString::fromStdString(written.error().message).startsWith("/nowhere/made.pt could not be written"),
             written.error().message.c_str());
}

QTEST_APPLESS_MAIN(TestTorchWriter)
#include "tst_torch_writer.moc"

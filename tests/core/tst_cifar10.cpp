#include <QTemporaryDir>
#include <QTest>

#include "core/datasets/cifar10.h"
#include "tests/support/datasets.h"

using namespace Qt::StringLiterals;
using namespace lathe;

namespace {

/// Red is `value`, green `value` + 1, blue `value` + 2.
QByteArray record(int label, int value)
{
    QByteArray bytes(1, static_cast<char>(label));
    for (int channel = 0; channel < 3; ++channel)
        bytes += QByteArray(1024, static_cast<char>(value + channel));
    return bytes;
}

} // namespace

class TestCifar10 : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void readsFiveBatchesAndATest();
    void looksIntoTheFolderThatTheArchiveUnpacksTo();
    void keepsTheChannelsApartInTheNormalisation();
    void saysWhichFileIsMissing();
    void tellsThePythonVersion();
    void refusesPartsOfRecords_data();
    void refusesPartsOfRecords();
    void refusesAnUnknownLabel();

private:
    QString path(const QString& name) const { return m_folder->filePath(name); }
    QString refusal() const
    {
        const auto dataset = loadCifar10(m_folder->path().toStdString());
        return dataset ? u"read"_s : QString::fromStdString(dataset.error().message).remove(m_folder->path());
    }
    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestCifar10::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    for (int batch = 1; batch <= 5; ++batch)
        test::writeBytes(path(u"data_batch_%1.bin"_s.arg(batch)), record(batch, 10 * batch) + record(0, 200));
    test::writeBytes(path(u"test_batch.bin"_s), record(9, 77));
}

void TestCifar10::readsFiveBatchesAndATest()
{
    const auto dataset = loadCifar10(m_folder->path().toStdString());
    QVERIFY2(dataset, dataset ? "" : dataset.error().message.c_str());
    QCOMPARE(dataset->name, std::string("cifar10"));
    QCOMPARE(dataset->train.images.shape, (Shape{10, 3, 32, 32}));
    QCOMPARE(dataset->train.labels, (std::vector<std::int64_t>{1, 0, 2, 0, 3, 0, 4, 0, 5, 0}));
    QCOMPARE(dataset->test.labels, std::vector<std::int64_t>{9});
    const auto* pixels = reinterpret_cast<const std::uint8_t*>(dataset->train.images.data.get());
    QCOMPARE(pixels[2 * 3072], std::uint8_t{20}); // the second batch's first image, red
    QCOMPARE(pixels[2 * 3072 + 3071], std::uint8_t{22});
    QCOMPARE(dataset->classNames[9], std::string("truck"));
}

void TestCifar10::looksIntoTheFolderThatTheArchiveUnpacksTo()
{
    QVERIFY(QDir(m_folder->path()).mkdir(u"cifar-10-batches-bin"_s));
    for (const QString& file : QDir(m_folder->path()).entryList({u"*.bin"_s}))
        QVERIFY(QFile::rename(path(file), path(u"cifar-10-batches-bin/"_s + file)));
    QVERIFY(loadCifar10(m_folder->path().toStdString()));
}

void TestCifar10::keepsTheChannelsApartInTheNormalisation()
{
    const auto dataset = loadCifar10(m_folder->path().toStdString());
    QVERIFY(dataset);
    // Red: 10, 20, 30, 40, 50 and five times 200.
    QVERIFY(std::abs(dataset->normalisation.mean[0] - 115.0 / 255.0) < 1e-12);
    QVERIFY(std::abs(dataset->normalisation.mean[2] - 117.0 / 255.0) < 1e-12);
    QVERIFY(std::abs(dataset->normalisation.deviation[1] - std::sqrt(7325.0) / 255.0) < 1e-12);
}

void TestCifar10::saysWhichFileIsMissing()
{
    QVERIFY(QFile::remove(path(u"data_batch_4.bin"_s)));
    QCOMPARE(refusal(), u" lacks data_batch_4.bin; unpack CIFAR-10's binary version there (cifar-10-binary.tar.gz)."_s);
}

void TestCifar10::tellsThePythonVersion()
{
    QVERIFY(QFile::rename(path(u"data_batch_1.bin"_s), path(u"data_batch_1"_s)));
    QCOMPARE(refusal(), u" lacks data_batch_1.bin (what lies there is the Python version); unpack CIFAR-10's binary "
                        "version there (cifar-10-binary.tar.gz)."_s);
}

void TestCifar10::refusesPartsOfRecords_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("truncated") << record(1, 1).chopped(1);
    QTest::newRow("too long") << record(1, 1) + "x";
}

void TestCifar10::refusesPartsOfRecords()
{
    QFETCH(const QByteArray, bytes);
    test::writeBytes(path(u"test_batch.bin"_s), bytes);
    QCOMPARE(refusal(), u"/test_batch.bin has %1 bytes, which is no whole number of CIFAR-10's records of 3073; copy "
                        "or download it again."_s.arg(bytes.size()));
}

void TestCifar10::refusesAnUnknownLabel()
{
    test::writeBytes(path(u"data_batch_2.bin"_s), record(1, 1) + record(10, 1));
    QCOMPARE(refusal(), u"/data_batch_2.bin has a label 10 in record 1, and CIFAR-10 has the classes 0 to 9; copy or "
                        "download it again."_s);
}

QTEST_APPLESS_MAIN(TestCifar10)
#include "tst_cifar10.moc"

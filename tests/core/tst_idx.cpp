#include <QTemporaryDir>
#include <QTest>

#include <cmath>

#include "core/datasets/idx.h"
#include "tests/support/datasets.h"

using namespace Qt::StringLiterals;
using namespace lathe;

namespace {

QByteArray pixels(int count)
{
    QByteArray bytes;
    for (int i = 0; i < count; ++i)
        bytes.append(static_cast<char>(i));
    return bytes;
}

const std::uint8_t* data(const ImageSet& set)
{
    return reinterpret_cast<const std::uint8_t*>(set.images.data.get());
}

} // namespace

class TestIdx : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void readsImagesAndLabels();
    void readsGzippedFiles();
    void loadsTheFourFilesOfAFolder();
    void findsFilesUnderEveryUsualName();
    void answersWhatIsDamaged_data();
    void answersWhatIsDamaged();
    void answersGzippedFilesThatAreDamaged();
    void saysWhichFileIsMissing();
    void refusesPartsOfUnlikeSizes();
    void readsAllOfFashionMnist();

private:
    QString path(const QString& name) const { return m_folder->filePath(name); }
    Result<ImageSet> read() const
    {
        return readIdx(path(u"images"_s).toStdString(), path(u"labels"_s).toStdString(), 10);
    }
    QString refusal() const
    {
        const auto set = read();
        return set ? u"read"_s : QString::fromStdString(set.error().message).remove(m_folder->path() + '/');
    }
    void write(const QByteArray& images, const QByteArray& labels)
    {
        test::writeBytes(path(u"images"_s), images);
        test::writeBytes(path(u"labels"_s), labels);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

void TestIdx::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    write(test::idxFile({2, 2, 3}, pixels(12)), test::idxFile({2}, QByteArray("\x09\x00", 2)));
}

void TestIdx::readsImagesAndLabels()
{
    const auto set = read();
    QVERIFY2(set, set ? "" : set.error().message.c_str());
    QCOMPARE(set->images.shape, (Shape{2, 1, 2, 3}));
    QCOMPARE(set->labels, (std::vector<std::int64_t>{9, 0}));
    QCOMPARE(data(*set)[0], std::uint8_t{0});
    QCOMPARE(data(*set)[11], std::uint8_t{11});
}

void TestIdx::readsGzippedFiles()
{
    write(test::gzipped(test::idxFile({2, 2, 3}, pixels(12))),
          test::gzipped(test::idxFile({2}, QByteArray("\x03\x01", 2))));
    const auto set = read();
    QVERIFY2(set, set ? "" : set.error().message.c_str());
    QCOMPARE(set->labels, (std::vector<std::int64_t>{3, 1}));
    QCOMPARE(data(*set)[7], std::uint8_t{7});
}

void TestIdx::loadsTheFourFilesOfAFolder()
{
    test::writeIdxFolder(m_folder->path(), 30, 20);
    const auto dataset = loadFashionMnist(m_folder->path().toStdString());
    QVERIFY2(dataset, dataset ? "" : dataset.error().message.c_str());
    QCOMPARE(dataset->name, std::string("fashion-mnist"));
    QCOMPARE(dataset->train.count(), std::int64_t{30});
    QCOMPARE(dataset->test.count(), std::int64_t{20});
    QCOMPARE(dataset->imageShape(), (Shape{1, 28, 28}));
    QCOMPARE(dataset->classNames[9], std::string("Ankle boot"));
}

void TestIdx::findsFilesUnderEveryUsualName()
{
    test::writeIdxFolder(m_folder->path(), 20, 10);
    QVERIFY(QFile::rename(path(u"train-images-idx3-ubyte"_s), path(u"train-images.idx3-ubyte"_s)));
    QFile labels(path(u"t10k-labels-idx1-ubyte"_s));
    QVERIFY(labels.open(QIODevice::ReadOnly));
    test::writeBytes(path(u"t10k-labels-idx1-ubyte.gz"_s), test::gzipped(labels.readAll()));
    QVERIFY(labels.remove());
    const auto dataset = loadFashionMnist(m_folder->path().toStdString());
    QVERIFY2(dataset, dataset ? "" : dataset.error().message.c_str());
    QCOMPARE(dataset->test.labels.back(), std::int64_t{9});
}

void TestIdx::answersWhatIsDamaged_data()
{
    QTest::addColumn<QByteArray>("images");
    QTest::addColumn<QByteArray>("labels");
    QTest::addColumn<QString>("answer");
    const QByteArray images = test::idxFile({2, 2, 3}, pixels(12));
    const QByteArray labels = test::idxFile({2}, QByteArray("\x09\x00", 2));
    const QString again = u"; copy or download it again."_s;
    QTest::newRow("empty") << QByteArray() << labels
                           << u"images is no IDX file of images (it does not begin with 0, 0, 8, 3)"_s + again;
    QTest::newRow("text") << "hello, I am no image"_ba << labels
                          << u"images is no IDX file of images (it does not begin with 0, 0, 8, 3)"_s + again;
    QTest::newRow("labels as images") << labels << labels
                                      << u"images is no IDX file of images (it does not begin with 0, 0, 8, 3)"_s +
                                             again;
    QTest::newRow("images as labels") << images << images
                                      << u"labels is no IDX file of labels (it does not begin with 0, 0, 8, 1)"_s +
                                             again;
    QTest::newRow("half a header") << images.first(9) << labels << u"images ends within its header"_s + again;
    QTest::newRow("truncated") << images.chopped(1) << labels
                               << u"images is truncated: 2x2x3 images take 28 bytes"_s + again;
    QTest::newRow("too long") << images + "x" << labels << u"images is too long: 2x2x3 images take 28 bytes"_s + again;
    QTest::newRow("no images") << test::idxFile({0, 2, 3}, {}) << labels
                               << u"images cannot hold images of 0x2x3"_s + again;
    QTest::newRow("absurd") << test::idxFile({4294967295, 4294967295, 4294967295}, pixels(12)) << labels
                            << u"images cannot hold images of 4294967295x4294967295x4294967295"_s + again;
    QTest::newRow("far more than there is")
        << test::idxFile({4294967295, 16, 16}, pixels(12)) << labels
        << u"images is truncated: 4294967295x16x16 images take 1099511627536 bytes"_s + again;
    QTest::newRow("another count")
        << images << test::idxFile({3}, pixels(3))
        << u"images has 2 images and labels has 3 labels; take two files that belong together."_s;
    QTest::newRow("unknown class")
        << images << test::idxFile({2}, QByteArray("\x0A\x00", 2))
        << u"labels has a label 10, and there are only 10 classes (0 to 9); take files of a dataset with 10 classes."_s;
}

void TestIdx::answersWhatIsDamaged()
{
    QFETCH(const QByteArray, images);
    QFETCH(const QByteArray, labels);
    QFETCH(const QString, answer);
    write(images, labels);
    QCOMPARE(refusal(), answer);
}

void TestIdx::answersGzippedFilesThatAreDamaged()
{
    const QByteArray labels = test::idxFile({2}, QByteArray("\x09\x00", 2));
    const QByteArray packed = test::gzipped(test::idxFile({2, 2, 3}, pixels(12)));
    const QString answer = u"images is a damaged or truncated gzip file; copy or download it again."_s;
    for (const qsizetype length : {qsizetype{2}, qsizetype{12}, packed.size() - 9, packed.size() - 1}) {
        write(packed.first(length), labels);
        QCOMPARE(refusal(), answer);
    }
    QByteArray flipped = packed;
    flipped[flipped.size() - 6] = static_cast<char>(~flipped[flipped.size() - 6]); // in the checksum
    write(flipped, labels);
    QCOMPARE(refusal(), answer);
    write(test::gzipped(test::idxFile({2, 2, 3}, pixels(11))), labels);
    QCOMPARE(refusal(), u"images is truncated: 2x2x3 images take 28 bytes; copy or download it again."_s);
    write(test::gzipped(test::idxFile({60000, 4000, 4000}, pixels(11))), labels); // nothing is allocated for it
    QVERIFY(refusal().startsWith(u"images is truncated"_s));
}

void TestIdx::saysWhichFileIsMissing()
{
    test::writeIdxFolder(m_folder->path(), 20, 10);
    QVERIFY(QFile::remove(path(u"t10k-labels-idx1-ubyte"_s)));
    const auto dataset = loadFashionMnist(m_folder->path().toStdString());
    QVERIFY(!dataset);
    QVERIFY(dataset.error().code == ErrorCode::NotFound);
    QCOMPARE(QString::fromStdString(dataset.error().message),
             m_folder->path() + u" lacks t10k-labels-idx1-ubyte (with or without .gz); install Debian's package "
                                "dataset-fashion-mnist, or name a folder with Fashion-MNIST's four IDX files."_s);
}

void TestIdx::refusesPartsOfUnlikeSizes()
{
    test::writeIdxFolder(m_folder->path(), 20, 10);
    test::writeBytes(path(u"t10k-images-idx3-ubyte"_s), test::idxFile({10, 2, 2}, pixels(40)));
    const auto dataset = loadFashionMnist(m_folder->path().toStdString());
    QVERIFY(!dataset);
    QVERIFY(dataset.error().message.find("unlike sizes") != std::string::npos);
}

void TestIdx::readsAllOfFashionMnist()
{
    const QString folder = u"/usr/share/datasets/fashion-mnist"_s;
    if (!QDir(folder).exists())
        QSKIP("Debian's package dataset-fashion-mnist is not installed.");
    const auto dataset = loadFashionMnist(folder.toStdString());
    QVERIFY2(dataset, dataset ? "" : dataset.error().message.c_str());
    QCOMPARE(dataset->train.count(), std::int64_t{60000});
    QCOMPARE(dataset->test.count(), std::int64_t{10000});
    for (std::int64_t label = 0; label < 10; ++label)
        QCOMPARE(std::count(dataset->train.labels.begin(), dataset->train.labels.end(), label), 6000);
    // The constants in use for this dataset: 0.2860 and 0.3530.
    QVERIFY(std::abs(dataset->normalisation.mean[0] - 0.2860) < 5e-5);
    QVERIFY(std::abs(dataset->normalisation.deviation[0] - 0.3530) < 5e-5);
}

QTEST_APPLESS_MAIN(TestIdx)
#include "tst_idx.moc"

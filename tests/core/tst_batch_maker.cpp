#include <QTest>

#include <set>

#include "core/datasets/batch_maker.h"
#include "tests/support/datasets.h"

using namespace lathe;

namespace {

/// Two images of one channel, 2 x 3: 10 to 15 and 20 to 25.
ImageSet smallSet()
{
    const WritableTensor images = makeTensor(DType::UInt8, {2, 1, 2, 3});
    for (int i = 0; i < 12; ++i)
        images.bytes[i] = static_cast<std::byte>(i < 6 ? 10 + i : 14 + i);
    return {images.tensor, {4, 7}};
}

/// Pixels pass as they are.
const Normalisation kAsIs{{0.0}, {1.0 / 255.0}};

std::vector<float> values(const HostTensor& tensor)
{
    return {tensor.floats(), tensor.floats() + elementCount(tensor.shape)};
}

const std::vector<std::int64_t> kBoth{0, 1};

} // namespace

class TestBatchMaker : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void putsImagesInTheOrderAskedFor();
    void normalisesEveryChannelByItsOwn();
    void computesTheNormalisationOfASet();
    void givesLabelsAsInt64();
    void flipsAboutHalf();
    void cropsOutOfABlackBorder();
    void drawsTheSameChangesForTheSameSeedAndEpoch();
};

void TestBatchMaker::putsImagesInTheOrderAskedFor()
{
    const ImageSet set = smallSet();
    const HostTensor x = BatchMaker(set, kAsIs).images(std::vector<std::int64_t>{1, 0});
    QCOMPARE(x.shape, (Shape{2, 1, 2, 3}));
    const std::vector<float> expected{20, 21, 22, 23, 24, 25, 10, 11, 12, 13, 14, 15};
    QCOMPARE(values(x), expected);
}

void TestBatchMaker::normalisesEveryChannelByItsOwn()
{
    const WritableTensor images = makeTensor(DType::UInt8, {1, 2, 1, 1});
    images.bytes[0] = std::byte{255};
    images.bytes[1] = std::byte{51};
    const ImageSet set{images.tensor, {0}};
    const BatchMaker batches(set, {{0.5, 0.1}, {0.25, 0.5}});
    const HostTensor x = batches.images(std::vector<std::int64_t>{0});
    QCOMPARE(x.floats()[0], 2.0F);
    QCOMPARE(x.floats()[1], 0.2F);
}

void TestBatchMaker::computesTheNormalisationOfASet()
{
    const Normalisation found = normalisationOf(smallSet());
    QVERIFY(std::abs(found.mean[0] - 17.5 / 255.0) < 1e-12);
    QVERIFY(std::abs(found.deviation[0] - std::sqrt(25.0 + 35.0 / 12.0) / 255.0) < 1e-12);
    const WritableTensor images = makeTensor(DType::UInt8, {1, 1, 1, 2});
    images.bytes[0] = images.bytes[1] = std::byte{7};
    QCOMPARE(normalisationOf({images.tensor, {0}}).deviation[0], 1.0); // all alike
}

void TestBatchMaker::givesLabelsAsInt64()
{
    const ImageSet set = smallSet();
    const HostTensor labels = BatchMaker(set, kAsIs).labels(std::vector<std::int64_t>{1, 1, 0});
    QVERIFY(labels.dtype == DType::Int64);
    QCOMPARE(labels.shape, Shape{3});
    const auto* ids = reinterpret_cast<const std::int64_t*>(labels.data.get());
    QCOMPARE(std::vector<std::int64_t>(ids, ids + 3), (std::vector<std::int64_t>{7, 7, 4}));
}

void TestBatchMaker::flipsAboutHalf()
{
    const ImageSet set = smallSet();
    const BatchMaker batches(set, kAsIs);
    const std::vector<float> plain{10, 11, 12, 13, 14, 15};
    const std::vector<float> mirrored{12, 11, 10, 15, 14, 13};
    int flips = 0;
    for (std::uint64_t epoch = 0; epoch < 400; ++epoch) {
        const auto image = values(batches.images(std::vector<std::int64_t>{0}, {0, true}, {3, epoch}));
        QVERIFY(image == plain || image == mirrored);
        flips += image == mirrored ? 1 : 0;
    }
    QVERIFY2(flips > 150 && flips < 250, qPrintable(QString::number(flips)));
}

void TestBatchMaker::cropsOutOfABlackBorder()
{
    const ImageSet set = smallSet();
    const BatchMaker batches(set, kAsIs);
    std::set<std::vector<float>> seen;
    for (std::uint64_t epoch = 0; epoch < 200; ++epoch)
        seen.insert(values(batches.images(std::vector<std::int64_t>{0}, {1, false}, {3, epoch})));
    QCOMPARE(seen.size(), std::size_t{9}); // three places down by three across
    QVERIFY(seen.contains({10, 11, 12, 13, 14, 15}));
    QVERIFY(seen.contains({0, 0, 0, 0, 10, 11})); // one down, one to the right
    QVERIFY(seen.contains({14, 15, 0, 0, 0, 0})); // one up, one to the left
}

void TestBatchMaker::drawsTheSameChangesForTheSameSeedAndEpoch()
{
    const ImageSet set = test::barSet(40, 28);
    const BatchMaker batches(set, kAsIs);
    const Augmentation both{3, true};
    const auto drawn = values(batches.images(kBoth, both, {1, 2}));
    QCOMPARE(values(batches.images(kBoth, both, {1, 2})), drawn);
    QVERIFY(values(batches.images(kBoth, both, {1, 3})) != drawn);
    QVERIFY(values(batches.images(kBoth, both, {2, 2})) != drawn);
    // An image is changed alike whatever batch it is in.
    const auto second = values(batches.images(std::vector<std::int64_t>{1}, both, {1, 2}));
    QVERIFY(std::equal(second.begin(), second.end(), drawn.begin() + 784));
}

QTEST_APPLESS_MAIN(TestBatchMaker)
#include "tst_batch_maker.moc"

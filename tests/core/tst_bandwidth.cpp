#include <QTest>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <stop_token>

#include "core/benchmark/bandwidth.h"
#include "core/benchmark/streams.h"

using namespace lathe;

namespace {

constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;
constexpr std::int64_t kGiB = 1024 * kMiB;

struct Free {
    void operator()(std::uint64_t* memory) const { std::free(memory); }
};
using Words = std::unique_ptr<std::uint64_t[], Free>;

/// Aligned as the loops want it.
Words words(std::size_t bytes)
{
    return Words(static_cast<std::uint64_t*>(std::aligned_alloc(streams::kBlock, bytes)));
}

std::byte* bytesOf(const Words& memory)
{
    return reinterpret_cast<std::byte*>(memory.get());
}

} // namespace

class BandwidthTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void loopsReadWriteAndCopyEveryByte();
    void workingSetsLieBetweenTheCaches();
    void coresThatShareACacheHaveAPartOfIt();
    void aSetIsTwiceWhatTheCacheBeforeHolds();
    void memoryIsAtMostAQuarterOfWhatIsFree();
    void withoutKnownCachesThereIsMemoryAlone();
    void figuresAreOfAllThreeWays();
    void aStopEndsIt();
    void noMemoryIsAnError();
};

void BandwidthTest::loopsReadWriteAndCopyEveryByte()
{
    constexpr std::size_t kBytes = 3 * streams::kBlock;
    constexpr std::size_t kWords = kBytes / sizeof(std::uint64_t);
    const Words from = words(kBytes), to = words(kBytes);
    streams::write(bytesOf(from), kBytes, 7);
    QCOMPARE(std::count(from.get(), from.get() + kWords, 7U), std::ptrdiff_t{kWords});
    QCOMPARE(streams::read(bytesOf(from), kBytes), std::uint64_t{0}); // an even number of sevens
    std::uint64_t expected = 0;
    for (std::size_t i = 0; i < kWords; ++i) {
        from[i] = i * i * 0x9E3779B97F4A7C15ULL;
        expected ^= from[i];
    }
    QCOMPARE(streams::read(bytesOf(from), kBytes), expected);
    streams::copy(bytesOf(from), bytesOf(to), kBytes);
    QVERIFY(std::equal(from.get(), from.get() + kWords, to.get()));
}

void BandwidthTest::workingSetsLieBetweenTheCaches()
{
    const std::vector<machine::Cache> caches{{1, 32 * kKiB, 1, 4}, {2, 512 * kKiB, 1, 4}, {3, 8 * kMiB, 4, 1}};
    const std::vector<WorkingSet> expected{{"L1", 32 * kKiB, 4, 16 * kKiB},
                                           {"L2", 512 * kKiB, 4, 128 * kKiB},
                                           {"L3", 8 * kMiB, 1, kMiB}, // of the 2 MiB that each thread has
                                           {"memory", 16 * kGiB, 1, 64 * kMiB}};
    QCOMPARE(workingSets(caches, 4, 16 * kGiB), expected);
    // One thread has the whole of the last cache, and uses one of the others.
    const std::vector<WorkingSet> alone = workingSets(caches, 1, 16 * kGiB);
    QCOMPARE(alone[1].instances, 1);
    QCOMPARE(alone[2].perThread, 2 * kMiB);
    QCOMPARE(alone[3].perThread, 256 * kMiB);
}

void BandwidthTest::coresThatShareACacheHaveAPartOfIt()
{
    const std::vector<machine::Cache> caches{{1, 32 * kKiB, 2, 2}};
    QCOMPARE(workingSets(caches, 4, kGiB).front(), (WorkingSet{"L1", 32 * kKiB, 2, 8 * kKiB}));
    QCOMPARE(workingSets(caches, 1, kGiB).front(), (WorkingSet{"L1", 32 * kKiB, 1, 16 * kKiB}));
}

void BandwidthTest::aSetIsTwiceWhatTheCacheBeforeHolds()
{
    const std::vector<machine::Cache> caches{{2, kMiB, 1, 2}, {3, 3 * kMiB, 2, 1}};
    QCOMPARE(workingSets(caches, 2, kGiB)[1].perThread, 2 * kMiB);
}

void BandwidthTest::memoryIsAtMostAQuarterOfWhatIsFree()
{
    const std::vector<machine::Cache> caches{{3, 256 * kMiB, 2, 1}};
    QCOMPARE(workingSets(caches, 2, 100 * kGiB).back().perThread, 512 * kMiB);
    QCOMPARE(workingSets(caches, 2, 2 * kGiB).back().perThread, 256 * kMiB);
    QCOMPARE(workingSets({{3, 4 * kGiB, 2, 1}}, 2, 100 * kGiB).back().perThread, 2 * kGiB);
    QCOMPARE(workingSets(caches, 2, 0).back().perThread, kKiB);
}

void BandwidthTest::withoutKnownCachesThereIsMemoryAlone()
{
    const std::vector<WorkingSet> expected{{"memory", 8 * kGiB, 1, 128 * kMiB}};
    QCOMPARE(workingSets({}, 2, 8 * kGiB), expected);
}

void BandwidthTest::figuresAreOfAllThreeWays()
{
    const Result<Bandwidth> measured = measureBandwidth({"L1", 16 * kKiB, 2, 4 * kKiB}, 2, 1e-6, {});
    QVERIFY(measured);
    QCOMPARE(measured->level, std::string("L1"));
    QCOMPARE(measured->capacity(), 32 * kKiB);
    QVERIFY(measured->read > 0.0 && measured->write > 0.0 && measured->copy > 0.0);
    QCOMPARE(measured->best(), std::max(measured->read, std::max(measured->write, measured->copy)));
}

void BandwidthTest::aStopEndsIt()
{
    std::stop_source source;
    source.request_stop();
    const auto stopped = measureBandwidth({"L1", 16 * kKiB, 1, 4 * kKiB}, 1, 1e9, source.get_token());
    QVERIFY(!stopped);
    QCOMPARE(stopped.error().code, ErrorCode::Cancelled);
}

void BandwidthTest::noMemoryIsAnError()
{
    const auto refused = measureBandwidth({"memory", kGiB, 1, std::int64_t{1} << 60}, 1, 1.0, {});
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::OutOfMemory);
    QVERIFY(refused.error().message.find("close other programs") != std::string::npos);
}

QTEST_APPLESS_MAIN(BandwidthTest)
#include "tst_bandwidth.moc"

#include <QTest>

#include "core/benchmark/memory.h"
#include "tests/support/fake_backend.h"

using namespace lathe;

namespace {

constexpr std::int64_t kEngine = std::int64_t{128} << 20;

/// conv 3->4 k3 (108 weights, 4 biases) on 8 x 8, linear 4 -> 10 (40 weights, 10 biases): 162 floats.
constexpr std::int64_t kWeights = 162 * 4;
/// Input 192 floats; alive together at most: convolution's and ReLU's 256 each; once more 192 + 256 for its kernel.
constexpr std::int64_t kSample = (192 + 2 * 256 + 192 + 256) * 4;

} // namespace

class MemoryTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void needIsWeightsEngineInputAndLiveActivations();
    void needGrowsWithTheBatch();
    void preparingCountsOnlyWhereActivationsAreSmaller();
    void whatFitsIsNotRefused();
    void whatDoesNotFitIsRefusedWithTheLargestBatchThatDoes();
    void notEvenOneIsSaid();
    void aHugeBatchDoesNotOverflow();
};

void MemoryTest::needIsWeightsEngineInputAndLiveActivations()
{
    const MemoryNeed need = memoryNeed(test::smallGraph());
    QCOMPARE(need.fixedBytes, kWeights + kEngine);
    QCOMPARE(need.preparingBytes, std::int64_t{108 * 4});
    QCOMPARE(need.perSampleBytes, kSample);
}

void MemoryTest::needGrowsWithTheBatch()
{
    const MemoryNeed need = memoryNeed(test::smallGraph());
    QCOMPARE(need.forBatch(10) - need.forBatch(9), kSample);
}

void MemoryTest::preparingCountsOnlyWhereActivationsAreSmaller()
{
    const MemoryNeed need{.fixedBytes = 100, .preparingBytes = 50, .perSampleBytes = 20};
    QCOMPARE(need.forBatch(1), std::int64_t{150});
    QCOMPARE(need.forBatch(3), std::int64_t{160});
}

void MemoryTest::whatFitsIsNotRefused()
{
    QVERIFY(checkMemory(test::smallGraph(), 7, kWeights + kEngine + 7 * kSample));
}

void MemoryTest::whatDoesNotFitIsRefusedWithTheLargestBatchThatDoes()
{
    const auto refused = checkMemory(test::smallGraph(), 1000000, kWeights + kEngine + 260 * kSample);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::OutOfMemory);
    QCOMPARE(refused.error().message,
             std::string("small at batch 1000000 needs about 4.4 GiB and 129 MiB are free; the "
                         "largest batch that fits is 260."));
}

void MemoryTest::notEvenOneIsSaid()
{
    const auto refused = checkMemory(test::smallGraph(), 1, kWeights + kEngine);
    QVERIFY(!refused);
    QVERIFY(refused.error().message.find("not even batch 1 fits") != std::string::npos);
}

void MemoryTest::aHugeBatchDoesNotOverflow()
{
    QVERIFY(!checkMemory(test::smallGraph(), std::int64_t{1} << 62, std::int64_t{1} << 34));
}

QTEST_APPLESS_MAIN(MemoryTest)
#include "tst_memory.moc"

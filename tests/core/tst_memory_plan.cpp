#include <QTest>

#include <random>

#include "core/lowering/memory_plan.h"

using namespace lathe;

/// Buffers share memory where their lifetimes allow, and only there.
class TestMemoryPlan : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void nothingNeedsNothing();
    void buffersThatNeverMeetShareMemory();
    void buffersOfOneStepLieApart();
    void aSmallBufferFillsAGap();
    void offsetsAreAligned();
    void randomPlansNeverOverlap();
};

void TestMemoryPlan::nothingNeedsNothing()
{
    QCOMPARE(planMemory({}).bytes, 0);
}

void TestMemoryPlan::buffersThatNeverMeetShareMemory()
{
    const MemoryPlan plan = planMemory({{640, 0, 1}, {640, 2, 3}});
    QCOMPARE(plan.offsets, (std::vector<std::int64_t>{0, 0}));
    QCOMPARE(plan.bytes, 640);
}

void TestMemoryPlan::buffersOfOneStepLieApart()
{
    // Step 1 reads the first and writes the second.
    const MemoryPlan plan = planMemory({{640, 0, 1}, {1280, 1, 2}});
    QCOMPARE(plan.offsets, (std::vector<std::int64_t>{1280, 0}));
    QCOMPARE(plan.bytes, 1920);
}

void TestMemoryPlan::aSmallBufferFillsAGap()
{
    // The 640 between the two that live throughout is free for the last one from step 2 on.
    const MemoryPlan plan = planMemory({{1280, 0, 3}, {640, 0, 1}, {320, 0, 3}, {640, 2, 3}});
    QCOMPARE(plan.bytes, 1280 + 640 + 320);
    QCOMPARE(plan.offsets[3], plan.offsets[1]);
}

void TestMemoryPlan::offsetsAreAligned()
{
    const MemoryPlan plan = planMemory({{100, 0, 0}, {10, 0, 0}});
    QCOMPARE(plan.offsets, (std::vector<std::int64_t>{0, 128}));
    QCOMPARE(plan.bytes, 192);
}

void TestMemoryPlan::randomPlansNeverOverlap()
{
    std::mt19937 random(7);
    for (int round = 0; round < 50; ++round) {
        std::vector<Lifetime> lifetimes;
        for (int i = 0; i < 40; ++i) {
            const int first = static_cast<int>(random() % 30);
            lifetimes.push_back(
                {static_cast<std::int64_t>(random() % 5000), first, first + static_cast<int>(random() % 6)});
        }
        const MemoryPlan plan = planMemory(lifetimes);
        for (std::size_t a = 0; a < lifetimes.size(); ++a)
            for (std::size_t b = 0; b < a; ++b) {
                const bool meet = lifetimes[a].first <= lifetimes[b].last && lifetimes[b].first <= lifetimes[a].last;
                const bool overlap = plan.offsets[a] < plan.offsets[b] + lifetimes[b].bytes &&
                                     plan.offsets[b] < plan.offsets[a] + lifetimes[a].bytes;
                QVERIFY(!(meet && overlap));
                QVERIFY(plan.offsets[a] + lifetimes[a].bytes <= plan.bytes);
            }
    }
}

QTEST_APPLESS_MAIN(TestMemoryPlan)
#include "tst_memory_plan.moc"

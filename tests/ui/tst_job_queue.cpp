#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

#include <atomic>
#include <semaphore>
#include <stdexcept>
#include <thread>

#include "ui/jobs/job_model.h"
#include "ui/jobs/job_queue.h"

using lathe::ErrorCode;
using lathe::ProgressSink;
using lathe::Result;
using lathe::ui::Job;
using lathe::ui::JobModel;
using lathe::ui::JobQueue;

namespace {

/// Runs until it is told to stop.
Result<void> untilStopped(std::stop_token stop, const ProgressSink& progress)
{
    progress({0.25, "a quarter"});
    while (!stop.stop_requested())
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return lathe::fail(ErrorCode::Cancelled, "stopped");
}

Result<void> nothing(std::stop_token, const ProgressSink&)
{
    return {};
}

} // namespace

class JobQueueTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void jobsRunOneAfterTheOtherOnOneThread();
    void failureStaysWithItsSentence();
    void exceptionStopsAtTheEdge();
    void lastProgressIsKept();
    void runningJobShowsProgressAndIsStopped();
    void waitingJobIsCancelledWithoutRunning();
    void cancelAllLeavesNothingBusy();
    void postedWorkIsNotListed();
    void totalsAddUp();
    void destructionStopsWhatRuns();
    void modelFollowsTheQueue();
};

void JobQueueTest::jobsRunOneAfterTheOtherOnOneThread()
{
    JobQueue queue;
    std::vector<std::pair<int, std::thread::id>> ran; // written by the worker, read once it is done
    for (int i = 0; i < 3; ++i)
        queue.enqueue(QString::number(i), [&ran, i](std::stop_token, const ProgressSink&) -> Result<void> {
            ran.emplace_back(i, std::this_thread::get_id());
            return {};
        });
    QTRY_VERIFY(!queue.isBusy());
    QCOMPARE(ran.size(), std::size_t{3});
    QCOMPARE(ran[0].first, 0);
    QCOMPARE(ran[2].first, 2);
    QVERIFY(ran[0].second == ran[2].second);
    QVERIFY(ran[0].second != std::this_thread::get_id());
}

void JobQueueTest::failureStaysWithItsSentence()
{
    JobQueue queue;
    const int id = queue.enqueue("fails", [](std::stop_token, const ProgressSink&) -> Result<void> {
        return lathe::fail(ErrorCode::OutOfMemory, "It needs 31 GiB; the largest batch that fits is 70.");
    });
    QTRY_VERIFY(!queue.isBusy());
    QCOMPARE(queue.job(id)->state, Job::State::Failed);
    QCOMPARE(queue.job(id)->what, QString("It needs 31 GiB; the largest batch that fits is 70."));
}

void JobQueueTest::exceptionStopsAtTheEdge()
{
    JobQueue queue;
    const int id = queue.enqueue(
        "throws", [](std::stop_token, const ProgressSink&) -> Result<void> { throw std::runtime_error("odd"); });
    const int next = queue.enqueue("goes on", nothing);
    QTRY_VERIFY(!queue.isBusy());
    QCOMPARE(queue.job(id)->state, Job::State::Failed);
    QVERIFY(queue.job(id)->what.contains("odd"));
    QCOMPARE(queue.job(next)->state, Job::State::Done);
}

void JobQueueTest::lastProgressIsKept()
{
    JobQueue queue;
    const int id = queue.enqueue("tells", [](std::stop_token, const ProgressSink& progress) -> Result<void> {
        progress({0.5, "half"});
        progress({1.0, "B is 1.32 times as fast as A"});
        return {};
    });
    QTRY_VERIFY(!queue.isBusy());
    QCOMPARE(queue.job(id)->what, QString("B is 1.32 times as fast as A"));
}

void JobQueueTest::runningJobShowsProgressAndIsStopped()
{
    JobQueue queue;
    const int id = queue.enqueue("long", untilStopped);
    QTRY_COMPARE(queue.job(id)->fraction, 0.25);
    QCOMPARE(queue.job(id)->state, Job::State::Running);
    QCOMPARE(queue.job(id)->what, QString("a quarter"));
    QVERIFY(queue.job(id)->remainingMs >= 0);
    queue.cancel(id);
    QTRY_COMPARE(queue.job(id)->state, Job::State::Cancelled);
    QVERIFY(!queue.isBusy());
}

void JobQueueTest::waitingJobIsCancelledWithoutRunning()
{
    JobQueue queue;
    std::atomic<bool> ran = false;
    const int first = queue.enqueue("long", untilStopped);
    const int second = queue.enqueue("waits", [&ran](std::stop_token, const ProgressSink&) -> Result<void> {
        ran = true;
        return {};
    });
    queue.cancel(second);
    QCOMPARE(queue.job(second)->state, Job::State::Cancelled);
    queue.cancel(first);
    QTRY_VERIFY(!queue.isBusy());
    QVERIFY(!ran);
}

void JobQueueTest::cancelAllLeavesNothingBusy()
{
    JobQueue queue;
    QSignalSpy busy(&queue, &JobQueue::busyChanged);
    for (int i = 0; i < 4; ++i)
        queue.enqueue("long", untilStopped);
    QTRY_COMPARE(queue.jobs().front().state, Job::State::Running);
    queue.cancelAll();
    QTRY_VERIFY(!queue.isBusy());
    for (const Job& job : queue.jobs())
        QCOMPARE(job.state, Job::State::Cancelled);
    QCOMPARE(busy.count(), 2);
    queue.clearFinished();
    QVERIFY(queue.jobs().empty());
}

void JobQueueTest::postedWorkIsNotListed()
{
    JobQueue queue;
    std::atomic<bool> ran = false;
    queue.post([&ran] { ran = true; });
    QTRY_VERIFY(ran);
    QVERIFY(queue.jobs().empty());
    QVERIFY(!queue.isBusy());
}

void JobQueueTest::totalsAddUp()
{
    JobQueue queue;
    queue.enqueue("long", untilStopped, 5000);
    queue.enqueue("waits", nothing, 7000);
    QTRY_VERIFY(queue.jobs().front().remainingMs >= 0);
    const auto totals = queue.totals();
    QCOMPARE(totals.count, 2);
    QCOMPARE(totals.finished, 0);
    QVERIFY(totals.remainingMs >= 7000);
    queue.cancelAll();
    QTRY_VERIFY(!queue.isBusy());
    QCOMPARE(queue.totals().finished, 2);
}

void JobQueueTest::destructionStopsWhatRuns()
{
    std::binary_semaphore started{0};
    bool sawStop = false;
    {
        JobQueue queue;
        queue.enqueue("long", [&](std::stop_token stop, const ProgressSink& progress) {
            started.release();
            auto result = untilStopped(stop, progress);
            sawStop = stop.stop_requested();
            return result;
        });
        started.acquire();
    }
    QVERIFY(sawStop);
}

void JobQueueTest::modelFollowsTheQueue()
{
    JobQueue queue;
    JobModel model(&queue);
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    queue.enqueue("first", nothing);
    queue.enqueue("second", [](std::stop_token, const ProgressSink&) -> Result<void> {
        return lathe::fail(ErrorCode::NotFound, "There is no such model.");
    });
    QCOMPARE(model.rowCount(), 2);
    QTRY_VERIFY(!queue.isBusy());
    QCOMPARE(model.index(0, JobModel::Progress).data().toString(), QString("Done"));
    QCOMPARE(model.index(1, JobModel::Progress).data().toString(), QString("Failed"));
    QCOMPARE(model.index(1, JobModel::What).data().toString(), QString("There is no such model."));
    queue.clearFinished();
    QCOMPARE(model.rowCount(), 0);
}

QTEST_GUILESS_MAIN(JobQueueTest)
#include "tst_job_queue.moc"

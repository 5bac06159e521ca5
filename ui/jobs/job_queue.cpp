#include "ui/jobs/job_queue.h"

#include <algorithm>
#include <exception>
#include <new>

namespace lathe::ui {

namespace {

constexpr int kTickMs = 100;

/// Exceptions (LibTorch's, bad_alloc) stop at the task's edge.
Result<void> runGuarded(const JobQueue::Task& task, std::stop_token stop, const ProgressSink& progress)
{
    try {
        return task(std::move(stop), progress);
    } catch (const std::bad_alloc&) {
        return fail(ErrorCode::OutOfMemory, "There was not enough memory for this; use a smaller batch.");
    } catch (const std::exception& exception) {
        return fail(ErrorCode::EngineFailure, std::string("This failed unexpectedly: ") + exception.what());
    } catch (...) {
        return fail(ErrorCode::EngineFailure, "This failed unexpectedly, without saying why.");
    }
}

} // namespace

JobQueue::JobQueue(QObject* parent) : QObject(parent)
{
    m_tick.setInterval(kTickMs);
    connect(&m_tick, &QTimer::timeout, this, &JobQueue::tick);
    m_worker = std::jthread([this](std::stop_token quit) { work(std::move(quit)); });
}

JobQueue::~JobQueue()
{
    {
        const std::lock_guard lock(m_mutex);
        m_pending.clear();
        m_runningStop.request_stop();
    }
    m_worker.request_stop();
    m_worker.join();
}

int JobQueue::enqueue(const QString& title, Task task, qint64 expectedMs)
{
    Job added;
    added.id = m_nextId++;
    added.title = title;
    added.expectedMs = expectedMs;
    if (!m_wasBusy) {
        m_firstOfRun = added.id;
        m_runClock.start();
    }
    m_jobs.push_back(added);
    wait({added.id, std::move(task), {}});
    Q_EMIT jobAdded(added.id);
    if (!std::exchange(m_wasBusy, true)) {
        m_tick.start();
        Q_EMIT busyChanged(true);
    }
    return added.id;
}

void JobQueue::post(std::function<void()> work)
{
    wait({0,
          [work = std::move(work)](std::stop_token, const ProgressSink&) -> Result<void> {
              work();
              return {};
          },
          {}});
}

void JobQueue::wait(Pending pending)
{
    {
        const std::lock_guard lock(m_mutex);
        m_pending.push_back(std::move(pending));
    }
    m_wake.notify_one();
}

void JobQueue::cancel(int id)
{
    Job* job = find(id);
    if (!job || job->isFinished())
        return;
    {
        const std::lock_guard lock(m_mutex);
        if (m_runningId == id) {
            m_runningStop.request_stop(); // `finished` will tell
            return;
        }
        if (std::erase_if(m_pending, [id](const Pending& pending) { return pending.id == id; }) == 0)
            return; // it has just finished
    }
    job->state = Job::State::Cancelled;
    job->what = tr("Cancelled before it started");
    Q_EMIT jobFinished(id);
    endIfIdle();
}

void JobQueue::cancelAll()
{
    std::vector<int> ids; // those waiting first, so that none of them starts
    for (auto job = m_jobs.rbegin(); job != m_jobs.rend(); ++job)
        if (!job->isFinished())
            ids.push_back(job->id);
    for (const int id : ids)
        cancel(id);
}

void JobQueue::clearFinished()
{
    if (std::erase_if(m_jobs, [](const Job& job) { return job.isFinished(); }) > 0)
        Q_EMIT finishedCleared();
}

const Job* JobQueue::job(int id) const
{
    return const_cast<JobQueue*>(this)->find(id);
}

bool JobQueue::isBusy() const
{
    return std::any_of(m_jobs.begin(), m_jobs.end(), [](const Job& job) { return !job.isFinished(); });
}

JobQueue::Totals JobQueue::totals() const
{
    Totals totals;
    totals.elapsedMs = isBusy() ? m_runClock.elapsed() : m_runMs;
    qint64 remaining = 0;
    for (const Job& job : m_jobs) {
        if (job.id < m_firstOfRun)
            continue;
        ++totals.count;
        totals.finished += job.isFinished();
        if (job.isFinished() || remaining < 0)
            continue;
        const qint64 expected = job.expectedMs < 0 ? -1 : std::max<qint64>(0, job.expectedMs - job.elapsedMs);
        const qint64 own = job.remainingMs >= 0 ? job.remainingMs : expected;
        remaining = own < 0 ? -1 : remaining + own;
    }
    totals.remainingMs = remaining;
    return totals;
}

void JobQueue::work(std::stop_token quit)
{
    for (;;) {
        Pending next;
        {
            std::unique_lock lock(m_mutex);
            if (!m_wake.wait(lock, quit, [this] { return !m_pending.empty(); }))
                return;
            next = std::move(m_pending.front());
            m_pending.pop_front();
            m_runningId = next.id;
            m_runningStop = next.stop;
            m_progress = {};
        }
        run(next);
    }
}

void JobQueue::run(Pending& pending)
{
    const int id = pending.id;
    QMetaObject::invokeMethod(
        this, [this, id] { started(id); }, Qt::QueuedConnection);
    const ProgressSink sink = [this](const Progress& progress) {
        const std::lock_guard lock(m_mutex);
        m_progress = progress;
    };
    Result<void> result = runGuarded(pending.task, pending.stop.get_token(), sink);
    pending.task = {}; // what it holds goes before anybody hears that it is done
    const bool stopped = pending.stop.stop_requested();
    Progress last;
    {
        const std::lock_guard lock(m_mutex);
        last = m_progress;
    }
    QMetaObject::invokeMethod(
        this, [this, id, result = std::move(result), last, stopped] { finished(id, result, last, stopped); },
        Qt::QueuedConnection);
}

void JobQueue::started(int id)
{
    Job* job = find(id);
    if (!job)
        return;
    job->state = Job::State::Running;
    m_jobClock.start();
    Q_EMIT jobChanged(id);
}

void JobQueue::finished(int id, const Result<void>& result, const Progress& last, bool stopped)
{
    Job* job = find(id);
    if (!job)
        return;
    job->elapsedMs = m_jobClock.elapsed();
    job->remainingMs = -1;
    job->fraction = last.fraction;
    job->what = QString::fromStdString(last.what);
    if (stopped) {
        job->state = Job::State::Cancelled;
        job->what = result ? tr("Stopped; what was measured by then is kept") : tr("Stopped");
    } else if (result) {
        job->state = Job::State::Done;
        job->fraction = 1.0;
    } else {
        job->state = Job::State::Failed;
        job->what = QString::fromStdString(result.error().message);
    }
    Q_EMIT jobFinished(id);
    endIfIdle();
}

void JobQueue::tick()
{
    Progress latest;
    int id = 0;
    {
        const std::lock_guard lock(m_mutex);
        latest = m_progress;
        id = m_runningId;
    }
    Job* job = find(id);
    if (job && job->state == Job::State::Running) {
        job->elapsedMs = m_jobClock.elapsed();
        job->fraction = latest.fraction;
        if (!latest.what.empty())
            job->what = QString::fromStdString(latest.what);
        const double left = latest.fraction > 0.02 ? (1.0 - latest.fraction) / latest.fraction : -1.0;
        job->remainingMs = left < 0.0 ? -1 : static_cast<qint64>(left * static_cast<double>(job->elapsedMs));
        Q_EMIT jobChanged(id);
    }
    Q_EMIT ticked();
}

void JobQueue::endIfIdle()
{
    if (isBusy())
        return;
    m_runMs = m_runClock.elapsed();
    m_tick.stop();
    m_wasBusy = false;
    Q_EMIT busyChanged(false);
}

Job* JobQueue::find(int id)
{
    const auto found = std::find_if(m_jobs.begin(), m_jobs.end(), [id](const Job& job) { return job.id == id; });
    return found == m_jobs.end() ? nullptr : &*found;
}

} // namespace lathe::ui

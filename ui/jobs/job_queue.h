#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <QTimer>

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "core/base/progress.h"
#include "core/base/result.h"

namespace lathe::ui {

struct Job {
    enum class State { Waiting, Running, Done, Failed, Cancelled };
    int id = 0;
    QString title;
    State state = State::Waiting;
    double fraction = -1.0; ///< negative: unknown
    QString what;           ///< what it is doing, or the error with what to do
    qint64 elapsedMs = 0;
    qint64 remainingMs = -1; ///< negative: unknown
    qint64 expectedMs = -1;  ///< guessed before the start; negative: unknown

    bool isFinished() const { return state != State::Waiting && state != State::Running; }
};

/// Runs tasks one after the other on one worker thread (measurements must not disturb each other, and each new
/// thread would leave an idle OpenMP pool behind). All members are used from the GUI thread, all signals arrive there.
class JobQueue : public QObject {
    Q_OBJECT

public:
    using Task = std::function<Result<void>(std::stop_token, const ProgressSink&)>;

    explicit JobQueue(QObject* parent = nullptr);
    ~JobQueue() override; ///< stops what runs and waits for it

    int enqueue(const QString& title, Task task, qint64 expectedMs = -1);
    /// Runs on the worker thread without being listed; for getting ready.
    void post(std::function<void()> work);
    void cancel(int id);
    void cancelAll();
    void clearFinished();

    const std::vector<Job>& jobs() const { return m_jobs; }
    const Job* job(int id) const;
    bool isBusy() const;

    /// Of all jobs since the queue was last idle.
    struct Totals {
        int finished = 0;
        int count = 0;
        qint64 elapsedMs = 0;
        qint64 remainingMs = -1; ///< negative: unknown
    };
    Totals totals() const;

Q_SIGNALS:
    void jobAdded(int id);
    void jobChanged(int id);
    void jobFinished(int id);
    void finishedCleared();
    void busyChanged(bool busy);
    void ticked(); ///< ten times a second while busy

private:
    struct Pending {
        int id = 0;
        Task task;
        std::stop_source stop;
    };
    void work(std::stop_token quit);
    void run(Pending& pending);
    void wait(Pending pending);
    void started(int id);
    void finished(int id, const Result<void>& result, const Progress& last, bool stopped);
    void tick();
    void endIfIdle();
    Job* find(int id);

    std::vector<Job> m_jobs;
    int m_nextId = 1;
    int m_firstOfRun = 1;
    bool m_wasBusy = false;
    QElapsedTimer m_runClock;
    qint64 m_runMs = 0;
    QElapsedTimer m_jobClock;
    QTimer m_tick;

    std::mutex m_mutex; ///< guards what follows
    std::condition_variable_any m_wake;
    std::deque<Pending> m_pending;
    std::stop_source m_runningStop;
    int m_runningId = 0;
    Progress m_progress;   ///< the latest of the running job
    std::jthread m_worker; ///< last: it uses all of the above
};

} // namespace lathe::ui

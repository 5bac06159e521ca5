#include "ui/jobs/sole_job.h"

#include <utility>

namespace lathe::ui {

namespace {

QString stateText(const Job& job)
{
    if (job.state == Job::State::Waiting)
        return SoleJob::tr("waiting for what runs before it");
    return job.fraction > 0.0 ? SoleJob::tr("%1, %2 %").arg(job.what).arg(qRound(100.0 * job.fraction)) : job.what;
}

} // namespace

SoleJob::SoleJob(JobQueue* queue, QObject* parent) : QObject(parent), m_queue(queue)
{
    connect(queue, &JobQueue::jobFinished, this, &SoleJob::finished);
    connect(queue, &JobQueue::jobChanged, this, [this](int id) {
        if (const Job* job = m_job == id ? m_queue->job(id) : nullptr)
            Q_EMIT progressed(stateText(*job));
    });
}

void SoleJob::begin(const QString& title, JobQueue::Task task)
{
    m_job = m_queue->enqueue(title, std::move(task));
    Q_EMIT stateChanged();
}

void SoleJob::drop()
{
    if (m_job)
        m_queue->cancel(*std::exchange(m_job, std::nullopt));
}

void SoleJob::stop()
{
    if (m_job)
        m_queue->cancel(*m_job);
}

void SoleJob::finished(int id)
{
    if (m_job != id)
        return;
    m_job.reset();
    const Job* job = m_queue->job(id);
    if (job != nullptr && job->state == Job::State::Failed)
        Q_EMIT failed(job->what);
    if (job != nullptr && job->state == Job::State::Cancelled)
        Q_EMIT failed(tr("Stopped."));
    Q_EMIT stateChanged();
}

} // namespace lathe::ui

#pragma once

#include <QObject>

#include <optional>

#include "ui/jobs/job_queue.h"

namespace lathe::ui {

/// Jobs of which there is one at a time, told of as a page wants it. The queue goes before it does.
class SoleJob : public QObject {
    Q_OBJECT

public:
    SoleJob(JobQueue* queue, QObject* parent);

    bool isBusy() const { return m_job.has_value(); }

    /// What is there already goes on unheard.
    void begin(const QString& title, JobQueue::Task task);
    /// Nobody is told: another takes its place.
    void drop();
    void stop();

Q_SIGNALS:
    void stateChanged(); ///< it began, or ended
    void progressed(const QString& what);
    void failed(const QString& sentence); ///< or was stopped

private:
    void finished(int id);

    JobQueue* m_queue;
    std::optional<int> m_job;
};

} // namespace lathe::ui

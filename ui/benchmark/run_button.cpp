#include "ui/benchmark/run_button.h"

#include <QAction>

#include "ui/format.h"
#include "ui/jobs/job_queue.h"

namespace lathe::ui {

RunButton::RunButton(QAction* run, JobQueue* queue, QWidget* parent) : QToolButton(parent), m_run(run), m_queue(queue)
{
    setIcon(run->icon());
    setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    setFocusPolicy(Qt::StrongFocus);
    connect(this, &QToolButton::clicked, run, &QAction::trigger);
    connect(run, &QAction::changed, this, &RunButton::refresh);
    connect(queue, &JobQueue::ticked, this, &RunButton::refresh);
    connect(queue, &JobQueue::busyChanged, this, &RunButton::refresh);
    refresh();
}

void RunButton::refresh()
{
    setEnabled(m_run->isEnabled());
    setToolTip(m_run->toolTip());
    QString text = tr("Run");
    if (m_queue->isBusy()) {
        const auto totals = m_queue->totals();
        text = clockText(totals.elapsedMs);
        if (totals.remainingMs >= 0)
            text = tr("%1, %2 left").arg(text, clockText(totals.remainingMs));
    }
    setText(text);
    setAccessibleName(m_queue->isBusy() ? tr("Running, %1").arg(text) : text);
}

} // namespace lathe::ui

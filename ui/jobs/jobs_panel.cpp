#include "ui/jobs/jobs_panel.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QTimer>

#include <algorithm>

#include "ui/bar_delegate.h"
#include "ui/controls.h"
#include "ui/format.h"
#include "ui/jobs/job_model.h"
#include "ui/table_hint.h"

namespace lathe::ui {

QString totalsText(const JobQueue& queue)
{
    const auto totals = queue.totals();
    if (totals.count == 0)
        return {};
    QString text = QObject::tr("%1 of %2 · %3").arg(totals.finished).arg(totals.count).arg(clockText(totals.elapsedMs));
    if (queue.isBusy() && totals.remainingMs >= 0)
        text += QObject::tr(" · %1 left").arg(clockText(totals.remainingMs));
    return text;
}

JobsPanel::JobsPanel(JobQueue* queue, QWidget* parent)
    : QWidget(parent), m_queue(queue), m_model(new JobModel(queue, this)), m_table(new QTableView(this)),
      m_summary(new QLabel(this)), m_message(new QLabel(this))
{
    setObjectName("jobsPanel");
    buildTable();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(4, 4, 4, 4);
    layout->setSpacing(4);
    layout->addWidget(buildHead());
    layout->addWidget(m_table, 1);
    layout->addWidget(m_message);

    connect(queue, &JobQueue::jobAdded, this, &JobsPanel::refresh);
    connect(queue, &JobQueue::jobChanged, this, &JobsPanel::followRunning);
    connect(queue, &JobQueue::jobFinished, this, &JobsPanel::refresh);
    connect(queue, &JobQueue::finishedCleared, this, &JobsPanel::refresh);
    connect(queue, &JobQueue::ticked, this, &JobsPanel::refresh);
    connect(queue, &JobQueue::busyChanged, this, &JobsPanel::refresh);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &JobsPanel::refresh);
    refresh();
}

void JobsPanel::buildTable()
{
    m_table->setModel(m_model);
    describeControl(m_table, "jobsTable", tr("Jobs"), tr("Measurements that run, wait or are finished"));
    makePlainTable(m_table);
    m_table->setItemDelegateForColumn(JobModel::Progress, new BarDelegate(JobModel::FractionRole, m_table));
    auto* header = m_table->horizontalHeader();
    header->setStretchLastSection(true);
    header->resizeSection(JobModel::Title, 200);
    header->resizeSection(JobModel::Progress, 70);
    header->resizeSection(JobModel::Time, 92);
    showWhenEmpty(m_table, tr("No jobs yet.\nWhat you run is listed here with its progress; one or all can be "
                              "cancelled."));
}

QWidget* JobsPanel::buildHead()
{
    m_summary->setObjectName("jobsSummary");
    m_summary->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // the buttons have the right of way
    m_message->setObjectName("jobMessage");
    m_message->setWordWrap(true);
    m_message->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_cancel = makeButton("cancelJobButton", tr("Cancel"), tr("Cancel the selected jobs"), this);
    m_cancelAll = makeButton("cancelAllJobsButton", tr("Cancel all"),
                             tr("Stop what runs and drop what waits; what was measured stays"), this);
    m_clear = makeButton("clearJobsButton", tr("Clear"), tr("Take finished jobs off the list"), this);
    for (QPushButton* button : {m_cancel, m_cancelAll, m_clear}) // Fusion's are wider than their words
        button->setFixedWidth(button->fontMetrics().horizontalAdvance(button->text()) + 18);
    connect(m_cancel, &QPushButton::clicked, this, &JobsPanel::cancelSelected);
    connect(m_cancelAll, &QPushButton::clicked, m_queue, &JobQueue::cancelAll);
    connect(m_clear, &QPushButton::clicked, m_queue, &JobQueue::clearFinished);

    auto* row = new QWidget(this);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_summary, 1);
    layout->addWidget(m_cancel);
    layout->addWidget(m_cancelAll);
    layout->addWidget(m_clear);
    return row;
}

QList<int> JobsPanel::selectedIds() const
{
    QList<int> ids;
    for (const QModelIndex& row : m_table->selectionModel()->selectedRows())
        ids << row.data(JobModel::IdRole).toInt();
    return ids;
}

QString JobsPanel::message(const QList<int>& selected) const
{
    if (selected.size() == 1) {
        const Job* job = m_queue->job(selected.front());
        return job ? job->what : QString();
    }
    const auto& jobs = m_queue->jobs();
    const auto failed =
        std::find_if(jobs.rbegin(), jobs.rend(), [](const Job& job) { return job.state == Job::State::Failed; });
    return failed == jobs.rend() ? QString() : tr("%1 failed: %2").arg(failed->title, failed->what);
}

void JobsPanel::followRunning(int id)
{
    const auto& jobs = m_queue->jobs();
    if (id == m_followed)
        return;
    m_followed = id;
    const auto at = std::find_if(jobs.begin(), jobs.end(), [id](const Job& job) { return job.id == id; });
    const QPersistentModelIndex row = m_model->index(static_cast<int>(at - jobs.begin()), 0);
    // Rows that came a moment ago are not laid out yet.
    QTimer::singleShot(0, m_table, [this, row] { m_table->scrollTo(row, QAbstractItemView::PositionAtCenter); });
}

void JobsPanel::cancelSelected()
{
    QList<int> ids = selectedIds();
    std::sort(ids.begin(), ids.end(), std::greater<>()); // those waiting before the one that runs
    for (const int id : ids)
        m_queue->cancel(id);
}

void JobsPanel::refresh()
{
    const auto ids = selectedIds();
    m_cancel->setEnabled(std::any_of(ids.begin(), ids.end(), [this](int id) {
        const Job* job = m_queue->job(id);
        return job && !job->isFinished();
    }));
    m_cancelAll->setEnabled(m_queue->isBusy());
    const auto& jobs = m_queue->jobs();
    m_clear->setEnabled(std::any_of(jobs.begin(), jobs.end(), [](const Job& job) { return job.isFinished(); }));
    m_summary->setText(totalsText(*m_queue));
    m_summary->setToolTip(m_summary->text());
    m_message->setText(message(ids));
    m_message->setVisible(!m_message->text().isEmpty());
}

} // namespace lathe::ui

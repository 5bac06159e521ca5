#include "ui/jobs/job_model.h"

#include <cmath>

#include "ui/column_header.h"
#include "ui/format.h"

namespace lathe::ui {

namespace {

Qt::Alignment alignmentOf(int column)
{
    return column == JobModel::Progress ? Qt::AlignCenter : cellAlignment(false);
}

} // namespace

QString progressText(const Job& job)
{
    switch (job.state) {
    case Job::State::Waiting:
        return QObject::tr("Waiting");
    case Job::State::Running:
        return job.fraction < 0.0 ? QObject::tr("Running") : QObject::tr("%1 %").arg(std::lround(100.0 * job.fraction));
    case Job::State::Done:
        return QObject::tr("Done");
    case Job::State::Failed:
        return QObject::tr("Failed");
    case Job::State::Cancelled:
        return QObject::tr("Stopped");
    }
    return {};
}

QString timeText(const Job& job)
{
    if (job.state == Job::State::Waiting || job.elapsedMs == 0)
        return {};
    const QString elapsed = clockText(job.elapsedMs);
    return job.remainingMs < 0 ? elapsed : QObject::tr("%1, %2 left").arg(elapsed, clockText(job.remainingMs));
}

JobModel::JobModel(JobQueue* queue, QObject* parent)
    : QAbstractTableModel(parent), m_queue(queue), m_rows(static_cast<int>(queue->jobs().size()))
{
    connect(queue, &JobQueue::jobAdded, this, &JobModel::added);
    connect(queue, &JobQueue::jobChanged, this, &JobModel::changed);
    connect(queue, &JobQueue::jobFinished, this, &JobModel::changed);
    connect(queue, &JobQueue::finishedCleared, this, &JobModel::cleared);
}

int JobModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : m_rows;
}

int JobModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant JobModel::data(const QModelIndex& index, int role) const
{
    const auto row = static_cast<std::size_t>(index.row());
    if (!index.isValid() || row >= m_queue->jobs().size())
        return {};
    const Job& job = m_queue->jobs()[row];
    const QString texts[ColumnCount] = {job.title, progressText(job), timeText(job), job.what};
    switch (role) {
    case Qt::DisplayRole:
        return texts[index.column()];
    case Qt::ToolTipRole:
        return job.what.isEmpty() ? job.title : QStringLiteral("%1: %2").arg(job.title, job.what);
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(alignmentOf(index.column()));
    case IdRole:
        return job.id;
    case FractionRole:
        return job.state == Job::State::Running || job.state == Job::State::Done ? job.fraction : -1.0;
    default:
        return {};
    }
}

QVariant JobModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    const auto header = [](int column) {
        const QString titles[ColumnCount] = {tr("Job"), tr("Progress"), tr("Time"), tr("What it is doing")};
        return ColumnHeader{titles[column], {}, alignmentOf(column)};
    };
    return columnHeaderData(*this, header, section, orientation, role);
}

void JobModel::added()
{
    beginInsertRows({}, m_rows, m_rows);
    ++m_rows;
    endInsertRows();
}

void JobModel::changed(int id)
{
    for (int row = m_rows - 1; row >= 0; --row)
        if (m_queue->jobs()[static_cast<std::size_t>(row)].id == id)
            return Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
}

void JobModel::cleared()
{
    beginResetModel();
    m_rows = static_cast<int>(m_queue->jobs().size());
    endResetModel();
}

} // namespace lathe::ui

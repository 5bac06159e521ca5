#pragma once

#include <QAbstractTableModel>

#include "ui/jobs/job_queue.h"

namespace lathe::ui {

/// The queue as a table: what, how far, how long, and what it is doing or what to do about its failure.
class JobModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { Title, Progress, Time, What, ColumnCount };
    enum Role { IdRole = Qt::UserRole, FractionRole };

    explicit JobModel(JobQueue* queue, QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role = Qt::DisplayRole) const override;

private:
    void added();
    void changed(int id);
    void cleared();

    JobQueue* m_queue;
    int m_rows = 0;
};

/// "Waiting", "42 %", "Running", "Done", "Failed", "Stopped".
QString progressText(const Job& job);
/// "0:12, 0:30 left"; empty before the start.
QString timeText(const Job& job);

} // namespace lathe::ui

#pragma once

#include <QWidget>

class QLabel;
class QPushButton;
class QTableView;

namespace lathe::ui {

class JobModel;
class JobQueue;

/// What runs and what waits, with progress; one or all can be cancelled, failures stay with what to do about them.
class JobsPanel : public QWidget {
    Q_OBJECT

public:
    explicit JobsPanel(JobQueue* queue, QWidget* parent = nullptr);

private:
    QList<int> selectedIds() const;
    void buildTable();
    QWidget* buildHead();
    QString message(const QList<int>& selected) const;
    void followRunning(int id);
    void cancelSelected();
    void refresh();

    JobQueue* m_queue;
    JobModel* m_model;
    QTableView* m_table;
    QLabel* m_summary;
    QLabel* m_message; ///< the selected job's in full, or the last failure
    QPushButton* m_cancel;
    QPushButton* m_cancelAll;
    QPushButton* m_clear;
    int m_followed = 0; ///< the job last scrolled to
};

/// "2 of 6 · 1:03 · 2:10 left"; empty while nothing was started.
QString totalsText(const JobQueue& queue);

} // namespace lathe::ui

#pragma once

#include <QToolButton>

class QAction;

namespace lathe::ui {

class JobQueue;

/// Starts the run; while jobs run it shows their elapsed and remaining time and adds to them.
class RunButton : public QToolButton {
    Q_OBJECT

public:
    RunButton(QAction* run, JobQueue* queue, QWidget* parent = nullptr);

private:
    void refresh();

    QAction* m_run;
    JobQueue* m_queue;
};

} // namespace lathe::ui

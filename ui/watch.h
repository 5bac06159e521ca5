#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QString>
#include <QTimer>

#include <functional>

class QWidget;

/// Instruments for the benchmarks of the window itself; they do nothing unless asked for by the environment:
///
/// - LATHE_HEARTBEAT=FILE: while jobs run, a timer of 5 ms on the GUI thread measures the gaps between its beats. On
/// exit
///   FILE holds {"worst_gap_ms", "beats", "busy_ms"}.
/// - LATHE_FIRST_PAINT=FILE: once the window has painted itself for the first time, FILE holds {"first_paint_ms"},
///   counted from the start of the process.
namespace lathe::ui {

class JobQueue;

class Heartbeat : public QObject {
    Q_OBJECT

public:
    Heartbeat(JobQueue* queue, QString file, QObject* parent);
    ~Heartbeat() override; ///< writes the file

    double worstGapMs() const { return m_worstMs; }

private:
    void setBusy(bool busy);
    void beat();

    QString m_file;
    QTimer m_timer;
    QElapsedTimer m_sinceBeat;
    QElapsedTimer m_sinceBusy;
    double m_worstMs = 0.0;
    double m_worstCpuMs = 0.0; ///< of that gap: spent computing on this thread; the rest it waited for a core or a lock
    double m_worstAtMs = 0.0;  ///< since the jobs began
    double m_cpuMs = 0.0;      ///< of this thread, at the last beat
    qint64 m_over50 = 0;
    qint64 m_beats = 0;
    qint64 m_busyMs = 0;
};

/// Installs what the environment asks for.
void watchWindow(QWidget* window, JobQueue* queue);

/// Calls back once the window has painted itself for the first time.
void afterFirstPaint(QWidget* window, std::function<void()> then);

/// Milliseconds since the kernel started this process; negative where it does not tell.
double millisecondsSinceStart();

} // namespace lathe::ui

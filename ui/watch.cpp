#include "ui/watch.h"

#include <QEvent>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QWidget>

#include <algorithm>
#include <ctime>

#include <unistd.h>

#include "ui/jobs/job_queue.h"

namespace lathe::ui {

namespace {

constexpr int kBeatMs = 5;
constexpr int kStartTimeField = 22; // of /proc/PID/stat, counted from 1

void writeJson(const QString& path, const QJsonObject& object)
{
    QFile file(path);
    if (file.open(QIODevice::WriteOnly | QIODevice::Truncate))
        file.write(QJsonDocument(object).toJson());
}

double threadCpuMs()
{
    timespec spent{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return 1e3 * static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e6;
}

class FirstPaint : public QObject {
public:
    FirstPaint(QWidget* window, std::function<void()> then) : QObject(window), m_then(std::move(then))
    {
        window->installEventFilter(this);
    }

protected:
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (event->type() == QEvent::Paint) {
            watched->removeEventFilter(this);
            // After this event its children have painted too and the window is on its way to the screen.
            QTimer::singleShot(0, this, m_then);
        }
        return QObject::eventFilter(watched, event);
    }

private:
    std::function<void()> m_then;
};

} // namespace

Heartbeat::Heartbeat(JobQueue* queue, QString file, QObject* parent) : QObject(parent), m_file(std::move(file))
{
    m_timer.setTimerType(Qt::PreciseTimer);
    m_timer.setInterval(kBeatMs);
    connect(&m_timer, &QTimer::timeout, this, &Heartbeat::beat);
    connect(queue, &JobQueue::busyChanged, this, &Heartbeat::setBusy);
    setBusy(queue->isBusy());
}

Heartbeat::~Heartbeat()
{
    setBusy(false);
    writeJson(m_file, {{QStringLiteral("worst_gap_ms"), m_worstMs},
                       {QStringLiteral("worst_gap_cpu_ms"), m_worstCpuMs},
                       {QStringLiteral("worst_gap_at_ms"), m_worstAtMs},
                       {QStringLiteral("gaps_over_50_ms"), m_over50},
                       {QStringLiteral("beats"), m_beats},
                       {QStringLiteral("busy_ms"), m_busyMs}});
}

void Heartbeat::setBusy(bool busy)
{
    if (busy && !m_timer.isActive()) {
        m_sinceBeat.start();
        m_sinceBusy.start();
        m_cpuMs = threadCpuMs();
        m_timer.start();
    } else if (!busy && m_timer.isActive()) {
        beat(); // the gap up to now counts
        m_timer.stop();
        m_busyMs += m_sinceBusy.elapsed();
    }
}

void Heartbeat::beat()
{
    const double gap = static_cast<double>(m_sinceBeat.nsecsElapsed()) / 1e6;
    const double cpu = threadCpuMs();
    if (gap > m_worstMs) {
        m_worstMs = gap;
        m_worstCpuMs = cpu - m_cpuMs;
        m_worstAtMs = static_cast<double>(m_sinceBusy.elapsed());
    }
    m_over50 += gap > 50.0 ? 1 : 0;
    m_cpuMs = cpu;
    ++m_beats;
    m_sinceBeat.start();
}

void watchWindow(QWidget* window, JobQueue* queue)
{
    if (const QString file = qEnvironmentVariable("LATHE_HEARTBEAT"); !file.isEmpty())
        new Heartbeat(queue, file, window);
    if (const QString file = qEnvironmentVariable("LATHE_FIRST_PAINT"); !file.isEmpty())
        afterFirstPaint(window, [file] {
            writeJson(file, {{QStringLiteral("first_paint_ms"), millisecondsSinceStart()}});
        });
}

void afterFirstPaint(QWidget* window, std::function<void()> then)
{
    new FirstPaint(window, std::move(then));
}

double millisecondsSinceStart()
{
    QFile stat(QStringLiteral("/proc/self/stat"));
    if (!stat.open(QIODevice::ReadOnly))
        return -1.0;
    QByteArray text = stat.readAll();
    text = text.mid(text.lastIndexOf(')') + 2); // the second field, a name, may hold spaces
    const double ticks = text.split(' ').value(kStartTimeField - 3).toDouble();
    timespec now{};
    clock_gettime(CLOCK_BOOTTIME, &now);
    const double nowMs = 1e3 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e6;
    return nowMs - 1e3 * ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

} // namespace lathe::ui

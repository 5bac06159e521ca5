#pragma once

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>

#include <memory>
#include <stop_token>
#include <utility>

namespace lathe::ui {

/// Work on another thread for one receiver, of which only the last asked for is answered: earlier work is told to stop,
/// and what it gives is dropped.
class LatestWork {
public:
    LatestWork() { m_pool.setMaxThreadCount(1); }
    ~LatestWork()
    {
        forget();
        m_pool.waitForDone();
    }
    LatestWork(const LatestWork&) = delete;
    LatestWork& operator=(const LatestWork&) = delete;

    void forget()
    {
        m_stop.request_stop();
        m_pool.clear();
    }

    /// `work(stop)` runs on the other thread, `done(its result)` on the receiver's.
    template <class Work, class Done> void start(QObject* receiver, Work work, Done done)
    {
        forget();
        m_stop = std::stop_source();
        m_pool.start([self = QPointer<QObject>(receiver), stop = m_stop.get_token(), work = std::move(work),
                      done = std::move(done)] {
            auto result = std::make_shared<decltype(work(stop))>(work(stop));
            auto* application = QCoreApplication::instance();
            if (!application)
                return;
            QMetaObject::invokeMethod(application, [self, stop, done, result = std::move(result)] {
                if (self && !stop.stop_requested())
                    done(std::move(*result));
            });
        });
    }

private:
    QThreadPool m_pool;
    std::stop_source m_stop;
};

} // namespace lathe::ui

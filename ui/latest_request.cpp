#include "ui/latest_request.h"

#include <QCoreApplication>

namespace lathe::ui {

LatestRequest::LatestRequest() : m_serial(std::make_shared<int>(0))
{
    m_pool.setMaxThreadCount(1);
}

LatestRequest::~LatestRequest()
{
    m_pool.clear();
    m_pool.waitForDone();
}

void LatestRequest::start(std::function<Delivery()> work)
{
    drop();
    m_pool.start([work = std::move(work), last = std::weak_ptr<int>(m_serial), serial = *m_serial] {
        Delivery deliver = work();
        auto* application = QCoreApplication::instance();
        if (!application)
            return;
        QMetaObject::invokeMethod(application, [last, serial, deliver = std::move(deliver)] {
            const std::shared_ptr<int> current = last.lock();
            if (current && *current == serial)
                deliver();
        });
    });
}

void LatestRequest::drop()
{
    m_pool.clear();
    ++*m_serial;
}

} // namespace lathe::ui

#pragma once

#include <QThreadPool>

#include <functional>
#include <memory>

namespace lathe::ui {

/// Work on another thread of which only the last request counts.
class LatestRequest {
public:
    LatestRequest();
    ~LatestRequest(); ///< waits for what runs
    LatestRequest(const LatestRequest&) = delete;
    LatestRequest& operator=(const LatestRequest&) = delete;

    /// `work` runs elsewhere and must not touch widgets. What it returns is called on the thread of the application,
    /// unless another request was made or this is gone by then.
    using Delivery = std::function<void()>;
    void start(std::function<Delivery()> work);

    /// What runs is not delivered.
    void drop();

private:
    QThreadPool m_pool;
    std::shared_ptr<int> m_serial; ///< of the last request
};

} // namespace lathe::ui

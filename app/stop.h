#pragma once

#include <stop_token>
#include <thread>

namespace lathe::cli {

/// Turns Ctrl+C into a stop of the task that runs, so that what was measured is kept; a second one ends the program.
class StopOnInterrupt {
public:
    StopOnInterrupt();
    ~StopOnInterrupt();

    std::stop_token token() const { return m_source.get_token(); }

private:
    std::stop_source m_source;
    std::jthread m_watcher;
};

} // namespace lathe::cli

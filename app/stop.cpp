#include "app/stop.h"

#include <chrono>
#include <csignal>

namespace lathe::cli {

namespace {

volatile std::sig_atomic_t g_interrupted = 0;

void note(int)
{
    g_interrupted = 1;
    std::signal(SIGINT, SIG_DFL);
}

} // namespace

StopOnInterrupt::StopOnInterrupt()
{
    g_interrupted = 0;
    std::signal(SIGINT, note);
    // A stop source may not be used in a signal handler: a thread looks now and then.
    m_watcher = std::jthread([this](std::stop_token quit) {
        while (!quit.stop_requested()) {
            if (g_interrupted != 0)
                m_source.request_stop();
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    });
}

StopOnInterrupt::~StopOnInterrupt()
{
    std::signal(SIGINT, SIG_DFL);
}

} // namespace lathe::cli

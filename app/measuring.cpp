#include "app/measuring.h"

#include <filesystem>

#include <fmt/format.h>

#include "app/output.h"
#include "app/stop.h"
#include "core/benchmark/sweep.h"

namespace lathe::cli {

Result<Measured> measureSetup(const Setup& setup, const std::function<void(const Record&)>& onRecord)
{
    const Result<std::vector<Configuration>> configurations = expand(setup);
    if (!configurations)
        return tl::unexpected(configurations.error());
    Measured measured;
    const StopOnInterrupt interrupt;
    SweepEvents events;
    events.started = [&](std::size_t i) {
        printStatus(fmt::format("[{}/{}] {}", i + 1, configurations->size(), describe((*configurations)[i])));
    };
    events.finished = [&](std::size_t, const Record& record) {
        measured.records.push_back(record);
        if (onRecord)
            onRecord(record);
    };
    events.failed = [&](std::size_t i, const Error& error) {
        measured.failures.push_back(fmt::format("{}: {}", describe((*configurations)[i]), error.message));
        printStatus("");
        fmt::print(stderr, "lathe: {}\n", measured.failures.back());
    };
    const Result<void> swept = runSweep(*configurations, setup, events, interrupt.token());
    printStatus("");
    if (swept)
        return measured;
    if (swept.error().code != ErrorCode::Cancelled || measured.records.empty())
        return tl::unexpected(swept.error());
    measured.failures.push_back(swept.error().message);
    return measured;
}

Result<SessionAppender> SessionAppender::open(const std::string& path)
{
    SessionAppender appender(path);
    if (!std::filesystem::exists(path))
        return appender;
    Result<LoadedSession> loaded = loadSession(path);
    if (!loaded)
        return tl::unexpected(loaded.error());
    if (!loaded->lost.empty())
        return fail(ErrorCode::BadFile, fmt::format("{} is damaged ({}); open and save it in the window first.", path,
                                                    loaded->lost.front()));
    appender.m_session = std::move(loaded->session);
    return appender;
}

void SessionAppender::append(const Record& record)
{
    m_session.records.push_back(record);
    if (const auto written = Journal(Journal::beside(m_path)).append(record); !written)
        fmt::print(stderr, "lathe: {}\n", written.error().message);
}

Result<void> SessionAppender::save() const
{
    return saveSession(m_session, m_path).map([&] { Journal(Journal::beside(m_path)).remove(); });
}

} // namespace lathe::cli

#include "app/measuring.h"

#include <filesystem>
#include <set>

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
    measured.configurations = configurations->size();
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
        measured.failures.push_back(error);
        printStatus("");
        if (measured.configurations > 1)
            fmt::print(stderr, "lathe: {}: {}\n", describe((*configurations)[i]), error.message);
    };
    const Result<void> swept = runSweep(*configurations, setup, events, interrupt.token());
    printStatus("");
    if (swept)
        return measured;
    if (swept.error().code != ErrorCode::Cancelled || measured.records.empty())
        return tl::unexpected(swept.error());
    measured.failures.push_back(swept.error());
    return measured;
}

Result<void> Measured::complete() const
{
    if (failures.empty())
        return {};
    if (failures.size() == 1)
        return tl::unexpected(failures.front());
    return fail(failures.front().code,
                fmt::format("{} of {} configurations could not be measured; each is named above.", failures.size(),
                            configurations));
}

Result<SessionAppender> SessionAppender::open(const std::string& path)
{
    SessionAppender appender(path);
    if (!std::filesystem::exists(path)) {
        appender.takeJournal();
        return appender;
    }
    Result<LoadedSession> loaded = loadSession(path);
    if (!loaded)
        return tl::unexpected(loaded.error());
    if (!loaded->lost.empty())
        return fail(ErrorCode::BadFile, fmt::format("{} is damaged ({}); open and save it in the window first.", path,
                                                    loaded->lost.front()));
    appender.m_session = std::move(loaded->session);
    appender.takeJournal();
    return appender;
}

void SessionAppender::takeJournal()
{
    std::set<std::string> known;
    for (const Record& record : m_session.records)
        known.insert(record.id);
    for (Record& record : Journal(Journal::beside(m_path)).read())
        if (known.insert(record.id).second)
            m_session.records.push_back(std::move(record));
}

void SessionAppender::append(const Record& record)
{
    m_session.records.push_back(record);
    if (const auto written = Journal(Journal::beside(m_path)).append(record); !written)
        fmt::print(stderr, "lathe: {}\n", written.error().message);
}

Result<void> SessionAppender::save()
{
    takeJournal();
    return saveSession(m_session, m_path).map([&] { Journal(Journal::beside(m_path)).remove(); });
}

} // namespace lathe::cli

#include "app/measuring.h"

#include <filesystem>

#include <fmt/format.h>

#include "app/output.h"
#include "app/stop.h"
#include "core/base/files.h"
#include "core/benchmark/sweep.h"

namespace lathe::cli {

Result<Measured> measureSetup(const Setup& setup, const std::function<void(const Record&)>& onRecord)
{
    const Result<std::vector<Configuration>> configurations = expand(setup);
    if (!configurations)
        return tl::unexpected(configurations.error());
    const Result<Measurer> measurer = measurerOf(setup);
    if (!measurer)
        return tl::unexpected(measurer.error());
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
            fmt::print(stderr, "lathe: {}: {}\n", describe((*configurations)[i]), forTerminal(error.message));
    };
    const Result<void> swept = runSweep(*configurations, *measurer, events, interrupt.token());
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

namespace {

/// A new session where there is no file; one that is damaged is not to be written over.
Result<Session> readSound(const std::string& path)
{
    if (!isThere(path))
        return Session{};
    Result<LoadedSession> loaded = loadSession(path);
    if (!loaded)
        return tl::unexpected(loaded.error());
    if (!loaded->lost.empty())
        return fail(ErrorCode::BadFile, fmt::format("{} is damaged ({}); open and save it in the window first.", path,
                                                    loaded->lost.front()));
    return std::move(loaded->session);
}

} // namespace

Result<SessionAppender> SessionAppender::open(const std::string& path)
{
    return readSound(path).map([&](const Session&) { return SessionAppender(path); });
}

void SessionAppender::append(const Record& record)
{
    m_appended.push_back(record);
    if (const auto written = Journal(Journal::beside(m_path)).append(record); !written)
        fmt::print(stderr, "lathe: {}\n", forTerminal(written.error().message));
}

Result<void> SessionAppender::save()
{
    const Journal journal(Journal::beside(m_path));
    Result<Session> session = readSound(m_path);
    if (!session)
        return tl::unexpected(session.error());
    addMissing(*session, journal.read()); // what a run that was killed left, or a window put there, too
    addMissing(*session, m_appended);
    return saveSession(*session, m_path).map([&] { journal.remove(); });
}

} // namespace lathe::cli

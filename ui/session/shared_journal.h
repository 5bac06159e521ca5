#pragma once

#include <filesystem>
#include <mutex>
#include <set>
#include <string>

#include "core/session/session.h"

namespace lathe::ui {

/// The open session's journal. Thread-safe: a worker writes a record before the window shows it, so that the window
/// never waits for a disk and a crash in between loses nothing.
class SharedJournal {
public:
    /// Writes nothing while the path is empty.
    explicit SharedJournal(std::filesystem::path path) : m_path(std::move(path)) {}

    /// Each record id is written once, whoever comes first.
    Result<void> append(const Record& record);

    /// From now on at another place; what the old place holds is in the session file that was just written there
    /// or elsewhere, so it goes.
    void restartAt(const std::filesystem::path& path);

    /// Later records are passed over: their session is no longer open. The file stays.
    void close();

    /// The same, and the file goes if this run wrote it: the user let its records go.
    void discard();

    std::filesystem::path path() const;

private:
    mutable std::mutex m_mutex;
    std::filesystem::path m_path;
    std::set<std::string> m_written;
    bool m_closed = false;
};

} // namespace lathe::ui

#pragma once

#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <vector>

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

    /// What others than this run wrote there.
    std::vector<Record> othersRecords() const;

    /// The user deleted them: no crash brings them back. Those that were never written are passed over.
    Result<void> retract(const std::vector<std::string>& ids);

    /// From now on at another place, or anew at the same one. This run's records are in the session file that was
    /// just written, so they go; `known` are others' that are in it too.
    void restartAt(const std::filesystem::path& path, const std::set<std::string>& known);

    /// Later records are passed over: their session is no longer open. The file stays.
    void close();

    /// The same, and what this run wrote goes: the user let its records go.
    void discard();

    std::filesystem::path path() const;

private:
    std::vector<Record> others() const;
    void leave(const std::set<std::string>& known);

    mutable std::mutex m_mutex;
    std::filesystem::path m_path;
    std::set<std::string> m_written;
    bool m_closed = false;
};

} // namespace lathe::ui

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/session/session.h"

namespace lathe::cli {

/// What a sweep on the command line left: its records, and whether all that was asked for was measured.
struct Measured {
    std::vector<Record> records;
    std::vector<std::string> failures; ///< one sentence each, already on standard error
};

/// Runs a setup in place with its progress on standard error; Ctrl+C keeps what was measured.
/// `onRecord` (may be empty) is called with each record as it comes.
Result<Measured> measureSetup(const Setup& setup, const std::function<void(const Record&)>& onRecord = {});

/// Appends to the session file as records come (through its journal), so that a crash loses none.
class SessionAppender {
public:
    static Result<SessionAppender> open(const std::string& path);

    void append(const Record& record);
    Result<void> save() const;

private:
    explicit SessionAppender(std::string path) : m_path(std::move(path)) {}
    std::string m_path;
    Session m_session;
};

} // namespace lathe::cli

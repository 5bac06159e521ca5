#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/session/session.h"

namespace lathe::cli {

/// What a sweep on the command line left: its records, and whether all that was asked for was measured.
struct Measured {
    std::vector<Record> records;
    std::vector<Error> failures; ///< already on standard error where there were several configurations
    std::size_t configurations = 0;

    /// One sentence for all that could not be measured; nothing if all was.
    Result<void> complete() const;
};

/// Runs a setup in place with its progress on standard error; Ctrl+C keeps what was measured.
/// `onRecord` (may be empty) is called with each record as it comes.
Result<Measured> measureSetup(const Setup& setup, const std::function<void(const Record&)>& onRecord = {});

/// Appends to the session file as records come (through its journal), so that a crash loses none. What others, a
/// window or another run, put into the file or its journal meanwhile stays.
class SessionAppender {
public:
    static Result<SessionAppender> open(const std::string& path);

    void append(const Record& record);
    Result<void> save();

private:
    explicit SessionAppender(std::string path) : m_path(std::move(path)) {}

    std::string m_path;
    std::vector<Record> m_appended;
};

} // namespace lathe::cli

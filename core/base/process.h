#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace lathe {

/// How a child process ended and what it said.
struct ProcessOutput {
    int exitCode = 0;   ///< 0 to 255; -1 if a signal ended it
    int signal = 0;     ///< the signal that ended it; 0 if none
    std::string output; ///< all of its standard output
    std::string errors; ///< all of its standard error
};

/// Runs a program (`command[0]`, a path or a name in PATH) with its arguments, without a shell and with an empty
/// standard input, and waits for it. A stop kills it at once and returns Cancelled. Thread-safe.
Result<ProcessOutput> runProcess(const std::vector<std::string>& command, std::stop_token stop = {});

/// The `lathe` that child processes are started from: LATHE_EXECUTABLE of the environment, or this very program. May
/// be set.
std::string& latheExecutable();

/// The last line of a child's standard error that is not blank, without the "lathe: " before a sentence of ours.
struct LastWords {
    std::string text;
    bool isSentence = false; ///< ours, whole
};
LastWords lastWords(const ProcessOutput& output);

} // namespace lathe
